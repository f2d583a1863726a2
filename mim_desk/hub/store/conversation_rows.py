"""Conversations: how their rows are read, locked and stored (the rest is in ``conversations``)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.conversation import Status
from mim_desk.hub.store import driver, ids, plain_rows
from mim_desk.hub.store.log_rows import Audience
from mim_desk.hub.store.times import ms, ms_or_none, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_decoder = msgspec.json.Decoder(rows.Conversation)

COLUMNS = (
    "conversations (id, number, contact_id, brand_id, agent_started, inbox_id, status, assignee_id, team_id, priority,"
    " waiting_since, next_due, snoozed_until, resolved_at, last_activity_at, version, row)"
)
_CHANGING = (
    *("inbox_id", "waiting_since", "next_due", "last_activity_at", "version", "row"),
    *("contact_id", "status", "assignee_id", "team_id", "priority", "snoozed_until", "resolved_at"),
)
_OFTEN = 6
"""How many of these change with every message; the others are in more indexes, so they are only set when they differ."""


def decoded(row: bytes) -> rows.Conversation:
    """A stored row."""
    return _decoder.decode(row)


def by_id(conn: Connection, conversation_id: str) -> rows.Conversation | None:
    """One conversation."""
    found = driver.row(conn, "SELECT row FROM conversations WHERE id = ?", (conversation_id,))
    return None if found is None else _decoder.decode(found[0])


def of_contact(conn: Connection, contact_id: str) -> list[rows.Conversation]:
    """A contact's conversations, newest first."""
    text = "SELECT row FROM conversations WHERE contact_id = ? ORDER BY number DESC"
    return [_decoder.decode(row) for (row,) in driver.rows(conn, text, (contact_id,))]


def unresolved(conn: Connection, contact_id: str, brand_id: str) -> rows.Conversation | None:
    """The one conversation of a contact with a brand that is not resolved."""
    text = "SELECT row FROM conversations WHERE contact_id = ? AND brand_id = ? AND status <> 'resolved'"
    found = driver.row(conn, text, (contact_id, brand_id))
    return None if found is None else _decoder.decode(found[0])


def locked(unit: Unit, conversation_id: str) -> rows.Conversation:
    """One conversation that nobody else changes until the commit; a Refusal when it is not there."""
    lock = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE"
    found = driver.row(unit.conn, f"SELECT row FROM conversations WHERE id = ?{lock}", (conversation_id,))  # noqa: S608
    if found is None:
        raise plain_rows.missing("conversation")
    return _decoder.decode(found[0])


def agent_started(conn: Connection, conversation_id: str) -> bool:
    """Whether an agent wrote first."""
    found = driver.row(conn, "SELECT agent_started FROM conversations WHERE id = ?", (conversation_id,))
    return bool(found and found[0])


def goes_on_in(conn: Connection, conversation_id: str) -> rows.Conversation | None:
    """Where a conversation is told on since its contact was merged; None for one that stands for itself."""
    found = driver.row(conn, "SELECT folded_into FROM conversations WHERE id = ?", (conversation_id,))
    if found is None or found[0] is None:
        return None
    return goes_on_in(conn, found[0]) or by_id(conn, found[0])


def newest(unit: Unit, contact_id: str, brand_id: str) -> rows.Conversation | None:
    """The unresolved conversation of a contact with a brand, else the last one; locked until the commit."""
    found = driver.row(
        unit.conn,
        "SELECT id FROM conversations WHERE contact_id = ? AND brand_id = ? AND folded_into IS NULL"
        " ORDER BY (status <> 'resolved') DESC, number DESC LIMIT 1",
        (contact_id, brand_id),
    )
    return None if found is None else locked(unit, found[0])


def start(unit: Unit, contact_id: str, inbox: rows.Inbox, at: datetime, *, resolved: bool = False) -> rows.Conversation:
    """A conversation that somebody of ours began at ``at``, or one that is over already."""
    (number,) = driver.take_numbers(unit.conn, "conversation", 1)
    now = whole_ms(unit.now)
    row = rows.Conversation(
        id=ids.new_id(unit.now),
        number=number,
        contact_id=contact_id,
        inbox_id=inbox.id,
        brand_id=inbox.brand.id,
        created_at=now,
        version=1,
        last_activity_at=at,
        status=Status.RESOLVED if resolved else Status.OPEN,
        resolved_at=at if resolved else None,
    )
    add(unit, row, agent_started=not resolved)
    return row


