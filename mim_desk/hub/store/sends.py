"""What is to be sent: one row per reply, leased by one sender at a time, in order within a conversation.

A send is *queued*, *sending* (committed before the first byte leaves), and then *done* or *unknown*; the
token grows with each lease, so that a sender whose lease ran out can no longer say what became of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from mim_desk.hub.store import driver
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit


class SendState(StrEnum):
    """How far a send is."""

    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Send:
    """A leased send.

    Attributes:
        attempt: how often it was tried, this time included.
        token: proves that the lease is still held.
        interrupted: an earlier sender had it in *sending* and never said what became of it.
    """

    message_id: str
    conversation_id: str
    inbox_id: str
    attempt: int
    token: int
    created_at: datetime
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many wait, and since when the oldest does."""

    queued: int
    sending: int
    oldest: datetime | None


_COLUMNS = "s.message_id, s.conversation_id, s.inbox_id, s.attempt, s.token, s.created_at, s.state"
_FIRST_OF_ITS_CONVERSATION = (
    "NOT EXISTS (SELECT 1 FROM sends e WHERE e.conversation_id = s.conversation_id"
    " AND e.state IN ('queued', 'sending') AND e.place < s.place)"
)


def add(unit: Unit, message_id: str, conversation_id: str, inbox_id: str) -> None:
    """Queue a reply behind those of its conversation."""
    (place,) = driver.take_numbers(unit.conn, "send", 1)
    now = ms(unit.now)
    driver.execute(
        unit.conn,
        "INSERT INTO sends (message_id, conversation_id, inbox_id, place, state, attempt, token, next_try_at,"
        " created_at) VALUES (?, ?, ?, ?, 'queued', 0, 0, ?, ?)",
        (message_id, conversation_id, inbox_id, place, now, now),
    )


def lease(unit: Unit, limit: int, until: datetime, paused: Collection[str] = ()) -> list[Send]:
    """Take due sends for this sender and mark them *sending*; those of ``paused`` inboxes wait."""
    return [_taken(unit, row, until) for row in _due(unit, limit, paused)]


def _due(unit: Unit, limit: int, paused: Collection[str]) -> list[tuple[Any, ...]]:
    skip = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE OF s SKIP LOCKED"
    holes = ", ".join("?" for _ in paused)
    waits = f" AND s.inbox_id NOT IN ({holes})" if paused else ""
    now = ms(unit.now)
    sql = (
        f"SELECT {_COLUMNS} FROM sends s WHERE ((s.state = 'queued' AND s.next_try_at <= ?{waits})"  # noqa: S608
        f" OR (s.state = 'sending' AND s.lease_until < ?)) AND {_FIRST_OF_ITS_CONVERSATION}"
        f" ORDER BY s.place LIMIT ?{skip}"
    )
    return driver.rows(unit.conn, sql, (now, *paused, now, limit))


def _taken(unit: Unit, row: tuple[Any, ...], until: datetime) -> Send:
    message_id, conversation_id, inbox_id, attempt, token, created_at, state = row
    driver.execute(
        unit.conn,
        "UPDATE sends SET state = 'sending', attempt = ?, token = ?, lease_until = ? WHERE message_id = ?",
        (attempt + 1, token + 1, ms(until), message_id),
    )
    interrupted = state == SendState.SENDING
    return Send(
        message_id, conversation_id, inbox_id, attempt + 1, token + 1, moment(created_at), interrupted=interrupted
    )


def settle(unit: Unit, send: Send, state: SendState) -> bool:
    """Say what became of it; False when another sender has taken the lease over meanwhile."""
    return _held(unit, send, "state = ?, lease_until = NULL", (state.value,))


def queue_again(unit: Unit, send: Send, at: datetime, *, counted: bool = True) -> bool:
    """Try it again at ``at``; an attempt that is not ``counted`` was not the provider's doing."""
    attempt = send.attempt if counted else send.attempt - 1
    return _held(unit, send, "state = 'queued', lease_until = NULL, next_try_at = ?, attempt = ?", (ms(at), attempt))


def _held(unit: Unit, send: Send, change: str, values: tuple[object, ...]) -> bool:
    done = driver.execute(
        unit.conn,
        f"UPDATE sends SET {change} WHERE message_id = ? AND token = ? AND state = 'sending'",  # noqa: S608
        (*values, send.message_id, send.token),
    )
    return done == 1


def next_due(conn: Connection, paused: Collection[str] = ()) -> datetime | None:
    """When the next send is to be tried or a lease runs out."""
    holes = ", ".join("?" for _ in paused)
    waits = f" AND inbox_id NOT IN ({holes})" if paused else ""
    found = driver.row(
        conn,
        "SELECT min(CASE WHEN state = 'queued' THEN next_try_at ELSE lease_until END) FROM sends"  # noqa: S608
        f" WHERE state = 'sending' OR (state = 'queued'{waits})",
        tuple(paused),
    )
    return moment(found[0]) if found and found[0] is not None else None


def backlog(conn: Connection) -> Backlog:
    """What waits now, for the figures."""
    found = driver.rows(
        conn, "SELECT state, count(*), min(created_at) FROM sends WHERE state IN ('queued', 'sending') GROUP BY state"
    )
    counts = {state: count for state, count, _ in found}
    oldest = min((at for _, _, at in found), default=None)
    return Backlog(counts.get("queued", 0), counts.get("sending", 0), None if oldest is None else moment(oldest))
