"""What the outbox holds, mirrored in memory: laid over every read of the cache."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from mim_desk.desk.overlay import Action
from mim_desk.desk.shapes import HeldReply, ListRow, TimelineItem
from mim_desk.domain.message import AttachmentState, AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.protocol import api, rows


class OutboxState(StrEnum):
    """Where an item stands; *accepted* waits for its own event, so that the timeline never blinks."""

    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"
    ACCEPTED = "accepted"


TEMPLATE_DRAFT: Final = "template"
"""The mode of a draft whose text is a ``ChosenTemplate`` as JSON."""
_SHOWN = (OutboxState.WAITING, OutboxState.ACCEPTED)
_WORST = (OutboxState.FAILED, OutboxState.HELD, OutboxState.WAITING)


def draft_mode(body: api.NewMessage) -> str:
    """Under which mode the draft of a message is kept."""
    return body.kind if body.template is None else TEMPLATE_DRAFT


@dataclass(frozen=True)
class Decided:
    """How things stood when the agent decided about something unsent.

    Attributes:
        seq: the last event that was shown, 0 where only the hub knows what.
        composed: ``live`` or ``offline``.
    """

    seq: int
    composed: str
    at: datetime


@dataclass(frozen=True)
class OutboxItem:
    """One thing the hub has not yet confirmed by an event.

    Attributes:
        place: its place in the order of sending.
        body: the message, or the change of a conversation.
        base: with a patch, the values it replaced; another's change of the same field holds it.
        base_version: the conversation's version the patch was made on.
        files: local attachments without their bytes.
        message: the hub's answer once accepted.
        doubtful: whether it was handed over without hearing back; the hub may have it.
    """

    place: int
    id: str
    conversation_id: str
    contact_id: str
    inbox_id: str
    agent_id: str
    body: api.NewMessage | Action
    created_at: datetime
    state: OutboxState = OutboxState.WAITING
    reason: str = ""
    files: tuple[rows.Attachment, ...] = ()
    held: HeldReply | None = None
    message: rows.Message | None = None
    base: api.ConversationPatch | None = None
    base_version: int = 0
    doubtful: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether nobody needs to see it wait: what was read is no work of the agent's."""
        return isinstance(self.body, api.ReadUpTo) and self.state is OutboxState.WAITING

    @property
    def is_message(self) -> bool:
        """Whether it is a reply or a note."""
        return isinstance(self.body, api.NewMessage)

    @property
    def needs_order(self) -> bool:
        """Whether it may not pass what is held before it; notes and read marks may."""
        if isinstance(self.body, api.NewMessage):
            return self.body.kind != MessageKind.NOTE
        return isinstance(self.body, api.ConversationPatch)

    @property
    def is_template(self) -> bool:
        """Whether it goes as a template."""
        return isinstance(self.body, api.NewMessage) and self.body.template is not None

    def decided(self, now: Decided) -> "OutboxItem":
        """As it goes to the hub after the agent's word: for what was shown by then, and for nothing that comes later."""
        body, was = self.body, self.held.seq if self.held is not None else 0
        if isinstance(body, api.NewMessage) and self.state is OutboxState.HELD and not was:
            body = msgspec.structs.replace(body, override=True)  # the hub did not say what it took into account
        elif isinstance(body, api.NewMessage) and body.base_seq is not None:
            seen = max(body.base_seq, was, now.seq)
            body = msgspec.structs.replace(body, base_seq=seen, composed=now.composed)
        return replace(self, state=OutboxState.WAITING, body=body, base=None, held=None, reason="", created_at=now.at)

    def as_message(self) -> rows.Message:
        """The bubble it shows until its event arrives."""
        if self.message is not None:
            return self.message
        if not isinstance(self.body, api.NewMessage):
            raise TypeError("a change of a conversation has no bubble")
        reply = self.body.kind == MessageKind.REPLY
        status = DeliveryStatus.FAILED if self.state is OutboxState.FAILED else DeliveryStatus.QUEUED
        return rows.Message(
            id=self.id,
            conversation_id=self.conversation_id,
            contact_id=self.contact_id,
            inbox_id=self.inbox_id,
            kind=MessageKind(self.body.kind),
            author=rows.Author(AuthorType.AGENT, self.agent_id),
            occurred_at=self.created_at,
            received_at=self.created_at,
            type=_type(self.body),
            location=self.body.location,
            contact_card=self.body.contact_card,
            sticker=self.body.sticker,
            text=self.body.text,
            template=self.body.template,
            attachments=[msgspec.structs.replace(each, state=AttachmentState.OK) for each in self.files],
            reply_to=self.body.reply_to,
            buttons=self.body.buttons or [],
            copies=self.body.copies,
            frame=self.body.frame,
            details={"private": "yes"} if self.body.private else {},
            delivery=rows.Delivery(status, reason=self.reason) if reply else None,
        )

    def as_item(self, author_name: str, channel: str) -> TimelineItem:
        """Its place in the timeline, marked with its state."""
        if self.state is OutboxState.ACCEPTED:
            return TimelineItem(self.as_message(), author_name, channel)
        return TimelineItem(
            self.as_message(), author_name, channel, self.state.value, outbox_reason=self.reason, held=self.held
        )