def values(row: rows.Conversation, payload: bytes, *, agent_started: bool = False) -> tuple[object, ...]:
    """The values of ``COLUMNS``."""
    return (
        row.id,
        row.number,
        row.contact_id,
        row.brand_id,
        agent_started,
        row.inbox_id,
        row.status.value,
        row.assignee_id,
        row.team_id,
        row.priority.value,
        ms_or_none(row.waiting_since),
        ms_or_none(row.next_due),
        ms_or_none(row.snoozed_until),
        ms_or_none(row.resolved_at),
        ms(row.last_activity_at or row.created_at),
        row.version,
        payload,
    )


def store_changes(conn: Connection, changes: Sequence[tuple[rows.Conversation, rows.Conversation, bytes]]) -> None:
    """Store changed conversations: (as it was, as it is, its payload)."""
    often: list[tuple[object, ...]] = []
    seldom: list[tuple[object, ...]] = []
    for was, row, payload in changes:
        quick = (
            row.id,
            row.inbox_id,
            ms_or_none(row.waiting_since),
            ms_or_none(row.next_due),
            ms(row.last_activity_at or row.created_at),
            row.version,
            payload,
        )
        if _seldom(was) == _seldom(row):
            often.append(quick)
        else:
            seldom.append(quick + _seldom(row))
    driver.update_many(conn, "conversations", _CHANGING[:_OFTEN], often)
    driver.update_many(conn, "conversations", _CHANGING, seldom)


def _seldom(row: rows.Conversation) -> tuple[object, ...]:
    return (
        row.contact_id,
        row.status.value,
        row.assignee_id,
        row.team_id,
        row.priority.value,
        ms_or_none(row.snoozed_until),
        ms_or_none(row.resolved_at),
    )


def audience(row: rows.Conversation, was: rows.Conversation | None = None) -> Audience:
    """Who may see what happens in it, and who could before."""
    if was is None or (was.assignee_id, was.team_id) == (row.assignee_id, row.team_id):
        return Audience(row.inbox_id, row.assignee_id, row.team_id)
    return Audience(row.inbox_id, row.assignee_id, row.team_id, was.assignee_id, was.team_id, moved=True)


def add(unit: Unit, row: rows.Conversation, *, agent_started: bool = False) -> None:
    """Store a new conversation and log it."""
    payload = unit.append("conversation", row, conversation_id=row.id, fresh=True, audience=audience(row))
    driver.insert_many(unit.conn, COLUMNS, [values(row, payload, agent_started=agent_started)])
    join_inboxes(unit.conn, [(row.inbox_id, row.id)])


def save(unit: Unit, was: rows.Conversation, row: rows.Conversation) -> rows.Conversation:
    """Store a changed conversation with the next version and log it; the row as it is now."""
    row = msgspec.structs.replace(row, version=was.version + 1)
    payload = unit.append("conversation", row, conversation_id=row.id, audience=audience(row, was))
    store_changes(unit.conn, [(was, row, payload)])
    return row


def join_inboxes(conn: Connection, pairs: Sequence[tuple[str, str]]) -> None:
    """Remember that messages of an inbox are in a conversation: (inbox id, conversation id)."""
    driver.insert_many(
        conn,
        "conversation_inboxes (inbox_id, conversation_id)",
        pairs,
        "ON CONFLICT (inbox_id, conversation_id) DO NOTHING",
    )


def set_labels(conn: Connection, conversation_id: str, labels: Iterable[str]) -> None:
    """Index a conversation by its labels."""
    driver.execute(conn, "DELETE FROM conversation_labels WHERE conversation_id = ?", (conversation_id,))
    driver.execute_many(
        conn,
        "INSERT INTO conversation_labels (label, conversation_id) VALUES (?, ?)",
        [(label, conversation_id) for label in dict.fromkeys(labels)],
    )
