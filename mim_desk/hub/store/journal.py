"""The journal: raw deliveries as they came, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from mim_desk.hub.store import driver
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit


class JournalState(StrEnum):
    """What became of a delivery."""

    APPLIED = "applied"
    UNPARSED = "unparsed"
    """An item of it was not understood."""
    DEAD = "dead"
    """An item of it could not be applied."""
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery to keep."""

    inbox_id: str
    channel: str
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    state: JournalState = JournalState.APPLIED
    problem: str = ""


_COLUMNS = "inbox_id, channel, received_at, state, headers, body, problem"


def record(unit: Unit, entries: Sequence[Entry]) -> list[int]:
    """Keep ``entries``; their numbers in the journal."""
    numbers = driver.take_numbers(unit.conn, "journal", len(entries))
    driver.execute_many(
        unit.conn,
        f"INSERT INTO journal (n, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # constant text
        [(n, *_values(entry)) for n, entry in zip(numbers, entries, strict=True)],
    )
    return numbers


def _values(entry: Entry) -> tuple[object, ...]:
    headers = msgspec.json.encode(dict(entry.headers))
    at = ms(entry.received_at)
    return (entry.inbox_id, entry.channel, at, entry.state.value, headers, entry.body, entry.problem)
