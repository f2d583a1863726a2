"""What a visitor's file really is, by its bytes; what is not on the list is not taken."""

import re
import zipfile
from io import BytesIO
from typing import Final

_IMAGES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
_OOXML: Final = {
    "word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
_OPEN_DOCUMENT: Final = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_OLE: Final = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}
_TEXTS: Final = {"txt": "text/plain", "csv": "text/csv", "md": "text/plain", "log": "text/plain"}
_ENDINGS: Final = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    "video/mp4": ("mp4", "m4v", "mov"),
    "audio/mp4": ("m4a", "mp4"),
}
_MARKUP: Final = re.compile(rb"<\s*(!doctype|html|svg|script|\?xml|body|iframe)", re.IGNORECASE)
_MOST_ENTRIES: Final = 5_000

ACCEPTED: Final = (
    "image/jpeg,image/png,image/gif,image/webp,application/pdf,.txt,.csv,.md,.log,.docx,.xlsx,.pptx,.odt,.ods,.odp,"
    ".doc,.xls,.ppt,video/mp4,.m4v,.mov,audio/mp4,.m4a"
)
"""What the page's file chooser offers and the page takes; the hub then looks at the bytes."""


def kind_of(data: bytes, name: str) -> str | None:
    """The MIME type of a file we take; None for everything else."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _by_signature(data) or _archive(data) or _ole(data, ending) or _text(data, ending)


def named_for(name: str, mime_type: str) -> str:
    """``name`` with an ending that fits what the file really is."""
    wanted = _ENDINGS.get(mime_type)
    if wanted is None or name.rpartition(".")[2].lower() in wanted:
        return name
    return f"{name}.{wanted[0]}"


def _by_signature(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:12] in (b"M4A ", b"M4B ") else "video/mp4"
    return None


def _archive(data: bytes) -> str | None:
    """Office files are archives; any other archive is not taken, and none is unpacked."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()[:_MOST_ENTRIES]
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                return None
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                told = archive.read("mimetype").decode("ascii", "replace").strip()
                return told if told in _OPEN_DOCUMENT else None
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for folder, (_, kind) in _OOXML.items() if any(n.startswith(folder) for n in names)), None)


def _ole(data: bytes, ending: str) -> str | None:
    return _OLE.get(ending) if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") else None


def _text(data: bytes, ending: str) -> str | None:
    if ending not in _TEXTS or b"\0" in data or _MARKUP.search(data[:4096]):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return _TEXTS[ending]


def is_image(mime_type: str) -> bool:
    """Whether it is one of the image types we take."""
    return mime_type in _IMAGES
