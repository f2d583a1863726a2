"""The pieces that P7 and P8 are held against: a POST, a durable insert and a stream hop, each alone.

The server is raw ASGI on uvicorn, as the hub's own. What MIM Desk itself calls it calls with httpx, so these
pieces do too: the floor is the chosen libraries without our work.
"""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import httpx

BODY: Final = b'{"id":"0192f0c1","text":"%s"}' % (b"a plain customer message of ordinary length " * 8)
_APP: Final = "tests.benchmarks.loopback_app:app"


@contextmanager
def loopback_server() -> Iterator[int]:
    """The port of a bare server while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--http", "httptools", "--loop", "uvloop"]
    command += ["--lifespan", "off", "--timeout-keep-alive", "3600", "--no-access-log", "--log-level", "warning", _APP]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()  # it has nothing to finish, and would wait for its streams
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the bare server did not start")


def received(connection: socket.socket) -> bytes:
    """What has come; raises when the other side hung up."""
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the other side hung up")
    return part


def body_length(head: bytes) -> int:
    """What the head of an answer says of its body."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


class Client:
    """One keep-alive connection of blocking calls, as a provider's that costs nothing."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str) -> None:
        """One POST and its whole answer."""
        self._socket.sendall(
            b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (path.encode(), len(BODY)) + BODY
        )
        got = b""
        while not got.endswith(b"ok"):
            got += received(self._socket)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Stack:
    """The library's client on a loop in a thread: POSTs, and a stream of one event at a time."""

    def __init__(self, port: int) -> None:
        self.hops: SimpleQueue[float] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stack", daemon=True)
        self._thread.start()
        self._client: httpx.AsyncClient = self._do(self._open(port))
        self._reading = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        time.sleep(0.3)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self, port: int) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")

    def post_ms(self) -> float:
        """One POST from the call to its whole answer."""
        return float(self._do(self._post()))

    async def _post(self) -> float:
        began = time.perf_counter()
        answer = await self._client.post("/post", content=BODY)
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000

    async def _read(self) -> None:
        async with self._client.stream("GET", "/stream") as answer:
            async for event in answer.aiter_bytes():
                came = time.monotonic()
                if event.startswith(b"data: "):
                    self.hops.put(came - float(event.removeprefix(b"data: ")))

    def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        self._do(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class DurableFile:
    """A file encrypted as the hub's own, whose every insert is on the disk before it returns."""

    def __init__(self, path: Path) -> None:
        from sqlcipher3 import dbapi2

        self._connection: Any = dbapi2.connect(str(path), isolation_level=None)
        self._connection.execute(f"PRAGMA key = \"x'{'5a' * 32}'\"")
        self._connection.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, row BLOB)")

    def insert(self) -> None:
        """One row in a transaction of its own."""
        self._connection.execute("INSERT INTO messages (row) VALUES (?)", (BODY,))

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def timed_ms(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Pieces:
    """All pieces, ready to be measured.

    Args:
        folder: on the disk whose durability counts.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self._client = Client(port)
        self._stack = Stack(port)
        self._file = DurableFile(folder / "floor.db")

    def bare_post_ms(self) -> float:
        """One loopback POST on a plain socket."""
        return timed_ms(lambda: self._client.post("/post"))

    def post_ms(self) -> float:
        """One loopback POST as MIM Desk makes it."""
        return self._stack.post_ms()

    def insert_ms(self) -> float:
        """One durable insert."""
        return timed_ms(self._file.insert)

    def hop_ms(self) -> float:
        """One hop of the stream, from the server's write to the event being there."""
        self._client.post("/emit")
        return self._stack.hops.get(timeout=10) * 1000

    def close(self) -> None:
        """Hang up and close."""
        self._stack.close()
        self._client.close()
        self._file.close()
