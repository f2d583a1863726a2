"""A drawing that stands beside words and says nothing of its own."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush


class Glyph(QWidget):
    """One icon in a colour and size of the theme."""

    def __init__(self, theme: Theme, name: str, size: str = "icon-text", role: str = "text-muted") -> None:
        super().__init__()
        self.theme, self.name, self.role = theme, name, role
        self.setFixedSize(theme.size(size), theme.size(size))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        brush = Brush(QPainter(self), self.theme, self.rect(), rtl=self.isRightToLeft())
        brush.icon(self.name, self.rect(), self.theme.color(self.role))
