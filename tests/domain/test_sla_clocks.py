"""First- and next-response clocks, rule by rule of response_times.md 1.2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mim_desk.domain.sla import Calendar, elapsed
from mim_desk.domain.sla_clocks import (
    ClockName,
    Clocks,
    ClockState,
    Facts,
    Out,
    Policy,
    as_told,
    is_late,
    replanned,
    replay,
    running,
    with_answer,
    with_incoming,
    with_resolve,
)

NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)
POLICY = Policy("p", timedelta(minutes=5), timedelta(minutes=3))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def told(clocks: Clocks) -> list[tuple[str, int, float, str, float | None]]:
    """Name, segment, start, state and stop, in seconds after noon."""
    return [
        (
            clock.name[:5],
            clock.segment,
            (clock.started_at - NOON).total_seconds(),
            str(clock.state),
            None if clock.stopped_at is None else (clock.stopped_at - NOON).total_seconds(),
        )
        for clock in clocks
    ]


def human(*seconds: float) -> list[Out]:
    return [Out(at(second), human=True) for second in seconds]


def times(*seconds: float) -> list[datetime]:
    return [at(second) for second in seconds]


@pytest.mark.parametrize(
    ("facts", "clocks"),
    [
        pytest.param(Facts(), [], id="nothing happened"),
        pytest.param(Facts(times(0)), [("first", 0, 0, "running", None)], id="waits for the first answer"),
        pytest.param(Facts(times(0), human(300)), [("first", 0, 0, "met", 300)], id="equality is met"),
        pytest.param(Facts(times(0), human(300.001)), [("first", 0, 0, "breached", 300.001)], id="answered late"),
        pytest.param(Facts(times(0, 60, 90), human(120)), [("first", 0, 0, "met", 120)], id="writing on restarts nothing"),
        pytest.param(
            Facts(times(0, 200, 230), human(120)),
            [("first", 0, 0, "met", 120), ("next_", 1, 200, "running", None)],
            id="next response counts from the oldest unanswered",
        ),
        pytest.param(
            Facts(times(0, 200, 300), human(120, 250, 310)),
            [("first", 0, 0, "met", 120), ("next_", 1, 200, "met", 250), ("next_", 2, 300, "met", 310)],
            id="one segment for each wait",
        ),
        pytest.param(
            Facts(times(0), [Out(at(10), human=False)]), [("first", 0, 0, "running", None)], id="a bot's answer stops nothing"
        ),
        pytest.param(
            Facts(times(0), [Out(at(10), human=True, failed=True)]),
            [("first", 0, 0, "running", None)],
            id="a failed reply never stopped it",
        ),
        pytest.param(
            Facts(times(0), [], times(60)), [("first", 0, 0, "no_reply", 60)], id="resolved without an answer"
        ),
        pytest.param(
            Facts(times(0), [], times(400)), [("first", 0, 0, "breached", 400)], id="resolved after the breach"
        ),
        pytest.param(
            Facts(times(0, 500), human(60), times(100)),
            [("first", 0, 0, "met", 60), ("next_", 1, 500, "running", None)],
            id="a reopened conversation keeps its first response",
        ),
        pytest.param(
            Facts(times(0, 70), human(60), times(100), unseen={at(100): times(70)}),
            [("first", 0, 0, "met", 60), ("next_", 1, 70, "running", None)],
            id="a resolve ends no wait that it could not know of",
        ),
        pytest.param(
            Facts(times(0, 70), human(60, 90), times(100), unseen={at(100): times(70)}),
            [("first", 0, 0, "met", 60), ("next_", 1, 70, "met", 90)],
            id="what came late was answered before the resolve",
        ),
        pytest.param(
            Facts(times(0, 70), human(), times(50, 100), unseen={at(100): times(70)}),
            [("first", 0, 0, "no_reply", 50), ("next_", 1, 70, "running", None)],
            id="each resolve ends what it knew of",
        ),
        pytest.param(
            Facts(times(0, 20), human(), times(50, 100), unseen={at(50): times(20), at(100): times(20)}),
            [("first", 0, 0, "no_reply", 50), ("next_", 1, 20, "running", None)],
            id="a message that came after two resolves waits",
        ),
        pytest.param(
            Facts(times(0), human(0)), [("first", 0, 0, "running", None)], id="a reply of the same instant came before"
        ),
        pytest.param(
            Facts(times(50), human(0), agent_started=True),
            [("next_", 1, 50, "running", None)],
            id="agent-started has no first response",
        ),
        pytest.param(Facts(times(0), bot_spans=[(at(0), None)]), [], id="the bot owns it"),
        pytest.param(
            Facts(times(0, 5), bot_spans=[(at(0), at(40))]),
            [("first", 0, 40, "running", None)],
            id="first response from handoff",
        ),
        pytest.param(
            Facts(times(0, 100), human(60, 160), bot_spans=[(at(80), at(140))]),
            [("first", 0, 0, "met", 60), ("next_", 1, 140, "met", 160)],
            id="next response from handoff",
        ),
        pytest.param(
            Facts(times(0), human(30), bot_spans=[(at(0), at(40))]),
            [("first", 0, 30, "met", 30)],
            id="a person steps in before the handoff",
        ),
        pytest.param(
            Facts(times(0), bot_spans=[(at(0), at(40))], resolved=times(20)), [], id="the bot resolved it alone"
        ),
    ],
)  # fmt: skip
def test_facts_make_these_clocks(facts: Facts, clocks: list[tuple[str, int, float, str, float | None]]) -> None:
    assert told(replay(facts, POLICY)) == clocks


def test_a_policy_may_count_the_bots_time_too() -> None:
    policy = replace(POLICY, from_handoff=False)

    assert told(replay(Facts(times(0), bot_spans=[(at(0), at(40))]), policy)) == [("first", 0, 0, "running", None)]


def test_a_clock_knows_when_it_is_at_risk_and_due() -> None:
    first = with_incoming((), NOON, POLICY)[0]
    short = with_incoming((), NOON, replace(POLICY, first_response=timedelta(seconds=40)))[0]
    shortest = with_incoming((), NOON, replace(POLICY, first_response=timedelta(seconds=20)))[0]

    assert (first.at_risk_at, first.due_at) == (at(225), at(300))
    assert (short.at_risk_at, short.due_at) == (at(10), at(40))
    assert (shortest.at_risk_at, shortest.due_at) == (at(0), at(20))


def test_targets_run_on_business_hours() -> None:
    office = Calendar("UTC", {day: [("09:00", "12:02")] for day in range(7)})
    first = with_incoming((), NOON, replace(POLICY, calendar=office))[0]

    assert first.due_at == datetime(2026, 1, 29, 9, 3, tzinfo=UTC)


def test_a_new_policy_keeps_the_elapsed_time_and_a_breach_already_there() -> None:
    clocks = with_incoming((), NOON, POLICY)
    longer = replace(POLICY, id="q", first_response=timedelta(minutes=10))

    assert replanned(clocks, longer, at(60))[0].due_at == at(600)
    assert replanned(clocks, longer, at(60))[0].started_at == NOON
    assert replanned(clocks, longer, at(301)) == clocks


LONGER = Policy("q", timedelta(minutes=20), timedelta(minutes=20))


@pytest.mark.parametrize(
    ("before", "now", "clocks"),
    [
        pytest.param(
            Facts(times(50)), Facts(times(0, 50)), [("first", 0, 0, "running", None, "p")], id="it began earlier"
        ),
        pytest.param(
            Facts(times(0), human(400)),
            Facts(times(0), human(310)),
            [("first", 0, 0, "breached", 310, "p")],
            id="it was answered earlier, and still too late",
        ),
        pytest.param(
            Facts(times(0), human(400)), Facts(times(0)), [("first", 0, 0, "running", None, "p")], id="a breach stays"
        ),
        pytest.param(
            Facts(times(0), human(100)),
            Facts(times(0)),
            [("first", 0, 0, "running", None, "q")],
            id="what had no breach and runs again is for the policy that holds",
        ),
        pytest.param(
            Facts(times(0, 20), human(10, 400)),
            Facts(times(0, 20, 410), human(10, 15, 400)),
            [
                ("first", 0, 0, "met", 10, "p"),
                ("next_", 1, 20, "breached", 400, "p"),
                ("next_", 2, 410, "running", None, "q"),
            ],
            id="only what is new is for the new policy",
        ),
        pytest.param(
            Facts(times(0, 100), human(10, 400)),
            Facts(times(0, 20, 100), human(10, 30, 400)),
            [
                ("first", 0, 0, "met", 10, "p"),
                ("next_", 1, 20, "met", 30, "q"),
                ("next_", 2, 100, "breached", 400, "p"),
            ],
            id="another number is no other clock",
        ),
        pytest.param(
            Facts(times(0)), Facts(times(0), [], times(400)), [("first", 0, 0, "breached", 400, "p")], id="resolved late"
        ),
    ],
)  # fmt: skip
def test_under_a_changed_policy_each_clock_keeps_the_one_it_was_told_with(
    before: Facts, now: Facts, clocks: list[tuple[str, int, float, str, float | None, str]]
) -> None:
    kept = as_told(replay(before, POLICY), replay(now, LONGER), LONGER)

    assert [(*one, clock.policy_id) for one, clock in zip(told(kept), kept, strict=True)] == clocks


def test_a_fact_before_what_the_clocks_tell_is_late() -> None:
    clocks = with_answer(with_incoming((), NOON, POLICY), at(60))

    assert is_late(clocks, at(59))
    assert not is_late(clocks, at(60))


seconds = st.integers(0, 600)
histories = st.builds(
    Facts,
    incoming=st.lists(seconds.map(at), max_size=8),
    outs=st.lists(st.builds(Out, accepted_at=seconds.map(at), human=st.booleans(), failed=st.booleans()), max_size=8),
    resolved=st.lists(seconds.map(at), max_size=3),
    agent_started=st.booleans(),
)


def shuffled(facts: Facts, seed: int) -> Facts:
    dice = Random(seed)
    parts = {name: list(getattr(facts, name)) for name in ("incoming", "outs", "resolved")}
    for part in parts.values():
        dice.shuffle(part)
    return replace(facts, **parts)


@settings(max_examples=1000, deadline=None)
@given(histories, st.integers())
def test_replaying_in_any_order_gives_the_same_clocks(facts: Facts, seed: int) -> None:
    assert replay(shuffled(facts, seed), POLICY) == replay(facts, POLICY)


@settings(max_examples=1000, deadline=None)
@given(histories)
def test_folding_in_one_by_one_is_the_same_as_a_replay(facts: Facts) -> None:
    ordered = [(out.accepted_at, 0) for out in facts.outs if out.human and not out.failed]
    ordered += [(moment, 1) for moment in facts.resolved] + [(moment, 2) for moment in facts.incoming]
    clocks: Clocks = ()
    for moment, kind in sorted(ordered):
        if kind == 0:
            clocks = with_answer(clocks, moment)
        elif kind == 1:
            clocks = with_resolve(clocks, moment)
        else:
            clocks = with_incoming(clocks, moment, POLICY, agent_started=facts.agent_started)

    assert clocks == replay(facts, POLICY)


@settings(max_examples=1000, deadline=None)
@given(histories)
def test_clocks_are_apart_numbered_and_judged_by_elapsed_time(facts: Facts) -> None:
    clocks = replay(facts, POLICY)

    assert [clock.segment for clock in clocks] == [number + facts.agent_started for number in range(len(clocks))]
    assert all((clock.name is ClockName.FIRST_RESPONSE) == (clock.segment == 0) for clock in clocks)
    assert all(clock.state is not ClockState.RUNNING for clock in clocks[:-1])
    for clock in clocks:
        if clock.stopped_at is not None:
            over = elapsed(POLICY.calendar, clock.started_at, clock.stopped_at) > clock.target
            assert (clock.state is ClockState.BREACHED) == over
    waits = running(clocks)
    if waits is not None:
        assert waits.started_at in facts.incoming
