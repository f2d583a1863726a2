"""What providers tell of messages that are there: receipts, readings, echoes, edits, reactions, typing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from mim_desk.channels.events import (
    AccountTold,
    ConsentChanged,
    ContactActed,
    DeliveredUpTo,
    Echo,
    Event,
    IdentityChanged,
    MessageDeleted,
    MessageEdited,
    MessageHidden,
    PastChat,
    ReachChanged,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TemplateChanged,
    ThreadMoved,
    TypingSeen,
)
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.hub import account_news, acts, echoes, elsewhere, past
from mim_desk.hub.deliveries import Delivery, Outcome
from mim_desk.hub.store import (
    bulk,
    consents,
    contacts,
    conversation_rows,
    early_events,
    echoed,
    messages,
    named_reactions,
    private_replies,
    quotes,
    templates,
)
from mim_desk.hub.store.early_events import EarlyEvent
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from mim_desk.protocol.events import Typing


def apply(unit: Unit, delivery: Delivery, event: Event, outcome: Outcome) -> None:
    """Apply one event that is not an incoming message."""
    match event:
        case Receipt() | MessageEdited() | MessageDeleted() | MessageHidden() | ReactionSeen():
            _of_message(unit, delivery.inbox_id, event)
            if isinstance(event, ReactionSeen) and event.lets_answer:
                acts.lets_answer(unit, delivery, event.sender, event.at)
        case ReadUpTo():
            _read(unit, delivery.inbox_id, event)
        case DeliveredUpTo():
            _delivered(unit, delivery.inbox_id, event)
        case Echo():
            _echo(unit, delivery, event)
        case TemplateChanged():
            templates.tell(unit, delivery.inbox_id, event)
        case AccountTold():
            account_news.tell(unit, delivery.inbox_id, event)
        case TypingSeen():
            outcome.typing += _typing(unit, delivery.inbox_id, event)
        case ReachChanged() | ConsentChanged() | IdentityChanged():
            _of_person(unit, delivery.inbox_id, delivery.channel, event)
        case _:
            _of_chat(unit, delivery, event, outcome)


def _of_chat(unit: Unit, delivery: Delivery, event: Event, outcome: Outcome) -> None:
    """Apply what is told of somebody's chat."""
    match event:
        case ContactActed():
            acts.acted(unit, delivery, event)
        case ThreadMoved():
            acts.moved(unit, delivery, event)
        case PastChat():
            apply_early(unit, past.keep(unit, delivery, event, outcome))
        case _:
            raise TypeError(f"{type(event).__name__} cannot be applied")


def _of_person(unit: Unit, inbox_id: str, channel: str, event: ReachChanged | ConsentChanged | IdentityChanged) -> None:
    match event:
        case ReachChanged(session=True):
            acts.session_over(unit, inbox_id, event.sender.external_id, event.at)
        case ReachChanged():
            contacts.tell_reach(unit, inbox_id, channel, event)
            consents.hear_reach(unit, inbox_id, channel, event)
        case ConsentChanged():
            consents.hear(unit, inbox_id, channel, event)
        case IdentityChanged():
            contacts.rename(unit, inbox_id, channel, event.sender)


def apply_early(unit: Unit, stored: Sequence[rows.Message]) -> None:
    """Apply what was told of ``stored`` messages, or done by their contacts, before they came."""
    named: dict[str, list[str]] = {}
    for one in stored:
        if one.external_id is not None:
            named.setdefault(one.inbox_id, []).append(one.external_id)
        if one.kind is MessageKind.INCOMING:
            named.setdefault(one.inbox_id, []).append(early_events.key_of_contact(one.contact_id))
    for inbox_id, external_ids in named.items():
        messages.tell_early(unit, inbox_id, external_ids)


def _of_message(unit: Unit, inbox_id: str, event: EarlyEvent) -> None:
    if isinstance(event, MessageDeleted) and named_reactions.take_back(unit, inbox_id, event.external_id):
        return
    message_id = _target(unit, inbox_id, event)
    if isinstance(event, Receipt) and event.templates_stale:
        templates.want(unit, inbox_id)
    if message_id is not None:
        messages.tell(unit, inbox_id, message_id, event)
        if isinstance(event, Receipt) and event.elsewhere:
            elsewhere.send(unit, message_id)
    elif isinstance(event, Receipt) and event.readings:
        _by_another_reading(unit, inbox_id, event)
    elif event.external_id is not None:
        early_events.keep(unit, inbox_id, event.external_id, event)


def _by_another_reading(unit: Unit, inbox_id: str, event: Receipt) -> None:
    """A receipt whose id is none of ours as it is written; if it is none in any reading it may be early."""
    for reading in event.readings:
        message_id = messages.id_of(unit.conn, inbox_id, reading)
        if message_id is not None and messages.is_meant(unit.conn, inbox_id, message_id, event):
            messages.tell(unit, inbox_id, message_id, replace(event, external_id=reading))
            return
    if event.external_id is not None:
        early_events.keep(unit, inbox_id, event.external_id, replace(event, readings=(), recipient=None))
    for reading in event.readings:
        early_events.keep(unit, inbox_id, reading, replace(event, external_id=reading, readings=()))


