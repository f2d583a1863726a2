"""Real peers of the channels: a message centre, the vendors' OpenAPI in Prism, Matrix Synapse, and clients of the providers.

They are started on loopback when the first test asks for them. ``./mim peers`` installs them into a cache folder; where one
is missing its tests are skipped with that line, and fail where ``CI`` is set.
"""

import asyncio
import hashlib
import hmac
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import free_port, missing, wait_for_port

HERE = Path(__file__).parent
INSTALL = "./mim peers"


def peers_folder() -> Path:
    """Where ``./mim peers`` puts them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("MIM_DESK_PEERS") or cache / "mim-desk/peers")


def node_with(package: str) -> tuple[str, Path]:
    """Node and the folder that has the package."""
    node, folder = shutil.which("node"), peers_folder() / "npm"
    if node is None or not (folder / "node_modules" / package).is_dir():
        missing(f"npm {package}", INSTALL)
    return node, folder


def python_of(venv: str) -> str:
    """The Python of a peer's own environment."""
    python = peers_folder() / venv / "bin/python"
    if not python.exists():
        missing(venv, INSTALL)
    return str(python)


def description(name: str) -> Path:
    """A vendor's own description of its interface, which lies beside the project and is none of its parts."""
    found = next(
        (parent / "shared/data/openapi" / name for parent in HERE.parents if (parent / "shared").is_dir()), None
    )
    if found is None or not found.is_file():
        pytest.skip(f"shared/data/openapi/{name} is not here")
    return found


@dataclass
class NodeCentre:
    """A running message centre.

    Attributes:
        told: what it said so far.
    """

    process: asyncio.subprocess.Process
    port: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)

    async def next(self, event: str) -> dict[str, Any]:
        """What it says next of this kind."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            while True:
                line = await self.process.stdout.readline()
                assert line, "the message centre ended"
                self.told.append(json.loads(line))
                if self.told[-1]["event"] == event:
                    return self.told[-1]

    async def write(self, text: str, parts: int = 1, from_: str = "15550001111") -> None:
        """A person writes; of two parts the second is brought first."""
        assert self.process.stdin is not None
        said = {"from": from_, "to": "15550002222", "text": text, "parts": parts}
        self.process.stdin.write(json.dumps(said).encode() + b"\n")
        for _ in range(parts):
            assert (await self.next("heard"))["status"] == 0


@pytest.fixture
async def node_smsc() -> AsyncIterator[NodeCentre]:
    """The message centre of the npm package ``smpp``."""
    node, folder = node_with("smpp")
    process = await asyncio.create_subprocess_exec(
        node,
        str(HERE / "smsc.js"),
        env={**os.environ, "NODE_PATH": str(folder / "node_modules")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    centre = NodeCentre(process)
    centre.port = int((await centre.next("listening"))["port"])
    yield centre
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.fixture(scope="session")
def prism() -> Iterator[Callable[[str], str]]:
    """``prism("line-webhook.yml")`` is the address of a server that takes what the description allows and nothing else."""
    running: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}

    def at(name: str) -> str:
        if name not in running:
            told = description(name)
            node, folder = node_with("@stoplight/prism-cli")
            program = str(folder / "node_modules/@stoplight/prism-cli/dist/index.js")
            port = free_port()
            process = subprocess.Popen(
                [node, program, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(told)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            running[name] = f"http://127.0.0.1:{port}", process
            wait_for_port(port, process, 60)
        return running[name][0]

    yield at
    for _, process in running.values():
        process.terminate()
        process.wait(timeout=10)


@dataclass
class Synapse:
    """A running homeserver; every test takes users of its own."""

    url: str
    secret: str

    def user(self, name: str) -> tuple[str, httpx.Client]:
        """A new user's id, and a client signed in as them."""
        login = f"{name}-{secrets.token_hex(4)}"
        with httpx.Client(base_url=self.url, timeout=30) as admin:
            nonce = admin.get("/_synapse/admin/v1/register").raise_for_status().json()["nonce"]
            told = f"{nonce}\x00{login}\x00password\x00notadmin".encode()
            mac = hmac.new(self.secret.encode(), told, hashlib.sha1).hexdigest()
            body = {"nonce": nonce, "username": login, "password": "password", "mac": mac, "admin": False}
            made = admin.post("/_synapse/admin/v1/register", json=body).raise_for_status().json()
        headers = {"authorization": f"Bearer {made['access_token']}"}
        return str(made["user_id"]), httpx.Client(base_url=self.url, headers=headers, timeout=30)


def _synapse_settings(home: Path, port: int, secret: str) -> dict[str, Any]:
    listener = {
        "port": port,
        "type": "http",
        "tls": False,
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"], "compress": False}],
    }
    plenty = {"per_second": 1000, "burst_count": 1000}
    return {
        "server_name": "desk.test",
        "pid_file": str(home / "pid"),
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(home / "homeserver.db")}},
        "media_store_path": str(home / "media"),
        "signing_key_path": str(home / "signing.key"),
        "log_config": str(home / "log.yaml"),
        "registration_shared_secret": secret,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "report_stats": False,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        "url_preview_enabled": False,
        "rc_message": plenty,
        "rc_registration": plenty,
        "rc_joins": {"local": plenty, "remote": plenty},
        "rc_invites": {"per_room": plenty, "per_user": plenty, "per_issuer": plenty},
        "rc_login": {"address": plenty, "account": plenty, "failed_attempts": plenty},
        "rc_room_creation": plenty,
        "rc_media_create": plenty,
    }


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """A homeserver, one for each test process."""
    python = python_of("synapse")
    home, port, secret = Path(tempfile.mkdtemp(prefix="mim-hs-")), free_port(), secrets.token_hex(16)
    (home / "log.yaml").write_text('{"version": 1, "root": {"level": "WARNING"}}', "utf-8")
    (home / "hs.yaml").write_text(json.dumps(_synapse_settings(home, port, secret)), "utf-8")
    command = [python, "-m", "synapse.app.homeserver", "--config-path", str(home / "hs.yaml")]
    subprocess.run([*command, "--generate-keys"], cwd=home, check=True, capture_output=True, timeout=60)
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=home, stdout=output, stderr=output)
    try:
        wait_for_port(port, process, 90)
        yield Synapse(f"http://127.0.0.1:{port}", secret)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def asked_of_clients() -> Callable[[str, object], Any]:
    """Runs a line of Python beside the providers' own packages: ``told`` is what it gets, ``answer`` what it gives."""
    python = python_of("clients")

    def ask(program: str, told: object) -> Any:
        whole = f"import json, sys\ntold = json.load(sys.stdin)\n{program}\nprint(json.dumps(answer))"
        done = subprocess.run([python, "-c", whole], input=json.dumps(told), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask
