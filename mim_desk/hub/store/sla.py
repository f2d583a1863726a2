"""The response clocks' rows: what moved them (facts of messages), the segments, and what fired once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.sla_clocks import (
    Clock,
    ClockName,
    Clocks,
    ClockState,
    Policy,
    as_told,
)
from mim_desk.hub.store import driver
from mim_desk.hub.store.times import moment, moment_or_none, ms, ms_or_none
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

IN, HUMAN, AUTO, RESOLVED, BOT, HANDOFF = "in", "human", "auto", "resolved", "bot", "handoff"
"""Values of ``messages.fact``; ``fact_at`` says from when it counts, empty while it does not."""

_RUNNING = ClockState.RUNNING.value
AT_RISK, BREACHED = "at_risk", "breached"


@dataclass(frozen=True, slots=True)
class Fired:
    """A clock came to its at-risk or due time; told once for each (conversation, clock, segment)."""

    conversation_id: str
    clock: str
    segment: int
    fact: str
    at: datetime


def policy(conn: Connection) -> Policy | None:
    """The policy that holds: the first in order."""
    found = driver.row(conn, "SELECT row FROM sla_policies ORDER BY place, id LIMIT 1")
    if found is None:
        return None
    first = msgspec.json.decode(found[0], type=rows.SlaPolicy)
    targets = (timedelta(seconds=first.first_response_s), timedelta(seconds=first.next_response_s))
    return Policy(first.id, *targets)


def running(clocks: Iterable[rows.Clock]) -> rows.Clock | None:
    """The clock that runs, if one does."""
    for clock in clocks:
        if clock.state == _RUNNING:
            return clock
    return None


def of_rows(clocks: Iterable[rows.Clock]) -> Clocks:
    """A conversation's clocks as the rules know them."""
    return tuple(_of_row(clock) for clock in clocks)


def _of_row(clock: rows.Clock) -> Clock:
    assert clock.due_at is not None
    assert clock.at_risk_at is not None
    return Clock(
        ClockName(clock.name),
        clock.segment,
        clock.started_at,
        timedelta(seconds=clock.target_s),
        clock.due_at,
        clock.at_risk_at,
        ClockState(clock.state),
        clock.stopped_at,
        clock.policy_id,
    )


def to_rows(clocks: Clocks) -> list[rows.Clock]:
    """What travels: the first response and the newest waiting segment."""
    shown = clocks if len(clocks) < 3 else (clocks[0], clocks[-1])
    if len(shown) == 2 and shown[0].name is ClockName.NEXT_RESPONSE:
        shown = shown[1:]
    return [
        rows.Clock(
            name=clock.name.value,
            state=clock.state.value,
            started_at=clock.started_at,
            due_at=clock.due_at,
            target_s=clock.target_s,
            at_risk_at=clock.at_risk_at,
            stopped_at=clock.stopped_at,
            segment=clock.segment,
            policy_id=clock.policy_id,
        )
        for clock in shown
    ]


_SEGMENTS = (
    "sla_segments (conversation_id, clock, segment, policy_id, state, target_s, started_at, at_risk_at, due_at,"
    " stopped_at, fires_at, unanswered)"
)
_REPLACING = (
    "ON CONFLICT (conversation_id, clock, segment) DO UPDATE SET policy_id = excluded.policy_id,"
    " state = excluded.state, target_s = excluded.target_s, started_at = excluded.started_at,"
    " at_risk_at = excluded.at_risk_at, due_at = excluded.due_at, stopped_at = excluded.stopped_at,"
    " fires_at = excluded.fires_at, unanswered = excluded.unanswered"
)


def keep(conn: Connection, changed: Iterable[tuple[str, Clock]]) -> None:
    """Store segments, each with its conversation's id; a running one will fire."""
    values = [_segment(conversation_id, clock) for conversation_id, clock in changed]
    driver.insert_many(conn, _SEGMENTS, values, _REPLACING)


