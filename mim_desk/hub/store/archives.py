"""Archives: chats of networks that no longer run or have no interface, kept to be read and searched.

Each archive is an inbox that carries nothing, with a brand of its own, so that nobody's next message goes on in one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import Sender
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, MessageType, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import attachments, bulk, contacts, conversation_rows, derive, driver, ids, inboxes
from mim_desk.hub.store.bulk import NewMessage
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

CHANNEL: Final = "archive"
LONGEST_NAME: Final = 60
_TYPES: Final = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}


def refuse(conversation: rows.Conversation) -> None:
    """Raise a Refusal for whoever wants to answer or reopen what was read of an archive."""
    if conversation.archive:
        told = f"This was read from the archive {conversation.archive} and cannot be answered. Write to them elsewhere."
        raise Refusal("read-only", told)


def opened(unit: Unit, wanted: api.NewArchive) -> rows.Inbox:
    """The archive of this name, made where there is none."""
    name = wanted.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refusal("invalid", f"The name must have between 1 and {LONGEST_NAME} characters.", "name")
    known = next((one for one in inboxes.everything(unit.conn) if (one.channel, one.name) == (CHANNEL, name)), None)
    if known is not None:
        return known
    brand = rows.Brand(ids.new_id(unit.now), f"{name} (archive)")
    made = rows.Inbox(ids.new_id(unit.now), name, CHANNEL, brand, rows.CapabilitySheet(text_length=0))
    inboxes.add(unit, made)
    return made


def known_ids(conn: Connection, inbox_id: str, external_ids: Sequence[str]) -> list[str]:
    """Which of these messages are here."""
    known = bulk.known_messages(conn, [(inbox_id, one) for one in external_ids])
    return [one for one in external_ids if (inbox_id, one) in known]


def keep(unit: Unit, inbox_id: str, chat: api.ArchivedChat) -> api.Archived:
    """Keep what is new of a chat."""
    inbox = inboxes.by_id(unit.conn, inbox_id)
    if inbox is None or inbox.channel != CHANNEL:
        raise Refusal("not-found", "There is no such archive. Open it first.")
    fields = {name: value for name, value in chat.fields.items() if value}
    contact = contacts.identify(unit, inbox_id, CHANNEL, Sender(chat.external_id, chat.name, chat.name, fields=fields))
    known = set(known_ids(unit.conn, inbox_id, [one.external_id for one in chat.messages]))
    fresh = {one.external_id: one for one in chat.messages if one.external_id not in known}
    row = _conversation(unit, inbox, contact, list(fresh.values()))
    made = [_message(unit, row, one) for one in fresh.values()]
    if made:
        _store(unit, row, made)
    return api.Archived(row.id, len(made), len(chat.messages) - len(made))


def _conversation(
    unit: Unit, inbox: rows.Inbox, contact: rows.Contact, fresh: Sequence[api.ArchivedMessage]
) -> rows.Conversation:
    """The one of this person in this archive."""
    found = conversation_rows.newest(unit, contact.id, inbox.brand.id)
    if found is not None:
        return found
    (number,) = driver.take_numbers(unit.conn, "conversation", 1)
    at = max((whole_ms(one.at) for one in fresh), default=whole_ms(unit.now))
    row = rows.Conversation(
        id=ids.new_id(unit.now),
        number=number,
        contact_id=contact.id,
        inbox_id=inbox.id,
        brand_id=inbox.brand.id,
        created_at=whole_ms(unit.now),
        version=1,
        status=Status.RESOLVED,
        resolved_at=at,
        last_activity_at=at,
        archive=inbox.name,
    )
    conversation_rows.add(unit, row)
    return row


def _message(unit: Unit, row: rows.Conversation, one: api.ArchivedMessage) -> rows.Message:
    message_id, now = ids.new_id(unit.now), whole_ms(unit.now)
    files = attachments.link(unit, one.attachments, message_id) if one.attachments else []
    author = rows.Author(AuthorType.CONTACT, row.contact_id) if one.incoming else rows.Author(AuthorType.AGENT)
    family = files[0].mime_type.partition("/")[0] if files else ""
    details = {"archive": row.archive, "by": one.by, "missing": ", ".join(one.missing)}
    return rows.Message(
        id=message_id,
        conversation_id=row.id,
        contact_id=row.contact_id,
        inbox_id=row.inbox_id,
        kind=MessageKind.INCOMING if one.incoming else MessageKind.REPLY,
        author=author,
        occurred_at=min(whole_ms(one.at), now),
        received_at=now,
        type=_TYPES.get(family, MessageType.FILE) if files else MessageType.TEXT,
        text=clean_text(one.text),
        attachments=files,
        external_id=one.external_id,
        delivery=None if one.incoming else rows.Delivery(DeliveryStatus.SENT),
        details={name: value for name, value in details.items() if value},
    )


def _store(unit: Unit, row: rows.Conversation, made: Sequence[rows.Message]) -> None:
    seen_by = msgspec.json.encode(conversation_rows.audience(row)).decode()
    new = [NewMessage(one, msgspec.json.encode(one)) for one in made]
    bulk.insert_messages(unit.conn, new)
    last = max(made, key=lambda one: one.occurred_at)
    if row.last_message is None or row.last_message.occurred_at <= last.occurred_at:
        at: datetime = last.occurred_at
        told = msgspec.structs.replace(row, last_message=derive.last_message(last), last_activity_at=at, resolved_at=at)
        row = conversation_rows.save(unit, row, told)
    for one in new:
        unit.append_told("message", one.row.id, one.payload, row.id, seen_by, fresh=True)
