"""Providers that are asked may call to say that there is something: then they are asked at once, with the word they gave.

The call may reach another hub than the one that asks, so it is told on to all; lost, it costs the usual pause.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import msgspec

from mim_desk.channels.base import Nudge
from mim_desk.hub.broker import Broker

NUDGE: Final = "nudge"


class _Told(msgspec.Struct):
    """A nudge as hubs tell it on; it is about no conversation."""

    inbox_id: str
    word: str
    lasts_s: float
    conversation_id: str = ""


_told = msgspec.json.Decoder(_Told)


@dataclass(slots=True)
class _Known:
    """What was told of one inbox."""

    came: asyncio.Event = field(default_factory=asyncio.Event)
    word: str = ""
    until: float = 0.0


class Nudges:
    """The newest nudge of each inbox."""

    def __init__(self, broker: Broker, clock: Callable[[], float] = monotonic) -> None:
        self._broker = broker
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def tell(self, inbox_id: str, nudge: Nudge) -> None:
        """Have the inbox asked at once by the hub that asks."""
        await self._broker.publish_ephemeral(NUDGE, _Told(inbox_id, nudge.word, nudge.lasts_s))

    async def run(self) -> None:
        """Hear of nudges from all hubs; runs as long as the hub."""
        async for kind, payload, _ in self._broker.listen():
            if kind == NUDGE:
                told = _told.decode(payload)
                known = self._of(told.inbox_id)
                known.word, known.until = told.word, self._clock() + told.lasts_s
                known.came.set()

    def word(self, inbox_id: str) -> str:
        """The word to ask with, empty where there is none or its time is over; what comes from now on is news."""
        known = self._of(inbox_id)
        known.came.clear()
        return known.word if self._clock() < known.until else ""

    def refused(self, inbox_id: str, word: str) -> None:
        """A word is not taken: ask without it."""
        known = self._of(inbox_id)
        if known.word == word:
            known.word = ""

    async def wait(self, inbox_id: str, seconds: float) -> None:
        """Wait so long, or until there is news."""
        try:
            async with asyncio.timeout(seconds):
                await self._of(inbox_id).came.wait()
        except TimeoutError:
            return

    def _of(self, inbox_id: str) -> _Known:
        return self._known.setdefault(inbox_id, _Known())
