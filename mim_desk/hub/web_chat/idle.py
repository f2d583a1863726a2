"""Conversations in which nobody wrote for long are resolved, where the inbox says so; the page tells the visitor."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from mim_desk.domain.conversation import Status, WaitingOn
from mim_desk.domain.message import AuthorType
from mim_desk.hub.store import conversation_rows, conversations, driver, inboxes
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

IDLE: Final = "idle"
"""The reason of the system line."""
_EVERY_S: Final = 60.0
_AT_ONCE: Final = 50
_log = structlog.get_logger("mim_desk.hub.web_chat.idle")


async def run(store: Store, now: Callable[[], datetime]) -> None:
    """Look once a minute; runs as long as the hub."""
    while True:
        try:
            await close_idle(store, now())
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))
        await asyncio.sleep(_EVERY_S)


async def close_idle(store: Store, now: datetime) -> int:
    """Resolve what is idle at ``now``; how many there were."""
    found = await store.read(partial(_idle, now=now))
    for one, before in found:
        await store.writer.run(partial(_close, conversation_id=one, before=before))
    return len(found)


def _idle(conn: Connection, now: datetime) -> list[tuple[str, datetime]]:
    """Conversations whose last word is the brand's and older than their inbox wants, each with that time."""
    text = (
        "SELECT id FROM conversations WHERE status = 'open' AND inbox_id = ? AND waiting_since IS NULL"
        " AND last_activity_at < ? ORDER BY last_activity_at LIMIT ?"
    )
    found: list[tuple[str, datetime]] = []
    for inbox in inboxes.everything(conn):
        hours = inbox.settings.get("close_after_hours")
        if inbox.channel == "web_chat" and isinstance(hours, int) and hours > 0:
            before = now - timedelta(hours=hours)
            found += [(one, before) for (one,) in driver.rows(conn, text, (inbox.id, ms(before), _AT_ONCE))]
    return found


def _close(unit: Unit, conversation_id: str, before: datetime) -> None:
    row = conversation_rows.locked(unit, conversation_id)
    active = row.last_activity_at or row.created_at
    waits = row.waiting_since is not None or row.waiting_on is WaitingOn.THIRD_PARTY
    if row.status is not Status.OPEN or waits or active >= before:
        return
    resolved = api.ConversationPatch(status=Status.RESOLVED, reason=IDLE)
    conversations.patch(unit, conversation_id, resolved, None, rows.Author(AuthorType.SYSTEM))
