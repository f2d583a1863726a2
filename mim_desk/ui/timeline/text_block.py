"""One laid-out plain text: the only place where customers' words become glyphs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption

from mim_desk.ui.timeline.shown_text import LINE_BREAK, strong_direction, utf16_length, utf16_slice
from mim_desk.ui.widgets.links import Link, find_links

_TALL: Final = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\ufb1d-\ufefc]")
_TALL_EXTRA: Final = 2.0
_MENTION: Final = re.compile(r"(?<![\w@])@\w[\w.-]{0,60}")


class Span:
    """A stretch of a text that is drawn differently; positions are Qt's."""

    __slots__ = ("address", "end", "start")

    def __init__(self, start: int, end: int, address: str = "") -> None:
        self.start, self.end, self.address = start, end, address


@dataclass(frozen=True, slots=True)
class Marks:
    """What is set off in a text: links in ``link``, and in notes who is mentioned."""

    link: QColor
    mentions: bool = False


class TextBlock:
    """A text broken into lines of one width.

    Attributes:
        text: what is drawn, lines separated by U+2028.
        width, height: of the laid-out lines.
        last_width: of the last line, where a time may stand behind it.
        rtl: direction, by the first strong character.
        links: the addresses in it.
    """

    __slots__ = ("_layout", "_shift", "_tail", "height", "last_width", "line_height", "links", "rtl", "text", "width")

    def __init__(
        self, text: str, font: QFont, line_height: float, width: float, *, rtl: bool = False, marks: Marks | None = None
    ) -> None:
        self.text = text
        direction = strong_direction(text)
        self.rtl = rtl if direction is None else direction
        self.line_height = line_height + (_TALL_EXTRA if _TALL.search(text) else 0.0)
        self.links = _spans(text, find_links(text.replace(LINE_BREAK, "\n"))) if marks else []
        self._layout = QTextLayout(text, font)
        self._layout.setCacheEnabled(True)
        self._layout.setTextOption(_option(self.rtl))
        if marks is not None:
            self._mark(marks)
        self._break_lines(QFontMetricsF(font), width)

    def _break_lines(self, metrics: QFontMetricsF, width: float) -> None:
        layout, step = self._layout, self.line_height
        baseline = (step - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent()
        widest = last = top = 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0.0, top + baseline - line.ascent()))
            last = line.naturalTextWidth()
            widest = max(widest, last)
            top += step
        layout.endLayout()
        self.width, self.last_width, self.height = widest, last, max(top, step)
        self._shift = width - widest if self.rtl else 0.0

    def _mark(self, marks: Marks) -> None:
        formats = [_format_range(span.start, span.end, _link_format(marks.link)) for span in self.links]
        if marks.mentions:
            bold = QTextCharFormat()
            bold.setFontWeight(QFont.Weight.DemiBold)
            found = [Link(m.start(), m.end(), "") for m in _MENTION.finditer(self.text)]
            formats += [_format_range(span.start, span.end, bold) for span in _spans(self.text, found)]
        if formats:
            self._layout.setFormats(formats)

    def draw(
        self, painter: QPainter, at: QPointF, clip: QRectF, selected: Sequence[QTextLayout.FormatRange] = ()
    ) -> None:
        """Paint with the painter's pen; ``clip`` in the painter's coordinates leaves lines out."""
        self._layout.draw(painter, QPointF(at.x() - self._shift, at.y()), list(selected), clip)

    def position_at(self, point: QPointF) -> int:
        """Qt's position nearest to a point of the block."""
        count = self._layout.lineCount()
        number = min(max(int(point.y() // self.line_height), 0), count - 1)
        return self._layout.lineAt(number).xToCursor(point.x() + self._shift) if count else 0

    def link_at(self, point: QPointF) -> str:
        """The address under a point, empty beside any."""
        if not self.links or not QRectF(0, 0, self.width, self.height).contains(point):
            return ""
        position = self.position_at(point)
        return next((span.address for span in self.links if span.start <= position < span.end), "")

    def word_at(self, position: int) -> tuple[int, int]:
        """The word around one of Qt's positions."""
        mode = QTextLayout.CursorMode.SkipWords
        end = self._layout.nextCursorPosition(position, mode)
        return self._layout.previousCursorPosition(end, mode), end

    def length(self) -> int:
        """Length in Qt's units."""
        return utf16_length(self.text)

    def part(self, start: int, end: int) -> str:
        """The text between two of Qt's positions, as it goes to the clipboard."""
        return utf16_slice(self.text, start, end).replace(LINE_BREAK, "\n")


def selection_format(start: int, end: int, background: QColor, text: QColor) -> QTextLayout.FormatRange:
    """How a selected stretch is drawn."""
    return stretch_format(start, end, background, text)


def stretch_format(
    start: int, end: int, background: QColor | None, text: QColor, *, strong: bool = False
) -> QTextLayout.FormatRange:
    """How a stretch is set off; a None background leaves the ground."""
    marked = QTextCharFormat()
    if background is not None:
        marked.setBackground(background)
    marked.setForeground(text)
    if strong:
        marked.setFontWeight(QFont.Weight.DemiBold)
    return _format_range(start, end, marked)


def _format_range(start: int, end: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, end - start, char_format
    return made


def _link_format(color: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(color)
    made.setFontUnderline(True)
    return made


def _option(rtl: bool) -> QTextOption:
    made = QTextOption()
    made.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
    made.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)
    return made


def _spans(text: str, links: Sequence[Link]) -> list[Span]:
    if text.isascii():
        return [Span(link.start, link.end, link.address) for link in links]
    lengths = [(utf16_length(text[: link.start]), link) for link in links]
    return [Span(start, start + utf16_length(text[link.start : link.end]), link.address) for start, link in lengths]
