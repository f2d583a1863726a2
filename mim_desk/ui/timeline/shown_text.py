"""What of a customer's text is drawn: plain, bounded in size, without tricks of direction.

Layout grows faster than its text (reliability.md, section 6), so a message is cut before Qt sees it;
the whole of it is one click away.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from mim_desk.ui.texts import in_written_order

LONGEST_SHOWN: Final = 3000
MOST_LINES: Final = 40
MOST_MARKS: Final = 6
"""Combining marks on one letter; the scripts of the world need four."""

LINE_BREAK: Final = "\u2028"
_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb]")
_PLAIN: Final = re.compile(r"[\x20-\x7e\n]*\Z")


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as it is drawn.

    Attributes:
        text: lines are separated by U+2028, as QTextLayout wants them.
        cut: whether something was left out.
    """

    text: str
    cut: bool


def shown(text: str) -> Shown:
    """The part of ``text`` that a bubble draws."""
    kept = text[:LONGEST_SHOWN]
    cut = len(text) > LONGEST_SHOWN
    if not _PLAIN.match(kept):
        cleaned = in_written_order(_CONTROLS.sub(_replaced, kept))
        kept = _few_marks(cleaned)
        cut = cut or len(kept) < len(cleaned)
    lines = kept.split("\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        lines, cut = lines[:MOST_LINES], True
    return Shown(LINE_BREAK.join(lines).rstrip(), cut)


def _replaced(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\u2028\u2029":
        return "\n"
    return " " if char == "\t" else ""


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def strong_direction(text: str) -> bool | None:
    """Whether a text runs right to left by its first strong character; None without any."""
    if text[:1].isascii() and text[:1].isalpha():
        return False
    for char in text[:400]:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return None


def file_name(name: str) -> str:
    """A file's name without anything that could disguise its end."""
    visible = "".join(char if char.isprintable() else "\ufffd" for char in name[:200])
    return visible or "\ufffd"


def utf16_length(text: str) -> int:
    """Length in the units Qt counts in."""
    return len(text) + sum(char > "\uffff" for char in text)


def utf16_slice(text: str, start: int, end: int) -> str:
    """The part between two of Qt's positions."""
    if text.isascii():
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[start * 2 : end * 2].decode("utf-16-le", "replace")
