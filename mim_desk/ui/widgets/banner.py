"""A banner: one fact that holds, what still works, one button (looks/README, "Banners")."""

from typing import Final

import msgspec
from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.paint import Brush

_GROUNDS: Final = {"info": "accent-soft", "warning": "warning-soft", "danger": "danger-soft"}
_INKS: Final = {"info": "accent-text", "warning": "warning", "danger": "danger"}
_WORST_FIRST: Final = ("danger", "warning", "info")


class Fact(msgspec.Struct, frozen=True):
    """What a banner says.

    Attributes:
        key: whose fact it is; a new fact with the same key takes its place.
        bold: the fact; ``rest`` what still works.
        act: words of the button, empty for none.
    """

    key: str
    tone: str
    icon: str
    bold: str
    rest: str = ""
    act: str = ""
    act_icon: str = ""


class Banner(QWidget):
    """Shows the worst of the facts that hold, one at a time.

    Attributes:
        acted: key of the fact whose button was pressed.
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.facts: dict[str, Fact] = {}
        self.button = Button(theme, "", size="control-small", parent=self)
        self.button.clicked.connect(lambda: self.acted.emit(self.shown.key if self.shown else ""))
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(4), 0, theme.space(4), 0)
        row.addStretch(1)
        row.addWidget(self.button)
        self.setFixedHeight(theme.size("banner"))
        theme.changed.connect(self.update)
        self.hide()

    @property
    def shown(self) -> Fact | None:
        """The fact on screen."""
        return min(self.facts.values(), key=lambda fact: _WORST_FIRST.index(fact.tone), default=None)

    def tell(self, fact: Fact) -> None:
        """A fact holds from now on."""
        self.facts[fact.key] = fact
        self._show()

    def forget(self, key: str) -> None:
        """A fact does not hold any more."""
        if self.facts.pop(key, None) is not None:
            self._show()

    def _show(self) -> None:
        fact = self.shown
        self.setVisible(fact is not None)
        if fact is None:
            return
        self.setAccessibleName(f"{fact.bold} {fact.rest}".strip())
        self.setToolTip(texts.tooltip(f"{fact.bold} {fact.rest}".strip()))
        self.button.setVisible(bool(fact.act))
        self.button.glyph = fact.act_icon
        self.button.reword(fact.act)
        self.button.resize(self.button.sizeHint())
        self._row.invalidate()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon, bold fact and the rest."""
        fact = self.shown
        if fact is None:
            return
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        brush.fill(self.rect(), theme.color(_GROUNDS[fact.tone]))
        brush.hairline(0, self.height() - 1, self.width())
        side = theme.size("icon")
        at = QRect(theme.space(4), (self.height() - side) // 2, side, side)
        brush.icon(fact.icon, at, theme.color(_INKS[fact.tone]))
        room = self.rect().adjusted(at.right() + theme.space(2) + 3, 0, -theme.space(4), 0)
        if fact.act:
            room.setRight(room.right() - self.button.width() - theme.space(3))
        taken = brush.text(room, fact.bold, theme.font("body-strong"), theme.color("text"))
        rest = room.adjusted(taken + theme.space(1), 0, 0, 0)
        brush.text(rest, fact.rest, theme.font("body"), theme.color("text"))
