"""Forgets what is kept no longer: in small pieces, between which the hub goes on with what people write."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from mim_desk.hub.parts import Hub
from mim_desk.hub.store import attachments, retention
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import ms, utc_now

EVERY_S: Final = 3600.0
PAUSE_S: Final = 0.02
UNUSED_UPLOADS_AFTER: Final = timedelta(days=1)
FILES_AT_ONCE: Final = 20
_log = structlog.get_logger("mim_desk.hub.tidying")


async def run(hub: Hub) -> None:
    """Every hour; runs as long as the hub."""
    while True:
        try:
            await tidy(hub.store, utc_now())
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))
        await asyncio.sleep(EVERY_S)


async def tidy(store: Store, now: datetime) -> None:
    """Forget all that is old enough by ``now``."""
    await _piece_by_piece(partial(_uploads, store, ms(now - UNUSED_UPLOADS_AFTER)))
    await _piece_by_piece(partial(_bytes, store))
    await store.writer.run(retention.forget_news)
    await _piece_by_piece(partial(store.writer.run, retention.forget_log))
    after: int | None = 0
    while after is not None:
        after = await store.writer.run(partial(retention.forget_deliveries, after=after))
        await asyncio.sleep(PAUSE_S)


async def _piece_by_piece(piece: Callable[[], Awaitable[bool]]) -> None:
    more = True
    while more:
        more = await piece()
        await asyncio.sleep(PAUSE_S)


async def _uploads(store: Store, older_than_ms: int) -> bool:
    """Uploads that no message took; whether there may be more. Looked for beside the writer, who only deletes."""
    found = await store.read(lambda conn: attachments.unused(conn, older_than_ms, retention.PIECE))
    if found:
        await store.writer.run(lambda unit: attachments.drop_unused(unit, found, older_than_ms))
    return len(found) == retention.PIECE


async def _bytes(store: Store) -> bool:
    """The same of bytes that no attachment names."""
    found = await store.read(lambda conn: attachments.nameless(conn, FILES_AT_ONCE))
    if found:
        await store.writer.run(lambda unit: attachments.drop_nameless(unit, found))
    return len(found) == FILES_AT_ONCE
