"""A few choices side by side."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import PaintedButton


class Segment(PaintedButton):
    """One of a few choices side by side."""

    def __init__(self, theme: Theme, text: str, icon: str = "") -> None:
        super().__init__(theme)
        self.glyph = icon
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(theme.size("control"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        width = texts.metrics(self.theme.font("button")).horizontalAdvance(self.text()) + 2 * self.theme.space(3)
        return QSize(width + (self.theme.size("icon-text") + self.theme.space(2) if self.glyph else 0), self.height())

    def _colors(self, *, on: bool) -> tuple[str, str, str]:
        """Roles of ground, line and ink."""
        if not self.isEnabled():
            return "surface", "hairline", "text-disabled"
        if on:
            return "selection", "accent", "accent-text"
        return "hover" if self.underMouse() else "surface", "hairline-strong", "text"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        theme, brush, on = self.theme, self.brush(painter), self.isChecked()
        ground, line, ink = self._colors(on=on)
        brush.fill(self.rect(), theme.color(ground), theme.radius("control"))
        brush.frame(self.rect(), theme.color(line), theme.radius("control"))
        color = theme.color(ink)
        room = self.rect().adjusted(theme.space(3), 0, -theme.space(2), 0)
        if self.glyph:
            side = theme.size("icon-text")
            brush.icon(self.glyph, QRect(room.left(), (self.height() - side) // 2, side, side), color)
            room = room.adjusted(side + theme.space(2), 0, 0, 0)
        brush.text(room, self.text(), theme.font("button"), color)
        self.draw_ring(brush)
