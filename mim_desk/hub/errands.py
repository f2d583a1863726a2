"""Calls that follow a delivery, such as *the button was seen*: each once, nothing depends on them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from mim_desk.channels.base import Account, Adapter, Request, Response
from mim_desk.hub.account_tokens import AccountTokens
from mim_desk.hub.provider_http import Call

MOST_WAITING: Final = 500
AT_ONCE: Final = 4
_log = structlog.get_logger("mim_desk.hub.errands")


class Purpose(Protocol):
    """What a call is made for, where its answer matters."""

    async def is_open(self) -> bool:
        """Whether the call is still needed when its turn comes."""
        ...

    async def answered(self, response: Response) -> None:
        """Use what the provider answered, which was a success."""
        ...


class Errands:
    """Makes these calls in the background; what is too much or fails is left."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[Adapter, Account, Request, Purpose | None]] = asyncio.Queue(MOST_WAITING)
        self._works: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(MOST_WAITING)

    def take(self, adapter: Adapter, account: Account, request: Request, purpose: Purpose | None = None) -> None:
        """Have a call made soon."""
        try:
            self._waiting.put_nowait((adapter, account, request, purpose))
        except asyncio.QueueFull:
            _log.warning("errand_left", channel=adapter.channel, problem="too many are waiting")

    async def run(self, tokens: AccountTokens, call: Call) -> None:
        """Make the calls; runs as long as the hub."""
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                group.create_task(self._go(tokens, call), name=f"errands-{number}")
            group.create_task(self._work(), name="errands-work")

    def later(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have something done soon that is no single call; it is left like these where too much waits."""
        try:
            self._works.put_nowait(work)
        except asyncio.QueueFull:
            _log.warning("errand_left", channel="", problem="too many are waiting")

    async def _work(self) -> None:
        while True:
            work = await self._works.get()
            try:
                await work()
            except Exception as error:  # noqa: BLE001  # one must not end the others
                _log.error("errand_failed", channel="", exc_info=error)

    async def _go(self, tokens: AccountTokens, call: Call) -> None:
        while True:
            adapter, account, request, purpose = await self._waiting.get()
            try:
                if purpose is not None and not await purpose.is_open():
                    continue
                answer = await tokens.call(adapter, account, request, call)
                if not (isinstance(answer, Response) and 200 <= answer.status < 300):
                    status = answer.status if isinstance(answer, Response) else 0
                    _log.info("errand_not_taken", channel=adapter.channel, status=status)
                elif purpose is not None:
                    await purpose.answered(answer)
            except Exception as error:  # noqa: BLE001  # one call must not end the others
                _log.error("errand_failed", channel=adapter.channel, exc_info=error)