def _target(unit: Unit, inbox_id: str, event: EarlyEvent) -> str | None:
    """Our id of the message that is spoken of."""
    named = getattr(event, "message_id", None)
    if named is not None and messages.by_id(unit.conn, named) is not None:
        return str(named)
    return messages.id_of(unit.conn, inbox_id, event.external_id) if event.external_id else None


def _delivered(unit: Unit, inbox_id: str, event: DeliveredUpTo) -> None:
    contact_id = contacts.of_identity(unit.conn, inbox_id, event.sender.external_id)
    if contact_id is not None:
        messages.reached(unit, contact_id, inbox_id, event.at, DeliveryStatus.DELIVERED)


def _read(unit: Unit, inbox_id: str, event: ReadUpTo) -> None:
    contact_id = contacts.of_identity(unit.conn, inbox_id, event.sender.external_id)
    if contact_id is None:
        return
    named = event.message_id or (messages.id_of(unit.conn, inbox_id, event.external_id) if event.external_id else None)
    messages.read_by_contact(unit, contact_id, inbox_id, event.at, named)


def _echo(unit: Unit, delivery: Delivery, event: Echo) -> None:
    """Our own reply's copy settles it; a reply from elsewhere is stored where the contact's conversation is."""
    known, is_whole = _shown_by(unit, delivery.inbox_id, event)
    if known is not None and event.sender.external_id:
        _link(unit, known, event.sender)
    if known is not None and not is_whole:
        messages.name_parts(unit.conn, delivery.inbox_id, known, [event.external_id])
        return
    if known is not None:
        sent = rows.Delivery(DeliveryStatus.SENT)
        messages.merge_delivery(unit, known, sent, at=event.occurred_at, external_ids=(event.external_id,))
        return
    at = min(whole_ms(event.occurred_at), whole_ms(delivery.received_at))
    inbox = bulk.inboxes(unit.conn, [delivery.inbox_id])[delivery.inbox_id]
    contact_id = _answered(unit, delivery, event)
    if contact_id is None:
        return  # below a comment that never came here: nobody's timeline could show it
    conversation = conversation_rows.newest(unit, contact_id, inbox.brand.id)
    if conversation is None:
        conversation = conversation_rows.start(unit, contact_id, inbox, at, resolved=not event.opens)
    _store_echo(unit, delivery, event, conversation, at)


def _answered(unit: Unit, delivery: Delivery, event: Echo) -> str | None:
    """The contact whom an echo answers: the one it names, else the author of the comment above it."""
    if event.below is None:
        return contacts.identify(unit, delivery.inbox_id, delivery.channel, event.sender).id
    comment = _above(unit, delivery.inbox_id, event)
    return comment.contact_id if comment is not None else None


def _above(unit: Unit, inbox_id: str, event: Echo) -> rows.Message | None:
    """The comment that an echo stands below."""
    named = messages.id_of(unit.conn, inbox_id, event.below) if event.below is not None else None
    return messages.by_id(unit.conn, named) if named is not None else None


def _link(unit: Unit, known: str, sender: Sender) -> None:
    """The copy of a private reply names whom it reached, also where its answer was lost."""
    reply = messages.by_id(unit.conn, known)
    if reply is not None and private_replies.is_private(reply):
        private_replies.link(unit, reply, sender.external_id)


def _shown_by(unit: Unit, inbox_id: str, event: Echo) -> tuple[str | None, bool]:
    """Our id of the reply that an echo shows, and whether it shows the whole of it."""
    known = messages.id_of(unit.conn, inbox_id, event.external_id)
    if known is not None:
        row = messages.by_id(unit.conn, known)
        is_named = event.message_id is not None or (row is not None and row.external_id == event.external_id)
        return known, is_named and not event.partial
    if event.message_id and messages.by_id(unit.conn, event.message_id):
        return event.message_id, not event.partial
    contact_id = contacts.of_identity(unit.conn, inbox_id, event.sender.external_id)
    comment = _above(unit, inbox_id, event)
    contact_id = comment.contact_id if comment is not None else contact_id
    return (contact_id and echoed.shown_by(unit, inbox_id, contact_id, event)) or (None, True)


def _store_echo(unit: Unit, delivery: Delivery, event: Echo, conversation: rows.Conversation, at: datetime) -> None:
    comment = _above(unit, delivery.inbox_id, event)
    message = echoes.row_of(unit, delivery, event, conversation, at)
    if comment is not None:
        quote, details = rows.ReplyTo(comment.id, event.below), {**message.details, "public": "yes"}
        message = msgspec.structs.replace(message, reply_to=quote, details=details)
    message = quotes.found(unit.conn, message, ())
    messages.add_echo(unit, conversation, message, accepted_at=at, answers=event.opens)
    apply_early(unit, [message])


def _typing(unit: Unit, inbox_id: str, event: TypingSeen) -> list[Typing]:
    contact = contacts.by_identity(unit.conn, inbox_id, event.sender.external_id)
    inbox = bulk.inboxes(unit.conn, [inbox_id]).get(inbox_id)
    if contact is None or inbox is None:
        return []
    conversation = conversation_rows.unresolved(unit.conn, contact.id, inbox.brand.id)
    if conversation is None:
        return []
    until = unit.now + event.lasts if event.typing else unit.now
    return [Typing(conversation.id, rows.Author(AuthorType.CONTACT, contact.id), until)]
