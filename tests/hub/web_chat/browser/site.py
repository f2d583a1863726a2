"""A hub as a process of its own, a brand's site on another origin, and a visitor's Chromium in front of both."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.servers import free_port, wait_for_port

TOKEN = "admin-token-of-the-tests-0123456789abcdef"
IDENTITY_SECRET = "0123456789abcdef0123456789abcdef"
LIMITS = {"sessions_per_hour": 1000, "messages_per_minute": 1000, "calls_per_minute": 10_000}


@dataclass
class HubProcess:
    """A real hub that can be killed and started again on the same port and data."""

    home: Path
    port: int = field(default_factory=free_port)
    widget: str = ""
    inbox_id: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environ = {**os.environ, "MIM_DESK_HOME": str(self.home), "MIM_DESK_ADMIN_TOKEN": TOKEN}
        command = [sys.executable, "-m", "mim_desk", "hub", "--port", str(self.port)]
        log = (self.home / "hub.log").open("ab")
        self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        log.close()
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """As by a power cut."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def call(self, method: str, path: str, **more: Any) -> Any:
        """One call of an admin."""
        headers = {"Authorization": f"Bearer {TOKEN}", **more.pop("headers", {})}
        answer = httpx.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=20, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def connect(self, origin: str) -> None:
        """Make the web chat for a site."""
        body = {
            "name": "Shop",
            "channel": "web_chat",
            "brand": {"name": "Juniper & Sail"},
            "settings": {"allowed_origins": [origin], "limits": LIMITS, "subtitle": "Usually answers in 2 minutes"},
            "secrets": {"identity_secret": IDENTITY_SECRET},
        }
        made = self.call("POST", "inboxes", json=body)
        self.widget, self.inbox_id = made["widget"], made["id"]

    def configure(self, **settings: Any) -> None:
        """Change the chat's settings."""
        self.call("PATCH", f"inboxes/{self.inbox_id}", json={"settings": settings})

    def conversations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "conversations", params={"inbox": self.inbox_id})["items"]
        return found

    def messages(self) -> list[dict[str, Any]]:
        """Messages of the newest conversation, oldest first."""
        newest = max(self.conversations(), key=lambda one: one["number"])
        found = self.call("GET", f"conversations/{newest['id']}/messages")["items"]
        return [one for one in reversed(found) if one["kind"] != "activity"]

    def texts(self) -> list[str]:
        return [one["text"] for one in self.messages()] if self.conversations() else []

    def reply(self, text: str, **more: Any) -> str:
        """Answer the newest conversation; the message's id."""
        newest = max(self.conversations(), key=lambda one: one["number"])
        message_id = str(uuid4())
        body = {"id": message_id, "text": text, **more}
        self.call("POST", f"conversations/{newest['id']}/messages", json=body)
        return message_id

    def status(self, message_id: str) -> str:
        told = next(one for one in self.messages() if one["id"] == message_id)
        return str(told["delivery"]["status"])


class _Pages(BaseHTTPRequestHandler):
    def __init__(self, site: "Site", *rest: Any) -> None:
        self.site = site
        super().__init__(*rest)

    def do_GET(self) -> None:
        page = self.site.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *rest: Any) -> None:  # the base class names it so
        return


class Site:
    """A brand's own pages; ``localhost`` is another origin than the hub's ``127.0.0.1``.

    Attributes:
        page: what every address of it answers.
    """

    def __init__(self) -> None:
        self.page = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.origin = f"http://localhost:{self._server.server_port}"

    def embed(self, hub: HubProcess, language: str = "en", more: str = "") -> None:
        """A page with the one line of HTML."""
        script = f'<script async src="{hub.url}/chat/loader.js" data-inbox="{hub.widget}"></script>'
        self.page = (
            f'<!doctype html><html lang="{language}"><title>Coats</title><body><h1>Coats</h1>'
            f"<button>Basket</button>{more}{script}</body></html>"
        )

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
