"""The composer's frame and its parts in their places; what they do is in ``panel.py``."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.composer.answering import AnswerLine
from mim_desk.ui.composer.copies import CopiesStrip
from mim_desk.ui.composer.editor import Editor
from mim_desk.ui.composer.enclose import EncloseForm
from mim_desk.ui.composer.linking import LinkLine
from mim_desk.ui.composer.offer import ButtonStrip
from mim_desk.ui.composer.preview import Preview
from mim_desk.ui.composer.sentence import RefusalLine
from mim_desk.ui.composer.split import SplitLine
from mim_desk.ui.composer.strip import ChipLine, FileStrip, Line, QuoteLine, SenderLine
from mim_desk.ui.composer.ways import WayButton
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, IconButton, Tab
from mim_desk.ui.widgets.paint import Brush


class SendButton(Button):
    """The primary button; dark on the note's ground."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("Send"), icon="send", key="Enter", kind="primary", parent=parent)
        self.note = False

    def tell(self, text: str, icon: str, key: str, *, note: bool) -> None:
        """What a press does."""
        if (text, icon, key, note) == (self.text(), self.glyph, self.key, self.note):
            return
        self.glyph, self.key, self.note = icon, key, note
        self.reword(text)

    def _colors(self) -> tuple[str, str, str]:
        if self.note and self.isEnabled():
            return "note-text", "note-text", "note"
        return super()._colors()


