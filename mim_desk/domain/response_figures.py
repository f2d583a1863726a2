"""How quickly people were answered, from the clocks of their conversations (response_times.md 1.2, formulas)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from mim_desk.domain.sla import ROUND_THE_CLOCK, Calendar, elapsed
from mim_desk.domain.sla_clocks import Clock, ClockName, ClockState


@dataclass(frozen=True)
class Spread:
    """Answered segments of one clock; None where there is none, never 0.

    Attributes:
        count: how many were answered.
    """

    count: int
    median: timedelta | None
    slowest: timedelta | None


@dataclass(frozen=True)
class ResponseFigures:
    """What the clocks say together.

    Attributes:
        in_time, late: clocks that were met and breached; those that still run are in neither.
        no_reply: resolved in time without an answer; counted apart.
        waiting: segments that still run.
    """

    first: Spread
    next: Spread
    in_time: int
    late: int
    no_reply: int
    waiting: int

    @property
    def share_in_time(self) -> float | None:
        """Of the answered ones; None before the first answer."""
        answered = self.in_time + self.late
        return self.in_time / answered if answered else None


def figures_of(clocks: Iterable[Clock], calendar: Calendar = ROUND_THE_CLOCK) -> ResponseFigures:
    """The figures of all clocks given."""
    known = list(clocks)
    states = [clock.state for clock in known]
    return ResponseFigures(
        first=_spread(known, ClockName.FIRST_RESPONSE, calendar),
        next=_spread(known, ClockName.NEXT_RESPONSE, calendar),
        in_time=states.count(ClockState.MET),
        late=states.count(ClockState.BREACHED),
        no_reply=states.count(ClockState.NO_REPLY),
        waiting=states.count(ClockState.RUNNING),
    )


def _spread(clocks: Sequence[Clock], name: ClockName, calendar: Calendar) -> Spread:
    """Open time from the start of each answered segment to its answer."""
    took_s = [
        elapsed(calendar, clock.started_at, clock.stopped_at).total_seconds()
        for clock in clocks
        if clock.name is name and clock.stopped_at and not clock.unanswered
    ]
    if not took_s:
        return Spread(0, None, None)
    return Spread(len(took_s), timedelta(seconds=median(took_s)), timedelta(seconds=max(took_s)))
