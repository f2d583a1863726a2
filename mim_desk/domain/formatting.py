"""Marks in a reply's text: which stretches read as bold, italic, struck out or code on the channel it leaves by.

Only what we send is read so; what a customer wrote stays the letters that it is.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Style(StrEnum):
    """How a stretch reads."""

    BOLD = "bold"
    ITALIC = "italic"
    STRUCK = "struck"
    CODE = "code"


class Formatting(StrEnum):
    """How a channel takes marks.

    ``PLAIN``: every letter arrives as it was typed. ``AS_TYPED``: so too, but the customer's app reads the marks.
    ``TRANSLATED``: the adapter takes the marks out and tells the channel in its own way what they meant.
    """

    PLAIN = ""
    AS_TYPED = "as_typed"
    TRANSLATED = "translated"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text without its marks."""

    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text without its marks, and what they meant; spans stand inside each other or apart, never across."""

    text: str
    spans: tuple[Span, ...] = ()


_Marks = tuple[tuple[str, Style], ...]
_SHORT: Final = (("`", Style.CODE), ("*", Style.BOLD), ("_", Style.ITALIC), ("~", Style.STRUCK))
_MARKS: Final[Mapping[Formatting, _Marks]] = {
    Formatting.PLAIN: (),
    # WhatsApp's own: https://faq.whatsapp.com/539178204879377
    Formatting.AS_TYPED: (("```", Style.CODE), *_SHORT),
    # the same, so that a stored text reads alike everywhere, and what people know from Markdown
    Formatting.TRANSLATED: (("```", Style.CODE), ("**", Style.BOLD), ("~~", Style.STRUCK), *_SHORT),
}
_WORD: Final = re.compile(r"\S+")
_WEB: Final = re.compile(r"https?://|www\.", re.IGNORECASE)
_LETTERS: Final = "*_~`"
_EDGES: Final = "*_~`.,;:!?()"
_DEEPEST: Final = 8
"""Marks may stand before a word, one inside the other, in this many letters."""


def mark_of(style: Style) -> str:
    """What is typed around a stretch; the same on every channel that takes marks."""
    return next(mark for mark, one in _SHORT if one is style)


def read(text: str, formatting: Formatting) -> Formatted:
    """The text as it will be shown; a mark without its other half, or across lines, is a letter like any other."""
    marks = _MARKS[formatting]
    if not marks or not any(mark in text for mark, _ in marks):
        return Formatted(text)
    told: list[str] = []
    spans: list[Span] = []
    at = 0
    for line in text.splitlines(keepends=True):
        shown = "".join(_line(line, marks, at, spans))
        told.append(shown)
        at += len(shown)
    spans.sort(key=lambda one: (one.start, -one.end))
    return Formatted("".join(told), tuple(spans))


def pieces(formatted: Formatted) -> Iterator[tuple[str, frozenset[Style]]]:
    """The text in stretches that each read in one way."""
    turns = sorted((at, step, one.style) for one in formatted.spans for at, step in ((one.start, 1), (one.end, -1)))
    depth: Counter[Style] = Counter()
    start = 0
    for at, step, style in [*turns, (len(formatted.text), 0, Style.BOLD)]:
        if at > start:
            yield formatted.text[start:at], frozenset(one for one, count in depth.items() if count > 0)
            start = at
        depth[style] += step


def _line(line: str, marks: _Marks, start: int, spans: list[Span]) -> Iterator[str]:
    """The line without its marks, piece by piece; ``start`` is its place in what is shown."""
    kept = _addresses(line)
    barren: set[str] = set()
    at = 0
    while at < len(line):
        found = None if kept[at] else _opened(line, at, marks, kept, barren)
        if found is None:
            yield line[at]
            start, at = start + 1, at + 1
            continue
        mark, style, end = found
        inner = line[at + len(mark) : end]
        rest = () if style is Style.CODE else tuple(one for one in marks if one[1] is not style)
        shown = "".join(_line(inner, rest, start, spans)) if rest else inner
        spans.append(Span(start, start + len(shown), style))
        yield shown
        start += len(shown)
        at = end + len(mark)


def _addresses(line: str) -> bytearray:
    """1 at each letter of an address, which keeps its letters, underscores and all."""
    kept = bytearray(len(line))
    for word in _WORD.finditer(line) if "@" in line or "." in line else ():
        web = _WEB.search(word[0])
        if web is not None or "@" in word[0]:
            begin = word.start() + (web.start() if web else len(word[0]) - len(word[0].lstrip(_EDGES)))
            end = word.start() + len(word[0].rstrip(_EDGES))
            kept[begin:end] = b"\1" * max(0, end - begin)
    return kept


def _opened(line: str, at: int, marks: _Marks, kept: bytearray, barren: set[str]) -> tuple[str, Style, int] | None:
    """The mark that opens here, its style, and where it closes."""
    for mark, style in marks:
        if mark in barren or not line.startswith(mark, at) or not _opens(line, at, mark):
            continue
        end = _closing(line, at + len(mark), mark, kept)
        if end > 0:
            return mark, style, end
        if end < 0:
            barren.add(mark)
    return None


def _opens(line: str, at: int, mark: str) -> bool:
    before, after = line[at - 1 : at], line[at + len(mark) : at + len(mark) + 1]
    whole = not before.isalnum() or len(mark) == 2
    word = line[at + len(mark) : at + len(mark) + _DEEPEST].lstrip(_LETTERS)[:1]
    return whole and (not before or before not in _LETTERS) and after != mark[0] and bool(word) and not word.isspace()


def _closing(line: str, at: int, mark: str, kept: bytearray) -> int:
    """Where a mark that opened right before ``at`` closes; 0 where it encloses no word, -1 for nowhere in the line."""
    found = line.find(mark, at)
    while found != -1:
        before, after = line[found - 1], line[found + len(mark) : found + len(mark) + 1]
        whole = (not after.isalnum() or len(mark) == 2) and after != mark[0]
        if whole and not before.isspace() and before != mark[0] and not kept[found]:
            return found if any(char.isalnum() for char in line[at:found]) else 0
        found = line.find(mark, found + 1)
    return -1
