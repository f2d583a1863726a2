"""The fake at the edge: a provider's HTTP side that answers as it is told and remembers what came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.hub.edge import Call, listening, next_request, write

__all__ = ["Answer", "Call", "Gateway", "serving_gateway"]


@dataclass
class Answer:
    """How one request is answered; ``cut`` closes the connection instead, ``wait_s`` comes before either."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    cut: bool = False


class Gateway:
    """Answers ``answers`` in turn, then ``usual``; ping and GET are always answered 200 unless ``ping`` says otherwise.

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
        self.usual = Answer()
        self.asides: dict[str, Answer | Callable[[Call], Answer]] = {}
        self.asked: list[Call] = []

    async def next_call(self, number: int, within: float = 30) -> Call:
        """The call with this number, counted from 1, once it is there."""
        async with asyncio.timeout(within):
            while len(self.calls) < number:
                await asyncio.sleep(0.01)
        return self.calls[number - 1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        while True:
            answer = self._answer(await next_request(reader))
            await asyncio.sleep(answer.wait_s)
            if answer.cut:
                return
            await write(writer, answer.status, answer.body, {"content-type": "application/json", **answer.headers})

    def _answer(self, call: Call) -> Answer:
        for path, answer in self.asides.items():
            if call.path.partition("?")[0].endswith(path):
                self.asked.append(call)
                return answer if isinstance(answer, Answer) else answer(call)
        if call.method == "GET" or call.json.get("type") == "ping":
            return self.ping
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else self.usual


@asynccontextmanager
async def serving_gateway() -> AsyncIterator[Gateway]:
    """A gateway on a free loopback port."""
    gateway = Gateway()
    async with listening(gateway.serve) as address:
        gateway.url = f"{address}/in"
        yield gateway
