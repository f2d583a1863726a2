"""What people know of a contact, as fields to change."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import ContactPatch
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Field, is_escape, label

_ALWAYS = ("email", "phone")
_GIVEN_BY_CHANNELS = ("claimed.", "page_", "referrer")


class ContactForm(QWidget):
    """Name, language, time zone and fields.

    Attributes:
        saved: a ContactPatch with what is different.
        left: nothing is to change.
    """

    saved = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, contact: rows.Contact) -> None:
        super().__init__()
        self.contact = contact
        known = {name: value for name, value in contact.fields.items() if not name.startswith(_GIVEN_BY_CHANNELS)}
        self.name = Field(theme, tr("contact_panel", "Name"), value=contact.name)
        self.language = Field(theme, tr("contact_panel", "Language"), value=contact.language)
        self.time_zone = Field(theme, tr("contact_panel", "Time zone"), value=contact.time_zone)
        words = {"email": tr("contact_panel", "Email"), "phone": tr("contact_panel", "Phone")}
        self.fields = {
            name: Field(theme, words.get(name) or name.replace("_", " ").capitalize(), value=known.get(name, ""))
            for name in dict.fromkeys([*_ALWAYS, *sorted(known)])
        }
        self.refusal = label(theme, "", "meta", "danger", wrap=True)
        self.refusal.hide()
        self.save = Button(theme, tr("contact_panel", "Save"), kind="primary", size="control-small")
        self.leave = Button(theme, tr("contact_panel", "Leave as it was"), size="control-small")
        self.save.clicked.connect(lambda: self.saved.emit(self.patch()))
        self.leave.clicked.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        for part in (self.name, self.language, self.time_zone, *self.fields.values(), self.refusal):
            column.addWidget(part)
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addStretch(1)
        foot.addWidget(self.save)
        column.addLayout(foot)

    def patch(self) -> ContactPatch:
        """What is different."""
        scalars = {
            name: field.text
            for name, field in (("name", self.name), ("language", self.language), ("time_zone", self.time_zone))
            if field.text != getattr(self.contact, name)
        }
        fields = {
            name: field.text for name, field in self.fields.items() if field.text != self.contact.fields.get(name, "")
        }
        return ContactPatch(**scalars, **({"fields": fields} if fields else {}))  # type: ignore[arg-type]  # by name

    def refuse(self, reason: str) -> None:
        """It could not be saved."""
        self.refusal.setText(reason)
        self.refusal.show()

    def event(self, event: QEvent) -> bool:
        """Esc leaves the form before it is a shortcut of the window."""
        if is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter saves, Esc leaves it as it was."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.save.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
