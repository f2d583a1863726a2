"""Real hubs as child processes, and a provider that takes their calls."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SECRET = "benchmark-signing-secret-of-enough-length"


@dataclass(frozen=True)
class Hub:
    """A running hub."""

    url: str
    token: str
    home: Path

    @property
    def host(self) -> str:
        """Where it listens."""
        return str(urlsplit(self.url).hostname)

    @property
    def port(self) -> int:
        """And on which port."""
        return int(urlsplit(self.url).port or 80)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call of the API as its admin."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content) if content else None

    def custom_inbox(self, callback_url: str) -> str:
        """A new inbox of the custom channel; the path of its webhook."""
        made = self.call(
            "POST",
            "/api/v1/inboxes",
            {
                "name": "Benchmark",
                "channel": "custom",
                "settings": {"callback_url": callback_url},
                "secrets": {"signing_secret": SECRET},
            },
        )
        return str(urlsplit(made["webhook_url"]).path) or f"/webhooks/custom/{made['id']}"


@contextmanager
def hub(mode: str = "stored") -> Iterator[Hub]:
    """A hub of ``hub_child`` in a home folder of its own; see there for the modes."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder:
        token = "mim_" + secrets.token_hex(24)
        environ = {**os.environ, "MIM_DESK_HOME": folder, "MIM_DESK_LOG_LEVEL": "warning"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.hub_child", mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            start = {"key": secrets.token_hex(32), "admin_token": token, "workspace": "Benchmark"}
            process.stdin.write(json.dumps(start) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the hub ({mode}) ended with code {process.wait()} before it listened")
            yield Hub(json.loads(line)["url"], token, Path(folder))
        finally:
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


class Provider:
    """Takes the hub's calls and tells when each arrived, by the clock all processes share.

    Attributes:
        url: where it listens.
        on_message: called in the server's thread with the time and the body of each message.
    """

    def __init__(self) -> None:
        self.on_message: Callable[[float, dict[str, Any]], None] = lambda _at, _body: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="provider", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                at = time.monotonic()
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                if body.get("type") == "message":
                    provider.on_message(at, body)

            def log_message(self, *_: Any) -> None:
                """Nothing: a benchmark prints its table only."""

        return Answering


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider while the block runs."""
    found = Provider()
    try:
        yield found
    finally:
        found.close()
