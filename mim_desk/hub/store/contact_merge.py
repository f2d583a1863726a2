"""Two contacts turn out to be one person: identities, conversations and messages move over, nothing is lost.

Each of them remembers where it was at home, so that ``contact_split`` can undo it at any later time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import Activity, AuthorType
from mim_desk.hub.store import (
    consents,
    contact_facts,
    contacts,
    conversation_rows,
    driver,
    inboxes,
    match_keys,
    merges,
    message_rows,
    recount,
    sla,
)
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

NO_CHOICES: Final[Mapping[str, str]] = {}
_message = msgspec.json.Decoder(rows.Message)


def merge(
    unit: Unit, source_id: str, target_id: str, choices: Mapping[str, str] = NO_CHOICES, by: str = ""
) -> rows.Contact:
    """Make one contact of two that stand for themselves.

    The target's own facts win over the source's, unless ``choices`` says ``other``. At most one unresolved
    conversation per brand is left: the source's goes on in the target's.
    """
    first, second = sorted((source_id, target_id))
    both = {one: contacts.locked(unit, one) for one in (first, second)}
    source, target = both[source_id], both[target_id]
    for one in (source, target):
        kept = merges.branch(unit.conn, one.id)
        contact_facts.settle(kept, one)
        merges.keep(unit, kept)
    _mark_homes(unit, source_id)
    for conversation in reversed(conversation_rows.of_contact(unit.conn, source_id)):
        _move(unit, conversation_rows.locked(unit, conversation.id), target_id)
    driver.execute(unit.conn, "UPDATE identities SET contact_id = ? WHERE contact_id = ?", (target_id, source_id))
    merges.add(unit, source_id, target_id, choices, by)
    unit.forget("contact", source_id)
    match_keys.forget(unit, source_id)
    told = contact_facts.shown(merges.branch(unit.conn, target_id))
    identities = [*target.identities, *(one for one in source.identities if one not in target.identities)]
    told = consents.joined(unit.conn, msgspec.structs.replace(told, identities=identities, version=target.version))
    merged = contacts.save(unit, told)
    tell(unit, merged.id, Activity.MERGED, source)
    return merged


def tell(unit: Unit, contact_id: str, said: Activity, other: rows.Contact) -> None:
    """Say so in the contact's newest conversation."""
    every = conversation_rows.of_contact(unit.conn, contact_id)
    newest = next((one for one in every if one.status is not Status.RESOLVED or one.last_message), None)
    if newest is not None:
        message_rows.add_line(unit, newest, said, details={"name": other.name, "contact_id": other.id})


def _mark_homes(unit: Unit, source_id: str) -> None:
    """What is the source's is at home there from now on, unless it came from elsewhere before."""
    for table in ("identities", "conversations"):
        text = f"UPDATE {table} SET home = ? WHERE contact_id = ? AND home IS NULL"  # noqa: S608  # constants
        driver.execute(unit.conn, text, (source_id, source_id))
    driver.execute(
        unit.conn,
        "UPDATE messages SET home = ? WHERE home IS NULL AND conversation_id IN"
        " (SELECT id FROM conversations WHERE contact_id = ?)",
        (source_id, source_id),
    )


def _move(unit: Unit, conversation: rows.Conversation, target_id: str) -> None:
    """A conversation goes over; one still open is told on in the target's open one, of which there may be only one."""
    into = None
    if conversation.status is not Status.RESOLVED:
        into = conversation_rows.unresolved(unit.conn, target_id, conversation.brand_id)
    if into is None:
        conversation_rows.save(unit, conversation, msgspec.structs.replace(conversation, contact_id=target_id))
        own_messages(unit, conversation, target_id)
        return
    fold(unit, conversation, into.id, target_id)
    into = conversation_rows.locked(unit, into.id)
    _move_messages(unit, into, target_id, conversation.id)
    _tell_again(unit, into, conversation)


def fold(unit: Unit, conversation: rows.Conversation, into_id: str, target_id: str) -> None:
    """Empty a conversation whose messages go on in another one, and keep how it was; its finished segments stay its own."""
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
    conversation_rows.save(unit, conversation, emptied)
    driver.execute(
        unit.conn,
        "UPDATE conversations SET folded_into = ?, before_fold = ? WHERE id = ?",
        (into_id, msgspec.json.encode(conversation), conversation.id),
    )
    driver.execute(
        unit.conn,
        "UPDATE messages SET home_conversation = ? WHERE conversation_id = ? AND home_conversation IS NULL",
        (conversation.id, conversation.id),
    )


def own_messages(unit: Unit, conversation: rows.Conversation, contact_id: str) -> None:
    """The messages of a conversation are this contact's from now on."""
    _move_messages(unit, conversation, contact_id, conversation.id)


def _move_messages(unit: Unit, into: rows.Conversation, target_id: str, source_id: str) -> None:
    found = driver.rows(unit.conn, "SELECT n, row FROM messages WHERE conversation_id = ? ORDER BY n", (source_id,))
    put(unit, into, target_id, [(n, _message.decode(raw)) for n, raw in found])


def put(unit: Unit, into: rows.Conversation, contact_id: str, found: list[tuple[int, rows.Message]]) -> None:
    """Messages belong to this conversation and contact from now on, replies on their way too."""
    audience, changed, sent = conversation_rows.audience(into), [], []
    for number, message in found:
        author = message.author
        if author.type is AuthorType.CONTACT:
            author = rows.Author(AuthorType.CONTACT, contact_id)
        told = msgspec.structs.replace(message, conversation_id=into.id, contact_id=contact_id, author=author)
        payload = unit.append("message", told, conversation_id=into.id, audience=audience)
        changed.append((into.id, contact_id, payload, number))
        if message.delivery is not None and message.conversation_id != into.id:
            sent.append((into.id, message.id))
    driver.execute_many(
        unit.conn, "UPDATE messages SET conversation_id = ?, contact_id = ?, row = ? WHERE n = ?", changed
    )
    driver.execute_many(unit.conn, "UPDATE sends SET conversation_id = ? WHERE message_id = ?", sent)


def _tell_again(unit: Unit, into: rows.Conversation, moved: rows.Conversation) -> None:
    """The open conversation with the messages that came to it."""
    row = msgspec.structs.replace(
        into,
        status=Status.OPEN if into.status is Status.SNOOZED else into.status,
        snoozed_until=None,
        unread=into.unread + moved.unread,
        last_activity_at=_later(into, moved),
    )
    recounted(unit, into, row, moved.inbox_id)
    conversation_rows.join_inboxes(unit.conn, [(moved.inbox_id, into.id)])


def recounted(unit: Unit, was: rows.Conversation, row: rows.Conversation, inbox_id: str) -> rows.Conversation:
    """Store a conversation with what follows from the messages that it has now."""
    rule = sla.policy(unit.conn)
    started = conversation_rows.agent_started(unit.conn, was.id)
    told = recount.recounted(unit.conn, row, rule, window_s(unit.conn, inbox_id), agent_started=started)
    return conversation_rows.save(unit, was, told)


def _later(one: rows.Conversation, other: rows.Conversation) -> datetime:
    return max(one.last_activity_at or one.created_at, other.last_activity_at or other.created_at)


def window_s(conn: Connection, inbox_id: str) -> int | None:
    """The reply window of an inbox."""
    inbox = inboxes.by_id(conn, inbox_id)
    return inbox.capabilities.reply_window_s if inbox else None
