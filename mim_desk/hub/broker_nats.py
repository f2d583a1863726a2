"""Wake-ups over NATS core: nothing is kept there, the log in the database is the truth."""

import asyncio
from collections.abc import Callable

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg


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

        async def closed() -> None:
            lost.set()

        async def failed(_: Exception) -> None:
            """Told by ``closed`` when it matters."""

        async def came(message: Msg) -> None:
            on_message(message.data)

        self._client = client = await nats.connect(
            self._url, allow_reconnect=False, connect_timeout=5, closed_cb=closed, error_cb=failed
        )
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
