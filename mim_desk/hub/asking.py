"""Asks the provider of one inbox for what is new, again and again, and stores what it says before it asks on."""

import asyncio
import random
from collections.abc import Sequence
from time import monotonic
from typing import Final, Protocol

import structlog

from mim_desk.channels.base import (
    Account,
    Action,
    Adapter,
    Poll,
    Polled,
    RawRequest,
    Refused,
    Request,
    Response,
    Unknown,
)
from mim_desk.hub import receiving
from mim_desk.hub.deliveries import Delivery
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import Call
from mim_desk.hub.store import inboxes, polls
from mim_desk.hub.store.polls import Hold
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit

LONGEST_WAIT_S: Final = 60.0
QUICK_S: Final = 0.5
"""At least as long as this from an answer without news to the next question."""
SAID_AFTER: Final = {Action.RETRY: 4}
"""So many refusals in a row are shown as the inbox's health: more of what often passes by itself."""
SAID_AFTER_OTHERS: Final = 2
_UNREACHABLE: Final = Refused(Action.RETRY, "The channel could not be reached; trying again.", "unreachable")
_UNREADABLE: Final = Refused(Action.RETRY, "The channel's answer could not be read; trying again.", "unreadable")
_log = structlog.get_logger("mim_desk.hub.asking")


class PolledAdapter(Adapter, Polled, Protocol):
    """An adapter whose provider is asked."""


class Asker:
    """Asks for one inbox while this hub holds it.

    Attributes:
        is_storing: whether an answer is on its way into the store now, which is better finished than broken off.
        is_ending: nothing more is asked.
    """

    def __init__(self, hub: Hub, call: Call, adapter: PolledAdapter, account: Account) -> None:
        self._hub = hub
        self._call = call
        self._adapter = adapter
        self._account = account
        self._failures = 0
        self.is_ending = False
        self.is_storing = False

    def end(self) -> None:
        """Ask no more once what is being stored is stored."""
        self.is_ending = True

    async def run(self, held: Hold, *, failing: bool) -> bool:
        """Ask until there is nothing more to be asked; True when another hub took over.

        ``failing`` says whether the inbox's health has to be set right by the first good answer.
        """
        cursor = held.cursor
        while not self.is_ending:
            began = monotonic()
            request = self._adapter.next_poll(self._account, cursor)
            if request is None:
                return False
            told = await self._asked(request, cursor)
            if isinstance(told, Refused):
                if told.action is Action.SETTINGS:
                    await self._say("paused", told.reason)
                    return False
                failing = await self._refused(told) or failing
                continue
            try:
                if not await self._stored(told, held, cursor):
                    return True
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", inbox_id=self._account.inbox_id, problem=str(problem))
                await self._wait(None)
                continue
            cursor, self._failures = told.cursor, 0
            if failing:
                failing = not await self._say("ok", "")
            least_s = 0.0 if told.items else QUICK_S - (monotonic() - began)
            await asyncio.sleep(max(told.wait_s, least_s, 0.0))
        return False

    async def _asked(self, request: Request, cursor: str) -> Poll | Refused:
        answer = await self._hub.account_tokens.call(self._adapter, self._account, request, self._call)
        if isinstance(answer, Refused):
            return answer
        if not isinstance(answer, Response):
            return _UNREACHABLE
        await self._hub.points.reach("poll.after_answer")
        try:
            return self._adapter.read_poll(self._account, cursor, answer)
        except Exception as error:  # noqa: BLE001  # foreign bytes must never end the asking
            inbox_id = self._account.inbox_id
            _log.error("adapter_failed", channel=self._adapter.channel, inbox_id=inbox_id, exc_info=error)
            return _UNREADABLE

    async def _refused(self, told: Refused) -> bool:
        """Wait as long as is right; whether the inbox is failing now."""
        self._failures += 1
        says = self._failures >= SAID_AFTER.get(told.action, SAID_AFTER_OTHERS)
        said = says and await self._say("failing", told.reason)
        _log.info("poll_refused", inbox_id=self._account.inbox_id, code=told.code, action=told.action.value, said=says)
        await self._wait(told.retry_after_s)
        return said

    async def _wait(self, asked_s: float | None) -> None:
        ceiling = min(LONGEST_WAIT_S, 2.0 ** min(self._failures, 10))
        wait_s = asked_s if asked_s is not None else ceiling
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0) if asked_s is None else wait_s)  # noqa: S311  # spreads load

    async def _stored(self, told: Poll, held: Hold, cursor: str) -> bool:
        """Store the items, then the place to ask on; whether this hub still had the say.

        A hub that dies in between is given the items again, which are known then.
        """
        self.is_storing = True
        try:
            if told.items:
                await self._take(told.items)
                self._hub.metrics.deliveries.labels(self._adapter.channel, "stored").inc(len(told.items))
            await self._hub.points.reach("poll.before_cursor")
            if told.cursor == cursor:
                return True
            moved = await self._hub.store.writer.run(lambda unit: polls.advance(unit, held, told.cursor))
            await self._hub.points.reach("poll.after_cursor")
            return moved
        finally:
            self.is_storing = False

    async def _take(self, items: Sequence[bytes]) -> None:
        """Store the items in their order; what cannot be stored as what it says is kept as it came."""
        now = utc_now()
        requests = [RawRequest("POST", "", "", {}, item, now) for item in items]
        taking = [receiving.take(self._hub, self._adapter, self._account, request) for request in requests]
        for request, problem in zip(requests, await asyncio.gather(*taking, return_exceptions=True), strict=True):
            if isinstance(problem, StoreUnavailable):
                raise problem
            if isinstance(problem, Exception):
                _log.error("item_not_applied", inbox_id=self._account.inbox_id, exc_info=problem)
                await self._keep(request, type(problem).__name__)

    async def _keep(self, request: RawRequest, problem: str) -> None:
        events = (Unknown("item", problem),)
        kept = Delivery(self._account.inbox_id, self._adapter.channel, request.body, events, request.received_at)
        await self._hub.store.writer.ingest(kept)

    async def _say(self, state: str, reason: str) -> bool:
        """Show how the inbox does; whether that could be stored."""
        inbox_id = self._account.inbox_id
        try:
            await self._hub.store.writer.run(lambda unit: _set_health(unit, inbox_id, state, reason))
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", inbox_id=inbox_id, problem=str(problem))
            return False
        return True


def _set_health(unit: Unit, inbox_id: str, state: str, reason: str) -> None:
    inbox = inboxes.by_id(unit.conn, inbox_id)
    if inbox is None or inbox.health.state == "paused":
        return
    if state == "ok" and inbox.health.state != "failing":
        return
    inboxes.set_health(unit, inbox_id, state=state, reason=reason)
