"""Texts that certainly did not arrive, for a reason that passes by itself, are sent again: later, and a few times at most.

Each try is a reply of its own under an id made of the failed one's, so that no hub sends it twice. It is left to the
agent when anything was said since, the conversation was resolved, or the hub slept through the time for it.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import structlog

from mim_desk.channels.again import Again, SendsAgain
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import conversation_rows, driver, inboxes, message_rows, replies
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import moment, ms, utc_now
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

LATEST: Final = timedelta(hours=12)
"""So long after the failure nothing is sent by itself any more."""
_STORE_AGAIN: Final = timedelta(seconds=30)
_MOST_BEFORE: Final = 50
_KEYS: Final = UUID("a8c2b0f4-3f0e-5a53-8a6f-6d0f5f6b7c21")
_FAILED: Final = b'"status":"failed"'
_log = structlog.get_logger("mim_desk.hub.sent_again")


def next_id(message_id: str) -> str:
    """The id of the reply that is sent in place of a failed one."""
    return str(uuid5(_KEYS, message_id))


class LaterTries:
    """Knows when which failed text is due; runs as long as the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._wake = asyncio.Event()
        self._failed: list[str] = []
        self._due: dict[str, datetime] = {}
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        found = [one.row_id for one in events if one.type == "message" and _FAILED in one.payload]
        if found:
            self._failed += found
            self._wake.set()

    async def run(self) -> None:
        """Send what is due; runs as long as the hub."""
        self._failed += await self._hub.store.read(failed_lately)
        while True:
            self._wake.clear()
            try:
                await self._plan()
                for message_id in [one for one, at in self._due.items() if at <= utc_now()]:
                    await self._hub.store.writer.run(partial(send, message_id=message_id))
                    del self._due[message_id]
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))
                await asyncio.sleep(_STORE_AGAIN.total_seconds())
                continue
            soonest = min(self._due.values(), default=utc_now() + LATEST)
            try:
                async with asyncio.timeout(max((soonest - utc_now()).total_seconds(), 0.0)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _plan(self) -> None:
        while self._failed:
            message_id = self._failed[-1]
            found = await self._hub.store.read(partial(plan, message_id=message_id))
            if found is not None:
                self._due[message_id] = found.at
            self._failed.remove(message_id)


@dataclass(frozen=True, slots=True)
class Plan:
    """A failed text and when it is sent again."""

    message: rows.Message
    failed_at: datetime
    at: datetime


def failed_lately(conn: Connection) -> list[str]:
    """Replies that failed so lately that they may still be sent again."""
    text = "SELECT message_id FROM delivery_times WHERE status IN ('failed', 'unknown') AND status = ? AND at > ?"
    values = (DeliveryStatus.FAILED.value, ms(utc_now() - LATEST))
    return [message_id for (message_id,) in driver.rows(conn, text, values)]


def plan(conn: Connection, message_id: str) -> Plan | None:
    """When a failed reply is sent again; None where it is not."""
    message = message_rows.by_id(conn, message_id)
    again = _again(conn, message) if message is not None else None
    text = "SELECT at FROM delivery_times WHERE message_id = ? AND status = ?"
    found = driver.row(conn, text, (message_id, DeliveryStatus.FAILED.value))
    if message is None or again is None or found is None or _tries_before(conn, message) >= again.most:
        return None
    failed_at = moment(found[0])
    return Plan(message, failed_at, failed_at + again.after)


def _again(conn: Connection, message: rows.Message) -> Again | None:
    """What the channel says of its failure, if it is a text of one part."""
    if message.kind is not MessageKind.REPLY or message.deleted_at or message.delivery is None:
        return None
    is_text = bool(message.text) and not (message.attachments or message.buttons or message.template)
    if message.delivery.status is not DeliveryStatus.FAILED or not is_text:
        return None
    inbox = inboxes.by_id(conn, message.inbox_id)
    adapter: object = ADAPTERS.get(inbox.channel) if inbox else None
    if not offers(adapter, SendsAgain) or len(message_rows.external_ids(conn, message)) > 1:
        return None
    return adapter.sent_again(message.delivery.code)


def _tries_before(conn: Connection, message: rows.Message) -> int:
    """How often the text was sent before under other ids."""
    found = driver.rows(
        conn,
        "SELECT id FROM messages WHERE conversation_id = ? AND kind = 'reply'"
        " AND n < (SELECT n FROM messages WHERE id = ?) ORDER BY n DESC LIMIT ?",
        (message.conversation_id, message.id, _MOST_BEFORE),
    )
    tries, at = 0, message.id
    for (earlier,) in found:
        if next_id(earlier) == at:
            tries, at = tries + 1, earlier
    return tries


def send(unit: Unit, message_id: str) -> bool:
    """Send a failed text again, if it is time and nothing came between; whether it was queued."""
    found = plan(unit.conn, message_id)
    if found is None or not found.at <= unit.now <= found.failed_at + LATEST or _moved_on(unit.conn, found):
        return False
    message = found.message
    new = api.NewMessage(next_id(message.id), text=message.text, inbox_id=message.inbox_id, reply_to=message.reply_to)
    inbox = inboxes.by_id(unit.conn, message.inbox_id)
    keyed = inbox is not None and ADAPTERS[inbox.channel].keyed
    try:
        return replies.add_reply(unit, message.conversation_id, new, message.author, keyed=keyed).is_new
    except Refusal:
        return False  # they said stop, or the window closed: the reply stays failed, for the agent to see


def _moved_on(conn: Connection, found: Plan) -> bool:
    """Whether anybody said something since, or the conversation was resolved after the failure."""
    message = found.message
    later = driver.row(
        conn,
        "SELECT 1 FROM messages WHERE conversation_id = ? AND kind IN ('reply', 'incoming')"
        " AND n > (SELECT n FROM messages WHERE id = ?) LIMIT 1",
        (message.conversation_id, message.id),
    )
    conversation = conversation_rows.by_id(conn, message.conversation_id)
    resolved_at = conversation.resolved_at if conversation else None
    return later is not None or (resolved_at is not None and resolved_at > found.failed_at)
