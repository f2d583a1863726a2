"""Mailboxes in mbox form: each mail a message, its quoted history and pictures as they are."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from html.parser import HTMLParser
from typing import IO, Final

from mim_desk.desk.archives.opening import LONGEST_LINE
from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of, moment
from mim_desk.domain.refusal import Refusal

NAME: Final = "E-mail"
_LARGEST_MAIL: Final = 35 << 20
"""A file of 25 MB as mails carry it."""
_ENVELOPE: Final = re.compile(rb"From (\S+\s|\s*$)(.*\d\d:\d\d.*\d{4}|\s*$)")
_CAME: Final = re.compile(rb"\w{3} \w{3} +\d{1,2} \d\d:\d\d(:\d\d)?.* \d{4}")
_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,8}")
_EXPUNGED: Final = 0x0008
"""nsMsgMessageFlags::Expunged, as Thunderbird writes it into X-Mozilla-Status."""
_NO_MAIL: Final = frozenset({"drafts", "spam", "trash"})
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, IndexError, OverflowError)


def read(stream: IO[bytes], wanted: Wanted, again: Callable[[], IO[bytes]] | None) -> tuple[list[Said], list[BadRow]]:
    """The mails of a mailbox; ``again`` opens it once more where any place of it can be read, so that files can wait."""
    if not wanted.ours:
        raise Refusal(
            "who-is-who", "Name your own addresses with --ours, so that it is known who wrote whom.", "--ours"
        )
    ours = {one.lower() for one in wanted.ours}
    said: list[Said] = []
    bad: list[BadRow] = []
    for one in _mails(stream):
        if one.raw is None:
            bad.append(BadRow(one.line, "the mail is larger than 35 MB"))
            continue
        try:
            mail = _parsed(one.raw)
            if not _is_kept_out(mail):
                said.append(_message(mail, one, ours, again))
        except _UNREADABLE as problem:
            bad.append(BadRow(one.line, f"the mail cannot be read: {problem}"))
    return said, bad


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail as it lies in the mailbox.

    Attributes:
        line: it begins at.
        place: of its first byte, and how many there are.
        raw: its bytes; None where there are too many.
    """

    line: int
    envelope: bytes
    place: tuple[int, int]
    raw: bytes | None


def _mails(stream: IO[bytes]) -> Iterator[_Mail]:
    """Each mail of the mailbox."""
    begun, envelope, parts, size = (1, 0), b"", list[bytes](), 0
    number, at, was_empty = 0, 0, True

    def ended() -> _Mail:
        return _Mail(begun[0], envelope, (begun[1], size), b"".join(parts) if size <= _LARGEST_MAIL else None)

    while line := stream.readline(LONGEST_LINE):
        at += len(line)
        if was_empty and _is_envelope(line):
            if size:
                yield ended()
            begun, envelope, parts, size = (number + 1, at), line, [], 0
        else:
            size += len(line)
            if size <= _LARGEST_MAIL:
                parts.append(line)
            elif parts:
                parts = []
        number += line.endswith(b"\n")
        was_empty = line in (b"\n", b"\r\n")
    if size:
        yield ended()


def _is_envelope(line: bytes) -> bool:
    """Whether a line divides two mails; one that is cut off is the end of half a mailbox."""
    return line.startswith(b"From ") and (_ENVELOPE.match(line) is not None or not line.endswith(b"\n"))


def _parsed(raw: bytes) -> EmailMessage:
    # What begins like the line between two mails was marked when the mailbox was written.
    mail = message_from_bytes(_QUOTED.sub(rb"\1", raw), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _is_kept_out(mail: EmailMessage) -> bool:
    """Thunderbird keeps what was deleted until it tidies up; Gmail writes drafts, spam and the bin beside the rest."""
    flags = str(mail.get("x-mozilla-status", "0")).strip()
    labels = {one.strip().lower() for one in str(mail.get("x-gmail-labels", "")).split(",")}
    is_deleted = bool(int(flags, 16) & _EXPUNGED) if _HEX.fullmatch(flags) else False
    return is_deleted or bool(labels & _NO_MAIL)


def _message(mail: EmailMessage, one: _Mail, ours: set[str], again: Callable[[], IO[bytes]] | None) -> Said:
    senders = _addresses(mail, "from")
    if not senders:
        raise ValueError("it names no sender")
    is_ours = senders[0][1] in ours
    others = senders if not is_ours else [one for one in _addresses(mail, "to", "cc") if one[1] not in ours] or senders
    name, address = others[0]
    subject, text = str(mail.get("subject", "")).strip(), _text(mail)
    key = str(mail.get("message-id", "")).strip() or key_of(address, str(mail.get("date", "")), subject, text)
    files = [_file(part, number, one, again) for number, part in enumerate(mail.iter_attachments())]
    whole = f"{subject}\n\n{text}".strip() if subject else text
    at = moment(_sent_at(mail, one.envelope), UTC)
    return Said(Chat(address, name or address, {"email": address}), key, at, not is_ours, whole, inline=files)


def _addresses(mail: EmailMessage, *names: str) -> list[tuple[str, str]]:
    told = [str(value) for name in names for value in mail.get_all(name, [])]
    return [(name, address.lower()) for name, address in getaddresses(told) if "@" in address]


def _sent_at(mail: EmailMessage, envelope: bytes) -> datetime:
    """When it was written, else when it came."""
    try:
        return parsedate_to_datetime(str(mail["date"]))
    except (ValueError, TypeError, IndexError):
        told = _CAME.search(envelope)
        if told is None:
            raise
        return parsedate_to_datetime(told[0].decode("ascii"))


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    told = str(body.get_content())
    return _plain(told) if body.get_content_subtype() == "html" else told.strip()


def _file(
    part: object, number: int, one: _Mail, again: Callable[[], IO[bytes]] | None
) -> tuple[str, str, Callable[[], bytes]]:
    assert isinstance(part, EmailMessage)
    read_ = partial(_once_more, again, one.place, number) if again else partial(_bytes, part)
    return part.get_filename() or "file", part.get_content_type(), read_


def _once_more(again: Callable[[], IO[bytes]], place: tuple[int, int], number: int) -> bytes:
    """A file of a mail, read when it is its turn: a mailbox may hold more than fits into memory."""
    at, size = place
    with again() as stream:
        stream.seek(at)
        mail = _parsed(stream.read(size))
    return next((_bytes(part) for index, part in enumerate(mail.iter_attachments()) if index == number), b"")


def _bytes(part: object) -> bytes:
    assert isinstance(part, EmailMessage)
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()


class _Words(HTMLParser):
    """The words of a page, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Iterable[object]) -> None:
        self._hidden += tag in ("style", "script", "head")
        if tag in ("br", "p", "div", "tr", "li"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "head") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _plain(page: str) -> str:
    reading = _Words()
    reading.feed(page)
    lines = (" ".join(line.split()) for line in "".join(reading.words).splitlines())
    return "\n".join(line for line in lines if line)
