"""The whole desk in a child process, and what P7 and P8 ask of it."""

import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.hubs import SECRET, Hub, Provider, provider
from tests.benchmarks.loopback import body_length, received


class LiveDesk:
    """A desk with one custom inbox and an open conversation of it.

    Attributes:
        hub: its own hub.
        provider: takes what the hub sends.
    """

    def __init__(self, process: "subprocess.Popen[str]", takes: Provider, home: Path) -> None:
        self.provider = takes
        self._process = process
        told = self._line()
        self.hub = Hub(told["url"], told["token"], home)
        self._path = self.hub.custom_inbox(takes.url)
        self._address = self.hub.host, self.hub.port
        self._written = 0
        self._socket = socket.create_connection(self._address)
        self.post("the first message")
        self.order("open", text="the first message")

    def connect(self) -> None:
        """Before a round: the hub hangs up on connections that were idle for a few seconds."""
        self._socket.close()
        self._socket = socket.create_connection(self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def order(self, do: str, **rest: Any) -> Any:
        """Have the desk do something; its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **rest}) + "\n")
        self._process.stdin.flush()
        answer = self._line()
        if isinstance(answer, dict) and "failed" in answer:
            raise RuntimeError(f"the desk: {answer['failed']}")
        return answer

    def _line(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the desk ended with code {self._process.wait()}")
        return json.loads(line)

    def post(self, text: str) -> float:
        """The provider delivers a message; when its first byte left."""
        self._written += 1
        contact = {"id": "c-1", "name": "Mia Lindqvist"}
        message = {"type": "message", "id": f"m-{self._written}", "contact": contact, "text": text}
        body = json.dumps({"events": [message]}).encode()
        stamp = str(int(time.time()))
        signature = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        head = f"POST {self._path} HTTP/1.1\r\nhost: x\r\nx-mim-signature: t={stamp},v1={signature}\r\n"
        head += f"content-length: {len(body)}\r\n\r\n"
        began = time.monotonic()
        self._socket.sendall(head.encode() + body)
        answer = self._answer()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the hub answered {answer[:200]!r}")
        return began

    def _answer(self) -> bytes:
        got = b""
        while True:
            got += received(self._socket)
            head, end, body = got.partition(b"\r\n\r\n")
            if end and len(body) >= body_length(head):
                return got

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


@contextmanager
def live_desk() -> Iterator[LiveDesk]:
    """A desk with its hub while the block runs."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, provider() as takes:
        (Path(folder) / "settings.json").write_text('{"first_run_done": true}', "utf-8")
        environ = {**os.environ, "MIM_DESK_HOME": folder, "MIM_DESK_KEYRING": "memory", "QT_QPA_PLATFORM": "offscreen"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.live_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            desk = LiveDesk(process, takes, Path(folder))
            yield desk
            desk.close()
        finally:
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
