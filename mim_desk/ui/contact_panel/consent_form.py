"""What an agent was told of a contact's consent, as a form: one more entry of a ledger that is never changed."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.domain.consent import Purpose
from mim_desk.protocol import rows
from mim_desk.protocol.api import NewConsent
from mim_desk.ui import texts
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Field, is_escape, label
from mim_desk.ui.widgets.segment import Segment

YES: Final = "yes"
NO: Final = "no"
EVERYWHERE: Final = ""


class Pick(QWidget):
    """One of a few, side by side or, where names may be long, below each other."""

    def __init__(self, theme: Theme, title: str, names: Mapping[str, str], value: str, *, below: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(label(theme, title, "label"))
        row: QBoxLayout = QVBoxLayout() if below else QHBoxLayout()
        row.setSpacing(theme.space(1) if below else theme.space(2))
        self.segments: dict[str, Segment] = {}
        for name, said in names.items():
            segment = self.segments[name] = Segment(theme, texts.one_line(said, 80))
            segment.setAccessibleName(f"{title}: {said}")
            segment.setToolTip(texts.tooltip(said))
            segment.setChecked(name == value)
            if below:
                segment.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(segment)
        if not below:
            row.addStretch(1)
        column.addLayout(row)

    @property
    def value(self) -> str:
        """What is marked."""
        return next((name for name, segment in self.segments.items() if segment.isChecked()), "")


class ConsentForm(QWidget):
    """What they want or do not, where, and how the agent knows.

    Attributes:
        noted: a NewConsent.
        left: nothing is to be noted.
    """

    noted = Signal(object)
    left = Signal()

    def __init__(
        self, theme: Theme, contact: rows.Contact, names: Mapping[str, str], instead_of: rows.Consent | None = None
    ) -> None:
        super().__init__()
        was = instead_of
        self.purpose = Pick(theme, tr("contact_panel", "What it is about"), _purposes(was), _purpose(was))
        wanted = {YES: tr("contact_panel", "They want it"), NO: tr("contact_panel", "They do not")}
        self.granted = Pick(theme, tr("contact_panel", "What they say"), wanted, NO if was and was.granted else YES)
        where = {EVERYWHERE: tr("contact_panel", "Everywhere")}
        where |= {one.inbox_id: names.get(one.inbox_id, one.channel) for one in contact.identities}
        self.inbox = Pick(theme, tr("contact_panel", "Where"), where, was.inbox_id if was else EVERYWHERE, below=True)
        told = tr("contact_panel", "Such as: told on the phone. It is the proof.")
        self.reason = Field(theme, tr("contact_panel", "How you know"), help_text=told)
        self.refusal = label(theme, "", "meta", "danger", wrap=True)
        self.refusal.hide()
        self.note = Button(theme, tr("contact_panel", "Note it"), kind="primary", size="control-small")
        self.leave = Button(theme, tr("contact_panel", "Leave as it was"), size="control-small")
        self.note.clicked.connect(self._noted)
        self.leave.clicked.connect(self.left)
        self._stack(theme)

    def _stack(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        kept = tr("contact_panel", "It is added, never changed: to take it back, note the opposite.")
        rest = label(theme, kept, "meta", "muted", wrap=True)
        for part in (self.purpose, self.granted, self.inbox, self.reason, rest, self.refusal):
            column.addWidget(part)
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addStretch(1)
        foot.addWidget(self.note)
        column.addLayout(foot)

    def told(self) -> NewConsent:
        """What is to be noted."""
        return NewConsent(self.granted.value == YES, self.reason.text[:500], self.purpose.value, self.inbox.value)

    def _noted(self) -> None:
        if not self.reason.text:
            self.reason.refuse(tr("contact_panel", "Write how you know it: without it nobody can check it later."))
            self.reason.input.setFocus()
            return
        self.note.setEnabled(False)
        self.noted.emit(self.told())

    def refuse(self, reason: str) -> None:
        """It could not be noted."""
        self.note.setEnabled(True)
        self.refusal.setText(reason)
        self.refusal.show()

    def event(self, event: QEvent) -> bool:
        """Esc leaves the form before it is a shortcut of the window."""
        if is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter notes it, Esc leaves it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.note.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def _purpose(was: rows.Consent | None) -> str:
    return was.purpose if was is not None else Purpose.MARKETING


def _purposes(was: rows.Consent | None) -> dict[str, str]:
    """The two that every workspace has, and the one that is taken back."""
    known = {
        str(Purpose.MARKETING): tr("contact_panel", "Offers"),
        str(Purpose.MESSAGES): tr("contact_panel", "All messages"),
    }
    if was is not None and was.purpose not in known:
        known[was.purpose] = texts.one_line(was.purpose, 60)
    return known