class Counter(Line):
    """Letters written of letters one message carries."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._text, self._role = "", "text-muted"

    def tell(self, length: int, limit: int, parts: int = 1) -> None:
        """Muted, amber from 90 %, red above; the number of messages where they are several."""
        shown = f"{texts.count(length)} / {texts.count(limit)}" if limit > 0 and length else ""
        if shown and parts > 1:
            shown += "  ·  " + tr("%n messages", parts).replace("%n", texts.count(parts))
        role = "danger" if length > limit else "warning" if length >= limit * 0.9 else "text-muted"
        if (shown, role) != (self._text, self._role):
            self._text, self._role = shown, role
            self.setAccessibleName(shown)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its figures."""
        font = self.theme.font("meta", tabular=True)
        return QSize(texts.metrics(font).horizontalAdvance(self._text) + 2, self.theme.size("control"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        brush = self.brush(QPainter(self))
        font = self.theme.font("meta", tabular=True)
        brush.text(self.rect(), texts.left_to_right(self._text), font, self.theme.color(self._role), end=True)


class ClosedLine(Line):
    """Says that the reply window is closed, over the editor, and offers the contact's other inboxes.

    Attributes:
        ways: the button that does.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._fact = self._rest = ""
        self.ways = WayButton(theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch()
        row.addWidget(self.ways)
        row.addSpacing(theme.space(2))
        self.setFixedHeight(2 * theme.line("body") + theme.space(4))
        self.hide()

    def tell(self, fact: str, rest: str) -> None:
        """First the fact, then what still works."""
        if (fact, rest) == (self._fact, self._rest):
            return
        self._fact, self._rest = fact, rest
        self.setAccessibleName(f"{fact} {rest}")
        self.setVisible(bool(fact))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it on the warning's ground, inside the composer's frame."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        painter.setClipRect(self.rect())
        ground = self.rect().adjusted(1, 1, -1, theme.radius("popup"))
        brush.fill(ground, theme.color("warning-soft"), theme.radius("popup") - 1)
        brush.hairline(1, self.height() - 1, self.width() - 2)
        side = theme.size("icon-text")
        brush.icon(
            "reply_window", QRect(theme.space(3), (self.height() - side) // 2, side, side), theme.color("warning")
        )
        beside = self.ways.width() + theme.space(4) if self.ways.isVisibleTo(self) else theme.space(3)
        room = self.rect().adjusted(theme.space(3) + side + theme.space(2), theme.space(2), -beside, 0)
        room.setHeight(theme.line("body"))
        brush.text(room, self._fact, theme.font("body-strong"), theme.color("text"))
        room.translate(0, theme.line("body"))
        brush.text(room, self._rest, theme.font("body"), theme.color("text"))


class ComposerFrame(QWidget):
    """The card with tabs, editor and tools.

    Attributes:
        editor, send, reply_tab, note_tab: what the panel wires.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.note = False
        self._picker: QWidget | None = None
        self.setObjectName("composer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reply_tab, self.note_tab = Tab(theme, tr("Reply"), self), Tab(theme, tr("Note"), self)
        self._tabs = QButtonGroup(self)
        for tab in (self.reply_tab, self.note_tab):
            self._tabs.addButton(tab)
            tab.setMinimumWidth(tab.sizeHint().width() + theme.space(1))
        self.reply_tab.setChecked(True)
        self.sender_line, self.window_chip = SenderLine(theme, self), ChipLine(theme, self)
        self.closed_line, self.quote, self.refusal = (
            ClosedLine(theme, self),
            QuoteLine(theme, self),
            RefusalLine(theme, self),
        )
        self.editor = Editor(theme, self)
        self.files = FileStrip(theme, self)
        self.answer = AnswerLine(theme, self)
        self.offer, self.split, self.ways = ButtonStrip(theme, self), SplitLine(theme, self), WayButton(theme, self)
        self.preview = Preview(theme, self)
        self.copies = CopiesStrip(theme, self)
        self.links = LinkLine(theme, self)
        self._make_tools()
        self._stack()
        self.editor.focus_changed.connect(self.update)
        theme.changed.connect(self.update)

    def _make_tools(self) -> None:
        theme = self.theme
        self.attach = IconButton(theme, "attach", tr("Attach a file"), key="Ctrl+Shift+A", parent=self)
        self.emoji = IconButton(theme, "emoji", tr("Emoji"), key=":", parent=self)
        self.canned = IconButton(theme, "canned_reply", tr("Canned replies"), key="/", parent=self)
        self.canned.setCheckable(True)
        self.template = IconButton(theme, "template", tr("Templates"), key="Ctrl+Shift+T", parent=self)
        self.template.hide()
        self.buttons = IconButton(theme, "buttons", tr("Buttons to choose from"), key="Ctrl+Shift+B", parent=self)
        self.enclosing = IconButton(
            theme, "plus", tr("Location, contact card or sticker"), key="Ctrl+Shift+E", parent=self
        )
        self.enclose = EncloseForm(theme, self)
        self.copy = IconButton(theme, "people", tr("Copies to others"), key="Ctrl+Shift+Y", parent=self)
        self.copy.hide()
        self.counter = Counter(theme, self)
        self.send = SendButton(theme, self)

    def _make_head(self) -> QWidget:
        theme = self.theme
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(14)
        top.addSpacing(theme.space(3))
        top.addWidget(self.reply_tab)
        top.addWidget(self.note_tab)
        top.addStretch()
        for part in (self.ways, self.sender_line, self.window_chip):
            top.addWidget(part)
        top.addSpacing(6)
        head = QWidget(self)
        head.setFixedHeight(theme.size("row-palette"))
        head.setLayout(top)
        return head

    def _stack(self) -> None:
        self._head = self._make_head()
        self._writing = QWidget(self)
        writing = QVBoxLayout(self._writing)
        column = self._column = QVBoxLayout(self)
        for stacked in (writing, column):
            stacked.setContentsMargins(0, 0, 0, 0)
            stacked.setSpacing(0)
        above = (self._head, self.answer, self.copies, self.quote, self.editor)
        for part in (*above, self.preview, self.offer, self.enclose, self.files, self.links, self.split, self.refusal):
            writing.addWidget(part)
        writing.addLayout(self._tool_row())
        column.addWidget(self.closed_line)
        column.addWidget(self._writing)

    def _tool_row(self) -> QHBoxLayout:
        tools = QHBoxLayout()
        tools.setContentsMargins(6, 0, 6, 6)
        tools.setSpacing(0)
        for tool in (self.attach, self.emoji, self.canned, self.buttons, self.enclosing, self.template, self.copy):
            tools.addWidget(tool)
        tools.addStretch()
        tools.addWidget(self.counter)
        tools.addSpacing(10)
        tools.addWidget(self.send)
        return tools

    def add_picker(self, picker: QWidget) -> None:
        """What stands here instead of the text while a template is chosen."""
        self._picker = picker
        self._column.addWidget(picker)

    def show_picker(self, *, on: bool) -> None:
        """The picker instead of tabs, text and tools, or these again."""
        if self._picker is not None and on != self._picker.isVisibleTo(self):
            self._writing.setVisible(not on)
            self._picker.setVisible(on)
            self.updateGeometry()
            self.update()

    def show_mode(self, *, note: bool) -> None:
        """Reply or note: another ground, frame and button."""
        (self.note_tab if note else self.reply_tab).setChecked(True)
        if note != self.note:
            self.note = note
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card and the line under the tabs."""
        theme = self.theme
        brush = Brush(QPainter(self), theme, self.rect(), rtl=self.isRightToLeft())
        radius = theme.radius("popup")
        brush.fill(self.rect(), theme.color("note" if self.note else "surface"), radius)
        focused = self.editor.hasFocus()
        line = "note-line" if self.note else "focus-ring" if focused else "hairline-strong"
        brush.frame(self.rect(), theme.color(line), radius)
        under = "note-line" if self.note else "hairline"
        if self._writing.isVisibleTo(self):
            bottom = self._writing.geometry().top() + self._head.geometry().bottom()
            brush.hairline(1, bottom, self.width() - 2, under)
