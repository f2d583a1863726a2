"""``python -m tests.benchmarks.webhook_load``: signed deliveries over keep-alive connections, as fast as they are taken.

Everything is written and signed before the clock starts, so that the load costs the machine little.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import uvloop

from tests.benchmarks.loopback import body_length
from tests.benchmarks.result import percentile

_TEXTS = (
    "Where is my order? It should have been here on Friday.",
    "我的订单什么时候到？已经等了三天了。",
    "注文した商品がまだ届きません。",
    "배송이 언제 되나요?",
    "متى تصل الشحنة؟ شكرًا",
    "Де моє замовлення?",
    "ok 👍",
)
CONTACTS = 400


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], until: float, done: "asyncio.Future[None]") -> None:
        self.waits: list[float] = []
        self.refused = 0
        self._requests = requests
        self._until = until
        self._done = done
        self._sent_at = 0.0
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or len(body) < body_length(head):
            return
        self._got = b""
        self.waits.append(time.perf_counter() - self._sent_at)
        self.refused += not head.startswith(b"HTTP/1.1 200")
        self._next()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


def written(host: str, path: str, secret: str, count: int) -> list[bytes]:
    """``count`` different signed deliveries of one message each."""
    run, stamp = uuid4().hex, str(int(time.time()))
    at = datetime.now(UTC).isoformat()
    requests = []
    for number in range(count):
        contact = {"id": f"c-{number % CONTACTS}", "name": f"Customer {number % CONTACTS}"}
        message = {
            "type": "message",
            "id": f"{run}-{number}",
            "contact": contact,
            "text": _TEXTS[number % len(_TEXTS)],
            "at": at,
        }
        body = json.dumps({"events": [message]}, ensure_ascii=False).encode()
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
            f"x-mim-signature: t={stamp},v1={signature}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


async def load(chosen: argparse.Namespace) -> dict[str, float]:
    """Requests a second, the slowest hundredth, and how many were not answered 200."""
    requests = iter(written(chosen.host, chosen.path, chosen.secret, chosen.most))
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(chosen.connections)]
    connections = [Connection(requests, began + chosen.seconds, end) for end in ends]
    for connection in connections:
        await loop.create_connection(lambda one=connection: one, chosen.host, chosen.port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    waits = [wait for connection in connections for wait in connection.waits]
    refused = sum(connection.refused for connection in connections)
    return {
        "per_s": len(waits) / took,
        "p99_ms": percentile(waits, 0.99) * 1000,
        "refused": refused,
        "count": len(waits),
    }


def main() -> int:
    """Run the load and print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--most", type=int, default=100_000)
    print(json.dumps(uvloop.run(load(parser.parse_args()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
