"""Takes in what an inbox's provider told when asked or over a held connection, and shows how the inbox does."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

import structlog

from mim_desk.channels.base import Account, Action, Adapter, Poll, RawRequest, Refused, Unknown
from mim_desk.hub import receiving
from mim_desk.hub.deliveries import Delivery
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import inboxes, polls
from mim_desk.hub.store.polls import Advance, Hold, Overtaken
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit

LONGEST_WAIT_S: Final = 60.0
SAID_AFTER: Final = {Action.RETRY: 4}
"""So many refusals in a row are shown as the inbox's health: more of what often passes by itself."""
SAID_AFTER_OTHERS: Final = 2
_log = structlog.get_logger("mim_desk.hub.intake")


class InboxIntake:
    """The hub's side of one inbox while this hub holds it.

    Attributes:
        is_storing: whether something is on its way into the store now, which is better finished than broken off.
        is_failing: whether the inbox's health has to be set right once it works.
    """

    def __init__(self, hub: Hub, adapter: Adapter, account: Account, held: Hold, *, failing: bool) -> None:
        self._hub = hub
        self._adapter = adapter
        self._account = account
        self._held = held
        self._failures = 0
        self._storing = 0
        self.cursor = held.cursor
        self.is_failing = failing

    @property
    def is_storing(self) -> bool:
        return self._storing > 0

    async def store(self, news: Poll) -> None:
        """Store the items, then the place to go on from with the last of them; Overtaken when another hub has the say.

        A hub that dies in between is given the items again, which are known then.
        """
        self._storing += 1
        try:
            await self._take(news.items[:-1])
            await self._hub.points.reach("poll.before_cursor")
            advance = Advance(self._held, news.cursor) if news.cursor != self.cursor else None
            if news.items:
                await self._take(news.items[-1:], advance)
                self._hub.metrics.deliveries.labels(self._adapter.channel, "stored").inc(len(news.items))
            elif advance is not None:
                await self._hub.store.writer.run(lambda unit: _advance(unit, advance))
            self.cursor = news.cursor
            await self._hub.points.reach("poll.after_cursor")
        finally:
            self._storing -= 1

    async def works(self) -> None:
        """The provider answers: what was said of the inbox is over, and the next trouble is the first again."""
        self._failures = 0
        if self.is_failing:
            self.is_failing = not await self.say("ok", "")

    async def refused(self, told: Refused) -> None:
        """Say so where it has lasted, and wait as long as is right before the next try."""
        self._failures += 1
        says = self._failures >= SAID_AFTER.get(told.action, SAID_AFTER_OTHERS)
        said = says and await self.say("failing", told.reason)
        self.is_failing = self.is_failing or said
        _log.info(
            "intake_refused", inbox_id=self._account.inbox_id, code=told.code, action=told.action.value, said=said
        )
        await self.wait(told.retry_after_s)

    async def wait(self, asked_s: float | None = None) -> None:
        """Wait as long as was asked, else longer with each failure."""
        ceiling = min(LONGEST_WAIT_S, 2.0 ** min(self._failures, 10))
        wait_s = asked_s if asked_s is not None else ceiling
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0) if asked_s is None else wait_s)  # noqa: S311  # spreads load

    async def say(self, state: str, reason: str) -> bool:
        """Show how the inbox does; whether that could be stored."""
        inbox_id = self._account.inbox_id
        try:
            await self._hub.store.writer.run(lambda unit: _set_health(unit, inbox_id, state, reason))
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", inbox_id=inbox_id, problem=str(problem))
            return False
        return True

    async def _take(self, items: Sequence[bytes], advance: Advance | None = None) -> None:
        """Store the items in their order; what cannot be stored as what it says is kept as it came."""
        now = utc_now()
        requests = [RawRequest("POST", "", "", {}, item, now) for item in items]
        taking = [receiving.take(self._hub, self._adapter, self._account, one, advance) for one in requests]
        for request, problem in zip(requests, await asyncio.gather(*taking, return_exceptions=True), strict=True):
            if isinstance(problem, StoreUnavailable | Overtaken):
                raise problem
            if isinstance(problem, Exception):
                _log.error("item_not_applied", inbox_id=self._account.inbox_id, exc_info=problem)
                await self._keep(request, type(problem).__name__, advance)

    async def _keep(self, request: RawRequest, problem: str, advance: Advance | None) -> None:
        events = (Unknown("item", problem),)
        inbox_id, channel = self._account.inbox_id, self._adapter.channel
        kept = Delivery(inbox_id, channel, request.body, events, request.received_at, advance=advance)
        await self._hub.store.writer.ingest(kept)


def _advance(unit: Unit, to: Advance) -> None:
    if not polls.advance(unit, to.held, to.cursor):
        raise Overtaken(to.held.inbox_id)


def _set_health(unit: Unit, inbox_id: str, state: str, reason: str) -> None:
    inbox = inboxes.by_id(unit.conn, inbox_id)
    if inbox is None or inbox.health.state == "paused":
        return
    if state == "ok" and inbox.health.state != "failing":
        return
    inboxes.set_health(unit, inbox_id, state=state, reason=reason)
