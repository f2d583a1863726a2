"""Names that rows refer to by id, kept in memory: inboxes, their channels, agents."""

from typing import TYPE_CHECKING, Final

import msgspec

from mim_desk.desk.cache import lists
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.shapes import ListKey, ListRow, TimelineItem
from mim_desk.domain.contact import visitor_number
from mim_desk.domain.message import AuthorType
from mim_desk.protocol import rows

if TYPE_CHECKING:
    from mim_desk.desk.pending import OutboxItem

VISITOR: Final = "Visitor {number}"
"""What a contact without a name is called, in English."""


class Names(msgspec.Struct, frozen=True):
    """What list rows and timeline items are completed with.

    Attributes:
        visitor: the words for a contact without a name, with a hole for the number.
    """

    inboxes: dict[str, rows.Inbox]
    agents: dict[str, str]
    visitor: str = VISITOR

    @classmethod
    def of(cls, connection: Connection, visitor: str = VISITOR) -> "Names":
        """As they stand in the cache now."""
        return cls(
            {row.id: row for row in lists.small_rows(connection, "inbox", rows.Inbox)},
            {row.id: row.name for row in lists.small_rows(connection, "agent", rows.Agent)},
            visitor,
        )

    def contact(self, name: str, contact_id: str) -> str:
        """What people read for a contact: the name, or a number that stays."""
        return name or self.visitor.format(number=visitor_number(contact_id))

    def channel(self, inbox_id: str) -> str:
        """The channel of an inbox, empty when it is unknown."""
        inbox = self.inboxes.get(inbox_id)
        return inbox.channel if inbox else ""

    def list_row(self, conversation: rows.Conversation, contact_name: str, key: ListKey) -> ListRow:
        """A conversation with the names it refers to."""
        inbox = self.inboxes.get(conversation.inbox_id)
        return ListRow(
            conversation=conversation,
            contact_name=self.contact(contact_name, conversation.contact_id),
            channel=inbox.channel if inbox else "",
            inbox_name=inbox.name if inbox else "",
            assignee_name=self.agents.get(conversation.assignee_id or "", ""),
            key=key,
        )

    def timeline_item(self, message: rows.Message, contact_name: str) -> TimelineItem:
        """A message with its author's name and its channel."""
        by_contact = message.author.type is AuthorType.CONTACT
        author = (
            self.contact(contact_name, message.contact_id) if by_contact else self.agents.get(message.author.id, "")
        )
        return TimelineItem(message, author, self.channel(message.inbox_id))

    def outbox_item(self, item: "OutboxItem") -> TimelineItem:
        """An unconfirmed message in the same shape."""
        return item.as_item(self.agents.get(item.agent_id, ""), self.channel(item.inbox_id))
