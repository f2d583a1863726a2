"""Keeps every inbox asked or connected whose provider does not call us: one hub at a time for each."""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol

import structlog

from mim_desk.channels.base import Account, Polled
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS, DRIVERS
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asking import Asker, PolledAdapter
from mim_desk.hub.connecting import Connector
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import LONG_POLL, Call, new_client
from mim_desk.hub.provider_http import call as call_provider
from mim_desk.hub.store import polls
from mim_desk.hub.store.polls import Askable, Hold
from mim_desk.hub.store.problems import StoreUnavailable

LOOK_S: Final = 10.0
"""What another hub connects, changes or removes is seen within this time; this hub's own doings at once."""
LOOK_ALONE_S: Final = 120.0
STORE_AGAIN_S: Final = 1.0
CLOSING_S: Final = 8.0
MOST_INBOXES: Final = 2000
_log = structlog.get_logger("mim_desk.hub.polling")


@dataclass(frozen=True)
class Pace:
    """How a hold is kept.

    Attributes:
        span_s: after so long without renewal another hub may take over.
        renew_s: so often it is renewed.
        margin_s: so much earlier this hub lets go by itself.
    """

    span_s: float
    renew_s: float
    margin_s: float

    @property
    def span(self) -> timedelta:
        """The span as the store takes it."""
        return timedelta(seconds=self.span_s)


SHARED: Final = Pace(30.0, 8.0, 5.0)
ALONE: Final = Pace(300.0, 100.0, 20.0)
"""Nobody waits for the inboxes of a hub with a file of its own."""


class _Listener(Protocol):
    """Asks for an inbox or keeps it connected, while this hub holds it.

    Attributes:
        is_storing: it is better finished than broken off now.
        is_ending: it ends by itself.
    """

    @property
    def is_storing(self) -> bool: ...

    is_ending: bool

    def end(self) -> None:
        """Go on no more after what is being stored."""
        ...

    async def run(self, held: Hold, *, failing: bool) -> bool:
        """Listen until there is nothing more to be heard; True when another hub took over."""
        ...


@dataclass
class _Asked:
    """An inbox that is being asked or connected.

    Attributes:
        way: settings and sealed secrets it is asked with.
    """

    way: tuple[Any, ...]
    task: "asyncio.Task[None] | None" = None
    asker: _Listener | None = None

    def end(self) -> None:
        """Finish what is being stored, else break off at once."""
        if self.asker is not None and self.asker.is_storing:
            self.asker.end()
        elif self.task is not None:
            self.task.cancel()


