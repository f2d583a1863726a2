"""Mailboxes in mbox form: each mail a message, its quoted history and pictures as they are."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from html.parser import HTMLParser
from typing import IO, Final

from mim_desk.desk.archives.opening import LONGEST_LINE
from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of, moment
from mim_desk.domain import mail_headers, mail_parts
from mim_desk.domain.mail_charsets import decoded
from mim_desk.domain.mail_headers import Address, normal
from mim_desk.domain.mail_parts import Part
from mim_desk.domain.refusal import Refusal

NAME: Final = "E-mail"
_LARGEST_MAIL: Final = 35 << 20
"""A file of 25 MB as mails carry it."""
_ENVELOPE: Final = re.compile(rb"From (\S+\s|\s*$)(.*\d\d:\d\d.*\d{4}|\s*$)")
_CAME: Final = re.compile(rb"\w{3} \w{3} +\d{1,2} \d\d:\d\d(:\d\d)?.* \d{4}")
_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_TEXTS: Final = ("text/plain", "text/html", "text/enriched")
_SAID_AGAIN: Final = ("text/x-amp-html", "text/watch-html")
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


def _parsed(raw: bytes) -> Part:
    # What begins like the line between two mails was marked when the mailbox was written.
    return mail_parts.read(_QUOTED.sub(rb"\1", raw))


def _is_kept_out(mail: Part) -> bool:
    """Thunderbird keeps what was deleted until it tidies up; Gmail writes drafts, spam and the bin beside the rest."""
    flags = mail_headers.text(mail.first("x-mozilla-status"))
    labels = {one.strip().lower() for one in mail_headers.text(mail.first("x-gmail-labels")).split(",")}
    is_deleted = bool(int(flags, 16) & _EXPUNGED) if _HEX.fullmatch(flags) else False
    return is_deleted or bool(labels & _NO_MAIL)


def _message(mail: Part, one: _Mail, ours: set[str], again: Callable[[], IO[bytes]] | None) -> Said:
    senders = _addresses(mail, "from")
    if not senders:
        raise ValueError("it names no sender")
    is_ours = senders[0].address in ours
    others = (
        senders if not is_ours else [to for to in _addresses(mail, "to", "cc") if to.address not in ours] or senders
    )
    name, address = others[0]
    texts, files = _body(mail)
    subject, text = mail_headers.text(mail.first("subject"), _charset(mail)), "\n\n".join(texts).strip()
    date = mail_headers.text(mail.first("date"))
    key = mail_headers.text(mail.first("message-id")) or key_of(address, date, subject, text)
    inline = [_file(part, number, one, again) for number, part in enumerate(files)]
    whole = f"{subject}\n\n{text}".strip() if subject else text
    at = moment(_sent_at(mail, one.envelope), UTC)
    return Said(Chat(address, name or address, {"email": address}), key, at, not is_ours, whole, inline=inline)


def _charset(mail: Part) -> str:
    """Of the body: headers without one of their own have it mostly too."""
    return next((told for part in mail.walk() if (told := part.parameter("charset"))), "")


def _addresses(mail: Part, *names: str) -> list[Address]:
    charset = _charset(mail)
    told = [one for name in names for value in mail.all(name) for one in mail_headers.addresses(value, charset)]
    return [Address(one.name, normal(one.address)) for one in told]


def _sent_at(mail: Part, envelope: bytes) -> datetime:
    """When it was written, else when it came."""
    at = mail_headers.moment(mail.first("date"))
    if at is not None:
        return at
    told = _CAME.search(envelope)
    if told is None:
        raise ValueError("it tells no time")
    return parsedate_to_datetime(told[0].decode("ascii"))


def _body(mail: Part) -> tuple[list[str], list[Part]]:
    """Its words, of several ways to say the same the plain one that says something, and its files."""
    if mail.type == "multipart/alternative" and mail.children:
        ways = [_body(child) for child in mail.children]
        said = next((texts for texts, _ in ways if "".join(texts).strip()), [])
        return said, [file for _, files in ways for file in files]
    if mail.children:
        parts = [_body(child) for child in mail.children]
        return [text for texts, _ in parts for text in texts], [file for _, files in parts for file in files]
    if mail.type in _SAID_AGAIN:
        return [], []
    if _is_text(mail):
        return [_words_of(mail)], []
    return [], [mail] if mail.end > mail.start or mail.file_name else []


def _is_text(part: Part) -> bool:
    """Also what says that it has parts, and does not say where they begin."""
    if part.disposition[0] == "attachment" or part.file_name:
        return False
    return part.type in _TEXTS or (part.family == "multipart" and not part.is_cut)


def _words_of(part: Part) -> str:
    told = decoded(part.content, part.parameter("charset")).removeprefix("\ufeff").replace("\r\n", "\n")
    return _plain(told) if part.type == "text/html" else told.strip()


def _file(
    part: Part, number: int, one: _Mail, again: Callable[[], IO[bytes]] | None
) -> tuple[str, str, Callable[[], bytes]]:
    read_ = partial(_once_more, again, one.place, number) if again else partial(_bytes, part)
    return part.file_name or "file", part.type, read_


def _once_more(again: Callable[[], IO[bytes]], place: tuple[int, int], number: int) -> bytes:
    """A file of a mail, read when it is its turn: a mailbox may hold more than fits into memory."""
    at, size = place
    with again() as stream:
        stream.seek(at)
        mail = _parsed(stream.read(size))
    return next((_bytes(part) for index, part in enumerate(_body(mail)[1]) if index == number), b"")


def _bytes(part: Part) -> bytes:
    return part.content


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
