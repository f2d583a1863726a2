"""Files of the brand without the names of their makers: in Office, PDF and rich text, and in what a file is called."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

from mim_desk.hub import file_office, file_pdf

_OFFICE: Final = ("officedocument", "opendocument")
_RICH_TEXT: Final = ("application/rtf", "text/rtf")
_RTF_PEOPLE: Final = re.compile(rb"(\{\\(?:author|operator|manager|company)\b)[^{}]*(\})")


def without_people(mime_type: str, data: bytes) -> bytes:
    """``data`` with authors, editors and company emptied; other kinds as they are."""
    if any(family in mime_type for family in _OFFICE):
        try:
            return file_office.without_people(data)
        except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError, zlib.error):
            return data
    if mime_type in _RICH_TEXT:
        return _RTF_PEOPLE.sub(rb"\1\2", data)
    return file_pdf.without_people(data) if mime_type == "application/pdf" else data


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
