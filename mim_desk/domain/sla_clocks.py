"""First- and next-response clocks of a conversation: a replay of its facts (response_times.md 1.2).

The hub folds new facts in with ``with_incoming``, ``with_answer`` and ``with_resolve``; when a fact
came late or was taken back it replays all of them with ``replay``. Both give the same clocks.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from mim_desk.domain.sla import ROUND_THE_CLOCK, Calendar, due_at


class ClockName(StrEnum):
    """Which promise a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"


class ClockState(StrEnum):
    """How a clock stands as stored; *at risk* and a running breach follow from its times."""

    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    NO_REPLY = "no_reply"


@dataclass(frozen=True)
class Policy:
    """Targets in open time.

    Attributes:
        from_handoff: while a bot owns the conversation the clocks wait for its handoff.
        at_risk_floor, at_risk_share: at risk with this much, or this share of the target, left.
    """

    id: str
    first_response: timedelta
    next_response: timedelta
    calendar: Calendar = ROUND_THE_CLOCK
    from_handoff: bool = True
    at_risk_floor: timedelta = timedelta(seconds=30)
    at_risk_share: float = 0.25

    def target(self, name: ClockName) -> timedelta:
        """The target of one clock."""
        return self.first_response if name is ClockName.FIRST_RESPONSE else self.next_response


@dataclass(frozen=True)
class Clock:
    """One clock; its key is (conversation, name, segment), so what it fires is fired once.

    Attributes:
        segment: number of the waiting segment, 0 for the first response.
        due_at: the last instant at which an answer is in time.
        at_risk_at: from when it is at risk.
        unanswered: a resolve stopped it, not an answer.
    """

    name: ClockName
    segment: int
    started_at: datetime
    target: timedelta
    due_at: datetime
    at_risk_at: datetime
    state: ClockState = ClockState.RUNNING
    stopped_at: datetime | None = None
    policy_id: str = ""
    unanswered: bool = False

    @property
    def target_s(self) -> int:
        """The target in seconds, as rows carry it."""
        return round(self.target.total_seconds())


@dataclass(frozen=True)
class Out:
    """A public message to the customer, from the moment the channel accepted it.

    Attributes:
        human: an agent pressed send; bots, campaigns and out-of-hours answers are not.
        failed: it turned out undelivered, so it never stopped anything.
    """

    accepted_at: datetime
    human: bool
    failed: bool = False


@dataclass(frozen=True)
class Carried:
    """A message of another conversation that goes on in this one, and was unanswered then.

    Attributes:
        at: since when the two are one.
        since: when it was written.
    """

    at: datetime
    since: datetime


@dataclass(frozen=True)
class Facts:
    """All that moved the clocks of one conversation, in any order.

    Attributes:
        incoming: times of messages that ask for attention.
        resolved: times it was resolved; reopening is what the next incoming message does.
        unseen: for each of these the earlier messages that came to the hub only after it: nobody
            could know of them, so it ends no wait of theirs.
        bot_spans: when a bot owned it; an open one has not handed off. A bot that had it from the
            opening begins no later than the first message.
        carried: what came over from conversations of a contact who was merged.
    """

    incoming: Sequence[datetime] = ()
    outs: Sequence[Out] = ()
    resolved: Sequence[datetime] = ()
    unseen: Mapping[datetime, Collection[datetime]] = field(default_factory=dict)
    bot_spans: Sequence[tuple[datetime, datetime | None]] = ()
    agent_started: bool = False
    carried: Sequence[Carried] = ()


Clocks = tuple[Clock, ...]
_Fold = Callable[["_Replay", datetime], None]


def started(name: ClockName, segment: int, at: datetime, policy: Policy) -> Clock:
    """A clock that begins to run."""
    target = policy.target(name)
    margin = min(target, max(policy.at_risk_floor, target * policy.at_risk_share))
    due, at_risk = due_at(policy.calendar, at, target), due_at(policy.calendar, at, target - margin)
    assert due is not None
    assert at_risk is not None  # these two clocks have no pauses
    return Clock(name, segment, at, target, due, at_risk, policy_id=policy.id)


def running(clocks: Clocks) -> Clock | None:
    """The clock that runs; at most the newest one does."""
    return clocks[-1] if clocks and clocks[-1].state is ClockState.RUNNING else None


def with_incoming(clocks: Clocks, at: datetime, policy: Policy, *, agent_started: bool = False) -> Clocks:
    """The clocks after a message nobody answered yet, or after the handoff of such a conversation.

    A running clock neither restarts nor changes.
    """
    if running(clocks):
        return clocks
    if not clocks and not agent_started:
        return (started(ClockName.FIRST_RESPONSE, 0, at, policy),)
    segment = clocks[-1].segment + 1 if clocks else 1
    return (*clocks, started(ClockName.NEXT_RESPONSE, segment, at, policy))


def with_answer(clocks: Clocks, at: datetime) -> Clocks:
    """The clocks after a person's reply was accepted; equality with the due time is met."""
    clock = running(clocks)
    if clock is None or at <= clock.started_at:
        return clocks
    state = ClockState.MET if at <= clock.due_at else ClockState.BREACHED
    return (*clocks[:-1], replace(clock, state=state, stopped_at=at))


def with_resolve(clocks: Clocks, at: datetime) -> Clocks:
    """The clocks after a resolve: one still running ends without a reply, a breach stays one."""
    clock = running(clocks)
    if clock is None:
        return clocks
    state = ClockState.BREACHED if at > clock.due_at else ClockState.NO_REPLY
    return (*clocks[:-1], replace(clock, state=state, stopped_at=max(at, clock.started_at), unanswered=True))


