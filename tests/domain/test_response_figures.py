"""How quickly people were answered, from their clocks."""

from datetime import UTC, datetime, timedelta

from mim_desk.domain.response_figures import figures_of
from mim_desk.domain.sla import Calendar
from mim_desk.domain.sla_clocks import Clock, ClockName, ClockState, Facts, Out, Policy, replay

START = datetime(2026, 1, 28, 9, 0, tzinfo=UTC)
POLICY = Policy("p", timedelta(seconds=60), timedelta(seconds=30))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def clocks(incoming: list[float], answered: list[float], resolved: list[float] | None = None) -> tuple[Clock, ...]:
    outs = [Out(at(one), human=True) for one in answered]
    return replay(Facts([at(one) for one in incoming], outs, [at(one) for one in resolved or []]), POLICY)


def test_median_and_slowest_are_of_what_was_answered_and_the_rest_waits():
    ann = clocks([0, 100], [20, 150])
    bob = clocks([0], [90])
    eve = clocks([0], [])

    figures = figures_of([*ann, *bob, *eve])

    assert (figures.first.count, figures.first.median, figures.first.slowest) == (
        2,
        timedelta(seconds=55),
        timedelta(seconds=90),
    )
    assert (figures.next.count, figures.next.median) == (1, timedelta(seconds=50))
    assert (figures.in_time, figures.late, figures.waiting) == (1, 2, 1)
    assert figures.share_in_time == 1 / 3


def test_an_empty_training_has_no_figures_instead_of_zero_or_all():
    figures = figures_of(())

    assert (figures.first.median, figures.first.slowest, figures.share_in_time) == (None, None, None)


def test_what_was_resolved_without_an_answer_is_counted_apart():
    figures = figures_of(clocks([0], [], [10]))

    assert (figures.no_reply, figures.in_time, figures.late, figures.share_in_time) == (1, 0, 0, None)


def test_what_was_resolved_too_late_without_an_answer_is_late_and_no_response_time():
    figures = figures_of([*clocks([0], [], [90]), *clocks([0], [40])])

    assert (figures.late, figures.in_time, figures.no_reply, figures.share_in_time) == (1, 1, 0, 0.5)
    assert (figures.first.count, figures.first.median) == (1, timedelta(seconds=40))


def test_time_outside_opening_hours_does_not_count():
    open_late = Calendar("UTC", {day: [("10:00", "17:00")] for day in range(7)})
    clock = Clock(
        ClockName.FIRST_RESPONSE, 0, at(0), timedelta(60), at(60), at(30), ClockState.MET, START + timedelta(hours=2)
    )

    assert figures_of([clock], open_late).first.median == timedelta(hours=1)
