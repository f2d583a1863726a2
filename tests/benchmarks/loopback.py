"""The bare pieces that P7 and P8 are held against: a POST, a durable insert and a stream hop, each alone.

The server is raw ASGI on uvicorn, as the hub's own; the client is a plain socket.
"""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

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
    """One keep-alive connection of blocking calls."""

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


class Stream:
    """Reads the server's stream in a thread; a hop is from the server's write to here."""

    def __init__(self, port: int) -> None:
        self.hops: SimpleQueue[float] = SimpleQueue()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        self._thread = threading.Thread(target=self._read, name="stream", daemon=True)
        self._thread.start()
        time.sleep(0.2)

    def _read(self) -> None:
        while got := self._socket.recv(65536):
            at = time.monotonic()
            for line in got.split(b"\n"):
                if line.startswith(b"data: "):
                    self.hops.put(at - float(line[6:]))

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


class DurableFile:
    """An encrypted file whose every insert is on the disk before it returns."""

    def __init__(self, path: Path) -> None:
        from sqlcipher3 import dbapi2

        self._connection: Any = dbapi2.connect(str(path), isolation_level=None)
        self._connection.execute(f"PRAGMA key = \"x'{'5a' * 32}'\"")
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
    """All bare pieces, ready to be measured.

    Args:
        folder: on the disk whose durability counts.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self._client = Client(port)
        self._stream = Stream(port)
        self._file = DurableFile(folder / "floor.db")

    def post_ms(self) -> float:
        """One loopback POST."""
        return timed_ms(lambda: self._client.post("/post"))

    def insert_ms(self) -> float:
        """One durable insert."""
        return timed_ms(self._file.insert)

    def hop_ms(self) -> float:
        """One hop of the stream."""
        self._client.post("/emit")
        return self._stream.hops.get(timeout=10) * 1000

    def close(self) -> None:
        """Hang up and close."""
        self._stream.close()
        self._client.close()
        self._file.close()
