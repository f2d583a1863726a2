"""A line of the composer whose sentence is always whole: it wraps and grows instead of being cut."""

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.theme import Theme


def wrapped(text: str, font: QFont, width: int, line: int, *, at_right: bool) -> tuple[QTextLayout, int]:
    """``text`` wrapped into a width, words only broken where one alone is wider; and its height."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    rtl = texts.runs_right_to_left(text)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
    option.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0
    while (row := layout.createLine()).isValid():
        row.setLineWidth(max(1, width))
        row.setPosition(QPointF(0, height + (line - row.height()) / 2))
        height += line
    layout.endLayout()
    return layout, height


class SentenceLine(Line):
    """One sentence in small letters, as tall as its words need.

    Attributes:
        above: pixels over the sentence that belong to something else.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, above: int = 0) -> None:
        super().__init__(theme, parent)
        self.above = above
        self._words = ""
        theme.changed.connect(self._fit)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def say(self, words: str) -> None:
        """Another sentence."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self._fit()
            self.update()

    @property
    def room(self) -> QRect:
        """Where the sentence stands, as if it ran left to right."""
        space, mark = self.theme.space, self.theme.size("icon-small") + 6
        top = self.above + space(1)
        return QRect(space(3) + mark, top, self.width() - 2 * space(3) - mark, self.height() - top - space(1))

    def laid(self) -> tuple[QTextLayout, int]:
        """The sentence in lines, and how high they are."""
        theme = self.theme
        font = theme.font("meta", script=texts.script_of(self._words))
        return wrapped(self._words, font, self.room.width(), theme.line("meta"), at_right=self.isRightToLeft())

    def _fit(self) -> None:
        self.setFixedHeight(self.above + self.laid()[1] + 2 * self.theme.space(1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other lines."""
        super().resizeEvent(event)
        self._fit()

    def draw(self, painter: QPainter, icon: str, color: QColor) -> None:
        """The sign before the sentence, and the sentence."""
        brush, side, room = self.brush(painter), self.theme.size("icon-small"), self.room
        top = room.top() + (self.theme.line("meta") - side) // 2
        brush.icon(icon, QRect(self.theme.space(3), top, side, side), color)
        painter.setPen(color)
        self.laid()[0].draw(painter, QPointF(brush.seen(room).topLeft()))


class RefusalLine(SentenceLine):
    """One sentence why something cannot be sent or attached."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.hide()

    def tell(self, text: str) -> None:
        """Say it, nothing for an empty text."""
        self.say(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """What it says."""
        return self.words

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a sign and the sentence."""
        self.draw(QPainter(self), "warning", self.theme.color("danger"))
