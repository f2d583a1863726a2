"""Ends of sessions: which were asked for. Each is claimed before the call, so that it is made once at most, by any hub."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from mim_desk.hub.store import driver
from mim_desk.hub.store.times import ms, ms_or_none
from mim_desk.hub.store.unit import Unit

MOST: Final = 200
"""Conversations of one look."""


def claim(unit: Unit, conversation_id: str, wrote_at: datetime | None) -> bool:
    """Whether the end is ours to ask for: once since the contact last wrote, since a row is told again for many reasons."""
    values = (conversation_id, ms_or_none(wrote_at) or 0, ms(unit.now))
    won = driver.execute(
        unit.conn,
        "INSERT INTO session_ends (conversation_id, wrote_at, asked_at) VALUES (?, ?, ?) ON CONFLICT (conversation_id)"
        " DO UPDATE SET wrote_at = excluded.wrote_at, asked_at = excluded.asked_at"
        " WHERE session_ends.wrote_at <> excluded.wrote_at",
        values,
    )
    if won != 1:
        looked_at(unit, conversation_id)
    return won == 1


def looked_at(unit: Unit, conversation_id: str) -> None:
    """Nothing is to be asked for a conversation as it was resolved last."""
    driver.execute(
        unit.conn,
        "INSERT INTO session_ends (conversation_id, wrote_at, asked_at) VALUES (?, 0, ?)"
        " ON CONFLICT (conversation_id) DO UPDATE SET asked_at = excluded.asked_at",
        (conversation_id, ms(unit.now)),
    )


def forgotten(conn: Connection, inbox_id: str, since: datetime) -> list[str]:
    """Conversations of an inbox that were resolved since then and that nobody has looked at after it."""
    found = driver.rows(
        conn,
        "SELECT c.id FROM conversations c LEFT JOIN session_ends e ON e.conversation_id = c.id"
        " WHERE c.inbox_id = ? AND c.resolved_at >= ? AND c.status = 'resolved'"
        " AND (e.asked_at IS NULL OR e.asked_at < c.resolved_at) ORDER BY c.resolved_at LIMIT ?",
        (inbox_id, ms(since), MOST),
    )
    return [conversation_id for (conversation_id,) in found]


def trim(unit: Unit, before: datetime) -> int:
    """Forget ends of long ago; how many went."""
    return driver.execute(unit.conn, "DELETE FROM session_ends WHERE asked_at < ?", (ms(before),))
