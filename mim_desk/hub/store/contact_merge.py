"""Two contacts turn out to be one person: identities, conversations and messages move over, nothing is lost."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType
from mim_desk.hub.store import contacts, conversation_rows, driver, inboxes, recount, reply_counts, sla
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_message = msgspec.json.Decoder(rows.Message)


def merge(unit: Unit, source_id: str, target_id: str) -> rows.Contact:
    """Make one contact of two; the target's own name and facts win over the source's."""
    first, second = sorted((source_id, target_id))
    both = {one: contacts.locked(unit, one) for one in (first, second)}
    source, target = both[source_id], both[target_id]
    for conversation in reversed(conversation_rows.of_contact(unit.conn, source_id)):
        _move(unit, conversation_rows.locked(unit, conversation.id), target_id)
    driver.execute(unit.conn, "UPDATE identities SET contact_id = ? WHERE contact_id = ?", (target_id, source_id))
    driver.execute(unit.conn, "UPDATE contacts SET merged_into = ? WHERE id = ?", (target_id, source_id))
    unit.forget("contact", source_id)
    return contacts.save(unit, _joined(source, target))


def _joined(source: rows.Contact, target: rows.Contact) -> rows.Contact:
    return msgspec.structs.replace(
        target,
        name=target.name or source.name,
        language=target.language or source.language,
        time_zone=target.time_zone or source.time_zone,
        identities=[*target.identities, *(one for one in source.identities if one not in target.identities)],
        consents=[*target.consents, *(one for one in source.consents if one not in target.consents)],
        fields={**source.fields, **target.fields},
        labels=list(dict.fromkeys([*target.labels, *source.labels])),
    )


def _move(unit: Unit, conversation: rows.Conversation, target_id: str) -> None:
    """A conversation goes over; one still open is told on in the target's open one, of which there may be only one."""
    into = None
    if conversation.status is not Status.RESOLVED:
        into = conversation_rows.unresolved(unit.conn, target_id, conversation.brand_id)
    if into is None:
        conversation_rows.save(unit, conversation, msgspec.structs.replace(conversation, contact_id=target_id))
        _move_messages(unit, conversation, target_id)
        return
    emptied = msgspec.structs.replace(
        conversation,
        contact_id=target_id,
        status=Status.RESOLVED,
        resolved_at=whole_ms(unit.now),
        unread=0,
        waiting_since=None,
        next_due=None,
        snoozed_until=None,
        last_message=None,
        clocks=[],
    )
    sla.forget(unit.conn, conversation.id)
    conversation_rows.save(unit, conversation, emptied)
    into = conversation_rows.locked(unit, into.id)
    _move_messages(unit, into, target_id, conversation.id)
    _tell_again(unit, into, conversation)


def _move_messages(unit: Unit, into: rows.Conversation, target_id: str, source_id: str | None = None) -> None:
    """Messages of ``source_id`` (of the conversation itself when None) belong to the target from now on."""
    found = driver.rows(
        unit.conn, "SELECT n, row FROM messages WHERE conversation_id = ? ORDER BY n", (source_id or into.id,)
    )
    audience = conversation_rows.audience(into)
    changed = []
    for number, raw in found:
        message = _message.decode(raw)
        author = message.author
        if author.type is AuthorType.CONTACT:
            author = rows.Author(AuthorType.CONTACT, target_id)
        message = msgspec.structs.replace(message, conversation_id=into.id, contact_id=target_id, author=author)
        payload = unit.append("message", message, conversation_id=into.id, audience=audience)
        changed.append((into.id, target_id, payload, number))
    driver.execute_many(
        unit.conn, "UPDATE messages SET conversation_id = ?, contact_id = ?, row = ? WHERE n = ?", changed
    )
    if source_id is not None:
        driver.execute(
            unit.conn, "UPDATE sends SET conversation_id = ? WHERE conversation_id = ?", (into.id, source_id)
        )


def _tell_again(unit: Unit, into: rows.Conversation, moved: rows.Conversation) -> None:
    """The open conversation with the messages that came to it."""
    rule = sla.policy(unit.conn)
    started = conversation_rows.agent_started(unit.conn, into.id)
    row = msgspec.structs.replace(
        into,
        status=Status.OPEN if into.status is Status.SNOOZED else into.status,
        snoozed_until=None,
        unread=into.unread + moved.unread,
        last_activity_at=_later(into, moved),
    )
    window_s = _window_s(unit.conn, moved.inbox_id)
    told = recount.recounted(unit.conn, row, rule, window_s, agent_started=started)
    conversation_rows.save(unit, into, reply_counts.shown(unit.conn, told.row))
    conversation_rows.join_inboxes(unit.conn, [(moved.inbox_id, into.id)])


def _later(one: rows.Conversation, other: rows.Conversation) -> datetime:
    return max(one.last_activity_at or one.created_at, other.last_activity_at or other.created_at)


def _window_s(conn: Connection, inbox_id: str) -> int | None:
    inbox = inboxes.by_id(conn, inbox_id)
    return inbox.capabilities.reply_window_s if inbox else None
