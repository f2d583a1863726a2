"""Kinds of nothing: a drawing, what is, why, and one thing to do (looks/README, "Empty states")."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.paint import Brush
from mim_desk.ui.widgets.paragraph import Paragraph


class _Tile(QWidget):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.glyph = ""
        side = theme.size("empty-tile")
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        brush = Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft())
        brush.fill(self.rect(), self.theme.color("surface-sunken"), self.theme.size("empty-tile-radius"))
        side = self.theme.size("empty-icon")
        at = (self.width() - side) // 2
        brush.icon(self.glyph, QRect(at, at, side, side), self.theme.color("text-muted"))


class KeyCaps(QWidget):
    """A row of key caps, e.g. ``J+K+Enter``."""

    def __init__(self, theme: Theme, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.keys = keys
        brush = Brush.__new__(Brush)
        brush.theme = theme
        width = sum(brush.key_cap_width(key) + theme.space(1) for key in keys.split("+"))
        self.setFixedSize(width, theme.size("chip"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        Brush(painter, self.theme, self.rect(), rtl=False).key_caps(self.rect(), self.keys)


class EmptyState(QWidget):
    """One of the kinds of nothing; ``show_kind`` gives it its words.

    Attributes:
        acted: number of the button that was pressed.
    """

    acted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("empty_state")
        self.tile = _Tile(theme, self)
        self.title = PlainLabel("", self)
        self.title.setFont(theme.font("heading"))
        self.why = Paragraph(theme, "", "body", self)
        self.why.setObjectName("secondary")
        self.why.setFixedWidth(theme.size("empty-text"))
        self.acts = QHBoxLayout()
        self.acts.setSpacing(theme.space(2))
        column = QVBoxLayout(self)
        column.setSpacing(theme.space(1))
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self.tile, 0, centre)
        column.addSpacing(theme.space(2))
        for label in (self.title, self.why):
            label.setAlignment(centre | Qt.AlignmentFlag.AlignTop)
            column.addWidget(label, 0, centre)
        column.addSpacing(theme.space(2))
        column.addLayout(self.acts)
        column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """The sheets may have given the sentence another font since it was told."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as all lines of the sentence."""
        self.why.ensurePolished()
        self.why.setFixedHeight(max(0, self.why.heightForWidth(self.why.width())))

    def show_kind(self, icon: str, title: str, why: str, *acts: tuple[str, str, str], keys: str = "") -> None:
        """Say what is and why; ``acts`` are (words, icon, key), the first of them primary if alone it counts."""
        self.tile.glyph = icon
        self.tile.update()
        self.title.setText(title)
        self.why.setText(why)
        self._fit()
        self.setAccessibleName(f"{title}. {why}")
        while self.acts.count():
            item = self.acts.takeAt(0)
            gone = item.widget() if item is not None else None
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        self.acts.addStretch(1)
        for number, (words, glyph, key) in enumerate(acts):
            button = Button(self.theme, words, icon=glyph, key=key, kind="plain" if number or glyph else "primary")
            button.clicked.connect(lambda _=False, n=number: self.acted.emit(n))
            self.acts.addWidget(button)
        if keys:
            self.acts.addWidget(KeyCaps(self.theme, keys))
        self.acts.addStretch(1)