def is_late(clocks: Clocks, at: datetime) -> bool:
    """Whether a fact of ``at`` lies before what the clocks already tell, so that only a replay is right."""
    return bool(clocks) and at < (clocks[-1].stopped_at or clocks[-1].started_at)


def replanned(clocks: Clocks, policy: Policy, now: datetime) -> Clocks:
    """The clocks under a new policy: same start, new target and calendar; a breach already there stays."""
    clock = running(clocks)
    if clock is None or now > clock.due_at:
        return clocks
    return (*clocks[:-1], started(clock.name, clock.segment, clock.started_at, policy))


def as_told(before: Clocks, now: Clocks, policy: Policy) -> Clocks:
    """What a replay under ``policy`` says, with each clock under the policy that it was told with (rule 5).

    A clock may begin earlier now, stop otherwise or run again; what was told of it under an earlier policy stays
    its measure. Only one that had stopped without a breach, and runs again, is for the policy that holds.
    """
    starts = {(clock.name, clock.started_at) for clock in now}
    known = {(clock.name, clock.started_at): clock for clock in before}
    moved = [clock for clock in before if (clock.name, clock.started_at) not in starts]
    return tuple(
        _as_told(known.get((clock.name, clock.started_at)) or _within(clock, moved), clock, policy) for clock in now
    )


def _within(clock: Clock, moved: Sequence[Clock]) -> Clock | None:
    """The first of the clocks that began elsewhere before and whose start lies in this one."""
    for known in moved:
        begun = known.name is clock.name and known.started_at > clock.started_at
        if begun and (clock.stopped_at is None or known.started_at < clock.stopped_at):
            return known
    return None


def _as_told(known: Clock | None, clock: Clock, policy: Policy) -> Clock:
    if known is None:
        return clock
    if (known.started_at, known.stopped_at, known.unanswered) == (
        clock.started_at,
        clock.stopped_at,
        clock.unanswered,
    ):
        return replace(known, segment=clock.segment)
    if clock.stopped_at is None and known.state in (ClockState.MET, ClockState.NO_REPLY):
        return clock
    measure = replace(policy, id=known.policy_id, first_response=known.target, next_response=known.target)
    plan = started(clock.name, clock.segment, clock.started_at, measure)
    if clock.stopped_at is None:
        return plan
    if clock.unanswered:
        return with_resolve((plan,), clock.stopped_at)[0]
    late = clock.stopped_at > plan.due_at
    return replace(plan, state=ClockState.BREACHED if late else ClockState.MET, stopped_at=clock.stopped_at)


def replay(facts: Facts, policy: Policy) -> Clocks:
    """The clocks that follow from all facts, whatever their order."""
    state = _Replay(policy, facts)
    for at, _, fold in sorted(_ordered(facts), key=lambda fact: fact[:2]):
        fold(state, at)
    return state.clocks


_ANSWER, _RESOLVE, _HANDOFF, _BOT, _INCOMING, _CARRIED = range(6)
"""What goes first at the same instant: nothing of then answers or ends a message of then."""


def _ordered(facts: Facts) -> Iterator[tuple[datetime, int, _Fold]]:
    for out in facts.outs:
        if out.human and not out.failed:
            yield out.accepted_at, _ANSWER, _Replay.answered
    for begin, end in facts.bot_spans:
        if end is None or end > begin:
            yield begin, _BOT, partial(_Replay.bot_owns, owns=True)
        if end is not None and end > begin:
            yield end, _HANDOFF, partial(_Replay.bot_owns, owns=False)
    yield from ((at, _RESOLVE, _Replay.resolved) for at in facts.resolved)
    yield from ((at, _INCOMING, _Replay.came_in) for at in facts.incoming)
    yield from ((one.at, _CARRIED, partial(_Replay.came_over, since=one.since)) for one in facts.carried)


class _Replay:
    """The state of a replay: the clocks, what waits for an answer, and whether that waits for the bot's handoff."""

    def __init__(self, policy: Policy, facts: Facts) -> None:
        self.clocks: Clocks = ()
        self._policy = policy
        self._agent_started = facts.agent_started
        self._unseen = facts.unseen
        self._bot = False
        self._waits = False
        self._asked: list[datetime] = []

    def _start(self, at: datetime) -> None:
        self.clocks = with_incoming(self.clocks, at, self._policy, agent_started=self._agent_started)
        self._waits = False

    def came_in(self, at: datetime) -> None:
        if self._bot and self._policy.from_handoff:
            self._waits = True
        else:
            self._start(at)
            self._asked.append(at)

    def came_over(self, at: datetime, since: datetime) -> None:
        """People owe it an answer already: what runs counts from the earlier of the two."""
        clock = running(self.clocks)
        if clock is None:
            self._start(since)
        elif since < clock.started_at:
            self.clocks = (*self.clocks[:-1], started(clock.name, clock.segment, since, self._policy))
        self._asked.append(at)

    def bot_owns(self, at: datetime, *, owns: bool) -> None:
        self._bot = owns
        if not owns and self._waits:
            self._start(at)

    def answered(self, at: datetime) -> None:
        if self._waits and running(self.clocks) is None:
            # a person who steps in while the bot owns it hands off and answers at once
            self._start(at)
            self.clocks = (*self.clocks[:-1], replace(self.clocks[-1], state=ClockState.MET, stopped_at=at))
        self._waits = False
        self._asked = []
        self.clocks = with_answer(self.clocks, at)

    def resolved(self, at: datetime) -> None:
        self._waits = False
        unseen = self._unseen.get(at, ())
        left = [one for one in self._asked if one in unseen]
        if left and left == self._asked:
            return
        self.clocks, self._asked = with_resolve(self.clocks, at), left
        if left:
            self._start(left[0])
