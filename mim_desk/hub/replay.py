"""Deliveries that were not understood or not applied are read again, after a mend."""

from mim_desk.channels.base import RawRequest
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub import receiving
from mim_desk.hub.ingest import Delivery, IngestResult
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import journal
from mim_desk.hub.store.journal import UNSETTLED, Kept
from mim_desk.hub.store.plain_rows import missing
from mim_desk.protocol.api import Replayed

AT_ONCE = 200
"""Deliveries that are held in memory."""


async def replay(hub: Hub, inbox_id: str) -> Replayed:
    """Read all unsettled deliveries of an inbox once more, the oldest first; signatures were checked when they came.

    Those that stay as they are do not stand before the later ones.
    """
    results: list[IngestResult] = []
    kept = await _page(hub, inbox_id, 0)
    while kept:
        results += [await _again(hub, one) for one in kept]
        kept = await _page(hub, inbox_id, kept[-1].n)
    return await _told(hub, inbox_id, results)


async def _page(hub: Hub, inbox_id: str, after: int) -> list[Kept]:
    return await hub.store.read(lambda conn: journal.unsettled(conn, inbox_id, after, AT_ONCE))


async def replay_one(hub: Hub, inbox_id: str, n: int) -> Replayed:
    """Read one delivery once more; one that is settled already stays so."""
    kept = await hub.store.read(lambda conn: journal.by_number(conn, n))
    if kept is None or kept.inbox_id != inbox_id:
        raise missing("delivery")
    return await _told(hub, inbox_id, [await _again(hub, kept)] if kept.state in UNSETTLED else [])


async def _told(hub: Hub, inbox_id: str, results: list[IngestResult]) -> Replayed:
    left = await hub.store.read(lambda conn: journal.unsettled_count(conn, inbox_id))
    return Replayed(len(results), sum(one.new for one in results), left)


async def _again(hub: Hub, kept: Kept) -> IngestResult:
    account = await hub.accounts.account(kept.inbox_id, kept.channel)
    request = RawRequest(
        "POST", "", kept.headers.get(receiving.KEPT_QUERY, ""), kept.headers, kept.body, kept.received_at
    )
    parsed = receiving.read(ADAPTERS[kept.channel], account, request)
    again = Delivery(
        kept.inbox_id, kept.channel, kept.body, parsed.events, kept.received_at, kept.headers, replay_of=kept.n
    )
    result: IngestResult = await hub.store.writer.ingest(again)
    return result
