"""Messages: how their rows are read, stored and changed (the rest is in ``messages``)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.message import Activity, AuthorType, DeliveryStatus, MessageKind
from mim_desk.hub.store import bulk, conversation_rows, derive, driver, ids, plain_rows, search
from mim_desk.hub.store.bulk import NewMessage
from mim_desk.hub.store.times import moment, ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_decoder = msgspec.json.Decoder(rows.Message)


def by_id(conn: Connection, message_id: str) -> rows.Message | None:
    """One message."""
    found = driver.row(conn, "SELECT row FROM messages WHERE id = ?", (message_id,))
    return None if found is None else _decoder.decode(found[0])


def id_of(conn: Connection, inbox_id: str, external_id: str) -> str | None:
    """Our id of what the provider calls ``external_id``: a message, or a part of one that left in several."""
    for table, column in (("messages", "id"), ("message_parts", "message_id")):
        text = f"SELECT {column} FROM {table} WHERE inbox_id = ? AND external_id = ?"  # noqa: S608  # constants
        found = driver.row(conn, text, (inbox_id, external_id))
        if found is not None:
            return str(found[0])
    return None


def last_incoming(conn: Connection, conversation_id: str, inbox_id: str) -> rows.Message | None:
    """The contact's newest message of a conversation in one inbox."""
    found = driver.row(
        conn,
        "SELECT row FROM messages WHERE conversation_id = ? AND inbox_id = ? AND kind = 'incoming'"
        " ORDER BY occurred_at DESC, n DESC LIMIT 1",
        (conversation_id, inbox_id),
    )
    return None if found is None else _decoder.decode(found[0])


def body_hash(conn: Connection, message_id: str) -> bytes | None:
    """The hash of what a message was made of."""
    found = driver.row(conn, "SELECT body_hash FROM messages WHERE id = ?", (message_id,))
    return None if found is None else found[0]


def of_conversation(
    conn: Connection, conversation_id: str, limit: int = 50, before: tuple[int, int] | None = None
) -> tuple[list[rows.Message], tuple[int, int] | None]:
    """A page of a conversation's messages, newest first, and where the next page goes on."""
    at, n = before or (2**62, 0)
    found = driver.rows(
        conn,
        "SELECT row, occurred_at, n FROM messages WHERE conversation_id = ? AND (occurred_at, n) < (?, ?)"
        " ORDER BY occurred_at DESC, n DESC LIMIT ?",
        (conversation_id, at, n, limit),
    )
    following = (found[-1][1], found[-1][2]) if len(found) == limit else None
    return [_decoder.decode(row) for row, _, _ in found], following


def add(
    unit: Unit,
    conversation: rows.Conversation,
    message: rows.Message,
    *,
    fact: str | None = None,
    fact_at: datetime | None = None,
    body_hash: bytes | None = None,
    home: str | None = None,
) -> int:
    """Store a new message and log it; its number. The conversation's row is the caller's."""
    seen_by = conversation_rows.audience(conversation)
    payload = unit.append("message", message, conversation_id=message.conversation_id, fresh=True, audience=seen_by)
    counts_from = None if fact_at is None else ms(fact_at)
    return bulk.insert_messages(unit.conn, [NewMessage(message, payload, fact, counts_from, body_hash, home)])[0]


def add_line(
    unit: Unit,
    conversation: rows.Conversation,
    said: Activity,
    author: rows.Author | None = None,
    details: dict[str, str] | None = None,
    fact: str | None = None,
    line_id: str = "",
    at: datetime | None = None,
) -> rows.Message:
    """Add a system line; with ``fact`` it also moves the clocks."""
    now = whole_ms(unit.now)
    line = rows.Message(
        id=line_id or ids.new_id(unit.now),
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        inbox_id=conversation.inbox_id,
        kind=MessageKind.ACTIVITY,
        author=author or rows.Author(AuthorType.SYSTEM),
        occurred_at=at or now,
        received_at=now,
        activity=said.value,
        details={name: value for name, value in (details or {}).items() if value},
    )
    counts_from = after_heard(unit.conn, conversation.id, now) if fact else None
    add(unit, conversation, line, fact=fact, fact_at=counts_from)
    return line


