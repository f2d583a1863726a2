"""Simulated providers beside the real desk, in a thread of their own, and what people do there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx

from mim_desk.rehearsal.beside import beside
from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin

T = TypeVar("T")


class Town:
    """Every provider at work, or ``only`` some, each with one person.

    Attributes:
        providers: by channel.
    """

    def __init__(self, only: Collection[str] = ()) -> None:
        self.providers = {kind.channel: kind() for kind in PROVIDERS if not only or kind.channel in only}
        self._loop: asyncio.AbstractEventLoop
        self._closing: asyncio.Event

    def phone(self, channel: str) -> Phone:
        """The phone of this channel's person."""
        return self.providers[channel].phone(Script(f"Person of {channel}", "en", (), channel))

    async def do(self, channel: str, act: Act) -> None:
        """Let the person do something."""
        await self._there(self.phone(channel).do(act))

    async def read(self, channel: str) -> None:
        """Let the person read everything."""
        phone = self.phone(channel)
        await self._there(phone.read(phone.heard[-1]))

    async def connect(self, url: str, token: str) -> None:
        """Connect the brand's account at every provider."""

        async def connected() -> None:
            async with httpx.AsyncClient(base_url=url, timeout=30) as http:
                for provider in self.providers.values():
                    await Admin(http, token, stage()).connect(provider)

        await self._there(connected())

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def live(self, ready: Callable[[], None]) -> None:
        """Until it is closed."""
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        async with at_work(list(self.providers.values())):
            ready()
            await self._closing.wait()

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._closing.set)


@asynccontextmanager
async def opened_town(only: Collection[str] = ()) -> AsyncIterator[Town]:
    """The providers at work until the end of the block."""
    town = Town(only)
    here = asyncio.get_running_loop()
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(beside(lambda: town.live(lambda: here.call_soon_threadsafe(ready.set))))
        await ready.wait()
        try:
            yield town
        finally:
            town.close()
