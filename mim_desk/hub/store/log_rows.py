"""The event log's rows: how seq is given out, read and trimmed.

``seq`` comes from one counter row that is locked from here until the commit, so commit order is
log order on both dialects and with any number of hubs; a PostgreSQL sequence would let a reader
skip rows that commit late.
"""

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver
from mim_desk.hub.store.problems import LogReset
from mim_desk.hub.store.times import ms


class Audience(msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts that decide who may see an event; where it ``moved``, ``was_*`` hold the values before."""

    inbox_id: str = ""
    assignee_id: str | None = None
    team_id: str | None = None
    was_assignee_id: str | None = None
    was_team_id: str | None = None
    moved: bool = False


class LoggedEvent(msgspec.Struct):
    """One event of the log; its fields are the columns.

    Attributes:
        seq: 0 until the transaction ends and it gets its number.
        type: a row type of ``protocol.events`` or ``forgotten``.
        fresh: whether the row is new with this event.
        audience: JSON of an Audience.
        payload: the whole row as JSON bytes.
        at: when, in milliseconds.
    """

    seq: int
    type: str
    row_id: str
    conversation_id: str | None
    payload: bytes
    fresh: bool = False
    audience: str = "{}"
    at: int = 0

    def seen_by(self) -> Audience:
        """The facts for who may see it."""
        return msgspec.json.decode(self.audience, type=Audience)


class Head(msgspec.Struct, frozen=True):
    """Where the log stands: its epoch, last seq and the last seq that was trimmed away."""

    epoch: str
    seq: int
    trimmed: int


_COLUMNS = "event_log (seq, type, row_id, conversation_id, payload, fresh, audience, at)"


def append(conn: Connection, events: list[LoggedEvent]) -> None:
    """Number and store ``events``; the last thing a transaction does before its commit."""
    if not events:
        return
    counted = driver.row(conn, "UPDATE log_head SET seq = seq + ? WHERE id = 1 RETURNING seq", (len(events),))
    assert counted is not None
    for seq, event in enumerate(events, counted[0] - len(events) + 1):
        event.seq = seq
    driver.insert_many(conn, _COLUMNS, [msgspec.structs.astuple(event) for event in events])


def head(conn: Connection) -> Head:
    """Where the log stands in this transaction's view."""
    found = driver.row(conn, "SELECT epoch, seq, trimmed FROM log_head WHERE id = 1")
    assert found is not None
    return Head(*found)


def after(conn: Connection, seq: int, limit: int) -> list[LoggedEvent]:
    """The next events after ``seq``; LogReset when they were trimmed or never were."""
    stands = head(conn)
    if seq < stands.trimmed or seq > stands.seq:
        raise LogReset(f"seq {seq} is not in the log ({stands.trimmed} to {stands.seq})")
    found = driver.rows(
        conn,
        "SELECT seq, type, row_id, conversation_id, payload, fresh, audience, at FROM event_log"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        (seq, limit),
    )
    return [LoggedEvent(*one) for one in found]


def before(conn: Connection, moment: datetime, most: int) -> int:
    """The seq after which everything since ``moment`` comes, of the last ``most`` events."""
    stands = head(conn)
    low, high = max(stands.trimmed, stands.seq - most, 0), stands.seq
    while low < high:
        middle = (low + high + 1) // 2
        found = driver.row(conn, "SELECT at FROM event_log WHERE seq = ?", (middle,))
        if found is not None and found[0] < ms(moment):
            low = middle
        else:
            high = middle - 1
    return low


def trim(conn: Connection, before: datetime, keep: int, limit: int = 5_000) -> int:
    """Forget at most ``limit`` events older than ``before``, but never the last ``keep``; how many went."""
    stands = head(conn)
    oldest = driver.rows(
        conn, "SELECT seq, at FROM event_log WHERE seq <= ? ORDER BY seq LIMIT ?", (stands.seq - keep, limit)
    )
    gone = [seq for seq, at in oldest if at < ms(before)]
    if not gone:
        return 0
    driver.execute(conn, "DELETE FROM event_log WHERE seq <= ?", (gone[-1],))
    driver.execute(conn, "UPDATE log_head SET trimmed = ? WHERE id = 1", (gone[-1],))
    return len(gone)


def renew_epoch(conn: Connection, epoch: str) -> None:
    """Give the log a new epoch, as after a restore: no desk may go on in the old one."""
    driver.execute(conn, "UPDATE log_head SET epoch = ? WHERE id = 1", (epoch,))
