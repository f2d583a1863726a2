"""How the hub does: readiness, and the figures of the moment for /metrics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from mim_desk.hub.parts import Hub
from mim_desk.hub.store import inboxes, journal, log_rows, probe, sends
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now


class Readiness(msgspec.Struct, frozen=True):
    """GET /readyz."""

    ready: bool
    reason: str = ""
    seq: int = 0


async def readiness(hub: Hub) -> Readiness:
    """Whether the store takes writes now: asked by a small change through the writer."""
    try:
        await hub.store.writer.run(probe.write)
        head = await hub.store.read(log_rows.head)
    except StoreUnavailable as problem:
        return Readiness(ready=False, reason=str(problem))
    return Readiness(ready=True, seq=head.seq)


async def measured(hub: Hub) -> bytes:
    """All figures, those of the moment read just now."""
    metrics = hub.metrics
    metrics.log_seq.set(hub.store.log.seq)
    metrics.readers.set(len(hub.streams.readers))
    metrics.cut_off.set(hub.streams.cut_off)
    backlog = await hub.store.read(_backlog)
    metrics.sends_waiting.set(backlog.sends)
    metrics.oldest_send.set((utc_now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0)
    for channel, count in backlog.unsettled.items():
        metrics.unsettled.labels(channel).set(count)
    return metrics.text()


@dataclass(frozen=True)
class Backlog:
    """What waits: replies not sent, since when, and deliveries to look at by channel."""

    sends: int
    oldest: datetime | None
    unsettled: Mapping[str, int]


def _backlog(conn: Connection) -> Backlog:
    unsettled: Counter[str] = Counter()
    for inbox in inboxes.everything(conn):
        unsettled[inbox.channel] += journal.unsettled_count(conn, inbox.id)
    return Backlog(sends.unfinished(conn), sends.oldest_queued(conn), unsettled)
