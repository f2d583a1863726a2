"""What is told of messages after they were stored: deliveries, readings, edits (part of ``messages``)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import ContactActed, MessageDeleted, MessageEdited, MessageHidden, ReactionSeen, Receipt
from mim_desk.domain.message import (
    LASTING_DETAILS,
    AuthorType,
    DeliveryStatus,
    MessageKind,
    clean_text,
    merged_delivery,
)
from mim_desk.hub.begun import NOTHING_BEFORE, Before
from mim_desk.hub.store import (
    attachments,
    bulk,
    contacts,
    conversation_clocks,
    conversation_rows,
    driver,
    early_events,
    message_rows,
    named_reactions,
    part_receipts,
    reply_counts,
    sla,
)
from mim_desk.hub.store.early_events import EarlyEvent
from mim_desk.hub.store.times import moment, ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_ACCEPTED = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)
BRAND: Final = "brand"
"""Who reacts for us: the one sender that customers see."""
_NOTHING: Mapping[str, str] = {}
_UNDER_WAY = (DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)


def merge_delivery(
    unit: Unit,
    message_id: str,
    told: rows.Delivery,
    *,
    at: datetime | None = None,
    external_ids: Sequence[str] = (),
    details: Mapping[str, str] = _NOTHING,
) -> rows.Message:
    """Let a reply know what a provider says of it; late, repeated and reordered news change nothing for the worse."""
    when = whole_ms(min(at or unit.now, unit.now))
    message = message_rows.change(unit, message_id, lambda row: _merged(unit, row, told, external_ids, details))
    if message.delivery is None:
        return message
    parts = [one for one in external_ids if one != message.external_id]
    message_rows.name_parts(unit.conn, message.inbox_id, message.id, parts)
    tell_early(unit, message.inbox_id, external_ids)
    if told.status in _ACCEPTED:
        tell_early(unit, message.inbox_id, (message_id,))
    elif told.status is DeliveryStatus.FAILED:
        early_events.forget(unit, message.inbox_id, message_id)
    message_rows.note_time(unit.conn, message_id, told.status, when)
    _count(unit, message)
    if told.status is DeliveryStatus.READ:
        _show_read(unit, message)
    if message.delivery.status is DeliveryStatus.FAILED:
        reply_counts.tell_again(unit, message)
    return message


def tell(unit: Unit, inbox_id: str, message_id: str, event: EarlyEvent) -> None:
    """Let a message know what an event says of it."""
    match event:
        case Receipt():
            tell_receipt(unit, message_id, event)
        case MessageEdited():
            if event.by is None or _wrote(unit, inbox_id, message_id, event.by):
                edit(unit, message_id, event.text, event.at, event)
        case MessageDeleted():
            delete(unit, message_id, event.at)
        case MessageHidden():
            hide(unit, message_id, hidden=event.hidden)
        case ReactionSeen():
            named = contacts.of_identity(unit.conn, inbox_id, event.sender.external_id)
            by = BRAND if event.ours else named or event.sender.external_id
            if event.reaction_id:
                named_reactions.add(unit, inbox_id, message_id, by, event)
            else:
                react(unit, message_id, by, event.emoji, at=event.at)


def tell_receipt(unit: Unit, message_id: str, event: Receipt) -> None:
    """Let a reply know how far it, or the part of it that is named, got."""
    message, part = message_rows.by_id(unit.conn, message_id), event.external_id
    if message is not None and _is_of_copy(message, event):
        return  # what became of a copy says nothing of the reply to the contact
    status = event.status
    if message is not None and part is not None:
        status = part_receipts.of_all(unit, message, part, status)
    told = rows.Delivery(status, event.reason, event.code, window_closed=event.window_closed)
    if status is not event.status and message is not None and message.delivery and status is message.delivery.status:
        told = message.delivery  # the part changes nothing, so what was said of the reply stays
    merge_delivery(unit, message_id, told, at=event.at, external_ids=() if part is None else (part,))


def _is_of_copy(message: rows.Message, event: Receipt) -> bool:
    copies = message.copies or rows.Copies()
    whom = (event.recipient or "").lower()
    return bool(whom) and whom in {one.lower() for one in (*copies.cc, *copies.bcc)}


def _wrote(unit: Unit, inbox_id: str, message_id: str, external_id: str) -> bool:
    """Whether a message came from this person."""
    message = message_rows.by_id(unit.conn, message_id)
    by = contacts.of_identity(unit.conn, inbox_id, external_id)
    return message is not None and message.kind is MessageKind.INCOMING and message.contact_id == by


def is_meant(conn: Connection, inbox_id: str, message_id: str, event: EarlyEvent) -> bool:
    """Whether a message that was found by another reading of its id went to whom the receipt says."""
    if not isinstance(event, Receipt) or event.recipient is None:
        return True
    message = message_rows.by_id(conn, message_id)
    to = contacts.of_identity(conn, inbox_id, event.recipient)
    return message is not None and message.contact_id == to


def tell_early(unit: Unit, inbox_id: str, external_ids: Iterable[str]) -> None:
    """Let messages know what was told of them before the provider's ids of them were known here."""
    keys = [(inbox_id, external_id) for external_id in external_ids]
    for _, event in early_events.take(unit, keys) if keys else ():
        if isinstance(event, ContactActed):
            tell_act(unit, inbox_id, event)
            continue
        message_id = getattr(event, "message_id", None)
        if message_id is None and event.external_id:
            message_id = message_rows.id_of(unit.conn, inbox_id, event.external_id)
        if message_id is not None and is_meant(unit.conn, inbox_id, message_id, event):
            tell(unit, inbox_id, message_id, event)


