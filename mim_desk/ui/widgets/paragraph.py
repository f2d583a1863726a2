"""Words that take several lines: a plain label whose lines stand as far apart as its type role says."""

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from mim_desk.ui.texts import PlainLabel, runs_right_to_left
from mim_desk.ui.theme import Theme

_LINE_BREAK = "\u2028"
_NARROWEST_LINES = 4
"""A word longer than so many line heights is broken rather than widening the page."""

_SHORT_LINES = 16
"""Words no wider than so many line heights would rather stand on one line."""


class Paragraph(PlainLabel):
    """A label that wraps: Qt's own sets lines solid and lets a long address push its page wide.

    One line is as high as in any label, so that what stands beside it keeps its place.
    """

    def __init__(self, theme: Theme, text: str, role: str, parent: QWidget | None = None) -> None:
        self._step = float(theme.line(role))
        self._mark = ""
        super().__init__(text, parent)
        self.setFont(theme.font(role))
        self.setWordWrap(True)

    def hang(self, mark: str) -> None:
        """Further lines begin below the word behind ``mark``, as in a list; empty for below the mark itself."""
        self._mark = mark
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height of all lines."""
        edges = self.contentsMargins()
        return self._laid_out(width - edges.left() - edges.right())[1] + edges.top() + edges.bottom()

    def sizeHint(self) -> QSize:
        """On one line if that is short, else as wide as Qt's own."""
        natural = math.ceil(QFontMetricsF(self.font()).horizontalAdvance(self.text())) + 1
        wide = natural if natural <= _SHORT_LINES * self._step else super().sizeHint().width()
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """Any word can be broken."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), round(_NARROWEST_LINES * self._step)), least.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines; a text that can be selected draws itself."""
        if self.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse:
            super().paintEvent(event)
            return
        room = self.contentsRect()
        layout, height = self._laid_out(room.width())
        top = room.top()
        if self.alignment() & Qt.AlignmentFlag.AlignVCenter:
            top += max(0, room.height() - height) // 2
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        layout.draw(painter, QPointF(room.left(), top))

    def _laid_out(self, width: int) -> tuple[QTextLayout, int]:
        text = self.text()
        layout = QTextLayout(text.replace("\n", _LINE_BREAK), self.font())
        layout.setTextOption(self._option(text))
        baseline = descent = indent = 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, width - indent))
            baseline += max(self._step, descent + line.ascent()) if descent else line.ascent()
            descent = line.descent()
            line.setPosition(QPointF(indent, baseline - line.ascent()))
            indent = self._indent()
        layout.endLayout()
        return layout, math.ceil(baseline + descent)

    def _indent(self) -> float:
        if not self._mark or self.alignment() & Qt.AlignmentFlag.AlignRight:
            return 0.0
        return QFontMetricsF(self.font()).horizontalAdvance(self._mark)

    def _option(self, text: str) -> QTextOption:
        made = QTextOption(self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask)
        made.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        rtl = runs_right_to_left(text)
        made.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        return made
