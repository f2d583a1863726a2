"""How a mailbox stands: what the DNS says of its domain, and how large a mail the SMTP server takes."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.email import domain_check, rendering, settings
from mim_desk.channels.email.payloads import Looked, read_said
from mim_desk.channels.standing import Figure, Standing

WORDS_BYTES: Final = 128 << 10
"""What a mail needs besides its files: the header, and the text with the quoted mail, plain and as a page."""
_BYTES_A_LINE: Final = 57
_WRITTEN_A_LINE: Final = 78
"""Base64 makes lines of 76 letters and CRLF out of 57 bytes (RFC 2045, 6.8)."""


def requests(account: Account) -> list[Request]:
    """The calls, which the driver makes."""
    looks = [Request(rendering.LOOK_UP, "")] if settings.asks_dns(account.settings) else []
    return [Request(rendering.GREET, ""), *looks]


def standing(account: Account, answers: Sequence[Response | None]) -> Standing:
    """What they brought."""
    greeted, looked = (*answers, None, None)[:2]
    largest = read_said(greeted.body).largest if greeted is not None and greeted.status == 200 else None
    size = (Figure("Largest mail", _megabytes(largest)),) if largest else ()
    records = _records(looked.body) if looked is not None else None
    found = domain_check.figures(account.settings, records) if records is not None else ()
    return Standing((*found, *size), files_bytes=_room(largest))


def files_bytes(response: Response) -> int | None:
    """How much all files of a mail may have together, by the answer to a trial; 0 where the server names no limit."""
    return _room(read_said(response.body).largest) if response.status == 200 else None


def _room(largest: int | None) -> int | None:
    """What is left for files in a mail of that size: packed in base64 they take more than a third more."""
    return max((largest - WORDS_BYTES) * _BYTES_A_LINE // _WRITTEN_A_LINE, 1) if largest else largest


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB by the SMTP server, so files of {(_room(size) or 0) / 1_000_000:.1f} MB together"


def _records(body: bytes) -> dict[str, list[str] | None] | None:
    try:
        return msgspec.json.decode(body, type=Looked).records
    except msgspec.MsgspecError:
        return None
