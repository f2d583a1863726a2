"""The fake at the edge of files: a provider's server that gives what it is told, and remembers who asked how."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Given:
    """How one request is answered: ``drip_s`` waits before each byte, ``cut`` ends in the middle, ``endless`` never."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    cut: bool = False
    endless: bool = False


@dataclass
class Asked:
    """One request that arrived."""

    path: str
    headers: dict[str, str]


class FileServer:
    """Gives the answers of each path in turn and the last one for ever; 404 elsewhere."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Given]] = {}

    def give(self, path: str, *answers: Given) -> str:
        """Let a path be answered so; its address."""
        self.answers[path] = list(answers)
        return self.url + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection with one request."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            await reader.readexactly(int(headers.get("content-length", 0)))
            path = first.split()[1]
            self.asked.append(Asked(path, headers))
            answers = self.answers.get(path, [Given(status=404)])
            await self._write(answers.pop(0) if len(answers) > 1 else answers[0], writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _write(self, given: Given, writer: asyncio.StreamWriter) -> None:
        length = {} if given.endless else {"content-length": str(len(given.body) + (10 if given.cut else 0))}
        told = "".join(f"{name}: {value}\r\n" for name, value in {**length, **given.headers}.items())
        writer.write(f"HTTP/1.1 {given.status} X\r\n{told}\r\n".encode())
        while given.endless:
            writer.write(b"x" * 65536)
            await writer.drain()
        for place in range(len(given.body) if given.drip_s else 0):
            writer.write(given.body[place : place + 1])
            await writer.drain()
            await asyncio.sleep(given.drip_s)
        if not given.drip_s:
            writer.write(given.body)
        await writer.drain()


@asynccontextmanager
async def serving_files(tls: ssl.SSLContext | None = None) -> AsyncIterator[FileServer]:
    """A server of files on a free loopback port."""
    files = FileServer()
    served: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        writers.add(writer)
        await files.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    files.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield files
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*served)
