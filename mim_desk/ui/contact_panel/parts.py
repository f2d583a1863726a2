"""Small painted parts of the contact panel."""

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import PaintedButton
from mim_desk.ui.widgets.paint import Brush


class ContactHead(QWidget):
    """Avatar, name, language."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.name = ""
        self.seed = ""
        self.detail = ""
        self.picture: QPixmap | None = None
        self.setFixedHeight(theme.size("avatar-panel"))
        theme.changed.connect(self.update)

    def show_picture(self, picture: QPixmap | None) -> None:
        """Their picture instead of the letters; None for the letters."""
        self.picture = picture
        self.update()

    def tell(self, name: str, seed: str, detail: str) -> None:
        """Show somebody."""
        self.name, self.seed, self.detail = texts.one_line(name, 120), seed, detail
        self.setAccessibleName(f"{self.name}, {detail}" if detail else self.name)
        self.setToolTip(texts.tooltip(self.name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("avatar-panel")
        if self.picture is None:
            brush.avatar(QRect(0, 0, side, side), texts.initials(self.name), self.seed)
        else:
            brush.portrait(QRect(0, 0, side, side), self.picture)
        room = self.rect().adjusted(side + theme.space(3), 0, 0, 0)
        name_high, detail_high = theme.line("heading"), theme.line("meta")
        top = (self.height() - name_high - (detail_high if self.detail else 0)) // 2
        name = QRect(room.left(), top, room.width(), name_high)
        font = theme.font("heading", script=texts.script_of(self.name))
        brush.text(name, self.name, font, theme.color("text"))
        below = QRect(room.left(), top + name_high, room.width(), detail_high)
        brush.text(below, self.detail, theme.font("meta"), theme.color("text-muted"))


class MarkedLine(QWidget):
    """A mark or a drawing, then a text that keeps its own direction, perhaps a seal at the end."""

    def __init__(
        self, theme: Theme, text: str, *, channel: str = "", icon: str = "", said: str = "", seal: bool = False,
        ltr: bool = True, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.theme = theme
        text, said = texts.in_written_order(text), texts.in_written_order(said)
        self.text = texts.left_to_right(text) if ltr else text
        self.channel, self.glyph, self.seal = channel, icon, seal
        self.setFixedHeight(theme.size("contact-line"))
        self.setAccessibleName(said or text)
        self.setToolTip(texts.tooltip(said or text))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("channel-mark")
        at = QRect(0, (self.height() - side) // 2, side, side)
        if self.channel:
            brush.mark(self.channel, at)
        else:
            brush.icon(self.glyph, at, theme.color("text-secondary"))
        room = self.rect().adjusted(side + theme.space(2), 0, 0, 0)
        if self.seal:
            end = QRect(self.width() - side, at.top(), side, side)
            brush.icon("verified", end, theme.color("positive"))
            room.setRight(end.left() - theme.space(2))
        role = "body" if self.channel else "meta"
        font = theme.font(role, script=texts.script_of(self.text), tabular=True)
        brush.text(room, self.text, font, theme.color("text" if self.channel else "text-secondary"))


class KeyValue(QWidget):
    """A name in the key column and its value."""

    def __init__(self, theme: Theme, key: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.key, self.value = theme, texts.one_line(key, 60), texts.one_line(value)
        self.setFixedHeight(theme.size("contact-line"))
        self.setAccessibleName(f"{self.key}: {self.value}")
        self.setToolTip(texts.tooltip(value[:1000]))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        column = theme.size("key-column")
        key = QRect(0, 0, column, self.height())
        brush.text(key, self.key, theme.font("body"), theme.color("text-muted"))
        room = self.rect().adjusted(column + theme.space(2), 0, 0, 0)
        font = theme.font("body", script=texts.script_of(self.value), tabular=True)
        brush.text(room, self.value, font, theme.color("text"))


class EarlierLine(PaintedButton):
    """An earlier conversation.

    Attributes:
        chosen: its conversation's id.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, conversation_id: str, channel: str, words: str, day: str) -> None:
        super().__init__(theme)
        self.channel, self.day = channel, day
        self.setText(texts.one_line(words))
        self.setAccessibleName(f"{self.text()}, {day}")
        self.setToolTip(texts.tooltip(self.text()))
        self.setFixedHeight(theme.size("control-small"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self.chosen.emit(conversation_id))

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(self.theme.size("pane-contact-min"), self.theme.size("control-small"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw mark, words and day."""
        painter = QPainter(self)
        theme, brush = self.theme, self.brush(painter)
        if self.underMouse():
            brush.fill(self.rect(), theme.color("hover"), theme.radius("chip"))
        side = theme.size("channel-mark-small")
        brush.mark(self.channel, QRect(0, (self.height() - side) // 2, side, side))
        room = self.rect().adjusted(side + theme.space(2), 0, 0, 0)
        taken = brush.text(room, self.day, theme.font("meta", tabular=True), theme.color("text-muted"), end=True)
        room.setRight(room.right() - taken - theme.space(2))
        font = theme.font("body", script=texts.script_of(self.text()))
        brush.text(room, self.text(), font, theme.color("text"))
        self.draw_ring(brush)
