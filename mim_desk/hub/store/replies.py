"""Stores what people write: replies that are to be sent, and notes that never leave (part of ``messages``)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.domain.buttons import Frame
from mim_desk.domain.consent import Purpose
from mim_desk.domain.enclosed import ContactCard, Enclosed, Place, Sticker
from mim_desk.domain.message import Activity, AuthorType, DeliveryStatus, MessageKind, MessageType, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import (
    addresses,
    agents,
    archives,
    attachments,
    consents,
    contacts,
    conversation_clocks,
    conversation_rows,
    derive,
    guard,
    inboxes,
    message_rows,
    offers,
    plain_rows,
    private_replies,
    reply_counts,
    reply_windows,
    sends,
    sla,
    templates,
)
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

_ENCLOSED: Final = {
    Place: MessageType.LOCATION,
    ContactCard: MessageType.CONTACT_CARD,
    Sticker: MessageType.STICKER,
}
_FAMILIES: Final = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}


@dataclass(frozen=True, slots=True)
class AddedMessage:
    """A stored message; ``is_new`` is false when the same request came before."""

    message: rows.Message
    is_new: bool


@dataclass(eq=False)
class Moved(Refusal):
    """The send guard holds a reply.

    Attributes:
        reasons: what happened, in the words of the protocol.
        messages: what the composer had not shown, oldest first.
        seq: the last event they take into account.
    """

    reasons: tuple[str, ...] = ()
    messages: tuple[rows.Message, ...] = ()
    seq: int = 0


def add_reply(
    unit: Unit,
    conversation_id: str,
    new: api.NewMessage,
    author: rows.Author,
    *,
    local: bool = False,
    keyed: bool = False,
    parts: int = 0,
) -> AddedMessage:
    """Store a reply or a note once; the same id again answers the same message.

    Attributes:
        local: replies reach the contact through the hub's own streams, so storing is sending.
        keyed: the provider takes our id as idempotency key, so a send in doubt may be repeated.
        parts: of how many of the channel's messages it is made, where the channel counts them.
    """
    conversation = conversation_rows.locked(unit, conversation_id)
    body = body_hash(conversation_id, new)
    known = message_rows.by_id(unit.conn, new.id)
    if known is not None:
        if message_rows.body_hash(unit.conn, new.id) != body:
            raise Refusal("id-conflict", "Another message has this id already.", "id")
        return AddedMessage(known, is_new=False)
    if new.kind == MessageKind.NOTE:
        return AddedMessage(_store(unit, conversation, new, author, conversation.inbox_id, body, None), is_new=True)
    archives.refuse(conversation)
    inbox = _sendable(unit, conversation, new)
    _check_guard(unit, conversation, new, author, inbox)
    private_replies.claim(unit, new)
    reply_counts.check(unit, conversation.contact_id, inbox, parts)
    conversation = _taken_over(unit, conversation, author)
    delivery = rows.Delivery(DeliveryStatus.SENT if local else DeliveryStatus.QUEUED, parts=parts)
    message = _store(unit, conversation, new, author, inbox.id, body, delivery)
    if not local:
        _queue(unit, message, inbox, keyed=keyed)
    return AddedMessage(message, is_new=True)


def _queue(unit: Unit, message: rows.Message, inbox: rows.Inbox, *, keyed: bool) -> None:
    sends.queue(unit, message, keyed=keyed)
    if inbox.capabilities.replies_per_message is not None:
        reply_counts.tell_again(unit, message)


def _taken_over(unit: Unit, conversation: rows.Conversation, author: rows.Author) -> rows.Conversation:
    """Who answers what is nobody's has it from then on."""
    agent = agents.by_id(unit.conn, author.id) if conversation.assignee_id is None else None
    if agent is None or author.type is not AuthorType.AGENT:
        return conversation
    taken = msgspec.structs.replace(conversation, assignee_id=agent.id)
    taken = conversation_rows.save(unit, conversation, taken)
    details = {"assignee": agent.name, "assignee_id": agent.id}
    message_rows.add_line(unit, taken, Activity.CLAIMED, author, details)
    return taken


def body_hash(conversation_id: str, new: api.NewMessage) -> bytes:
    """What must be the same when a request comes again under the same id."""
    text = new.text if new.template is None else ""  # a template's words are the hub's
    said: tuple[object, ...] = (conversation_id, new.kind, text, new.attachments, new.reply_to)
    if new.private:  # then the hub knows the inbox, and how the comment is called
        said = (*said[:-1], new.reply_to and new.reply_to.message_id, new.template, new.buttons, "private")
    else:
        said = (*said, new.inbox_id, new.template, new.buttons)
    enclosed = rows.enclosed(new.location, new.contact_card, new.sticker)
    if enclosed is not None:
        said = (*said, enclosed)  # as before for every other message
    if new.copies:
        said = (*said, "copies", new.copies)
    if new.frame:
        said = (*said, "frame", new.frame)
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=16).digest()


