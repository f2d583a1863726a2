"""The fake at the edge of files: a provider's server that gives what it is told, and remembers who asked how."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.hub.edge import listening, next_request


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
        call = await next_request(reader)
        self.asked.append(Asked(call.path, call.headers))
        answers = self.answers.get(call.path, [Given(status=404)])
        await self._write(answers.pop(0) if len(answers) > 1 else answers[0], writer)

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
    async with listening(files.serve, tls) as files.url:
        yield files