def set_line(
    unit: Unit,
    conversation: rows.Conversation,
    line_id: str,
    said: Activity,
    author: rows.Author,
    details: Mapping[str, str],
    at: datetime | None = None,
) -> rows.Message:
    """The system line of this id with these details, added unless it is there."""
    if by_id(unit.conn, line_id) is None:
        return add_line(unit, conversation, said, author, dict(details), line_id=line_id, at=at)
    told = {name: value for name, value in details.items() if value}
    return change(unit, line_id, lambda was: msgspec.structs.replace(was, details=told))


def change(unit: Unit, message_id: str, changed: Callable[[rows.Message], rows.Message]) -> rows.Message:
    """Change a message and what its conversation shows of it; the message as it is then."""
    conversation = conversation_rows.locked(unit, _conversation_id(unit.conn, message_id))
    was = by_id(unit.conn, message_id)
    assert was is not None  # its conversation was just found through it
    message = changed(was)
    if message == was:
        return was
    seen_by = conversation_rows.audience(conversation)
    payload = unit.append("message", message, conversation_id=message.conversation_id, audience=seen_by)
    _store(unit.conn, message, payload, reindex=message.text != was.text)
    shown = conversation.last_message
    if shown is not None and shown.id == message.id and derive.last_message(message) != shown:
        told = msgspec.structs.replace(conversation, last_message=derive.last_message(message))
        conversation_rows.save(unit, conversation, told)
    return message


def _store(conn: Connection, message: rows.Message, payload: bytes, *, reindex: bool) -> None:
    driver.execute(
        conn,
        "UPDATE messages SET external_id = ?, row = ? WHERE id = ?",
        (message.external_id, payload, message.id),
    )
    if reindex:
        found = driver.row(conn, "SELECT n FROM messages WHERE id = ?", (message.id,))
        assert found is not None
        search.reindex(conn, found[0], message.text)


def set_fact_at(conn: Connection, message_id: str, at: datetime | None) -> None:
    """From when a message counts for the clocks; None when it does not (any more)."""
    driver.execute(conn, "UPDATE messages SET fact_at = ? WHERE id = ?", (None if at is None else ms(at), message_id))


def after_heard(conn: Connection, conversation_id: str, at: datetime, message_id: str = "") -> datetime:
    """``at``, but later than what the hub had of the contact when this was written, though its clock was set back."""
    found = driver.row(
        conn,
        "SELECT max(fact_at) FROM messages WHERE conversation_id = ? AND fact = 'in'"
        " AND n < coalesce((SELECT n FROM messages WHERE id = ?), 9223372036854775807)",
        (conversation_id, message_id),
    )
    heard = found[0] if found else None
    return at if heard is None else max(at, moment(heard + 1))


def fact_at(conn: Connection, message_id: str) -> int | None:
    """From when a message counts for the clocks, in milliseconds."""
    found = driver.row(conn, "SELECT fact_at FROM messages WHERE id = ?", (message_id,))
    return None if found is None else found[0]


def note_time(conn: Connection, message_id: str, status: DeliveryStatus, at: datetime) -> None:
    """Remember since when a reply has a status; the earliest time told stays."""
    driver.execute(
        conn,
        "INSERT INTO delivery_times (message_id, status, at) VALUES (?, ?, ?)"
        " ON CONFLICT (message_id, status) DO UPDATE SET at = excluded.at WHERE excluded.at < delivery_times.at",
        (message_id, status.value, ms(at)),
    )


def external_ids(conn: Connection, message: rows.Message) -> tuple[str, ...]:
    """What the provider calls a message, and its further parts where it left in several."""
    parts = driver.rows(
        conn, "SELECT external_id FROM message_parts WHERE message_id = ? ORDER BY external_id", (message.id,)
    )
    named = [message.external_id] if message.external_id else []
    return tuple(dict.fromkeys([*named, *(one for (one,) in parts)]))


def name_parts(conn: Connection, inbox_id: str, message_id: str, external_ids: Sequence[str]) -> None:
    """Remember what the provider calls the parts of a reply."""
    driver.execute_many(
        conn,
        "INSERT INTO message_parts (inbox_id, external_id, message_id) VALUES (?, ?, ?)"
        " ON CONFLICT (inbox_id, external_id) DO NOTHING",
        [(inbox_id, external_id, message_id) for external_id in external_ids],
    )


def _conversation_id(conn: Connection, message_id: str) -> str:
    found = driver.row(conn, "SELECT conversation_id FROM messages WHERE id = ?", (message_id,))
    if found is None:
        raise plain_rows.missing("message")
    return str(found[0])
