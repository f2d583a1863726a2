"""Changing an inbox: its name, settings and secrets, pausing it, and disconnecting it with what that means in words."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, InboxPatch, TriedOut
from mim_desk.ui.channel_setup.fields import AccountFields
from mim_desk.ui.channel_setup.page import bring_into_sight, line_of, page_of
from mim_desk.ui.channel_setup.tried import TriedCard, show_checks
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, handed_on
from mim_desk.ui.widgets.form import Card, CopyCard, Field, label


class ChangeInbox(QWidget):
    """The page.

    Attributes:
        save_wanted: an InboxPatch, tried before it is saved.
        pause_wanted: whether it is to be paused.
        remove_wanted: it is to be disconnected, after a second press.
        closed: the way back.
    """

    save_wanted = Signal(object)
    pause_wanted = Signal(bool)
    remove_wanted = Signal()
    closed = Signal()

    def __init__(
        self, theme: Theme, manifest: ChannelManifest, inbox: rows.Inbox, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme, self.inbox = theme, inbox
        self._reason = Qt.FocusReason.OtherFocusReason
        self.setObjectName("channel_setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.fields = AccountFields(theme, manifest, inbox)
        self.brand = Field(theme, tr("channel_setup", "Sender that customers see"), value=inbox.brand.name)
        self.refusal = label(theme, "", "body", "danger", wrap=True)
        self.refusal.hide()
        self.tried = TriedCard(theme)
        back = Button(theme, tr("channel_setup", "Back"))
        back.clicked.connect(self.closed)
        self.save = Button(theme, tr("channel_setup", "Try and save"), kind="primary")
        self.save.clicked.connect(self._save)
        self.fields.on_enter(self.save.click)
        self.brand.input.returnPressed.connect(self.save.click)
        title = tr("channel_setup", "Change {name}").format(name=inbox.name)
        self.setAccessibleName(title)
        why = tr("channel_setup", "What you change is tried before it is saved. Secrets are never shown; type one to replace it.")  # fmt: skip
        name, *others = self.fields.parts()
        parts = [name, self.brand, *others, self.refusal, self.tried, self._address(), self._pause(), self._remove()]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page_of(theme, title, why, parts, (back, self.save)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """One begins with the name."""
        self.fields.name.input.setFocus(event.reason())

    def _address(self) -> CopyCard:
        return CopyCard(self.theme, tr("channel_setup", "Webhook address"), self.inbox.webhook_url)

    def _pause(self) -> Card:
        is_paused = self.inbox.health.state == "paused"
        words = tr("channel_setup", "Replies wait until it goes on; deliveries to the webhook are still taken, and nothing is asked for.")  # fmt: skip
        verb = tr("channel_setup", "Go on") if is_paused else tr("channel_setup", "Pause")
        self.pause = Button(self.theme, verb, icon="play" if is_paused else "pause")
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not is_paused))
        return self._part(tr("channel_setup", "Pause"), words, self.pause)

    def _remove(self) -> Card:
        words = tr("channel_setup", "Conversations and messages stay and can be read. Replies through this inbox that wait will fail, new ones go another way, and what customers write there is refused. The secrets are deleted.")  # fmt: skip
        self.remove = Button(self.theme, tr("channel_setup", "Disconnect"), icon="delete", kind="danger")
        self.remove.clicked.connect(self._removed)
        self._sure = False
        return self._part(tr("channel_setup", "Disconnect this inbox"), words, self.remove)

    def _part(self, title: str, words: str, button: Button) -> Card:
        told = label(self.theme, words, "meta", "secondary", wrap=True)
        return Card(self.theme, label(self.theme, title, "body-strong"), told, line_of(self.theme, QWidget(), button))

    def _removed(self) -> None:
        """Something that leaves for good is asked twice, in the same place."""
        if self._sure:
            self.remove_wanted.emit()
            return
        self._sure = True
        self.remove.reword(tr("channel_setup", "Disconnect for good"))

    def patch(self) -> InboxPatch:
        """Only what is different now."""
        settings = {
            name: value
            for name, value in self.fields.filled_settings().items()
            if value != self.inbox.settings.get(name)
        }
        given: dict[str, object] = {"settings": settings, "secrets": self.fields.filled_secrets()}
        if self.fields.name.text != self.inbox.name:
            given["name"] = self.fields.name.text
        if self.brand.text and self.brand.text != self.inbox.brand.name:
            given["brand"] = {"name": self.brand.text}
        return InboxPatch(**{name: value for name, value in given.items() if value})  # type: ignore[arg-type]  # by name

    def _save(self) -> None:
        if self.fields.complete():
            self._reason = handed_on()
            self.save.setEnabled(False)
            self.refusal.hide()
            self.save_wanted.emit(self.patch())

    def show_tried(self, tried: TriedOut) -> None:
        """Tell the checks; the wrong field by name."""
        self._again()
        show_checks(self.fields, self.tried, tried)

    def _again(self) -> None:
        self.save.setEnabled(True)
        self.save.setFocus(self._reason)

    def refuse(self, refusal: Refusal) -> None:
        """The hub said no."""
        self._again()
        if not self.fields.blame(refusal):
            self.refusal.setText(refusal.reason)
            self.refusal.show()
            bring_into_sight(self.refusal)
