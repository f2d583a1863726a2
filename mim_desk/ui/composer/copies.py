"""Copies of a reply to others: the lines for Cc and Bcc, who else got the customer's mail, and what speaks against it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from mim_desk.domain import mail_copies
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.form import label

_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LONGEST = 5000


def refusal_of(copies: rows.Copies, sheet: rows.CapabilitySheet) -> str:
    """Why these cannot go, one sentence; empty when they can."""
    if not copies:
        return ""
    if not sheet.copies:
        return tr("This inbox sends no copies to others.")
    if len(copies.cc) + len(copies.bcc) > sheet.copies:
        return tr("A reply goes to %n others at most.", sheet.copies).replace("%n", texts.count(sheet.copies))
    wrong = mail_copies.first_wrong(copies.cc, copies.bcc)
    if wrong:
        return tr("{address} is no address that mail can be sent to.").format(address=_shown(wrong))
    again = mail_copies.twice(copies.cc, copies.bcc)
    return tr("{address} is named twice.").format(address=_shown(again)) if again else ""


def _shown(address: str) -> str:
    return texts.left_to_right(texts.one_line(address, 60))


class CopiesStrip(QWidget):
    """The lines for Cc and Bcc, above the text.

    Attributes:
        changed: other people are named.
        left: the keyboard goes back to the text.
        everybody: names all who got the customer's last mail; never by itself.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._others: Sequence[str] = ()
        self._is_open = False
        self.cc, self.bcc = self._input(tr("Copies to, seen by all")), self._input(tr("Hidden copies to"))
        self.everybody = Button(theme, tr("Everybody"), icon="people", size="control-small", parent=self)
        self.everybody.clicked.connect(self._name_everybody)
        self.drop = IconButton(theme, "close", tr("Send no copies"), parent=self)
        self.drop.clicked.connect(self._drop)
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.space(3), theme.space(1), theme.space(3), theme.space(1))
        grid.setHorizontalSpacing(theme.space(2))
        grid.setVerticalSpacing(theme.space(1))
        for row, (title, field) in enumerate(((tr("Cc"), self.cc), (tr("Bcc"), self.bcc))):
            told = label(theme, title, "label", "muted")
            told.setBuddy(field)
            grid.addWidget(told, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.everybody, 0, 2)
        grid.addWidget(self.drop, 1, 2, Qt.AlignmentFlag.AlignTrailing)
        grid.setColumnStretch(1, 1)
        self.hide()

    def _input(self, name: str) -> QLineEdit:
        made = QLineEdit(self)
        made.setFont(self.theme.font("body"))
        made.setAccessibleName(name)
        made.setPlaceholderText(name)
        made.setMaxLength(_LONGEST)
        made.textEdited.connect(self.changed)
        made.installEventFilter(self)
        return made

    @property
    def copies(self) -> rows.Copies:
        """Who is named."""
        return rows.Copies(mail_copies.listed(self.cc.text()), mail_copies.listed(self.bcc.text()))

    def show_copies(self, copies: rows.Copies) -> None:
        """Others; nobody closes the lines."""
        self.cc.setText(", ".join(copies.cc))
        self.bcc.setText(", ".join(copies.bcc))
        self._is_open = bool(copies)
        self.setVisible(self._is_open)

    def open(self) -> None:
        """Write in the first line; the tool and its key ask for it."""
        self._is_open = True
        self.setVisible(True)
        self.cc.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def tell(self, others: Sequence[str], *, on: bool) -> None:
        """Who else got the customer's mail, and whether the inbox sends copies at all."""
        self._others = others
        named = {one.lower() for one in (*self.copies.cc, *self.copies.bcc)}
        missing = [one for one in others if one.lower() not in named]
        self.everybody.setVisible(bool(missing))
        told = tr("Also to {people}").format(people=_shown(", ".join(missing))) if missing else ""
        self.everybody.setToolTip(texts.tooltip(told))
        self.everybody.setAccessibleName(f"{tr('Everybody')}. {told}" if told else tr("Everybody"))
        self.setVisible(on and (self._is_open or bool(self.copies)))

    def _name_everybody(self) -> None:
        named = {one.lower() for one in (*self.copies.cc, *self.copies.bcc)}
        more = [one for one in self._others if one.lower() not in named]
        self.cc.setText(", ".join([*self.copies.cc, *more]))
        self.changed.emit()
        self.cc.setFocus()

    def _drop(self) -> None:
        self.show_copies(rows.Copies())
        self.changed.emit()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Esc go back to the text; lines that are empty then close."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key == Qt.Key.Key_Escape and not self.copies:
                self._drop()
                return True
            if key in _RETURN or key == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)
