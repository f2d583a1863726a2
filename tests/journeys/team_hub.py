"""A team's hub in a process of its own, started by hand, with one agent who may sign in."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ADMIN_TOKEN = "journey-admin-token-journey-admin-token"
LOGIN, PASSWORD = "leo", "a password nobody guesses"


@dataclass
class TeamHub:
    """A running hub.

    Attributes:
        url: where it listens.
        process: to kill it by.
    """

    url: str
    process: subprocess.Popen[str]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask its interface as the first admin."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        answer = httpx.request(method, f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def web_chat(self, *origins: str) -> str:
        """A new web chat; answers its public name."""
        limits = {"sessions_per_hour": 1000, "messages_per_minute": 1000}
        settings = {"allowed_origins": list(origins), "limits": limits}
        made = self.call("POST", "inboxes", {"name": "Shop", "channel": "web_chat", "settings": settings})
        return str(made["widget"])


@contextmanager
def started_hub(home: Path, *more: str) -> Iterator[TeamHub]:
    """Start it and wait for its address; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mim_desk", "hub", "--port", "0", *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MIM_DESK_HOME": str(home), "MIM_DESK_ADMIN_TOKEN": ADMIN_TOKEN},
        text=True,
    )
    try:
        assert process.stdout is not None
        said = next((line for line in process.stdout if "listens on" in line), "")
        hub = TeamHub(said.split()[-1], process)
        hub.call("POST", "agents", {"name": "Leo Martins", "login": LOGIN, "password": PASSWORD})
        yield hub
    finally:
        process.kill()
        process.communicate()
