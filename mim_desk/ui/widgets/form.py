"""Parts of forms: a labelled field with its help or refusal below, cards, and text that wraps."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.icons import icon
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, PaintedButton
from mim_desk.ui.widgets.glyph import Glyph
from mim_desk.ui.widgets.paint import Brush
from mim_desk.ui.widgets.paragraph import Paragraph


def is_escape(event: QEvent) -> bool:
    """Whether Qt asks for a form that is left by Esc if that key is its own."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    return Qt.Key(event.key()) == Qt.Key.Key_Escape


def label(theme: Theme, text: str, role: str = "body", name: str = "", *, wrap: bool = False) -> PlainLabel:
    """A plain label in a type role; ``name`` picks its colour in the base sheet."""
    made = Paragraph(theme, text, role) if wrap else PlainLabel(text)
    made.setFont(theme.font(role))
    if name:
        made.setObjectName(name)
    return made


class Hairline(QFrame):
    """A line between two parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hairline")
        self.setFixedHeight(1)


class _Glass(QAction):
    def __init__(self, theme: Theme, line: QLineEdit) -> None:
        super().__init__(line)
        self._theme = theme
        self.setEnabled(False)
        self._tint()
        theme.changed.connect(self._tint)

    def _tint(self) -> None:
        self.setIcon(icon(self._theme, "search", "text-muted", self._theme.size("icon-field")))


def lead(theme: Theme, line: QLineEdit) -> None:
    """A magnifying glass before what is looked for."""
    line.addAction(_Glass(theme, line), QLineEdit.ActionPosition.LeadingPosition)


class Field(QWidget):
    """A text field with its label above and help or a refusal below.

    Attributes:
        input: the line itself.
    """

    def __init__(
        self, theme: Theme, title: str, *, help_text: str = "", secret: bool = False, value: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.theme, self._help = theme, help_text
        self._tick: QAction | None = None
        self.title = label(theme, title, "label")
        self.input = QLineEdit(value, self)
        self.input.setFont(theme.font("body"))
        self.input.setAccessibleName(title)
        self.title.setBuddy(self.input)
        if secret:
            self._hide_letters()
        self.below = label(theme, help_text, "meta", "muted", wrap=True)
        self.mark = Glyph(theme, "failed", "icon-small", "danger")
        self.mark.hide()
        told = QHBoxLayout()
        told.setSpacing(theme.space(1))
        told.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.below, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(self.title)
        column.addWidget(self.input)
        column.addLayout(told)
        self.below.setVisible(bool(help_text))
        self.input.textEdited.connect(lambda: self.refuse(""))

    @property
    def text(self) -> str:
        """What is in it, trimmed."""
        return self.input.text().strip()

    def _hide_letters(self) -> None:
        """A secret reads as dots until somebody looks."""
        self.input.setEchoMode(QLineEdit.EchoMode.Password)
        look = QAction(icon(self.theme, "watch", "text-muted"), texts.tr("form", "Show what was typed"), self)
        look.setCheckable(True)
        modes = {True: QLineEdit.EchoMode.Normal, False: QLineEdit.EchoMode.Password}
        look.toggled.connect(lambda on: self.input.setEchoMode(modes[on]))
        self.input.addAction(look, QLineEdit.ActionPosition.TrailingPosition)

    def praise(self) -> None:
        """A tick at the end says that this is right; it goes with the next letter."""
        if self._tick is None:
            self._tick = QAction(icon(self.theme, "check", "positive"), texts.tr("form", "Right"), self)
            self.input.addAction(self._tick, QLineEdit.ActionPosition.TrailingPosition)
        self.input.setAccessibleDescription(texts.tr("form", "Right"))

    def _take_tick_back(self) -> None:
        if self._tick is not None:
            self.input.removeAction(self._tick)
            self._tick = None

    def refuse(self, reason: str) -> None:
        """Say what is wrong and what to do; empty takes it back."""
        self._take_tick_back()
        self.input.setProperty("refused", "true" if reason else "false")
        self.below.setObjectName("danger" if reason else "muted")
        self.below.setText(reason or self._help)
        self.below.setVisible(bool(reason or self._help))
        self.mark.setVisible(bool(reason))
        self.input.setAccessibleDescription(reason or self._help)
        for part in (self.input, self.below):
            part.style().unpolish(part)
            part.style().polish(part)


class TextField(QWidget):
    """Several lines of text with a label above and help or a refusal below.

    Attributes:
        input: the text itself.
    """

    def __init__(self, theme: Theme, title: str, help_text: str, value: str = "") -> None:
        super().__init__()
        self._help = help_text
        self.input = QPlainTextEdit(value)
        self.input.setObjectName("lines")
        self.input.setFont(theme.font("message"))
        self.input.setAccessibleName(title)
        self.input.setTabChangesFocus(True)
        self.input.setMinimumHeight(theme.space(16) * 2)
        head = label(theme, title, "label")
        head.setBuddy(self.input)
        self.below = label(theme, help_text, "meta", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        for part in (head, self.input, self.below):
            column.addWidget(part)

    @property
    def text(self) -> str:
        """What is in it, trimmed."""
        return self.input.toPlainText().strip()

    def refuse(self, reason: str) -> None:
        """Say what is wrong and what to do; empty takes it back."""
        self.below.setObjectName("danger" if reason else "muted")
        self.below.setText(reason or self._help)
        self.input.setAccessibleDescription(reason or self._help)
        self.below.style().unpolish(self.below)
        self.below.style().polish(self.below)


class Card(QFrame):
    """A framed group of parts."""

    def __init__(self, theme: Theme, *parts: QWidget, sunken: bool = False, gap: int = 2) -> None:
        super().__init__()
        self.setObjectName("sunken_card" if sunken else "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(3))
        self.column.setSpacing(theme.space(gap))
        for part in parts:
            self.column.addWidget(part)


class CopyCard(Card):
    """Something to paste elsewhere, with a button that copies it."""

    def __init__(self, theme: Theme, title: str, value: str) -> None:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(theme, title, "label"), 1)
        self.copy = Button(theme, texts.tr("form", "Copy"), icon="copy", size="control-small")
        self.copy.setAccessibleName(texts.tr("form", "Copy: {what}").format(what=title))
        row.addWidget(self.copy)
        self.value = label(theme, value, "meta", "secondary", wrap=True)
        self.value.setFont(theme.mono())
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.value.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        super().__init__(theme, head, self.value, sunken=True, gap=1)
        self.copy.clicked.connect(self._copy)

    def tell(self, value: str) -> None:
        """Another value."""
        self.value.setText(value)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.value.text())
        self.copy.reword(texts.tr("form", "Copied"))


class Pick(PaintedButton):
    """One of several ways, as a card with a round mark."""

    def __init__(self, theme: Theme, icon: str, title: str, detail: str) -> None:
        super().__init__(theme)
        self.glyph, self.detail = icon, detail
        self.setText(title)
        self.tell_detail(detail)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(theme.size("pick"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def tell_detail(self, detail: str) -> None:
        """Other words below the title."""
        self.detail = detail
        self.setAccessibleName(f"{self.text()}. {detail}")
        self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card has more lines."""
        super().resizeEvent(event)
        self._grow()

    def _room(self) -> QRect:
        """Where the title stands."""
        theme = self.theme
        left = 2 * theme.space(4) + 4 + theme.size("icon-large") - 3
        return QRect(left, theme.space(4), self.width() - theme.space(10) - left + 1, theme.line("body-strong"))

    def _detail_height(self) -> int:
        wrapped = QRect(0, 0, max(1, self._room().width()), self.theme.size("window"))
        measure = texts.metrics(self.theme.font("body"))
        return measure.boundingRect(wrapped, Qt.TextFlag.TextWordWrap.value, self.detail).height()

    def _grow(self) -> None:
        more = max(0, self._detail_height() - self.theme.line("body"))
        self.setFixedHeight(self.theme.size("pick") + more)

    def _draw_detail(self, brush: Brush, room: QRect) -> None:
        brush.painter.setFont(self.theme.font("body"))
        brush.painter.setPen(self.theme.color("text-secondary"))
        side = Qt.AlignmentFlag.AlignRight if brush.rtl else Qt.AlignmentFlag.AlignLeft
        how = Qt.TextFlag.TextWordWrap.value | side.value | Qt.AlignmentFlag.AlignAbsolute.value
        brush.painter.drawText(brush.seen(room), how, self.detail)

    def sizeHint(self) -> QSize:
        """As wide as the page."""
        return QSize(self.theme.size("pane-list"), self.theme.size("pick"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon, title, detail and the mark."""
        painter = QPainter(self)
        theme, brush, on = self.theme, self.brush(painter), self.isChecked()
        radius = theme.radius("card")
        ground = "selection" if on else "hover" if self.underMouse() else "surface"
        brush.fill(self.rect(), theme.color(ground), radius)
        brush.frame(self.rect(), theme.color("accent" if on else "hairline"), radius, 2 if on else 1)
        side = theme.size("icon-large") - 2
        at = QRect(theme.space(4) + 2, theme.space(4), side, side)
        brush.icon(self.glyph, at, theme.color("accent-text" if on else "text-secondary"))
        room = self._room()
        brush.text(room, self.text(), theme.font("body-strong"), theme.color("text"))
        down = room.height() + theme.space(1) + (room.height() - texts.metrics(theme.font("body")).height()) // 2
        self._draw_detail(brush, room.translated(0, down).adjusted(0, 0, 0, 2 * room.height()))
        dot = theme.size("icon")
        mark = QRect(self.width() - theme.space(4) - dot, theme.space(4), dot, dot)
        if on:
            brush.fill(mark, theme.color("accent"), dot // 2)
            gap = theme.space(1) + 1
            brush.fill(mark.adjusted(gap, gap, -gap, -gap), theme.color("on-accent"), dot)
        else:
            brush.frame(mark, theme.color("control-border"), dot // 2)
        self.draw_ring(brush, "card")
