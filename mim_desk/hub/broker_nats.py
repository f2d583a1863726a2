"""Wake-ups over NATS core: nothing is kept there, the log in the database is the truth."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

CONNECTING_S: Final = 1.5
_Told = Callable[[], Awaitable[None]]
_Failed = Callable[[Exception], Awaitable[None]]


class NatsLink:
    """One subject of a NATS server that all hubs of a workspace share.

    Attributes:
        epoch: the log's, so that hubs of other workspaces on the same server are not heard.
    """

    def __init__(self, url: str, epoch: str) -> None:
        self._url = url
        self._subject = f"mim_desk.{epoch}"
        self._client: Client | None = None

    async def run(self, on_message: Callable[[bytes], None], on_ready: Callable[[], None]) -> None:
        """Be connected until the connection is lost."""
        lost = asyncio.Event()
        problems: deque[Exception] = deque(maxlen=1)

        async def closed() -> None:
            lost.set()

        async def failed(problem: Exception) -> None:
            """Told by ``closed`` or by the end of connecting when it matters."""
            problems.append(problem)

        async def came(message: Msg) -> None:
            on_message(message.data)

        self._client = client = await _connected(self._url, closed, failed, problems)
        try:
            await client.subscribe(self._subject, cb=came)
            on_ready()
            await lost.wait()
        finally:
            self._client = None
            await client.close()

    async def send(self, message: bytes) -> None:
        """Publish; without a connection the others find out by asking the database."""
        if self._client is not None and self._client.is_connected:
            await self._client.publish(self._subject, message)


async def _connected(url: str, closed: _Told, failed: _Failed, problems: Sequence[Exception]) -> Client:
    """A connection, or soon the last reason why there is none: the caller says it and tries again."""
    client = Client()
    try:
        async with asyncio.timeout(CONNECTING_S):
            await client.connect(
                url,
                allow_reconnect=False,
                connect_timeout=2,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                closed_cb=closed,
                error_cb=failed,
            )
    except Exception as problem:
        await client.close()
        raise (problems[-1] if problems else problem) from problem
    return client
