"""Mailboxes in mbox form: each mail a message, its quoted history and pictures as they are."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import IO, Final

from mim_desk.desk.archives.opening import LARGEST_FILE, LONGEST_LINE
from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of
from mim_desk.domain.refusal import Refusal

NAME: Final = "E-mail"
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, IndexError, OverflowError)


def read(stream: IO[bytes], wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The mails of a mailbox."""
    if not wanted.ours:
        raise Refusal(
            "who-is-who", "Name your own addresses with --ours, so that it is known who wrote whom.", "--ours"
        )
    ours = {one.lower() for one in wanted.ours}
    said: list[Said] = []
    bad: list[BadRow] = []
    for line, raw in _mails(stream):
        if raw is None:
            bad.append(BadRow(line, "the mail is larger than 25 MB"))
            continue
        try:
            said.append(_message(raw, ours))
        except _UNREADABLE as problem:
            bad.append(BadRow(line, f"the mail cannot be read: {problem}"))
    return said, bad


def _mails(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Each mail with the line it begins at; None for one that is too large."""
    start, size, parts, number, was_empty = 1, 0, list[bytes](), 0, True
    for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
        if line.startswith(b"From ") and was_empty:
            if parts or size:
                yield start, b"".join(parts) if size <= LARGEST_FILE else None
            start, size, parts = number + 1, 0, []
        else:
            size += len(line)
            if size <= LARGEST_FILE:
                parts.append(line.removeprefix(b">") if line.lstrip(b">").startswith(b"From ") else line)
        number += line.endswith(b"\n")
        was_empty = line in (b"\n", b"\r\n")
    if parts or size:
        yield start, b"".join(parts) if size <= LARGEST_FILE else None


def _message(raw: bytes, ours: set[str]) -> Said:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    senders = _addresses(mail, "from")
    if not senders:
        raise ValueError("it names no sender")
    is_ours = senders[0][1] in ours
    others = senders if not is_ours else [one for one in _addresses(mail, "to", "cc") if one[1] not in ours] or senders
    name, address = others[0]
    subject, text = str(mail.get("subject", "")).strip(), _text(mail)
    key = str(mail.get("message-id", "")).strip() or key_of(address, str(mail.get("date", "")), subject, text)
    files = [_attachment(part) for part in mail.iter_attachments()]
    whole = f"{subject}\n\n{text}".strip() if subject else text
    return Said(
        Chat(address, name or address, {"email": address}), key, _moment(mail), not is_ours, whole, inline=files
    )


def _addresses(mail: EmailMessage, *names: str) -> list[tuple[str, str]]:
    told = [str(value) for name in names for value in mail.get_all(name, [])]
    return [(name, address.lower()) for name, address in getaddresses(told) if "@" in address]


def _moment(mail: EmailMessage) -> datetime:
    at = parsedate_to_datetime(str(mail["date"]))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    told = str(body.get_content())
    return _plain(told) if body.get_content_subtype() == "html" else told.strip()


def _attachment(part: object) -> tuple[str, str, bytes]:
    assert isinstance(part, EmailMessage)
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    return part.get_filename() or "file", part.get_content_type(), data


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
