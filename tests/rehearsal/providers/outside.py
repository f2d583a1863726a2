"""The hub's side of a simulated provider, in tests of the provider alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.providers.wire import Answer, Call, serving
from mim_desk.rehearsal.scripts import Act, Script


@dataclass
class Hook:
    """A webhook that keeps what came.

    Attributes:
        answers: given in turn, then 200.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else Answer()

    async def until(self, number: int) -> list[Call]:
        """The calls, once there are so many."""
        async with asyncio.timeout(30):
            while len(self.calls) < number:
                await asyncio.sleep(0.01)
        return self.calls


@asynccontextmanager
async def outside(*providers: Provider, hook: Hook | None = None) -> AsyncIterator[tuple[httpx.AsyncClient, Hook]]:
    """The providers at work, a client with the first one's address, and a webhook that is not yet connected."""
    hook = hook or Hook()
    async with serving({"hook": hook.answer}) as address, at_work(providers):
        hook.url = f"{address}/hook"
        async with httpx.AsyncClient(base_url=providers[0].address) as client:
            yield client, hook


def script_of(name: str, channel: str, *says: str | Act, locale: str = "en", **more: Any) -> Script:
    """A person who says nothing by themselves."""
    return Script(name, locale, (), channel, **more)


def texts(*said: str) -> Sequence[Act]:
    """Plain words."""
    return [Act(text=one) for one in said]
