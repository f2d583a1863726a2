"""A toast: what just happened, with an undo, at the bottom start; never for errors."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import PaintedButton
from mim_desk.ui.widgets.paint import Brush


class _Undo(PaintedButton):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        brush = self.brush(painter)
        font = QFont(self.theme.font("label"))
        font.setUnderline(True)
        brush.text(self.rect(), self.text(), font, self.theme.color("surface"), centre=True)
        self.draw_ring(brush)


class Toast(QWidget):
    """One sentence for ten seconds."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.theme = theme
        self.words = ""
        self._undo: Callable[[], None] | None = None
        self._button = _Undo(theme, self)
        self._button.setText(self.tr("Undo"))
        self._button.setAccessibleName(self.tr("Undo"))
        self._button.setToolTip(texts.tooltip(self.tr("Undo"), "Ctrl Z"))
        self._button.clicked.connect(self.undo)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.fade)
        self.setFixedHeight(theme.size("toast"))
        self.hide()

    def say(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Show ``words``; ``undo`` takes back what was done."""
        self.words = words
        self._undo = undo
        self._button.setVisible(undo is not None)
        self.setAccessibleName(words)
        theme = self.theme
        width = texts.metrics(theme.font("body")).horizontalAdvance(words) + 2 * theme.space(4)
        if undo is not None:
            side = texts.metrics(theme.font("label")).horizontalAdvance(self._button.text()) + 2 * theme.space(2)
            self._button.resize(side, theme.size("control-small"))
            width += side
        parent = self._window
        self.setFixedWidth(min(width, parent.width() - 2 * theme.space(4)))
        self.place()
        self.show()
        self.raise_()
        self._timer.start(theme.motion("toast-stay"))

    def place(self) -> None:
        """Stand at the bottom start of the window, above its footer."""
        parent, theme = self._window, self.theme
        x = theme.space(4)
        if self.isRightToLeft():
            x = parent.width() - self.width() - x
        self.move(x, parent.height() - self.height() - theme.size("bar-top") - theme.space(3))
        top = (self.height() - self._button.height()) // 2
        gap = theme.space(2)
        rtl = self.isRightToLeft()
        self._button.move(gap if rtl else self.width() - self._button.width() - gap, top)

    def undo(self) -> None:
        """Take it back, while the toast is there."""
        undo, self._undo = self._undo, None
        self.fade()
        if undo is not None:
            undo()

    def fade(self) -> None:
        """Go; what it told of cannot be taken back any more."""
        self._undo = None
        self._timer.stop()
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on it sends it away."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fade()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in inverted colours."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        brush.fill(self.rect(), theme.color("text"), theme.radius("card"))
        room = self.rect().adjusted(theme.space(4) - 2, 0, -theme.space(4), 0)
        if self._undo is not None:
            room.setRight(room.right() - self._button.width())
        brush.text(QRect(room), self.words, theme.font("body"), theme.color("surface"))