def _sendable(unit: Unit, conversation: rows.Conversation, new: api.NewMessage) -> rows.Inbox:
    """The inbox the reply leaves through; a Refusal when nothing can leave there."""
    if new.kind != MessageKind.REPLY:
        raise Refusal("invalid", "A message is a reply or a note.", "kind")
    inbox = inboxes.by_id(unit.conn, new.inbox_id or conversation.inbox_id)
    if inbox is None:
        raise plain_rows.missing("inbox")
    contact = contacts.by_id(unit.conn, conversation.contact_id)
    there = addresses.identity_in(contact, inbox.id) if contact else None
    if new.private and there is None:
        return inbox
    if contact is None or there is None:
        raise Refusal(
            "no-identity", f"The contact cannot be reached through {inbox.name}. Choose another inbox.", "inbox_id"
        )
    consents.refuse_stopped(contact, inbox, there.external_id)
    if new.template is not None:
        found = templates.by_name(unit.conn, inbox.id, new.template.name, new.template.language)
        purpose = found.category.lower() if found else ""
        if purpose == Purpose.MARKETING:
            consents.refuse_unwanted(contact, inbox, there.external_id, purpose)
    if there.other_tool:
        told = f"Another tool of yours has this chat in {inbox.name}. Answer once it hands the chat back."
        raise Refusal("other-tool", told, "inbox_id")
    return inbox


def _check_guard(
    unit: Unit, conversation: rows.Conversation, new: api.NewMessage, author: rows.Author, inbox: rows.Inbox
) -> None:
    is_free = new.private or new.template is not None
    closed = not (is_free or reply_windows.can_reply(unit.conn, unit.now, conversation, inbox))
    held = guard.held(unit.conn, conversation.id, new, author, window_closed=closed)
    if held is not None:
        told = "The conversation moved on since this reply was written. Compare, then send or change it."
        raise Moved("conversation-moved", told, "", held.reasons, held.messages, held.seq)
    if closed:
        told = f"The reply window of {inbox.name} is closed. Send an approved template or choose another inbox."
        raise Refusal("window-closed", told)


def _store(
    unit: Unit,
    conversation: rows.Conversation,
    new: api.NewMessage,
    author: rows.Author,
    inbox_id: str,
    body: bytes,
    delivery: rows.Delivery | None,
) -> rows.Message:  # long: one row with many columns, nothing to decide
    text = clean_text(new.text)
    enclosed = rows.enclosed(new.location, new.contact_card, new.sticker)
    if not text and not new.attachments and new.template is None and enclosed is None:
        raise Refusal("invalid", "The message is empty. Write something or attach a file.", "text")
    files = attachments.link(unit, new.attachments, new.id)
    now = whole_ms(unit.now)
    message = rows.Message(
        id=new.id,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        inbox_id=inbox_id,
        kind=MessageKind(new.kind),
        author=author,
        occurred_at=now,
        received_at=now,
        type=_type(text, files, enclosed) if new.template is None else MessageType.TEMPLATE,
        text=text,
        attachments=files,
        reply_to=new.reply_to,
        buttons=_named(new.buttons or ()),
        delivery=delivery,
        details=private_replies.facts_of(unit.conn, inbox_id, new),
        template=new.template,
        location=new.location,
        contact_card=new.contact_card,
        sticker=new.sticker,
        copies=new.copies or None,
        frame=_clean(new.frame),
    )
    accepted = now if delivery and delivery.status is DeliveryStatus.SENT else None
    counts_from = accepted and message_rows.after_heard(unit.conn, conversation.id, accepted)
    message_rows.add(unit, conversation, message, fact=_fact(message), fact_at=counts_from, body_hash=body)
    if accepted is not None:
        message_rows.note_time(unit.conn, message.id, DeliveryStatus.SENT, accepted)
    _show(unit, conversation, message, accepted)
    return message


def _fact(message: rows.Message) -> str | None:
    if message.kind is not MessageKind.REPLY:
        return None
    return sla.HUMAN if message.author.type is AuthorType.AGENT else sla.AUTO


def _clean(frame: Frame | None) -> Frame | None:
    """What stands around the text, in plain lines; None where nothing does."""
    header, footer = (
        " ".join(clean_text(one).split()) for one in ((frame.header, frame.footer) if frame else ("", ""))
    )
    return Frame(header, footer) if header or footer else None


def _named(buttons: Sequence[rows.Button]) -> list[rows.Button]:
    """The buttons, each with an id: its place where its writer gave none."""
    return [
        msgspec.structs.replace(one, id=one.id or str(place), title=clean_text(one.title))
        for place, one in enumerate(buttons, 1)
    ]


def _type(text: str, files: list[rows.Attachment], enclosed: Enclosed | None) -> MessageType:
    if enclosed is not None:
        return _ENCLOSED[type(enclosed)]
    if text or not files:
        return MessageType.TEXT
    return _FAMILIES.get(files[0].mime_type.partition("/")[0], MessageType.FILE)


def _show(unit: Unit, was: rows.Conversation, message: rows.Message, accepted: datetime | None) -> None:
    row = msgspec.structs.replace(
        was,
        last_message=derive.newest(was.last_message, message),
        last_activity_at=max(was.last_activity_at or message.occurred_at, message.occurred_at),
        offers=offers.of_reply(message) if message.kind is MessageKind.REPLY else was.offers,
    )
    if accepted is not None:
        row = conversation_clocks.told_again(unit, row)
    conversation_rows.save(unit, was, row)
    conversation_rows.join_inboxes(unit.conn, [(message.inbox_id, was.id)])
