"""What a mail says and what it brings: its text, and its files."""

import re
from dataclasses import dataclass, field
from typing import Final

from mim_desk.channels.email import quoting, winmail
from mim_desk.channels.email.html_text import MOST_CHARACTERS, text_of
from mim_desk.channels.events import IncomingFile
from mim_desk.domain import mail_headers as headers
from mim_desk.domain.mail_charsets import decoded
from mim_desk.domain.mail_parts import Part
from mim_desk.domain.message import clean_text

LONGEST_TEXT: Final = 60_000
MOST_SHOWN: Final = 400_000
"""Bytes of a text part that are read; a longer one is a file too."""
MOST_READ: Final = MOST_CHARACTERS + 1 + MOST_SHOWN
"""Bytes of all text parts of a mail together: the longest page and the longest text; parts after that are files."""
LONGEST_QUOTED: Final = 20_000
MOST_FILES: Final = 60
_META: Final = re.compile(rb"<meta\s[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_HEAD_OF_PAGE: Final = 4096
_SIGNATURES: Final = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_SEALED: Final = "-----BEGIN PGP MESSAGE-----"
_SAID_AGAIN: Final = ("text/x-amp-html", "text/watch-html")
"""The same words once more, for programs that run them and for watches."""
_ENDINGS: Final = {
    "text/calendar": "invite.ics",
    "message/rfc822": "message.eml",
    "application/ms-tnef": "winmail.dat",
    "application/pdf": "document.pdf",
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/webp": "image.webp",
    "text/html": "page.html",
    "text/plain": "text.txt",
}


_TYPES: Final = {name.rpartition(".")[2]: kind for kind, name in _ENDINGS.items()} | {"jpeg": "image/jpeg"}


@dataclass
class Body:
    """What a mail shows.

    Attributes:
        text: what is new in it.
        quoted: the mail it answers, and signatures, as they stood there.
        is_whole: everything in it could be shown; else the caps were reached.
    """

    text: str = ""
    quoted: str = ""
    files: list[IncomingFile] = field(default_factory=list)
    is_whole: bool = True
    is_encrypted: bool = False


def body_of(mail: Part, subject: str) -> Body:
    """The text and the files of a mail."""
    texts: list[str] = []
    files: list[Part] = []
    _collect(mail, texts, files, _Budget())
    packed = {number: _unpacked(part) for number, part in enumerate(files) if _is_packed(part)}
    whole = "\n\n".join(one for one in texts if one.strip()) or next(
        (one.text for one in packed.values() if one.text), ""
    )
    told = quoting.parted(_cleaned(whole), subject)
    body = Body(told.new.strip("\n"), told.quoted[:LONGEST_QUOTED])
    body.is_whole = not any(part.is_cut for part in mail.walk()) and len(files) <= MOST_FILES
    body.is_encrypted = any(_is_sealed(part) for part in mail.walk())
    found = [_files_of(part, packed.get(number), number + 1) for number, part in enumerate(files[:MOST_FILES])]
    body.files = [one for brought in found for one in brought][:MOST_FILES]
    if body.text.startswith(_SEALED):
        body.is_encrypted, body.quoted, body.text = True, body.text[:LONGEST_QUOTED], ""
    if len(body.text) > LONGEST_TEXT:
        body.text = body.text[:LONGEST_TEXT]
        body.files.append(IncomingFile("whole-message.txt", "text/plain", data=whole.encode("utf-8", "replace")))
    return body


def _is_sealed(part: Part) -> bool:
    """OpenPGP, or S/MIME that is not only signed."""
    if part.type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return part.parameter("smime-type").lower() not in ("signed-data", "certs-only", "compressed-data")
    return part.type == "multipart/encrypted"


def _cleaned(text: str) -> str:
    """As the store keeps it, line by line, so that the marks between lines stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line if line == quoting.MARK else _line(line) for line in lines).strip("\n")


def _line(line: str) -> str:
    clean = clean_text(line)
    if line.startswith("-- ") and clean == "--":
        return "-- "
    indent = len(line) - len(line.lstrip(" "))
    return " " * min(indent, 40) + clean if clean else ""


@dataclass
class _Budget:
    """How many bytes of text are still read."""

    left: int = MOST_READ

    def takes(self, part: Part) -> bool:
        """Whether a part is still read; its bytes are gone then."""
        size = min(part.end - part.start, _most_shown(part))
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


def _collect(part: Part, texts: list[str], files: list[Part], budget: _Budget) -> None:
    if part.type == "multipart/alternative" and part.children:
        _collect_best(part, texts, files, budget)
    elif part.type == "multipart/encrypted":
        return
    elif part.children:
        for child in part.children:
            _collect(child, texts, files, budget)
    elif part.type in (*_SIGNATURES, *_SAID_AGAIN):
        return
    elif _is_text(part) and budget.takes(part):
        texts.append(shown(part))
        if part.end - part.start > _most_shown(part):
            files.append(part)
    elif part.end > part.start or part.file_name:
        files.append(part)


def _collect_best(part: Part, texts: list[str], files: list[Part], budget: _Budget) -> None:
    """Of several ways to say the same the plain one, unless it says nothing; what is no text comes along."""
    ways: list[tuple[list[str], list[Part]]] = []
    for child in part.children:
        said, brought = list[str](), list[Part]()
        _collect(child, said, brought, budget)
        ways.append((said, brought))
    best = next((said for said, _ in ways if "".join(said).strip()), [])
    texts += best
    for _, brought in ways:
        files += brought


def _is_text(part: Part) -> bool:
    """Also of several parts that cannot be found, for want of their boundary: then it is shown as it stands there."""
    told = part.disposition[0]
    if part.family == "multipart":
        return not part.is_cut and told != "attachment"
    return part.type in ("text/plain", "text/html", "text/enriched") and told != "attachment" and not part.file_name


def _most_shown(part: Part) -> int:
    """Bytes that are read: most of a page is no text, and its own reader ends where it has too much."""
    return MOST_CHARACTERS + 1 if part.type == "text/html" else MOST_SHOWN


def _told_inside(part: Part, octets: bytes) -> str:
    """The charset that a page names itself, where its header names none."""
    return _meta(octets) if part.type == "text/html" and not part.parameter("charset") else ""


def _meta(octets: bytes) -> str:
    found = _META.search(octets, 0, _HEAD_OF_PAGE)
    return found[1].decode("ascii") if found else ""


def shown(part: Part) -> str:
    """A text part as text."""
    octets = part.content[: _most_shown(part)]
    text = decoded(octets, part.parameter("charset"), _told_inside(part, octets)).removeprefix("\ufeff")
    if part.type == "text/html":
        return text_of(text)
    text = _flowed(text, part) if part.parameter("format").lower() == "flowed" else text
    return text.replace(quoting.MARK, "")


def _flowed(text: str, part: Part) -> str:
    """RFC 3676: lines that end in a space go on in the next one."""
    is_joined = part.parameter("delsp").lower() == "yes"
    out: list[str] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        is_quote = line.startswith(">")
        told = line if is_quote or line == "-- " else line.removeprefix(" ")
        if goes_on and not is_quote and line != "-- ":
            out[-1] += told
        else:
            out.append(told)
        goes_on = told.endswith(" ") and told != "-- " and not is_quote
        if goes_on and is_joined:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _is_packed(part: Part) -> bool:
    return part.type in winmail.TYPES or part.file_name.lower() == "winmail.dat"


def _unpacked(part: Part) -> winmail.Unpacked:
    """What Outlook packed, its text in lines."""
    found = winmail.unpacked(part.content)
    page = found.page[: MOST_CHARACTERS + 1]
    words = found.text[:MOST_SHOWN].replace(quoting.MARK, "")
    found.text = words if words.strip() else text_of(decoded(page, "", _meta(page)))
    return found


def _files_of(part: Part, packed: winmail.Unpacked | None, number: int) -> list[IncomingFile]:
    """A file, or those that it holds."""
    if packed is None or not packed.files:
        return [_file(part, number)]
    return [
        IncomingFile(
            one.name[:200] or f"file-{number}-{place}",
            one.mime_type or _TYPES.get(one.name.lower().rpartition(".")[2], "application/octet-stream"),
            size=len(one.data),
            data=one.data,
            external_id=one.content_id[:200],
        )
        for place, one in enumerate(packed.files, 1)
    ]


def _file(part: Part, number: int) -> IncomingFile:
    data = part.content
    mime_type = part.type
    name = part.file_name
    if mime_type == "message/rfc822" and not name:
        head = headers.text(_subject_in(data))
        name = f"{head[:80]}.eml" if head else ""
    if not name:
        name = _ENDINGS.get(mime_type) or (f"page-{number}.txt" if part.family == "text" else f"file-{number}")
    return IncomingFile(name, mime_type, size=len(data), data=data, external_id=_content_id(part))


def _subject_in(data: bytes) -> bytes:
    """The subject of a mail inside a mail, looked for in its first lines only."""
    for line in data[:8192].splitlines():
        if line[:8].lower() == b"subject:":
            return line[8:]
        if not line.strip():
            break
    return b""


def _content_id(part: Part) -> str:
    return next(iter(headers.ids(part.first("content-id"))), "")[:200]
