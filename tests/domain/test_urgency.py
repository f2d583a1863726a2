"""What a clock shows, and which conversation comes first."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.conversation import Priority
from mim_desk.domain.sla import Calendar
from mim_desk.domain.sla_clocks import Clock, Policy, with_answer, with_incoming, with_resolve
from mim_desk.domain.urgency import Shown, ShownState, effective_due, shown, urgency

NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)
POLICY = Policy("p", timedelta(minutes=5), timedelta(minutes=3))
OFFICE = Calendar("UTC", {day: [("09:00", "12:02")] for day in range(5)})


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def waiting(since: float = 0) -> tuple[Clock, ...]:
    return with_incoming((), at(since), POLICY)


@pytest.mark.parametrize(
    ("now", "chip"),
    [
        (0, Shown(ShownState.RUNNING, 300)),
        (0.001, Shown(ShownState.RUNNING, 300)),
        (1, Shown(ShownState.RUNNING, 299)),
        (225, Shown(ShownState.AT_RISK, 75)),
        (299.999, Shown(ShownState.AT_RISK, 1)),
        (300, Shown(ShownState.AT_RISK, 0)),
        (300.001, Shown(ShownState.BREACHED, 1, is_over=True)),
        (360, Shown(ShownState.BREACHED, 60, is_over=True)),
    ],
)
def test_remaining_is_rounded_up_so_that_zero_is_the_last_moment_in_time(now: float, chip: Shown) -> None:
    assert shown(waiting()[0], at(now)) == chip


def test_a_stopped_clock_says_how_it_ended() -> None:
    assert shown(with_answer(waiting(), at(10))[0], at(20)) == Shown(ShownState.MET)
    assert shown(with_answer(waiting(), at(310))[0], at(320)) == Shown(ShownState.BREACHED)
    assert shown(with_resolve(waiting(), at(10))[0], at(20)) == Shown(ShownState.NO_REPLY)


def test_outside_business_hours_it_says_when_they_open() -> None:
    first = with_incoming((), NOON, Policy("p", timedelta(minutes=5), timedelta(minutes=3), OFFICE))[0]

    assert shown(first, at(60), OFFICE).opens_at is None
    assert shown(first, at(3600), OFFICE) == Shown(
        ShownState.RUNNING, 180, opens_at=datetime(2026, 1, 29, 9, tzinfo=UTC)
    )
    overnight = datetime(2026, 1, 29, 9, 3, 30, tzinfo=UTC)
    assert shown(first, overnight, OFFICE) == Shown(ShownState.BREACHED, 30, is_over=True)


def test_the_nearest_of_clock_and_reply_window_is_due() -> None:
    assert effective_due(waiting()) == at(300)
    assert effective_due(waiting(), at(100)) == at(100)
    assert effective_due(with_answer(waiting(), at(10)), at(1000)) == at(1000)
    assert effective_due(()) is None


def key(number: str, since: float, now: float, priority: Priority = Priority.NONE) -> tuple[object, ...]:
    return urgency(waiting(since), at(now), conversation_id=number, priority=priority, waiting_since=at(since))


def test_the_most_urgent_comes_first() -> None:
    now = 400
    answered = urgency((), at(now), conversation_id="e", priority=Priority.URGENT, waiting_since=None)
    ordered = [
        key("worst breach", 0, now),
        key("breach", 50, now),
        key("due sooner", 120, now),
        key("same due, urgent", 200, now, Priority.URGENT),
        key("same due", 200, now),
        key("same due, later id", 200, now),
        answered,
    ]

    assert sorted(ordered) == ordered  # type: ignore[type-var]


@given(
    st.lists(st.tuples(st.integers(0, 600), st.sampled_from(Priority)), min_size=2, max_size=10), st.integers(0, 900)
)
def test_the_order_is_total_so_rows_do_not_jump(found: list[tuple[int, Priority]], now: int) -> None:
    keys = [key(str(number), since, now, priority) for number, (since, priority) in enumerate(found)]

    assert len(set(keys)) == len(keys)
    assert max(keys) != min(keys)
