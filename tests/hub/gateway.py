"""The fake at the edge: a provider's HTTP side that answers as it is told and remembers what came."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> dict[str, Any]:
        """Its body; empty where it is no JSON, as of an upload."""
        try:
            return dict(json.loads(self.body))
        except ValueError:
            return {}


@dataclass
class Answer:
    """How one request is answered; ``cut`` closes the connection instead, ``wait_s`` comes before either."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    cut: bool = False


class Gateway:
    """Answers ``answers`` in turn, then 200; ping and GET are always answered 200 unless ``ping`` says otherwise.

    Attributes:
        calls: the messages that arrived; pings and what was only asked for are left out.
        asides: answers to what is asked beside the messages, or what makes them of the call, by the end of the path;
            ``asked`` holds those calls.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.answers: list[Answer] = []
        self.ping = Answer()
        self.asides: dict[str, Answer | Callable[[Call], Answer]] = {}
        self.asked: list[Call] = []

    async def next_call(self, number: int, within: float = 8) -> Call:
        """The call with this number, counted from 1, once it is there."""
        async with asyncio.timeout(within):
            while len(self.calls) < number:
                await asyncio.sleep(0.01)
        return self.calls[number - 1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = first.split()
        answer = self._answer(Call(path, headers, body, method))
        await asyncio.sleep(answer.wait_s)
        if answer.cut:
            return False
        told = {"content-length": str(len(answer.body)), "content-type": "application/json", **answer.headers}
        written = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(f"HTTP/1.1 {answer.status} X\r\n{written}\r\n".encode() + answer.body)
        await writer.drain()
        return True

    def _answer(self, call: Call) -> Answer:
        for path, answer in self.asides.items():
            if call.path.partition("?")[0].endswith(path):
                self.asked.append(call)
                return answer if isinstance(answer, Answer) else answer(call)
        if call.method == "GET" or call.json.get("type") == "ping":
            return self.ping
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else Answer()


@asynccontextmanager
async def serving_gateway() -> AsyncIterator[Gateway]:
    """A gateway on a free loopback port."""
    gateway = Gateway()
    writers: set[asyncio.StreamWriter] = set()
    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        writers.add(writer)
        await gateway.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    gateway.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    try:
        yield gateway
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*served)