def tell_act(unit: Unit, inbox_id: str, event: ContactActed) -> bool:
    """A system line for what the contact did; False where there is no conversation that it could stand in."""
    contact_id = contacts.of_identity(unit.conn, inbox_id, event.sender.external_id)
    inbox = bulk.inboxes(unit.conn, [inbox_id]).get(inbox_id)
    conversation = conversation_rows.by_id(unit.conn, event.conversation_id) if event.conversation_id else None
    if conversation is None and contact_id is not None and inbox is not None:
        conversation = conversation_rows.newest(unit, contact_id, inbox.brand.id)
    if conversation is None or contact_id is None:
        return False
    author, at = rows.Author(AuthorType.CONTACT, contact_id), min(whole_ms(event.at), whole_ms(unit.now))
    line = message_rows.set_line(unit, conversation, event.line_id, event.activity, author, event.details, at=at)
    reply_counts.opened(unit, line)
    return True


def _merged(
    unit: Unit, row: rows.Message, told: rows.Delivery, external_ids: Sequence[str], details: Mapping[str, str]
) -> rows.Message:
    if row.delivery is None:
        return row
    status = merged_delivery(row.delivery.status, told.status)
    moved = status is told.status
    delivery = rows.Delivery(
        status=status,
        reason=told.reason if moved else row.delivery.reason,
        code=told.code if moved else row.delivery.code,
        attempts=max(row.delivery.attempts, told.attempts),
        parts=told.parts if moved and status is DeliveryStatus.FAILED else row.delivery.parts,
        window_closed=told.window_closed if moved else row.delivery.window_closed,
    )
    external_id = row.external_id
    if external_id is None and external_ids:
        holder = message_rows.id_of(unit.conn, row.inbox_id, external_ids[0])
        # An echo that came first, and was taken for a reply from elsewhere, may hold it.
        external_id = external_ids[0] if holder in (None, row.id) else None
    noted = {**row.details, **details}
    return msgspec.structs.replace(row, delivery=delivery, external_id=external_id, details=noted)


def _count(unit: Unit, message: rows.Message) -> None:
    """A reply counts for the clocks from when the channel first accepted it; while it is failed it does not."""
    assert message.delivery is not None
    times = delivery_times(unit, message.id) if message.delivery.status in _ACCEPTED else {}
    counts = min((times[status] for status in _ACCEPTED if status in times), default=None)
    if counts is not None and message.author.id:  # written here, so after what the hub had by then
        counts = message_rows.after_heard(unit.conn, message.conversation_id, counts, message.id)
    before = message_rows.fact_at(unit.conn, message.id)
    if counts != (None if before is None else moment(before)):
        message_rows.set_fact_at(unit.conn, message.id, counts)
        conversation_clocks.tell_again(unit, message.conversation_id)


