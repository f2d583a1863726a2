"""A reply as its channel will show it, in the composer before it is sent."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QWidget

from mim_desk.domain.formatting import Formatted, Span, Style
from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import utf16_length

_MOST_LINES: Final = 4
_LONGEST: Final = 2000
"""Characters that can be seen in so many lines at most."""


class Preview(Line):
    """The reply as the channel will show it; there only where marks change how it reads."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.shown = Formatted("")
        self._head = ""
        self._layout = QTextLayout()
        theme.changed.connect(self._lay_out)
        self.hide()

    def tell(self, formatted: Formatted, channel: str) -> None:
        """Another text, or one without marks."""
        head = tr("As {channel} shows it").format(channel=channel)
        if (formatted, head) == (self.shown, self._head):
            return
        self.shown, self._head = formatted, head
        self.setAccessibleName(f"{head}: {formatted.text[:_LONGEST]}" if formatted.spans else "")
        self.setVisible(bool(formatted.spans))
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks the lines elsewhere."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay_out()

    def _lay_out(self) -> None:
        if not self.shown.spans:
            return
        theme, text = self.theme, self.shown.text.strip("\n")[:_LONGEST]
        cut = len(self.shown.text) - len(self.shown.text.lstrip("\n"))
        self._layout = QTextLayout(text.replace("\n", "\u2028"), theme.font("message", script=texts.script_of(text)))
        option = QTextOption()
        rtl = texts.runs_right_to_left(text)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats([self._range(span, cut) for span in self.shown.spans if span.end - cut <= len(text)])
        count = self._break()
        self.setFixedHeight(theme.line("meta") + count * theme.line("message") + 2 * theme.space(2) + theme.space(1))
        self.update()

    def _break(self) -> int:
        """How many lines can be seen."""
        width = max(1, self.width() - 4 * self.theme.space(3))
        high, count = self.theme.line("message"), 0
        self._layout.beginLayout()
        while count < _MOST_LINES and (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, count * high + (high - line.height()) / 2))
            count += 1
        self._layout.endLayout()
        return count

    def _range(self, span: Span, cut: int) -> QTextLayout.FormatRange:
        theme, made = self.theme, QTextLayout.FormatRange()
        made.start = utf16_length(self.shown.text[cut : span.start])
        made.length = utf16_length(self.shown.text[span.start : span.end])
        form = QTextCharFormat()
        if span.style is Style.BOLD:
            form.setFontWeight(QFont.Weight.DemiBold)
        elif span.style is Style.ITALIC:
            form.setFontItalic(True)
        elif span.style is Style.STRUCK:
            form.setFontStrikeOut(True)
        else:
            form.setFontFamilies(theme.mono().families())
            form.setFontStyleHint(QFont.StyleHint.Monospace)
            form.setFontFixedPitch(True)
            form.setBackground(theme.color("surface-sunken"))
        made.format = form
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw whose eyes see it, and the bubble."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        side, line = theme.space(3), theme.line("meta")
        brush.text(
            QRect(side, 0, self.width() - 2 * side, line), self._head, theme.font("meta"), theme.color("text-muted")
        )
        bubble = QRect(side, line, self.width() - 2 * side, self.height() - line - theme.space(1))
        brush.fill(bubble, theme.color("bubble-reply"), theme.radius("card"))
        painter.setPen(theme.color("text"))
        painter.setClipRect(bubble)
        self._layout.draw(painter, QPointF(2 * side, line + theme.space(2)))
