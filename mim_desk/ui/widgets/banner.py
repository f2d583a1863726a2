"""A banner: one fact that holds, what still works, one button (looks/README, "Banners")."""

from typing import Final

import msgspec
from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextLayout, QTextOption
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
        self._fit()
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
        layout, height = self._laid_out(fact)
        room = brush.seen(self._room())
        painter.setPen(theme.color("text"))
        layout.draw(painter, QPointF(room.left(), room.top() + round((room.height() - height) / 2)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window takes more lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its words: the end of a sentence is what to do."""
        height = self.theme.size("banner")
        if self.shown is not None:
            height = max(height, self._laid_out(self.shown)[1] + self.theme.space(4))
        self.setFixedHeight(height)

    def _room(self) -> QRect:
        """Where the words stand, as if they ran left to right."""
        theme, fact = self.theme, self.shown
        start = theme.space(6) + theme.size("icon") + 2
        end = theme.space(4)
        if fact is not None and fact.act:
            end += self.button.sizeHint().width() + theme.space(3)
        return self.rect().adjusted(start, 0, -end, 0)

    def _laid_out(self, fact: Fact) -> tuple[QTextLayout, int]:
        theme = self.theme
        words = f"{fact.bold} {fact.rest}".strip()
        layout = QTextLayout(words, theme.font("body"))
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        option = QTextOption(side | Qt.AlignmentFlag.AlignAbsolute)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        rtl = texts.runs_right_to_left(words)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        layout.setTextOption(option)
        weight, strong = QTextCharFormat(), QTextLayout.FormatRange()
        weight.setFontWeight(theme.font("body-strong").weight())
        strong.start, strong.length, strong.format = 0, len(fact.bold.encode("utf-16-le")) // 2, weight
        layout.setFormats([strong])
        layout.beginLayout()
        height = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, self._room().width()))
            line.setPosition(QPointF(0, height + (theme.line("body") - line.height()) / 2))
            height += theme.line("body")
        layout.endLayout()
        return layout, height
