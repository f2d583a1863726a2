"""The journal: raw deliveries as they came, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit


class JournalState(StrEnum):
    """What became of a delivery."""

    APPLIED = "applied"
    UNPARSED = "unparsed"
    """An item of it was not understood."""
    DEAD = "dead"
    """An item of it could not be applied."""
    REPLAYED = "replayed"


UNSETTLED: Final = frozenset({JournalState.UNPARSED, JournalState.DEAD})
"""Deliveries that wait for a replay."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery to keep."""

    inbox_id: str
    channel: str
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    state: JournalState = JournalState.APPLIED
    problem: str = ""


def record(unit: Unit, entries: Sequence[Entry]) -> list[int]:
    """Keep ``entries``; their numbers in the journal."""
    if not entries:
        return []
    numbers = driver.take_numbers(unit.conn, "journal", len(entries))
    driver.insert_many(
        unit.conn,
        "journal (n, inbox_id, channel, received_at, state, headers, body, problem)",
        [(n, *_values(entry)) for n, entry in zip(numbers, entries, strict=True)],
    )
    return numbers


def _values(entry: Entry) -> tuple[object, ...]:
    headers = msgspec.json.encode(dict(entry.headers))
    at = ms(entry.received_at)
    return (entry.inbox_id, entry.channel, at, entry.state.value, headers, entry.body, entry.problem)


def replayed(unit: Unit, n: int, state: JournalState, problem: str) -> None:
    """A delivery was applied once more: all of it, or again not."""
    told = JournalState.REPLAYED if state is JournalState.APPLIED else state
    driver.execute(unit.conn, "UPDATE journal SET state = ?, problem = ? WHERE n = ?", (told.value, problem, n))


def bury(unit: Unit, n: int, problems: Sequence[tuple[int, str, str]]) -> None:
    """Say which items of a delivery could not be applied, in place of what was said before: place, kind, problem."""
    driver.execute(unit.conn, "DELETE FROM dead_letters WHERE journal_n = ?", (n,))
    driver.execute_many(
        unit.conn,
        "INSERT INTO dead_letters (journal_n, place, kind, problem) VALUES (?, ?, ?, ?)",
        [(n, place, kind, problem[:500]) for place, kind, problem in problems],
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery in the journal."""

    n: int
    inbox_id: str
    channel: str
    received_at: datetime
    state: JournalState
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    problem: str = ""


def unsettled(conn: Connection, inbox_id: str, after: int = 0, limit: int = 50) -> list[Kept]:
    """Deliveries of an inbox with items that were not understood or could not be applied, oldest first."""
    return _kept(
        conn, "inbox_id = ? AND n > ? AND state IN ('unparsed', 'dead') ORDER BY n LIMIT ?", (inbox_id, after, limit)
    )


def by_number(conn: Connection, n: int) -> Kept | None:
    """One delivery."""
    return next(iter(_kept(conn, "n = ?", (n,))), None)


def unsettled_count(conn: Connection, inbox_id: str) -> int:
    """How many deliveries of an inbox wait for a replay."""
    text = "SELECT count(*) FROM journal WHERE inbox_id = ? AND state IN ('unparsed', 'dead')"
    found = driver.row(conn, text, (inbox_id,))
    return int(found[0]) if found else 0


def unsettled_counts(conn: Connection) -> dict[str, int]:
    """The same for every inbox that has any."""
    text = "SELECT inbox_id, count(*) FROM journal WHERE state IN ('unparsed', 'dead') GROUP BY inbox_id"
    return {inbox_id: int(count) for inbox_id, count in driver.rows(conn, text)}


def dead_letters(conn: Connection, n: int) -> list[tuple[int, str, str]]:
    """Which items of a delivery could not be applied: place, kind, problem."""
    text = "SELECT place, kind, problem FROM dead_letters WHERE journal_n = ? ORDER BY place"
    return [(place, kind, problem) for place, kind, problem in driver.rows(conn, text, (n,))]


def trim(unit: Unit, before: datetime, after: int, limit: int) -> int | None:
    """Forget settled deliveries received before ``before``, of the next ``limit`` behind number ``after``.

    Answers the last of their numbers, to go on behind; None when the rest is younger. Numbers rise with time, so what
    is kept for long is not read through.
    """
    text = "SELECT n, received_at FROM journal WHERE n > ? AND state IN ('applied', 'replayed') ORDER BY n LIMIT ?"
    found = driver.rows(unit.conn, text, (after, limit))
    gone = [(n,) for n, received_at in found if received_at < ms(before)]
    driver.execute_many(unit.conn, "DELETE FROM journal WHERE n = ?", gone)
    return gone[-1][0] if len(gone) == limit else None


def _kept(conn: Connection, condition: str, values: Sequence[object]) -> list[Kept]:
    found = driver.rows(
        conn,
        f"SELECT n, inbox_id, channel, received_at, state, headers, body, problem FROM journal WHERE {condition}",  # noqa: S608
        values,
    )
    return [
        Kept(n, inbox_id, channel, moment(at), JournalState(state), msgspec.json.decode(headers), body, problem)
        for n, inbox_id, channel, at, state, headers, body, problem in found
    ]
