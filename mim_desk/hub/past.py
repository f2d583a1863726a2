"""Chats from before an account was connected: stored in one piece, to be read; they open, time and count nothing."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mim_desk.channels.events import Echo, IncomingMessage, PastChat
from mim_desk.domain.message import MessageType, clean_text
from mim_desk.hub import echoes
from mim_desk.hub.deliveries import Delivery, Outcome
from mim_desk.hub.incoming import arrival, message_of
from mim_desk.hub.store import attachments, bulk, contacts, conversation_rows, derive, ids, message_rows, quotes
from mim_desk.hub.store.bulk import NewMessage
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

Said = IncomingMessage | Echo
PLACEHOLDER: Final = "media_placeholder"
"""The kind of a message whose file is told later, under the same id."""


def keep(unit: Unit, delivery: Delivery, event: PastChat, outcome: Outcome) -> list[rows.Message]:
    """Store what is new of a chat, with the contact's last conversation or one that is over from its start."""
    inbox_id = delivery.inbox_id
    known = bulk.known_messages(unit.conn, ((inbox_id, one.external_id) for one in event.said))
    for one in event.said:
        same = known.get((inbox_id, one.external_id))
        if same is not None:
            outcome.duplicates += 1
            _fill(unit, same.message_id, one)
    fresh = {one.external_id: one for one in event.said if (inbox_id, one.external_id) not in known}
    if not fresh:
        return []
    row = _conversation(unit, delivery, event, list(fresh.values()))
    made: list[rows.Message] = []
    for one in fresh.values():
        made.append(quotes.found(unit.conn, _message(unit, delivery, row, one), made))
    _store(unit, row, made)
    outcome.new += len(made)
    outcome.message_ids += [one.id for one in made]
    return made


def _conversation(unit: Unit, delivery: Delivery, event: PastChat, fresh: Sequence[Said]) -> rows.Conversation:
    inbox = bulk.inboxes(unit.conn, [delivery.inbox_id])[delivery.inbox_id]
    contact = contacts.identify(unit, delivery.inbox_id, delivery.channel, event.sender)
    found = conversation_rows.newest(unit, contact.id, inbox.brand.id)
    last = min(whole_ms(max(one.occurred_at for one in fresh)), whole_ms(delivery.received_at))
    return found or conversation_rows.start(unit, contact.id, inbox, last, resolved=True)


def _message(unit: Unit, delivery: Delivery, row: rows.Conversation, one: Said) -> rows.Message:
    if isinstance(one, Echo):
        at = min(whole_ms(one.occurred_at), whole_ms(delivery.received_at))
        return echoes.row_of(unit, delivery, one, row, at)
    # The outcome is told here, for the chat as a whole.
    return message_of(unit, arrival(delivery, one, Outcome()), ids.new_id(unit.now), row)


def _store(unit: Unit, row: rows.Conversation, made: Sequence[rows.Message]) -> None:
    new = [NewMessage(one, msgspec.json.encode(one)) for one in made]
    bulk.insert_messages(unit.conn, new)
    last = max(made, key=lambda one: one.occurred_at)
    if row.last_message is None or row.last_message.occurred_at <= last.occurred_at:
        active = max(row.last_activity_at or last.occurred_at, last.occurred_at)
        told = msgspec.structs.replace(row, last_message=derive.last_message(last), last_activity_at=active)
        row = conversation_rows.save(unit, row, told)
    conversation_rows.join_inboxes(unit.conn, [(last.inbox_id, row.id)])
    seen_by = msgspec.json.encode(conversation_rows.audience(row)).decode()
    for one in new:
        unit.append_told("message", one.row.id, one.payload, row.id, seen_by, fresh=True)


def _fill(unit: Unit, message_id: str, one: Said) -> None:
    """A file that is told after its message takes the place that was kept for it."""
    was = message_rows.by_id(unit.conn, message_id)
    if was is None or was.details.get("kind") != PLACEHOLDER or one.type is MessageType.UNSUPPORTED:
        return
    files = attachments.of_incoming(unit, one.files, message_id, was.contact_id)
    details = {name: value for name, value in was.details.items() if name != "kind"}
    message_rows.change(
        unit,
        message_id,
        lambda row: msgspec.structs.replace(
            row,
            type=attachments.carried(one.type, files),
            text=clean_text(one.text),
            attachments=files,
            details={**details, **one.details},
        ),
    )