def requeued(unit: Unit, message_id: str, reason: str, code: str, before: Before = NOTHING_BEFORE) -> rows.Message:
    """A reply that the provider certainly does not have waits for its next try, or what is left of it."""

    def changed(row: rows.Message) -> rows.Message:
        if row.delivery is None or row.delivery.status is not DeliveryStatus.SENDING:
            return row
        delivery = msgspec.structs.replace(row.delivery, status=DeliveryStatus.QUEUED, reason=reason, code=code)
        return _merged(
            unit, msgspec.structs.replace(row, delivery=delivery), delivery, before.external_ids, before.details
        )

    message = message_rows.change(unit, message_id, changed)
    if not before.parts:
        early_events.forget(unit, message.inbox_id, message_id)
        return message
    parts = [one for one in before.external_ids if one != message.external_id]
    message_rows.name_parts(unit.conn, message.inbox_id, message.id, parts)
    tell_early(unit, message.inbox_id, before.external_ids)
    return message


def delivery_times(unit: Unit, message_id: str) -> dict[DeliveryStatus, datetime]:
    """When each status of a reply was first told."""
    found = driver.rows(unit.conn, "SELECT status, at FROM delivery_times WHERE message_id = ?", (message_id,))
    return {DeliveryStatus(status): moment(at) for status, at in found}


def _show_read(unit: Unit, message: rows.Message) -> None:
    """The conversation shows how far the contact has read."""
    was = conversation_rows.locked(unit, message.conversation_id)
    known = message_rows.by_id(unit.conn, was.contact_read_up_to) if was.contact_read_up_to else None
    if known is None or known.occurred_at < message.occurred_at:
        conversation_rows.save(unit, was, msgspec.structs.replace(was, contact_read_up_to=message.id))


def read_by_contact(unit: Unit, contact_id: str, inbox_id: str, at: datetime, message_id: str | None = None) -> int:
    """The contact has read our replies in an inbox up to ``at``, or up to one of them; how many are newly read."""
    newest = message_rows.by_id(unit.conn, message_id) if message_id else None
    up_to = newest.occurred_at if newest else whole_ms(at)
    return reached(unit, contact_id, inbox_id, up_to, DeliveryStatus.READ, at)


def reached(
    unit: Unit, contact_id: str, inbox_id: str, up_to: datetime, status: DeliveryStatus, at: datetime | None = None
) -> int:
    """All our replies to a contact that are out and are of ``up_to`` or before reached ``status``; how many newly.

    What is on its way just now may be among them: it is kept until the provider's answer says that it left.
    """
    limit = ms(whole_ms(up_to))
    # The provider's own time of a reply counts too: ours may be ahead of it.
    found = driver.rows(
        unit.conn,
        "SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = ?"
        " AND m.inbox_id || '' = ? AND m.kind = 'reply' AND (m.occurred_at <= ? OR EXISTS (SELECT 1 FROM delivery_times s"
        " WHERE s.message_id = m.id AND s.status = 'sent' AND s.at <= ?)) AND NOT EXISTS (SELECT 1 FROM"
        " delivery_times d WHERE d.message_id = m.id AND d.status = ?) ORDER BY m.occurred_at, m.n",
        (contact_id, inbox_id, limit, limit, status.value),
    )
    return sum(_reached(unit, reply_id, status, at or up_to) for (reply_id,) in found)


def _reached(unit: Unit, message_id: str, status: DeliveryStatus, at: datetime) -> bool:
    message = message_rows.by_id(unit.conn, message_id)
    now = message.delivery.status if message is not None and message.delivery is not None else None
    if now in _ACCEPTED:
        merge_delivery(unit, message_id, rows.Delivery(status), at=at)
    elif message is not None and now in _UNDER_WAY:
        early_events.keep(unit, message.inbox_id, message_id, Receipt(status, at, message_id=message_id))
    return now in _ACCEPTED


