"""The response clocks told a second time, from the words of response_times.md alone, for tests to compare with.

It shares nothing with the code under test: times are milliseconds, a history is a list of facts in the order in
which the hub learnt of them, and every question is answered by looking through all of it again.
"""

from dataclasses import dataclass, field
from typing import Final

NEVER: Final = 10**15


@dataclass(frozen=True)
class Segment:
    """One wait of the customer; ``stop`` is None while it lasts."""

    clock: str
    number: int
    start: int
    stop: int | None
    answered: bool


@dataclass
class Written:
    """A message that asks for attention, ``place`` in the order of the hub."""

    at: int
    place: int


@dataclass
class Reply:
    """One of ours; it counts from ``accepted`` on, unless it failed."""

    human: bool
    place: int
    accepted: int | None = None
    failed: bool = False

    @property
    def counts(self) -> int | None:
        """When it stops a clock of people."""
        return None if self.failed or not self.human else self.accepted


@dataclass
class History:
    """What happened in one episode."""

    written: list[Written] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    resolved: list[tuple[int, int]] = field(default_factory=list)
    place: int = 0

    def next(self) -> int:
        """The place of the next fact."""
        self.place += 1
        return self.place

    def customer(self, provider: int, received: int) -> None:
        """t_in is the provider's time, but never later than it was received."""
        self.written.append(Written(min(provider, received), self.next()))

    def reply(self, accepted: int | None, *, human: bool = True) -> Reply:
        """A reply, accepted already or under way."""
        reply = Reply(human, self.next(), accepted)
        self.replies.append(reply)
        return reply

    def resolve(self, at: int) -> None:
        """Somebody resolved it."""
        self.resolved.append((at, self.next()))

    def _end_of(self, one: Written) -> tuple[int, bool]:
        """When a message stopped waiting, and whether by an answer."""
        answers = [reply.counts for reply in self.replies if reply.counts is not None and reply.counts > one.at]
        # a resolve ends no wait of what the hub had not got yet
        ends = [at for at, place in self.resolved if at > one.at and place > one.place]
        answer, end = min(answers, default=NEVER), min(ends, default=NEVER)
        return min(answer, end), answer <= end

    def waiting_since(self) -> int | None:
        """The oldest message that nobody answered or resolved."""
        return min((one.at for one in self.written if self._end_of(one)[0] == NEVER), default=None)

    def segments(self) -> list[Segment]:
        """Each wait, from its oldest message to what ended it."""
        ends = {one.place: self._end_of(one) for one in self.written}
        found: list[Segment] = []
        agent_started = self._agent_started()
        for end, answered in sorted(set(ends.values())):
            start = min(one.at for one in self.written if one.at < end and ends[one.place][0] >= end)
            number = len(found) + agent_started
            name = "next_response" if number else "first_response"
            stop = None if end == NEVER else end
            found.append(Segment(name, number, start, stop, answered and stop is not None))
        return found

    def _agent_started(self) -> bool:
        first = min((one.at for one in self.written), default=NEVER)
        return any(reply.counts is not None and reply.counts < first for reply in self.replies)


def state_of(one: Segment, target: int) -> str:
    """Rules 1 and 3; a running clock is *running* in the rows also when it is over."""
    if one.stop is None:
        return "running"
    if one.stop > one.start + target:
        return "breached"
    return "met" if one.answered else "no_reply"


def at_risk(one: Segment, target: int) -> int:
    """Rule 6: from when no more than 30 s or a quarter of the target is left."""
    return one.start + target - min(target, max(30_000, target // 4))


@dataclass
class Targets:
    """Rule 5: which target each segment has, while policies change.

    Attributes:
        now: the targets of the policy that holds, by the name of the clock.
    """

    now: dict[str, int]
    known: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)

    def change(self, targets: dict[str, int], segments: list[Segment], at: int) -> None:
        """A running clock takes the new target with the same start, unless it is breached already."""
        self.now = targets
        for one in segments:
            key = (one.clock, one.start)
            if one.stop is None and at <= one.start + self.known[key][0]:
                self.known[key] = (targets[one.clock], "running")

    def of(self, segments: list[Segment]) -> list[int]:
        """The targets of these segments; one that was known keeps its own, also where it begins earlier now."""
        told: dict[tuple[str, int], tuple[int, str]] = {}
        starts = {(one.clock, one.start) for one in segments}
        for one in segments:
            end = NEVER if one.stop is None else one.stop
            moved = [
                (start, name)
                for name, start in self.known
                if name == one.clock and one.start < start < end and (name, start) not in starts
            ]
            key = (one.clock, one.start)
            if key not in self.known and moved:
                key = (one.clock, min(moved)[0])
            target, state = self.known.get(key, (self.now[one.clock], "running"))
            if one.stop is None and state in ("met", "no_reply"):
                target = self.now[one.clock]
            told[one.clock, one.start] = (target, state_of(one, target))
        self.known = told
        return [told[one.clock, one.start][0] for one in segments]
