"""A delivery on its way into the store, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mim_desk.channels.events import Event
from mim_desk.hub.store.polls import Advance
from mim_desk.protocol.events import Typing


@dataclass(frozen=True, slots=True)
class Delivery:
    """One raw call of a provider with what its adapter read out of it.

    Attributes:
        raw: the body as it came, kept in the journal.
        headers: those worth keeping for a replay; never tokens or signatures.
        replay_of: number of the journalled delivery that this repeats after a mend.
        advance: the place to go on from, stored together with it or not at all.
    """

    inbox_id: str
    channel: str
    raw: bytes = field(repr=False)
    events: tuple[Event, ...]
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    replay_of: int | None = None
    advance: Advance | None = None

    def with_events(self, events: tuple[Event, ...]) -> "Delivery":
        """The same call with only some of its events."""
        return replace(self, events=events)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a delivery.

    Attributes:
        journal_n: its number in the journal.
        message_ids: our ids of its incoming messages, new or known, in order.
        new: how many messages were new.
        duplicates: how many were known already.
        conflicts: how many of those came with another body; the first one stays.
        unknown: items that no adapter understood.
        dead: items that could not be applied; they can be replayed.
        typing: who types where, for the streams only.
    """

    journal_n: int
    message_ids: tuple[str, ...] = ()
    new: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unknown: int = 0
    dead: int = 0
    typing: tuple[Typing, ...] = ()


@dataclass(slots=True)
class Outcome:
    """An IngestResult while it is being found out."""

    message_ids: list[str] = field(default_factory=list)
    new: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unknown: int = 0
    typing: list[Typing] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What was not understood: its kind and why."""
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    """Items that could not be applied: place, kind, problem."""

    def take(self, part: "Outcome") -> None:
        """Add what became of a part of the delivery."""
        self.message_ids += part.message_ids
        self.new += part.new
        self.duplicates += part.duplicates
        self.conflicts += part.conflicts
        self.unknown += part.unknown
        self.unread += part.unread
        self.typing += part.typing

    def result(self, journal_n: int) -> IngestResult:
        """What the caller is told."""
        return IngestResult(
            journal_n,
            tuple(self.message_ids),
            self.new,
            self.duplicates,
            self.conflicts,
            self.unknown,
            len(self.problems),
            tuple(self.typing),
        )