def edit(unit: Unit, message_id: str, text: str, at: datetime, carries: MessageEdited | None = None) -> rows.Message:
    """The text changed, and what it carries; of several changes the newest stays, and what was deleted stays away."""
    when = whole_ms(at)

    def changed(row: rows.Message) -> rows.Message:
        if row.edited_at is not None and row.edited_at > when:
            return row
        said = clean_text(text) if row.deleted_at is None else ""
        edited = msgspec.structs.replace(row, text=said, edited_at=when)
        return _refiled(unit, edited, carries) if carries and carries.files and row.deleted_at is None else edited

    return message_rows.change(unit, message_id, changed)


def _refiled(unit: Unit, row: rows.Message, carries: MessageEdited) -> rows.Message:
    """The message with the files that it has now."""
    owner = row.contact_id if row.kind is MessageKind.INCOMING else ""
    files = attachments.instead(unit, row.attachments, carries.files, row.id, owner)
    kind = attachments.carried(carries.type or row.type, files)
    return msgspec.structs.replace(row, attachments=files, type=kind)


def delete(unit: Unit, message_id: str, at: datetime) -> rows.Message:
    """The contact took the message back: its content goes, that it was there stays."""

    def changed(row: rows.Message) -> rows.Message:
        gone = min(row.deleted_at or whole_ms(at), whole_ms(at))
        return msgspec.structs.replace(
            row,
            text="",
            attachments=[],
            location=None,
            contact_card=None,
            sticker=None,
            choice=None,
            buttons=[],
            frame=None,
            template=None,
            details={name: told for name, told in row.details.items() if name in LASTING_DETAILS},
            deleted_at=gone,
        )

    return message_rows.change(unit, message_id, changed)


def hide(unit: Unit, message_id: str, *, hidden: bool) -> rows.Message:
    """A public comment is hidden from others, or shown again."""

    def changed(row: rows.Message) -> rows.Message:
        others = {name: told for name, told in row.details.items() if name != "hidden"}
        return msgspec.structs.replace(row, details={**others, "hidden": "yes"} if hidden else others)

    return message_rows.change(unit, message_id, changed)


def react(
    unit: Unit, message_id: str, by: str, emoji: str, external_id: str = "", *, at: datetime | None = None
) -> rows.Message:
    """Set one person's reaction; an empty emoji takes it back. Of several the newest stays, in whatever order they come."""
    newest = driver.execute(
        unit.conn,
        "INSERT INTO reaction_times (message_id, person, at) VALUES (?, ?, ?) ON CONFLICT (message_id, person)"
        " DO UPDATE SET at = excluded.at WHERE excluded.at >= reaction_times.at",
        (message_id, by, ms(whole_ms(min(at or unit.now, unit.now)))),
    )

    def changed(row: rows.Message) -> rows.Message:
        if newest == 0:
            return row
        others = [one for one in row.reactions if one.by != by]
        return msgspec.structs.replace(
            row, reactions=[*others, rows.Reaction(emoji, by, external_id)] if emoji else others
        )

    return message_rows.change(unit, message_id, changed)


def refile(unit: Unit, message_id: str, attachment: rows.Attachment) -> rows.Message:
    """Show what became of one of the message's files."""

    def changed(row: rows.Message) -> rows.Message:
        files = [attachment if one.id == attachment.id else one for one in row.attachments]
        return msgspec.structs.replace(row, attachments=files, type=attachments.carried(row.type, files))

    return message_rows.change(unit, message_id, changed)


def add_echo(
    unit: Unit,
    conversation: rows.Conversation,
    message: rows.Message,
    *,
    accepted_at: datetime,
    answers: bool = True,
) -> rows.Message:
    """Store a reply that left our account elsewhere; a person wrote it, so it answers unless the chat is not ours."""
    assert message.kind is MessageKind.REPLY
    fact = sla.HUMAN if message.author.type is AuthorType.AGENT and answers else sla.AUTO
    message_rows.add(unit, conversation, message, fact=fact, fact_at=accepted_at)
    message_rows.note_time(unit.conn, message.id, DeliveryStatus.SENT, accepted_at)
    was = conversation_rows.locked(unit, conversation.id)
    row = conversation_clocks.told_again(unit, was)
    active = max(was.last_activity_at or accepted_at, accepted_at)
    conversation_rows.save(unit, was, msgspec.structs.replace(row, last_activity_at=active))
    return message