def retold(conn: Connection, conversation_id: str, clocks: Clocks, rule: Policy) -> Clocks:
    """Store the segments of a replay, each under the policy that it was told with."""
    merged = as_told(stored(conn, conversation_id), clocks, rule)
    driver.execute(conn, "DELETE FROM sla_segments WHERE conversation_id = ?", (conversation_id,))
    keep(conn, [(conversation_id, clock) for clock in merged])
    return merged


_STORED = (
    "SELECT clock, segment, started_at, target_s, due_at, at_risk_at, state, stopped_at, policy_id, unanswered"
    " FROM sla_segments"
)


def stored(conn: Connection, conversation_id: str) -> Clocks:
    """All segments of a conversation as they were last told."""
    found = driver.rows(conn, f"{_STORED} WHERE conversation_id = ? ORDER BY segment", (conversation_id,))
    return tuple(_of_columns(*columns) for columns in found)


def every_segment(conn: Connection) -> Clocks:
    """All segments of all conversations as they were last told."""
    return tuple(_of_columns(*columns) for columns in driver.rows(conn, _STORED))


def _of_columns(  # as they are stored
    clock: str,
    segment: int,
    started_at: int,
    target_s: int,
    due_at: int,
    at_risk_at: int,
    state: str,
    stopped_at: int | None,
    policy_id: str,
    unanswered: bool,
) -> Clock:
    return Clock(
        ClockName(clock),
        segment,
        moment(started_at),
        timedelta(seconds=target_s),
        moment(due_at),
        moment(at_risk_at),
        ClockState(state),
        moment_or_none(stopped_at),
        policy_id,
        bool(unanswered),
    )


def forget(conn: Connection, conversation_id: str) -> None:
    """A conversation has no clocks (any more)."""
    driver.execute(conn, "DELETE FROM sla_segments WHERE conversation_id = ?", (conversation_id,))


def _segment(conversation_id: str, clock: Clock) -> tuple[object, ...]:
    runs = clock.state is ClockState.RUNNING
    return (
        conversation_id,
        clock.name.value,
        clock.segment,
        clock.policy_id,
        clock.state.value,
        clock.target_s,
        ms(clock.started_at),
        ms(clock.at_risk_at),
        ms(clock.due_at),
        ms_or_none(clock.stopped_at),
        ms(clock.at_risk_at) if runs else None,
        clock.unanswered,
    )


def next_firing(conn: Connection) -> datetime | None:
    """When the next clock comes to its at-risk or due time."""
    found = driver.row(conn, "SELECT min(fires_at) FROM sla_segments WHERE fires_at IS NOT NULL")
    return moment(found[0]) if found and found[0] is not None else None


def fire(unit: Unit, limit: int = 200) -> list[Fired]:
    """Record what clocks have come to by now; each fact once, however many hubs ask."""
    skip = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE SKIP LOCKED"
    due = driver.rows(
        unit.conn,
        "SELECT conversation_id, clock, segment, at_risk_at, due_at FROM sla_segments"  # noqa: S608  # constant text
        f" WHERE fires_at <= ? ORDER BY fires_at LIMIT ?{skip}",
        (ms(unit.now), limit),
    )
    fired: list[Fired] = []
    for conversation_id, clock, segment, at_risk_at, due_at in due:
        # breached only once now is past the due time: equality is met
        is_breached = ms(unit.now) > due_at
        fact, at = (BREACHED, due_at) if is_breached else (AT_RISK, at_risk_at)
        key = (conversation_id, clock, segment)
        driver.execute(
            unit.conn,
            "UPDATE sla_segments SET fires_at = ? WHERE conversation_id = ? AND clock = ? AND segment = ?",
            (None if is_breached else due_at + 1, *key),
        )
        if _recorded(unit.conn, key, fact, at):
            fired.append(Fired(conversation_id, clock, segment, fact, moment(at)))
    return fired


def _recorded(conn: Connection, key: tuple[str, str, int], fact: str, at: int) -> bool:
    """Whether this is the first time that it is recorded."""
    done = driver.execute(
        conn,
        "INSERT INTO sla_facts (conversation_id, clock, segment, fact, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (conversation_id, clock, segment, fact) DO NOTHING",
        (*key, fact, at),
    )
    return done == 1
