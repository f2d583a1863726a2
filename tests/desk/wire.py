"""A wire between desk and hub that a test can cut, leave half open, or let swallow answers."""

import asyncio
import contextlib
from typing import Self

_CHUNK = 65536


class Wire:
    """A TCP proxy on loopback.

    Attributes:
        url: where the desk believes the hub to be.
        is_cut: nothing gets through, open connections are reset.
        is_dumb: connections stay open, but nothing moves any more.
        answers_wait: what the desk says arrives, what the hub says does not.
        swallows: how many answers of the hub are still to be lost after it has done its work.
    """

    def __init__(self, hub_port: int) -> None:
        self.url = ""
        self.is_cut = False
        self.is_dumb = False
        self.answers_wait = False
        self.swallows = 0
        self._hub_port = hub_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self.is_cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def heal(self) -> None:
        """Let everything through again."""
        self.is_cut = self.is_dumb = self.answers_wait = False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, hub_writer}
        ways = (self._pump(reader, hub_writer, answers=False), self._pump(hub_reader, writer, answers=True))
        await asyncio.gather(*ways)
        self._open -= {writer, hub_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                while (self.is_dumb or (answers and self.answers_wait)) and not self.is_cut:
                    await asyncio.sleep(0.01)
                if answers and self.swallows and data.startswith(b"HTTP/1.1 20"):
                    self.swallows -= 1
                    break
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
