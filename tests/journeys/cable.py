"""The cable between a desk and its hub, which a test can pull."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Cable:
    """Forwards TCP to a hub.

    Attributes:
        url: where the desk finds the hub.
    """

    def __init__(self, hub: str) -> None:
        self._hub = urlsplit(hub)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Connect."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def pull(self) -> None:
        """Disconnect at once, in the middle of whatever goes through."""
        assert self._server is not None
        self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        await self._server.wait_closed()

    async def _carry(self, desk_reader: asyncio.StreamReader, desk_writer: asyncio.StreamWriter) -> None:
        hub_reader, hub_writer = await asyncio.open_connection(self._hub.hostname, self._hub.port)
        self._ends |= {desk_writer, hub_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(desk_reader, hub_writer))
                group.create_task(_pump(hub_reader, desk_writer))
        finally:
            self._ends -= {desk_writer, hub_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # a pulled cable
    finally:
        writer.close()


@asynccontextmanager
async def cable_to(hub: str) -> AsyncIterator[Cable]:
    """A mended cable; pulled at the end."""
    cable = Cable(hub)
    await cable.mend()
    try:
        yield cable
    finally:
        await cable.pull()
