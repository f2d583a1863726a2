"""How a clock is shown and how conversations are sorted by it (response_times.md 1.2, rules 6, 8, 9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from mim_desk.domain.conversation import Priority
from mim_desk.domain.sla import ROUND_THE_CLOCK, Calendar, due_at, elapsed

_SECOND: Final = timedelta(seconds=1)
_RANK: Final = {priority: place for place, priority in enumerate(reversed(Priority))}


class Ticking(Protocol):
    """What a clock must tell to be shown: the domain's own and the row that travels both do."""

    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def at_risk_at(self) -> datetime | None: ...
    @property
    def target_s(self) -> int: ...


class ShownState(StrEnum):
    """The words people read."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    NO_REPLY = "no_reply"


@dataclass(frozen=True)
class Shown:
    """What a chip says.

    Attributes:
        seconds: left, or over when ``is_over``; rounded up, so 0:00 never shows before the breach.
            None when there is nothing to count.
        opens_at: set outside business hours: the clock stands until then.
    """

    state: ShownState
    seconds: int | None = None
    is_over: bool = False
    opens_at: datetime | None = None


def _whole_seconds(span: timedelta) -> int:
    return -(-span // _SECOND)


def shown(clock: Ticking, now: datetime, calendar: Calendar = ROUND_THE_CLOCK) -> Shown:
    """How the clock looks at the hub's ``now``."""
    if clock.state != "running":
        return Shown(ShownState(clock.state))
    if clock.due_at is None:
        return Shown(ShownState.PAUSED)
    if now > clock.due_at:
        over = elapsed(calendar, clock.due_at, now)
        return Shown(ShownState.BREACHED, _whole_seconds(over), is_over=True)
    at_risk = clock.at_risk_at is not None and now >= clock.at_risk_at
    left = elapsed(calendar, now, clock.due_at)
    state = ShownState.AT_RISK if at_risk else ShownState.RUNNING
    return Shown(state, _whole_seconds(left), opens_at=opens_at(calendar, now))


def opens_at(calendar: Calendar, now: datetime) -> datetime | None:
    """When the calendar opens next; None while it is open."""
    counts = due_at(calendar, now, timedelta(microseconds=1))
    assert counts is not None  # nothing is paused
    begins = counts - timedelta(microseconds=1)
    return begins if begins > now else None


def effective_due(clocks: Iterable[Ticking], window_until: datetime | None = None) -> datetime | None:
    """The nearest of the running clocks' due times and the end of the reply window."""
    dues = [clock.due_at for clock in clocks if clock.state == "running"]
    return min((due for due in (*dues, window_until) if due is not None), default=None)


def overdue_share(clocks: Iterable[Ticking], now: datetime, calendar: Calendar = ROUND_THE_CLOCK) -> float:
    """By how much of its target the worst running clock is over; 0 without a breach."""
    over = (
        elapsed(calendar, clock.due_at, now) / timedelta(seconds=max(clock.target_s, 1))
        for clock in clocks
        if clock.state == "running" and clock.due_at is not None and now > clock.due_at
    )
    return max(over, default=0.0)


UrgencyKey = tuple[bool, float, bool, float, int, float, str]


def urgency(
    clocks: Sequence[Ticking],
    now: datetime,
    *,
    conversation_id: str,
    priority: Priority,
    waiting_since: datetime | None,
    window_until: datetime | None = None,
    calendar: Calendar = ROUND_THE_CLOCK,
) -> UrgencyKey:
    """Sort key, most urgent first: breached by overdue share, due, priority, waiting since, id.

    Ids differ, so it is a total order and rows do not jump.
    """
    is_breached = any(clock.state == "running" and clock.due_at is not None and now > clock.due_at for clock in clocks)
    due = effective_due(clocks, window_until)
    return (
        not is_breached,
        -overdue_share(clocks, now, calendar),
        due is None,
        due.timestamp() if due else 0.0,
        _RANK[priority],
        waiting_since.timestamp() if waiting_since else float("inf"),
        conversation_id,
    )
