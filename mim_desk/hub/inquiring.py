"""Asks providers what became of sends in doubt, where they list what they took: to settle them, never to send again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from mim_desk.channels.base import Outgoing, Receipt, Response
from mim_desk.channels.in_doubt import ListsWhatItTook
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import send_records
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import call
from mim_desk.hub.store import contacts, driver, inboxes, messages
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import ms, utc_now
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

WAITS_S: Final = (1.0, 10.0, 60.0, 600.0, 3600.0)
"""Before each question; after the last the reply is left to the agent."""
LOOKED_BACK: Final = timedelta(days=1)
"""How old what is in doubt may be when the hub starts."""
_IN_DOUBT: Final = b'"status":"unknown"'
_log = structlog.get_logger("mim_desk.hub.inquiring")


class Inquiries:
    """The replies in doubt, each with when it is asked for next and how often it was."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._wake = asyncio.Event()
        self._due: dict[str, tuple[float, int]] = {}
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        found = [one.row_id for one in events if one.type == "message" and _IN_DOUBT in one.payload]
        for message_id in found:
            self._take(message_id)

    def _take(self, message_id: str) -> None:
        self._due.setdefault(message_id, (asyncio.get_running_loop().time() + WAITS_S[0], 0))
        self._wake.set()

    async def run(self) -> None:
        """Ask what is due; runs as long as the hub."""
        for message_id in await self._hub.store.read(_in_doubt):
            self._take(message_id)
        while True:
            self._wake.clear()
            loop = asyncio.get_running_loop()
            for message_id in [one for one, (at, _) in self._due.items() if at <= loop.time()]:
                await self._ask(message_id)
            pause = min((at for at, _ in self._due.values()), default=loop.time() + WAITS_S[-1]) - loop.time()
            try:
                async with asyncio.timeout(max(pause, 0.0)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _ask(self, message_id: str) -> None:
        _, asked = self._due.pop(message_id)
        try:
            is_open = await _asked(self._hub, message_id)
        except (StoreUnavailable, Refusal) as problem:
            _log.info("not_asked", message_id=message_id, problem=str(problem))
            is_open = True
        except Exception as error:  # noqa: BLE001  # one reply must not keep the others from being settled
            _log.error("inquiry_failed", message_id=message_id, exc_info=error)
            is_open = False
        if is_open and asked + 1 < len(WAITS_S):
            self._due[message_id] = (asyncio.get_running_loop().time() + WAITS_S[asked + 1], asked + 1)


def _in_doubt(conn: Connection) -> list[str]:
    """Replies that were left in doubt by the time the hub starts."""
    text = "SELECT message_id FROM delivery_times WHERE status IN ('failed', 'unknown') AND status = ? AND at > ?"
    values = (DeliveryStatus.UNKNOWN.value, ms(utc_now() - LOOKED_BACK))
    return [message_id for (message_id,) in driver.rows(conn, text, values)]


@dataclass(frozen=True, slots=True)
class Question:
    """A reply in doubt, as it was to leave."""

    message: rows.Message
    channel: str
    outgoing: Outgoing


async def _asked(hub: Hub, message_id: str) -> bool:
    """Ask once; whether the reply is still in doubt and may be asked for again."""
    found = await hub.store.read(lambda conn: question(conn, message_id))
    adapter = ADAPTERS.get(found.channel) if found else None
    if found is None or adapter is None or not offers(adapter, ListsWhatItTook):
        return False
    account = await hub.accounts.account(found.message.inbox_id)
    request = adapter.ask_for(account, found.outgoing, found.message.occurred_at)
    answer = await hub.account_tokens.call(adapter, account, request, partial(call, hub.client))
    if not isinstance(answer, Response):
        return True
    told = adapter.found_in(account, found.outgoing, found.message.occurred_at, answer)
    return not await hub.store.writer.run(lambda unit: settled(unit, found.message, told))


def question(conn: Connection, message_id: str) -> Question | None:
    """What is asked of a reply that is still in doubt; None where there is nobody to ask."""
    message = messages.by_id(conn, message_id)
    if message is None or message.delivery is None or message.delivery.status is not DeliveryStatus.UNKNOWN:
        return None
    inbox, contact = inboxes.by_id(conn, message.inbox_id), contacts.by_id(conn, message.contact_id)
    there = contacts.identity_written_to(conn, contact, message) if contact else None
    if inbox is None or there is None or not isinstance(ADAPTERS.get(inbox.channel), ListsWhatItTook):
        return None
    outgoing = send_records.outgoing_of(conn, message, there, utc_now())
    return Question(message, inbox.channel, outgoing)


def settled(unit: Unit, message: rows.Message, told: Sequence[Receipt]) -> bool:
    """Whether one of what the provider took is this reply: the first that is no other reply of ours."""
    now = messages.by_id(unit.conn, message.id)
    if now is None or now.delivery is None or now.delivery.status is not DeliveryStatus.UNKNOWN:
        return True
    for one in told:
        known = messages.id_of(unit.conn, message.inbox_id, one.external_id) if one.external_id else message.id
        if known is None:
            messages.tell(unit, message.inbox_id, message.id, one)
            return True
    return False
