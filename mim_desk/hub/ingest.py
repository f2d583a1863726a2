"""Applies deliveries to the store: journal, contact, conversation, message, clocks and events in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mim_desk.channels.events import Event
from mim_desk.hub.store import journal
from mim_desk.hub.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Delivery:
    """One raw call of a provider with what its adapter read out of it.

    Attributes:
        raw: the body as it came, kept in the journal.
        headers: those worth keeping for a replay; never tokens or signatures.
        replay_of: number of the journalled delivery that this is a repetition of, after a mend.
    """

    inbox_id: str
    channel: str
    raw: bytes
    events: tuple[Event, ...]
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a delivery.

    Attributes:
        journal_n: its number in the journal.
        message_ids: our ids of its messages, new or known, in order.
        new: how many messages were new.
        duplicates: how many were known already.
        unknown: items that no adapter understood.
        dead: items that could not be applied; they can be replayed.
    """

    journal_n: int
    message_ids: tuple[str, ...] = ()
    new: int = 0
    duplicates: int = 0
    unknown: int = 0
    dead: int = 0


def apply_deliveries(unit: Unit, items: Sequence[Delivery]) -> list[IngestResult]:
    """Apply ``items`` in order, in few statements; raises when one of them cannot be applied with the others."""
    entries = [journal.Entry(one.inbox_id, one.channel, one.received_at, one.headers, one.raw) for one in items]
    return [IngestResult(n) for n in journal.record(unit, entries)]