def _type(body: api.NewMessage) -> MessageType:
    if body.template is not None:
        return MessageType.TEMPLATE
    named = (
        (body.location, MessageType.LOCATION),
        (body.contact_card, MessageType.CONTACT_CARD),
        (body.sticker, MessageType.STICKER),
    )
    return next((kind for one, kind in named if one is not None), MessageType.TEXT)


def first_in_line(items: Iterable[OutboxItem]) -> Iterator[OutboxItem]:
    """Of each agent and conversation what may be on its way to the hub, and never what waits behind that."""
    seen: set[tuple[str, str, bool]] = set()
    for item in items:
        line = (item.agent_id, item.conversation_id, item.needs_order)
        if item.state is OutboxState.WAITING and line not in seen:
            seen.add(line)
            yield item


@dataclass
class Pending:
    """The mirror; the outbox alone changes it, on the loop's thread, after each commit.

    Attributes:
        items: by id, in the order of sending.
        drafts: the agent's own texts by conversation id, then mode.
    """

    items: dict[str, OutboxItem] = field(default_factory=dict)
    drafts: dict[str, dict[str, str]] = field(default_factory=dict)

    def messages_of(self, contact_id: str) -> list[OutboxItem]:
        """A contact's replies and notes, in the order of sending."""
        return [item for item in self.items.values() if item.is_message and item.contact_id == contact_id]

    def answers(self, conversation: rows.Conversation) -> bool:
        """Whether a reply to this conversation is on its way."""
        return any(
            isinstance(item.body, api.NewMessage) and item.body.kind == MessageKind.REPLY and item.state in _SHOWN
            for item in self.messages_of(conversation.contact_id)
            if item.conversation_id == conversation.id
        )

    def actions(self) -> dict[str, list[Action]]:
        """Unconfirmed changes by conversation id, in the order they were made."""
        found: dict[str, list[Action]] = {}
        for item in self.items.values():
            if not isinstance(item.body, api.NewMessage) and item.state in _SHOWN:
                found.setdefault(item.conversation_id, []).append(item.body)
        return found

    def actions_of(self, conversation_id: str) -> list[Action]:
        """Unconfirmed changes of one conversation."""
        return self.actions().get(conversation_id, [])

    def conversations(self, view: str) -> set[str]:
        """Which conversations the views *drafts*, *failed* and *outbox* hold."""
        if view == "drafts":
            return set(self.drafts)
        wanted = {"failed": {OutboxState.FAILED, OutboxState.HELD}, "outbox": set(_WORST)}[view]
        return {item.conversation_id for item in self.items.values() if item.state in wanted and not item.is_quiet}

    def laid_over(self, found: Iterable[ListRow]) -> list[ListRow]:
        """List rows with the draft and the worst outbox state of each."""
        worst = self._worst()
        return [self._marked(row, worst) for row in found]

    def _worst(self) -> dict[str, OutboxItem]:
        worst: dict[str, OutboxItem] = {}
        for item in self.items.values():
            if item.state is OutboxState.ACCEPTED or item.is_quiet:
                continue
            known = worst.get(item.conversation_id)
            if known is None or _WORST.index(item.state) < _WORST.index(known.state):
                worst[item.conversation_id] = item
        return worst

    def _marked(self, row: ListRow, worst: Mapping[str, OutboxItem]) -> ListRow:
        id_ = row.conversation.id
        drafts = self.drafts.get(id_)
        item = worst.get(id_)
        if drafts is None and item is None:
            return row
        return ListRow(
            conversation=row.conversation,
            contact_name=row.contact_name,
            channel=row.channel,
            inbox_name=row.inbox_name,
            assignee_name=row.assignee_name,
            draft=None if drafts is None else _draft_words(drafts),
            outbox_state=item.state.value if item else "",
            outbox_reason=item.reason if item else "",
            key=row.key,
        )


def _draft_words(drafts: Mapping[str, str]) -> str:
    """What a list row says of unsent text; of a template that was begun its name."""
    words = drafts.get("reply") or drafts.get("note")
    if words or TEMPLATE_DRAFT not in drafts:
        return words or ""
    try:
        name = msgspec.json.decode(drafts[TEMPLATE_DRAFT], type=rows.ChosenTemplate).name
    except msgspec.DecodeError:
        return ""
    return name.replace("_", " ").capitalize()