class Polling:
    """Watches which inboxes there are and has each asked; several hubs may run one each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._holder = secrets.token_hex(8)
        self._pace = ALONE if hub.settings.is_alone else SHARED
        self._wake = asyncio.Event()
        self._closing = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._asked: dict[str, _Asked] = {}
        self._taken_over: set[str] = set()
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        if any(event.type in ("inbox", "forgotten") for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Ask as long as the hub runs."""
        self._ended.clear()
        try:
            await self._run()
        finally:
            self._ended.set()

    async def _run(self) -> None:
        async with new_client(MOST_INBOXES) as client, asyncio.TaskGroup() as group:
            ask = partial(call_provider, client, patience=LONG_POLL)
            while not self._closing:
                self._wake.clear()
                pause_s = LOOK_ALONE_S if self._hub.settings.is_alone else LOOK_S
                try:
                    await self._look(group, ask)
                except StoreUnavailable as problem:
                    _log.warning("store_unavailable", problem=str(problem))
                    pause_s = STORE_AGAIN_S
                await self._sleep(pause_s)

    async def close(self) -> None:
        """Ask no more; what was answered is stored first."""
        self._closing = True
        self._wake.set()
        tasks = [asked.task for asked in self._asked.values() if asked.task is not None]
        for asked in self._asked.values():
            asked.end()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSING_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):  # whoever is cancelled while closing connections leaves some open
                await self._ended.wait()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _look(self, group: asyncio.TaskGroup, ask: Call) -> None:
        """End the asking of what went or changed, begin that of what is new."""
        found = await self._hub.store.read(polls.askable)
        wanted = {one.inbox.id: one for one in found if _is_listened_for(one.inbox.channel)}
        for inbox_id, asked in list(self._asked.items()):
            one = wanted.get(inbox_id)
            if one is None or _way(one) != asked.way:
                asked.end()
                del self._asked[inbox_id]
        for inbox_id, one in wanted.items():
            if inbox_id not in self._asked and not self._closing:
                asked = self._asked[inbox_id] = _Asked(_way(one))
                asked.task = group.create_task(self._serve(one, asked, ask), name=f"poll-{inbox_id}")

    async def _serve(self, one: Askable, asked: _Asked, ask: Call) -> None:
        """One inbox; what goes wrong with it is tried again soon, and harms no other."""
        try:
            await self._ask(one, asked, ask)
        except Refusal:
            _log.info("inbox_gone", inbox_id=one.inbox.id)
        except Exception as error:  # noqa: BLE001  # one inbox must not end the others
            if isinstance(error, StoreUnavailable):
                _log.warning("store_unavailable", inbox_id=one.inbox.id, problem=str(error))
            else:
                _log.error("asking_failed", inbox_id=one.inbox.id, exc_info=error)
            await asyncio.sleep(STORE_AGAIN_S if isinstance(error, StoreUnavailable) else LOOK_S)
            if self._asked.get(one.inbox.id) is asked:
                del self._asked[one.inbox.id]
                self._wake.set()

    async def _ask(self, one: Askable, asked: _Asked, ask: Call) -> None:
        inbox_id = one.inbox.id
        account = await self._hub.accounts.as_stored(inbox_id)
        asker = self._listener(one.inbox.channel, account, ask)
        if asker is None:
            return
        asked.asker = asker
        goes_on = True
        while goes_on and not asker.is_ending:
            began = asyncio.get_running_loop().time()
            held = await self._hold(inbox_id)
            if held is None:
                await asyncio.sleep(self._pace.renew_s / 4)
            else:
                goes_on = await self._while_held(asker, held, began, failing=one.inbox.health.state == "failing")

    def _listener(self, channel: str, account: Account, ask: Call) -> _Listener | None:
        """What listens for the inbox; None when its provider calls us."""
        if channel in DRIVERS:
            return Connector(self._hub, DRIVERS[channel], ADAPTERS[channel], account)
        adapter = _polled(channel)
        return None if adapter.next_poll(account, "") is None else Asker(self._hub, ask, adapter, account)

    async def _hold(self, inbox_id: str) -> Hold | None:
        """Take the inbox. With a file of its own a hub that comes back does not wait for the one that died."""
        at_once = self._hub.settings.is_alone and inbox_id not in self._taken_over
        span, holder = self._pace.span, self._holder
        held = await self._hub.store.writer.run(lambda unit: polls.hold(unit, inbox_id, holder, span, at_once=at_once))
        self._taken_over.add(inbox_id)
        return held

    async def _while_held(self, asker: _Listener, held: Hold, began: float, *, failing: bool) -> bool:
        """Ask for as long as the hold is kept; True when it was lost, so that it has to be taken again."""
        try:
            async with (
                asyncio.timeout_at(began + self._pace.span_s - self._pace.margin_s) as limit,
                asyncio.TaskGroup() as group,
            ):
                renewing = group.create_task(self._renew(held, limit), name=f"renew-{held.inbox_id}")
                lost = await asker.run(held, failing=failing)
                renewing.cancel()
        except TimeoutError:
            lost = True
        finally:
            await self._release(held)
        if lost:
            _log.info("hold_lost", inbox_id=held.inbox_id)
        return lost

    async def _renew(self, held: Hold, limit: asyncio.Timeout) -> None:
        """Keep the hold; when that fails for too long the limit ends the asking before another hub begins."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._pace.renew_s)
            began = loop.time()
            try:
                kept = await self._hub.store.writer.run(lambda unit: polls.renew(unit, held, self._pace.span))
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", inbox_id=held.inbox_id, problem=str(problem))
                continue
            if not limit.expired():
                limit.reschedule(began + self._pace.span_s - self._pace.margin_s if kept else loop.time())

    async def _release(self, held: Hold) -> None:
        try:
            await self._hub.store.writer.run(lambda unit: polls.release(unit, held))
        except StoreUnavailable:
            _log.info("hold_not_released", inbox_id=held.inbox_id)


def _way(one: Askable) -> tuple[Any, ...]:
    return one.inbox.channel, one.inbox.settings, one.sealed


def _is_listened_for(channel: str) -> bool:
    return channel in DRIVERS or isinstance(ADAPTERS.get(channel), Polled)


def _polled(channel: str) -> PolledAdapter:
    adapter = ADAPTERS[channel]
    assert offers(adapter, Polled)
    return adapter
