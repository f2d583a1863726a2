"""Files of the brand without the names of their makers: in Office and PDF files, and in what a file is called."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Final

_OFFICE: Final = ("officedocument", "opendocument")
_PEOPLE_TAGS: Final = re.compile(
    rb"(<(?:dc:creator|cp:lastModifiedBy|dc:contributor|meta:initial-creator|Manager|Company)\b[^>]*>)[^<]*(</)"
)
_META_PARTS: Final = ("docProps/core.xml", "docProps/app.xml", "meta.xml")
_PDF_TEXT: Final = re.compile(rb"(/(?:Author|Creator)\s*\()((?:[^()\\]|\\.)*)(\))", re.DOTALL)
_PDF_HEX: Final = re.compile(rb"(/(?:Author|Creator)\s*<)([0-9A-Fa-f\s]*)(>)")
_PDF_XMP: Final = re.compile(rb"(<dc:creator>.*?<rdf:li[^>]*>)([^<]*)(</rdf:li>)", re.DOTALL)
_MOST_UNPACKED: Final = 64 * 1024 * 1024


def without_people(mime_type: str, data: bytes) -> bytes:
    """``data`` with author, last editor and company emptied; other kinds as they are."""
    if any(family in mime_type for family in _OFFICE):
        try:
            return _office(data)
        except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError, zlib.error):
            return data
    return _pdf(data) if mime_type == "application/pdf" else data


def _office(data: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        if sum(entry.file_size for entry in source.infolist()) > _MOST_UNPACKED:
            return data
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename in _META_PARTS:
                content = _PEOPLE_TAGS.sub(rb"\1\2", content)
            target.writestr(entry, content)
    return out.getvalue()


def _pdf(data: bytes) -> bytes:
    """Blanked in place, byte for byte, since the file's index counts bytes; packed metadata streams stay."""
    for pattern, blank in ((_PDF_TEXT, b" "), (_PDF_HEX, b"0"), (_PDF_XMP, b" ")):
        data = pattern.sub(partial(_blanked, blank), data)
    return data


def _blanked(blank: bytes, found: re.Match[bytes]) -> bytes:
    return found[1] + blank * len(found[2]) + found[3]


def neutral_name(name: str, people: Sequence[str]) -> str:
    """A file's name without the names of people at work in it."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = ending, ""
    for person in sorted(people, key=len, reverse=True):
        words = [re.escape(word) for word in re.split(r"[\W_]+", person) if word]
        if words:
            whole = r"(?<![^\W_])" + r"[\W_]*".join(words) + r"(?![^\W_])"
            stem = re.sub(rf"[\W_]*{whole}[\W_]*", " ", stem, flags=re.IGNORECASE)
    return f"{stem.strip() or 'file'}{dot}{ending}"
