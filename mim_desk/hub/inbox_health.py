"""How the inboxes do, from what the event log tells: how late messages come, what became of replies."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.hub.event_log import EventLog, LoggedEvent, LogReset
from mim_desk.hub.store import inboxes, journal, log_rows, sends
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import ms, utc_now, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

SPAN: Final = timedelta(hours=1)
"""How far back replies are counted."""
LAGS: Final = 200
"""Of so many of the newest messages the lag is told."""
MOST_REPLIES: Final = 20_000
"""So many replies of an inbox are remembered."""
MOST_READ: Final = 20_000
"""So many events are read at the start."""
TOLD_EVERY: Final = timedelta(seconds=60)
FIGURES: Final = ("unparsed_deliveries", "sent", "failed", "held", "last_incoming_at", "lag_p50_s", "lag_p95_s")
_TAKEN: Final = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ})
_log = structlog.get_logger("mim_desk.hub.inbox_health")


class _Seen(msgspec.Struct):
    """What counts of a logged message."""

    id: str
    inbox_id: str
    kind: MessageKind
    occurred_at: datetime
    received_at: datetime
    delivery: rows.Delivery | None = None


_decoder = msgspec.json.Decoder(_Seen)


@dataclass
class _Tally:
    """Of one inbox.

    Attributes:
        replies: message id to when and whether it was taken, oldest first.
    """

    lags: deque[float] = field(default_factory=lambda: deque(maxlen=LAGS))
    last: datetime | None = None
    replies: "OrderedDict[str, tuple[int, bool]]" = field(default_factory=OrderedDict)

    def take(self, seen: _Seen, at: int, *, fresh: bool) -> None:
        if seen.kind is MessageKind.INCOMING:
            if fresh:
                self.lags.append(max((seen.received_at - seen.occurred_at).total_seconds(), 0.0))
                self.last = max(self.last or seen.occurred_at, seen.occurred_at)
        elif seen.kind is MessageKind.REPLY and seen.delivery is not None:
            status = seen.delivery.status
            known = self.replies.pop(seen.id, None)
            if status in _TAKEN or status is DeliveryStatus.FAILED:
                self.replies[seen.id] = (known[0] if known else at, status in _TAKEN)
                if len(self.replies) > MOST_REPLIES:
                    self.replies.popitem(last=False)

    def counted(self, since: int) -> tuple[int, int]:
        """Replies taken and failed since then."""
        for message_id in [one for one, (at, _) in self.replies.items() if at < since]:
            del self.replies[message_id]
        taken = sum(is_taken for _, is_taken in self.replies.values())
        return taken, len(self.replies) - taken


class Watch:
    """Follows the log, tells figures at any moment and writes them into the inboxes now and then."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def take(self, events: list[LoggedEvent]) -> None:
        """Count what these events tell."""
        for event in events:
            if event.type == "message":
                seen = _decoder.decode(event.payload)
                self._tallies.setdefault(seen.inbox_id, _Tally()).take(seen, event.at, fresh=event.fresh)

    def now(self, found: "Counted", now: datetime) -> list[rows.Inbox]:
        """The inboxes with the figures of this moment."""
        return [self._told(row, found, now) for row in found.inboxes]

    def _told(self, row: rows.Inbox, found: "Counted", now: datetime) -> rows.Inbox:
        tally = self._tallies.get(row.id, _Tally())
        sent, failed = tally.counted(ms(now - SPAN))
        figures: dict[str, Any] = {
            "unparsed_deliveries": found.unparsed.get(row.id, 0),
            "sent": sent,
            "failed": failed,
            "held": found.held.get(row.id, 0),
            "last_incoming_at": max((one for one in (row.health.last_incoming_at, tally.last) if one), default=None),
        }
        if tally.lags:  # of none since the start of this hub what was told last stays
            figures |= {"lag_p50_s": _share(tally.lags, 0.5), "lag_p95_s": _share(tally.lags, 0.95)}
        return msgspec.structs.replace(row, health=msgspec.structs.replace(row.health, **figures))

    async def run(self, store: Store) -> None:
        """Follow the log from an hour ago, and tell; runs as long as the hub."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(store), name="inbox-health-log")
            group.create_task(self._tell(store), name="inbox-health")

    async def _follow(self, store: Store) -> None:
        seq = await store.read(lambda conn: log_rows.before(conn, utc_now() - SPAN, MOST_READ))
        while True:
            try:
                events = await store.log.after(seq)
            except LogReset:
                seq = store.log.seq
                events = []
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))
                await asyncio.sleep(1.0)
                continue
            self.take(events)
            seq = events[-1].seq if events else await _grown(store.log, seq)

    async def _tell(self, store: Store) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY.total_seconds())
            try:
                await self.tell(store)
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))

    async def tell(self, store: Store) -> None:
        """Log the figures of the inboxes where they changed; not again when another hub just did."""
        found = await store.read(counted)
        fresh = [
            told
            for row, told in zip(found.inboxes, self.now(found, utc_now()), strict=True)
            if told.health != row.health
        ]
        if fresh:
            await store.writer.run(lambda unit: _keep(unit, fresh))


@dataclass(frozen=True)
class Counted:
    """What the store counts of its inboxes."""

    inboxes: list[rows.Inbox]
    held: Mapping[str, int]
    unparsed: Mapping[str, int]


def counted(conn: Connection) -> Counted:
    """All inboxes, their replies that wait and their deliveries that were not read."""
    return Counted(inboxes.everything(conn), sends.held(conn), journal.unsettled_counts(conn))


def _keep(unit: Unit, fresh: list[rows.Inbox]) -> None:
    for told in fresh:
        row = inboxes.by_id(unit.conn, told.id)
        if row is None or (row.health.told_at and unit.now - row.health.told_at < TOLD_EVERY * 0.9):
            continue
        figures = {name: getattr(told.health, name) for name in FIGURES}
        inboxes.set_health(unit, row.id, **figures, told_at=whole_ms(unit.now))


async def _grown(log: EventLog, seq: int) -> int:
    """Wait until the log passed ``seq``; the place to read on."""
    await log.beyond(seq)
    return seq


def _share(lags: deque[float], share: float) -> float | None:
    if not lags:
        return None
    ranked = sorted(lags)
    return round(ranked[min(int(len(ranked) * share), len(ranked) - 1)], 1)
