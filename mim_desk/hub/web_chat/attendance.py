"""Whether somebody's desk is connected: to this hub, or to another of the same workspace."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

import msgspec

from mim_desk.hub.broker import Broker

ATTENDED: Final = "attended"
_TOLD_EVERY_S: Final = 15.0
_HOLDS_S: Final = 60.0


class Attended(msgspec.Struct, frozen=True):
    """Said between hubs: a desk is connected to the one that says it."""

    conversation_id: str = ""


class Attendance:
    """Knows it for this hub, tells the others and hears of theirs."""

    def __init__(self, broker: Broker, desks: Callable[[], int], clock: Callable[[], float] = monotonic) -> None:
        self._broker = broker
        self._desks = desks
        self._clock = clock
        self._heard_at = -_HOLDS_S

    @property
    def is_attended(self) -> bool:
        """Whether somebody could see a message come in."""
        return self._desks() > 0 or self._clock() - self._heard_at < _HOLDS_S

    def heard(self) -> None:
        """Another hub has a desk, or this one had a moment ago: a desk that reconnects is not away."""
        self._heard_at = self._clock()

    async def run(self) -> None:
        """Tell the others; runs as long as the hub."""
        while True:
            if self._desks():
                await self._broker.publish_ephemeral(ATTENDED, Attended())
            await asyncio.sleep(_TOLD_EVERY_S)
