"""The connections that this hub holds to providers, and calls that leave by drivers instead of HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from mim_desk.channels.base import Account, InDoubt, NeverLeft, Request, Response
from mim_desk.channels.connection import Driver
from mim_desk.channels.registry import DRIVERS
from mim_desk.hub.failpoints import FailPoints
from mim_desk.hub.provider_http import LONGEST_CALL_S
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.connection import Connection

_Answer = Response | NeverLeft | InDoubt
NOBODY: Final[Mapping[str, Driver]] = {}


class Connections:
    """Drivers by inbox.

    Attributes:
        here: those connected now; replaced, never changed, since the writer reads it.
    """

    def __init__(self) -> None:
        self.here: Mapping[str, Driver] = NOBODY
        self._on_new: list[Callable[[], None]] = []

    def on_new(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever an inbox is connected."""
        self._on_new.append(listener)

    @property
    def any_to_send_over(self) -> bool:
        """Whether replies wait for this hub because it holds the connection they leave over."""
        return any(driver.sends_over_connection for driver in self.here.values())

    def add(self, inbox_id: str, driver: Driver) -> None:
        """An inbox is connected."""
        self.here = {**self.here, inbox_id: driver}
        for listener in self._on_new:
            listener()

    def remove(self, inbox_id: str, driver: Driver) -> None:
        """That connection is over."""
        if self.here.get(inbox_id) is driver:
            self.here = {known: one for known, one in self.here.items() if known != inbox_id}

    async def send(self, make: type[Driver], account: Account, request: Request, points: FailPoints) -> _Answer:
        """Make one call of a reply by the account's driver."""
        driver = self.here.get(account.inbox_id)
        if driver is None and make.sends_over_connection:
            return NeverLeft("not-connected")
        answer = await _in_time((driver or make(account)).send(request))
        await points.reach("send.after_bytes")
        return answer

    async def probe(self, make: type[Driver], account: Account, request: Request) -> _Answer:
        """Try an account out that is not saved yet."""
        return await _in_time(make(account).probe(request))


async def _in_time(answering: Awaitable[_Answer]) -> _Answer:
    try:
        async with asyncio.timeout(LONGEST_CALL_S):
            return await answering
    except TimeoutError as problem:
        return InDoubt(type(problem).__name__)


def elsewhere(conn: Connection, here: Collection[str], drivers: Mapping[str, type[Driver]] = DRIVERS) -> list[str]:
    """Inboxes whose replies leave over a connection that this hub does not have: they wait for who has it."""
    held = {channel for channel, driver in drivers.items() if driver.sends_over_connection}
    if not held:
        return []
    return [inbox.id for inbox in inboxes.everything(conn) if inbox.channel in held and inbox.id not in here]
