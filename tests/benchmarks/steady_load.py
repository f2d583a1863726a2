"""``python -m tests.benchmarks.steady_load``: calls at a steady rate, whether or not the hub keeps up.

What is late is late from the moment it was due, so that a hub that falls behind cannot slow its own clock down.
The calls come from a file: a length of four bytes and then a whole request, one after another.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import cast

import uvloop

from tests.benchmarks.loopback import body_length
from tests.benchmarks.result import percentile

CONNECTIONS = 64


class Line(asyncio.Protocol):
    """One keep-alive connection with at most one call on it."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._got = b""
        self._call: tuple[float, bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def send(self, due: float, call: bytes) -> None:
        """Send it."""
        self._call = due, call
        self._transport.write(call)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or len(body) < body_length(head) or self._call is None:
            return
        (due, call), self._call, self._got = self._call, None, b""
        self._load.answered(self, due, call, head)

    def connection_lost(self, problem: Exception | None) -> None:
        self._load.lost(self, broken_off=self._call is not None)


class Load:
    """The calls on their way.

    Attributes:
        broken: connections that ended with a call on them.
    """

    def __init__(self, calls: list[bytes], rate: float) -> None:
        self._calls = calls
        self._rate = rate
        self._free: deque[Line] = deque()
        self._late: deque[tuple[float, bytes]] = deque()
        self._left = len(calls)
        self._done = asyncio.Event()
        self._waits: list[float] = []
        self._refused: Counter[str] = Counter()
        self.broken = 0

    async def run(self, host: str, port: int) -> dict[str, object]:
        """Send all; what came of it."""
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, line = await loop.create_connection(lambda: Line(self), host, port)
            self._free.append(line)
        began = time.perf_counter()
        for number, call in enumerate(self._calls):
            due = began + number / self._rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._late.append((due, call))
            self._send()
        waiting = len(self._calls) - len(self._waits)
        await self._done.wait()
        return {
            "took_s": time.perf_counter() - began,
            "refused": dict(self._refused),
            "broken": self.broken,
            "waiting_at_end": waiting,
            "p50_ms": percentile(self._waits, 0.5) * 1000,
            "p99_ms": percentile(self._waits, 0.99) * 1000,
        }

    def _send(self) -> None:
        while self._late and self._free:
            self._free.popleft().send(*self._late.popleft())

    def answered(self, line: Line, due: float, call: bytes, head: bytes) -> None:
        """A call has its answer."""
        self._waits.append(time.perf_counter() - due)
        if not head.startswith(b"HTTP/1.1 2"):
            self._refused[f"{call.split(b' ', 2)[1].decode()} {head[9:12].decode()}"] += 1
        self._free.append(line)
        self._count()
        self._send()

    def lost(self, line: Line, *, broken_off: bool) -> None:
        """The hub has hung up."""
        if line in self._free:
            self._free.remove(line)
        if broken_off:
            self.broken += 1
            self._count()

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            self._done.set()


def kept(calls: list[bytes], path: Path) -> None:
    """Write the file that this program reads."""
    path.write_bytes(b"".join(len(call).to_bytes(4, "big") + call for call in calls))


def _read(path: Path) -> list[bytes]:
    raw, at, calls = path.read_bytes(), 0, []
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        calls.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return calls


def main() -> int:
    """Run the load and print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=Path)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    chosen = parser.parse_args()
    load = Load(_read(chosen.calls), chosen.rate)
    print(json.dumps(uvloop.run(load.run(chosen.host, chosen.port))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
