"""The hub that the desk starts for itself: a child process, healed when it crashes, gone when the desk is."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.keys import Keys
from mim_desk.desk.paths import HOME_VARIABLE, Paths
from mim_desk.desk.tasks import TaskOwner, in_thread

STOP_S = 8.0
STEADY_S = 30.0
"""A hub that ran this long crashed by itself, not at its start."""
_BEGINS = "-- the hub starts --"
"""Stands in its log before each start, so that no old words are taken for those of this one."""
LONGEST_LOG = 4 << 20


class Handed(msgspec.Struct, frozen=True):
    """The line on its standard input."""

    key: str
    admin_token: str
    workspace: str


class Said(msgspec.Struct, frozen=True):
    """The line on its standard output."""

    url: str
    epoch: str = ""


class EmbeddedHub:
    """Keeps one hub process alive between ``start`` and ``close``.

    The process ends itself when its standard input ends, so a killed desk leaves no orphan.

    Args:
        early: the first process, where it was started already; it waits for its key.

    Attributes:
        crashes: how often it ended unasked.
        process: the running child, None between two.
        url: the address of the last one that listened.
    """

    def __init__(
        self,
        paths: Paths,
        keys: Keys,
        workspace: str,
        owner: TaskOwner,
        on_url: Callable[[str], None],
        on_failed: Callable[[str], None],
        early: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.crashes = 0
        self.url = ""
        self.process = early
        self._paths = paths
        self._handed = Handed(keys.hub.hex(), keys.admin_token, workspace)
        self._owner = owner
        self._on_url = on_url
        self._on_failed = on_failed
        self._backoff = Backoff(first_s=0.2)
        self._closing = asyncio.Event()
        self._living: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start it in the background; ``on_url`` is called at each start with its address."""
        self._living = self._owner.spawn(self._keep_alive(), name="embedded hub")

    async def close(self) -> None:
        """Order it to stop and wait; kill it when it does not."""
        self._closing.set()
        self._backoff.try_now()
        if self.process is not None:
            await in_thread(partial(_stop, self.process))
        if self._living is not None:
            await asyncio.wait([self._living])  # it may have been starting one

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            began = loop.time()
            try:
                process = self.process
                if process is None:
                    process = await in_thread(self._spawned)
                if not self._closing.is_set():
                    await asyncio.to_thread(self._live, process, loop)
            finally:
                await self._stopped()
            if self._closing.is_set():
                return
            self.crashes += 1
            if loop.time() - began > STEADY_S:
                self._backoff.succeeded()
            await self._backoff.wait()

    def _spawned(self) -> subprocess.Popen[bytes]:
        self.process = spawn(self._paths)
        return self.process

    async def _stopped(self) -> None:
        if self.process is not None:
            await in_thread(partial(_stop, self.process))
            self.process = None

    def _live(self, process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop) -> None:
        """Hand over the key, say the address, then wait for the end; runs in a worker thread."""
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the hub has no pipes")
        try:
            process.stdin.write(msgspec.json.encode(self._handed) + b"\n")
            process.stdin.flush()
            said = msgspec.json.decode(process.stdout.readline(), type=Said)
        except (OSError, ValueError):
            process.wait()
            loop.call_soon_threadsafe(self._failed, last_words(log_of(self._paths)))
            return
        loop.call_soon_threadsafe(self._said, said.url)
        with process.stdout as pipe:
            while pipe.read1(65536):  # type: ignore[attr-defined]  # a buffered pipe
                pass
        process.wait()

    def _failed(self, why: str) -> None:
        if not self._closing.is_set():
            self._on_failed(why)

    def _said(self, url: str) -> None:
        self.url = url
        if not self._closing.is_set():
            self._on_url(url)


def spawn(paths: Paths) -> subprocess.Popen[bytes]:
    """A hub process of this home folder; it waits for its key and ends when nobody gives it one."""
    paths.hub.mkdir(parents=True, exist_ok=True)
    _put_aside(log_of(paths))
    with log_of(paths).open("ab") as log:
        log.write(f"{_BEGINS}\n".encode())
        log.flush()
        return subprocess.Popen(
            command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, HOME_VARIABLE: str(paths.home)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def command() -> list[str]:
    """How the hub is started."""
    return own_program("hub", "--embedded")


def own_program(*arguments: str) -> list[str]:
    """How to start the same program once more: by the running Python, or as the frozen program."""
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "mim_desk"]
    return [*start, *arguments]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End its standard input, wait, kill it when it does not end, and let go of both pipes."""
    for pipe in (process.stdin, process.stdout if process.poll() is not None else None):
        if pipe is not None:
            with contextlib.suppress(OSError):  # it has ended; what was not read does not matter
                pipe.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def log_of(paths: Paths) -> Path:
    """Where the hub writes what went wrong."""
    return paths.hub / "hub.log"


def _put_aside(log: Path) -> None:
    """Begin a new log when the old one is long; the one before it is kept."""
    with contextlib.suppress(FileNotFoundError, PermissionError):  # no log yet, or (Windows) still open elsewhere
        if log.stat().st_size > LONGEST_LOG:
            log.replace(log.with_name(f"{log.name}.1"))


def last_words(log: Path) -> str:
    """Why a hub could not start, in its own words."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        told_now = file.read().decode(errors="replace").rpartition(_BEGINS)[2]
    lines = told_now.strip().splitlines()
    told = [line.removeprefix("mim-desk hub: ") for line in lines if line.startswith("mim-desk hub: ")]
    return told[-1] if told else "The hub ended at its start. Its log is " + str(log)
