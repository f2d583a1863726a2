"""Deliveries that were not understood or not applied are read again, after a mend."""

import msgspec

from mim_desk.channels.base import RawRequest
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub.ingest import Delivery, IngestResult
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import journal
from mim_desk.hub.store.journal import Kept

AT_ONCE = 200


class Replayed(msgspec.Struct, frozen=True):
    """What a replay brought: messages that are new now, and deliveries that still cannot be read."""

    deliveries: int
    messages: int
    unsettled: int


async def replay(hub: Hub, inbox_id: str) -> Replayed:
    """Read the oldest unsettled deliveries of an inbox once more; signatures were checked when they came."""
    kept = await hub.store.read(lambda conn: journal.unsettled(conn, inbox_id, limit=AT_ONCE))
    results = [await _again(hub, one) for one in kept]
    left = await hub.store.read(lambda conn: journal.unsettled_count(conn, inbox_id))
    return Replayed(len(results), sum(one.new for one in results), left)


async def _again(hub: Hub, kept: Kept) -> IngestResult:
    account = await hub.accounts.account(kept.inbox_id, kept.channel)
    request = RawRequest("POST", "", "", kept.headers, kept.body, kept.received_at)
    parsed = ADAPTERS[kept.channel].parse(account, request)
    again = Delivery(
        kept.inbox_id, kept.channel, kept.body, parsed.events, kept.received_at, kept.headers, replay_of=kept.n
    )
    result: IngestResult = await hub.store.writer.ingest(again)
    return result
