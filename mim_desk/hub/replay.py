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


async def replay(hub: Hub, inbox_id: str) -> Replayed:
    """Read the oldest unsettled deliveries of an inbox once more; signatures were checked when they came."""
    kept = await hub.store.read(lambda conn: journal.unsettled(conn, inbox_id, limit=AT_ONCE))
    return await _told(hub, inbox_id, [await _again(hub, one) for one in kept])


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
    request = RawRequest("POST", "", "", kept.headers, kept.body, kept.received_at)
    parsed = receiving.read(ADAPTERS[kept.channel], account, request)
    again = Delivery(
        kept.inbox_id, kept.channel, kept.body, parsed.events, kept.received_at, kept.headers, replay_of=kept.n
    )
    result: IngestResult = await hub.store.writer.ingest(again)
    return result
