"""The hub's timers: response clocks that come to their at-risk or due time, and snoozed conversations that wake.

Timers are rows; any replica may fire one, and the key of the fact makes it happen once.
"""

import asyncio
from typing import Final

import structlog

from mim_desk.hub.parts import Hub
from mim_desk.hub.store import conversations, sla
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now

LONGEST_SLEEP_S: Final = 1.0
_log = structlog.get_logger("mim_desk.hub.clocks")


async def run(hub: Hub) -> None:
    """Fire what is due; runs as long as the hub."""
    while True:
        try:
            if await hub.store.read(_is_due):
                await _fire(hub)
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))
        await asyncio.sleep(LONGEST_SLEEP_S)


def _is_due(conn: Connection) -> bool:
    now = utc_now()
    fires, wakes = sla.next_firing(conn), conversations.next_wake(conn)
    return (fires is not None and fires <= now) or (wakes is not None and wakes <= now)


async def _fire(hub: Hub) -> None:
    fired = await hub.store.writer.run(sla.fire)
    for one in fired:
        hub.metrics.clocks.labels(one.clock, one.fact).inc()
        _log.info("clock_fired", conversation_id=one.conversation_id, clock=one.clock, fact=one.fact)
    await hub.store.writer.run(conversations.wake)
