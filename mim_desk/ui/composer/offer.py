"""Buttons under a reply: one line for each to write, how the channel will show them, and what speaks against it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from mim_desk.domain.buttons import MOST_IN_WORDS, NO_FRAME, Fault, Form, Frame, Problem, form_of, problem
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.split import limits_of, plain
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.form import label

LINES_SHOWN: Final = 4
_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def refusal_of(buttons: Sequence[rows.Button], sheet: rows.CapabilitySheet, text: str, around: Frame = NO_FRAME) -> str:
    """Why these cannot go under ``text``, one sentence; empty when they can."""
    found = problem(plain(buttons), limits_of(sheet), text, around)
    return _said(found) if found is not None else ""


def _said(found: Problem) -> str:
    told = {"place": texts.count(found.place + 1), "most": texts.count(found.most)}
    return _SENTENCES[found.fault]().format(**told)


_SENTENCES: Final[Mapping[Fault, Callable[[], str]]] = {
    Fault.NO_TEXT: lambda: tr("Write the text that the buttons stand under."),
    Fault.NO_TITLE: lambda: tr("Button {place} has no words."),
    Fault.TITLE_LENGTH: lambda: tr("The words of button {place} may have {most} characters."),
    Fault.SAME_TITLE: lambda: tr("Button {place} has the same words as another."),
    Fault.TOO_MANY: lambda: tr("This inbox carries {most} such buttons in one message."),
    Fault.NO_LINKS: lambda: tr("This inbox has no buttons that open an address. Write the address into the text."),
    Fault.TOO_MANY_LINKS: lambda: tr("This inbox carries {most} buttons that open an address."),
    Fault.NOT_MIXED: lambda: tr("Here a button that opens an address stands alone."),
    Fault.BAD_LINK: lambda: tr("The address of button {place} must begin with https:// or http://."),
    Fault.NO_DESCRIPTIONS: lambda: tr("This inbox shows no second line on button {place}."),
    Fault.DESCRIPTION_LENGTH: lambda: tr("The second line of button {place} may have {most} characters."),
    Fault.SECTION_LENGTH: lambda: tr("The heading of button {place} may have {most} characters."),
    Fault.NO_PLACE_REQUESTS: lambda: tr("This inbox cannot ask for a location by a button. Ask for it in the text."),
    Fault.ASKS_ALONE: lambda: tr("A button that asks for a location stands alone here."),
    Fault.NO_FRAME: lambda: tr("Nothing can stand above or below this text here. Write it into the text."),
    Fault.HEADER_LENGTH: lambda: tr("What stands above the text may have {most} characters."),
    Fault.FOOTER_LENGTH: lambda: tr("What stands below the text may have {most} characters."),
}


def shown_as(buttons: Sequence[rows.Button], sheet: rows.CapabilitySheet) -> str:
    """How the contact will see them."""
    if any(one.asks_place for one in buttons):
        return tr("The customer sees a button and answers with where they are.")
    match form_of(plain(buttons), limits_of(sheet)):
        case Form.LIST:
            return tr("The customer sees a list to choose from.")
        case Form.BUTTONS:
            return tr("The customer sees buttons.")
        case Form.WORDS:
            return tr("This inbox has no buttons: the customer sees numbered lines and may answer with the number.")


class ButtonLine(QWidget):
    """One button on its way: its words, and beside them an address or a second line.

    Attributes:
        changed: something in it is written.
        next_wanted, removed, left: Enter, the cross or Backspace on empty words, Esc.
    """

    changed = Signal()
    next_wanted = Signal()
    removed = Signal()
    left = Signal()

    def __init__(self, theme: Theme, button: rows.Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._section = button.section
        self._id = button.id
        self._asks_place = button.asks_place
        self.words = self._input(theme, tr("Words on the button"), button.title)
        self.more = self._input(theme, tr("https://… or a second line"), button.url or button.description)
        self.drop = IconButton(theme, "close", tr("Remove this button"), parent=self)
        self.drop.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(2))
        row.addWidget(self.words, 2)
        row.addWidget(self.more, 3)
        row.addWidget(self.drop)
        self.more.setHidden(button.asks_place)

    def _input(self, theme: Theme, hint: str, value: str) -> QLineEdit:
        made = QLineEdit(value, self)
        made.setFont(theme.font("body"))
        made.setPlaceholderText(hint)
        made.setAccessibleName(hint)
        made.setMaxLength(1000)
        made.textEdited.connect(self.changed)
        made.installEventFilter(self)
        return made

    def tell(self, limits: rows.ButtonSheet) -> None:
        """Whether its words can be written: on some networks a question for a place has words of their own."""
        self.words.setReadOnly(self._asks_place and not limits.place_words)

    @property
    def button(self) -> rows.Button:
        """What is written."""
        more = self.more.text().strip()
        is_address = "://" in more
        return rows.Button(
            title=self.words.text().strip(),
            id=self._id,
            url=more if is_address else "",
            description="" if is_address else more,
            section=self._section,
            asks_place=self._asks_place,
        )

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not (self.words.text().strip() or self.more.text().strip())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, Backspace on an empty line removes it, Esc goes back to the text."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _RETURN:
                self.next_wanted.emit()
                return True
            if key == Qt.Key.Key_Escape:
                self.left.emit()
                return True
            if key == Qt.Key.Key_Backspace and self.empty and watched is self.words:
                self.removed.emit()
                return True
        return super().eventFilter(watched, event)


class ButtonStrip(QWidget):
    """The buttons of the reply, below its text.

    Attributes:
        changed: they are others now.
        left: the keyboard goes back to the text.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.lines: list[ButtonLine] = []
        self._told = label(theme, "", "meta", "muted", wrap=True)
        self.header = self._around(tr("Above the text"))
        self.footer = self._around(tr("Below the text"))
        self.add = Button(theme, tr("Add a button"), icon="plus", size="control-small", parent=self)
        self.add.clicked.connect(self.open)
        inside = QWidget()
        inside.setObjectName("composer_buttons")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.space(1))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(inside)
        inside.setAutoFillBackground(False)  # a scroll area turns it on
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack()
        self.hide()

    def _around(self, hint: str) -> QLineEdit:
        made = QLineEdit(self)
        made.setFont(self.theme.font("body"))
        made.setPlaceholderText(hint)
        made.setAccessibleName(hint)
        made.setMaxLength(1000)
        made.textEdited.connect(self.changed)
        made.installEventFilter(self)
        made.hide()
        return made

    def _stack(self) -> None:
        theme = self.theme
        around, foot = QHBoxLayout(), QHBoxLayout()
        for row in (around, foot):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme.space(2))
        around.addWidget(self.header, 1)
        around.addWidget(self.footer, 1)
        foot.addWidget(self._told, 1)
        foot.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(3), 0, theme.space(3), theme.space(1))
        column.setSpacing(theme.space(1))
        column.addWidget(self._scroll)
        column.addLayout(around)
        column.addLayout(foot)

    @property
    def buttons(self) -> tuple[rows.Button, ...]:
        """Those that have something on them, in order."""
        return tuple(line.button for line in self.lines if not line.empty)

    @property
    def around(self) -> Frame:
        """What stands above and below the text, nothing without buttons."""
        return Frame(self.header.text().strip(), self.footer.text().strip()) if self.buttons else NO_FRAME

    def show_buttons(self, buttons: Sequence[rows.Button], around: Frame = NO_FRAME) -> None:
        """Others, none to close the strip."""
        self.header.setText(around.header)
        self.footer.setText(around.footer)
        for line in list(self.lines):
            self._take_out(line)
        for button in buttons:
            self._append(button)
        self._fit()

    def open(self) -> None:
        """A line to write in; a button's tool and Enter ask for it."""
        if not self.lines or not self.lines[-1].empty:
            if len(self.lines) >= MOST_IN_WORDS:
                return
            self._append(rows.Button(""))
            self._fit()
        self.lines[-1].words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._scroll.ensureWidgetVisible(self.lines[-1])

    def tell(self, sheet: rows.CapabilitySheet) -> None:
        """How the channel will show them."""
        self._told.setText(shown_as(self.buttons, sheet) if self.buttons else "")
        limits = sheet.button_limits or rows.ButtonSheet(0, 0, 0)
        asks = any(one.asks_place for one in self.buttons)
        for line in self.lines:
            line.tell(limits)
        self.header.setVisible(bool(self.header.text() or (limits.header_length and not asks)))
        self.footer.setVisible(bool(self.footer.text() or (limits.footer_length and not asks)))

    def ask_place(self) -> None:
        """A button that asks for the customer's place."""
        if not any(line.button.asks_place for line in self.lines):
            self._append(rows.Button(tr("Send location"), asks_place=True))
            self._fit()
            self.changed.emit()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc goes back to the text."""
        pressed = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        if pressed is not None and Qt.Key(pressed) in (Qt.Key.Key_Escape, *_RETURN):
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def _append(self, button: rows.Button) -> None:
        line = ButtonLine(self.theme, button, self)
        line.changed.connect(self.changed)
        line.next_wanted.connect(self.open)
        line.left.connect(self.left)
        line.removed.connect(lambda: self._remove(line))
        self.lines.append(line)
        self._column.addWidget(line)

    def _remove(self, line: ButtonLine) -> None:
        place = self.lines.index(line)
        self._take_out(line)
        self._fit()
        if self.lines:
            self.lines[max(place - 1, 0)].words.setFocus()
        else:
            self.left.emit()
        self.changed.emit()

    def _take_out(self, line: ButtonLine) -> None:
        self.lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _fit(self) -> None:
        shown = min(len(self.lines), LINES_SHOWN)
        step = self.theme.size("control") + self.theme.space(1)
        self._scroll.setFixedHeight(max(shown * step, 0))
        self.setVisible(bool(self.lines))
