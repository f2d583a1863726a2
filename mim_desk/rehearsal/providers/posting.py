"""How a provider's news reaches the hub: signed, in batches, and as unreliably as the internet makes it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

_log = logging.getLogger(__name__)

RETRIES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""Real providers wait from seconds to hours between their attempts; a rehearsal has no such time."""


@dataclass(frozen=True)
class Mischief:
    """What befalls deliveries; the same seed brings the same.

    Attributes:
        twice: share of deliveries that come again.
        held: share of news that waits up to ``held_s``, so that what came later overtakes it.
        gathers_s: how long the first of a batch waits for others.
        late: share of answers that come only after all receipts and echoes of what was sent.
    """

    seed: int = 0
    twice: float = 0.0
    held: float = 0.0
    held_s: float = 0.0
    gathers_s: float = 0.0
    late: float = 0.0


CALM: Final = Mischief()
UNRULY: Final = Mischief(seed=7, twice=0.3, held=0.4, held_s=0.4, gathers_s=0.05, late=0.5)


@dataclass(frozen=True)
class Delivery:
    """One call of the hub's webhook.

    Attributes:
        again: the same, where a repeated one says that it is one.
        wants: what it must be answered with, where not every answer will do.
    """

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    again: "Delivery | None" = None
    wants: tuple[bytes, ...] = ()


Envelope = Callable[[Sequence[Any]], Sequence[Delivery]]
"""Writes and signs the calls that carry some news."""


class Poster:
    """Brings news to the hub; what is not taken is brought again.

    Attributes:
        mischief: what befalls them.
        posted: how often a call was made.
        given_up: calls that were never taken.
    """

    def __init__(self, envelope: Envelope, mischief: Mischief, *, most: int = 1) -> None:
        self.posted = 0
        self.given_up: list[Delivery] = []
        self._envelope = envelope
        self.mischief = mischief
        self._most = most
        self._dice = Random(mischief.seed)  # noqa: S311  # a game, no secret
        self._news: asyncio.Queue[Any] = asyncio.Queue()
        self._left = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def post(self, news: Any, after_s: float = 0.0) -> None:
        """Have it brought."""
        self._count(1)
        if self._dice.random() < self.mischief.held:
            after_s += self._dice.uniform(0, self.mischief.held_s)
        if after_s:
            asyncio.get_running_loop().call_later(after_s, self._news.put_nowait, news)
        else:
            self._news.put_nowait(news)

    async def emptied(self) -> None:
        """Returns once everything was taken or given up."""
        await self._idle.wait()

    async def work(self, http: httpx.AsyncClient) -> None:
        """Bring news until cancelled: one call after another, or beside each other where mischief is on."""
        async with asyncio.TaskGroup() as group:
            while True:
                for delivery in await self._next():
                    if self.mischief == CALM:
                        await self._bring(http, delivery)
                    else:
                        group.create_task(self._bring(http, delivery))

    async def _next(self) -> list[Delivery]:
        batch = [await self._news.get()]
        if self._most > 1:
            await asyncio.sleep(self.mischief.gathers_s)
        while len(batch) < self._most and not self._news.empty():
            batch.append(self._news.get_nowait())
        if self.mischief != CALM:
            self._dice.shuffle(batch)
        calls = list(self._envelope(batch))
        calls += [call.again or call for call in calls if self._dice.random() < self.mischief.twice]
        self._count(len(calls) - len(batch))
        return calls

    def _count(self, more: int) -> None:
        self._left += more
        (self._idle.clear if self._left else self._idle.set)()

    async def _bring(self, http: httpx.AsyncClient, delivery: Delivery) -> None:
        for pause in (*RETRIES_S, None):
            if await self._taken(http, delivery):
                break
            delivery = delivery.again or delivery
            if pause is None:
                self.given_up.append(delivery)
                _log.warning("the hub never took a delivery to %s", delivery.url)
            else:
                await asyncio.sleep(pause)
        self._count(-1)

    async def _taken(self, http: httpx.AsyncClient, delivery: Delivery) -> bool:
        self.posted += 1
        try:
            answer = await http.post(delivery.url, content=delivery.body, headers=dict(delivery.headers))
        except httpx.TransportError:
            return False
        return answer.is_success and (not delivery.wants or answer.content in delivery.wants)
