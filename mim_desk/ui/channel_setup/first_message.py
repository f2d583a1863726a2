"""Waiting for the first message of a new inbox: live through the event log, never by asking."""

from PySide6.QtCore import Qt

from mim_desk.desk.changes import Change
from mim_desk.desk.session import Session
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.channel_setup.page import line_of
from mim_desk.ui.channel_setup.steps import StateMark
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Card, label

_LONGEST_SHOWN = 200


class FirstMessage(Card):
    """Says *waiting*, then what came; also what came and could not be read.

    Attributes:
        came: whether a message is there.
    """

    def __init__(self, theme: Theme, session: Session, inbox: rows.Inbox, owner: TaskOwner) -> None:
        self.theme, self.session, self.inbox = theme, session, inbox
        self.came = False
        self._nameless: rows.Message | None = None
        self._owner = owner
        self.mark = StateMark(theme, "waiting")
        self.state = label(theme, tr("channel_setup", "Waiting for the first message"), "body-strong", wrap=True)
        how = tr("channel_setup", "Write to {name} from a phone or account of your own. It appears here by itself.")
        if inbox.page_url:
            how = tr("channel_setup", "Write on the chat page of {name}. It appears here by itself.")
        self.told = label(theme, how.format(name=inbox.name), "body", "secondary", wrap=True)
        super().__init__(theme, line_of(theme, self.mark, self.state, stretch=1), self.told)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.state.text())
        self._end = session.changes.subscribe(self._changed)
        self.destroyed.connect(self._end)

    def _changed(self, change: Change) -> None:
        if self._nameless is not None and self._nameless.contact_id in change.contacts:
            self._owner.spawn(self._look_at_name(self._nameless), name="look who wrote")
        if self.came:
            return
        ids = [id_ for found in change.messages.values() for id_ in found]
        if ids:
            self._owner.spawn(self._look(ids), name="look for the first message")
        if "inbox" in change.nouns:
            self._owner.spawn(self._look_at_health(), name="look at the inbox")

    async def _look(self, ids: list[str]) -> None:
        for id_ in ids:
            message = await self.session.cache.message(id_)
            if message is not None and message.inbox_id == self.inbox.id and message.kind is MessageKind.INCOMING:
                contact = await self.session.cache.contact(message.contact_id)
                self.tell(message, contact.name if contact else "")
                return

    async def _look_at_name(self, message: rows.Message) -> None:
        """Some networks tell a name only when they are asked for it, so it comes after the message."""
        contact = await self.session.cache.contact(message.contact_id)
        if contact is not None and contact.name:
            self.tell(message, contact.name)

    async def _look_at_health(self) -> None:
        row = next((one for one in await self.session.cache.inboxes() if one.id == self.inbox.id), None)
        if row is not None and row.health.unparsed_deliveries and not self.came:
            self.mark.be("warning")
            self._say(
                tr("channel_setup", "Something came and could not be read"),
                tr("channel_setup", "It is kept. The health of inboxes shows it with the reason."),
            )

    def tell(self, message: rows.Message, name: str) -> None:
        """Show what came and how long it took."""
        self.came = True
        self._nameless = None if name else message
        self.mark.be("positive")
        late_s = max(0.0, (message.received_at - message.occurred_at).total_seconds())
        who = name or tr("channel_setup", "Somebody")
        head = tr("channel_setup", "It works: {name} wrote, and it was here {seconds} s later")
        shown = texts.one_line(message.text, _LONGEST_SHOWN)
        self._say(head.format(name=texts.isolated(who), seconds=f"{late_s:.1f}"), shown)

    def _say(self, state: str, told: str) -> None:
        self.state.setText(state)
        self.told.setText(told)
        self.told.setVisible(bool(told))
        self.setAccessibleName(state)
