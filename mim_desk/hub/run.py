"""Starts a hub: binds the address, runs the service until it is told to stop.

Embedded, a desk is the parent: it writes one JSON line to standard input (the key), reads one from
standard output (the address), and ends the hub by closing standard input.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
import uvicorn

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asgi import RunningHub, running_hub
from mim_desk.hub.logs import start_logging
from mim_desk.hub.settings import Piped, Settings, settings_of, usable
from mim_desk.hub.store import sole
from mim_desk.hub.store.problems import StoreUnavailable, WrongKey

_STANDARD_INPUT: Final = 0
_LONGEST_LINE: Final = 65536
_SHUTDOWN_S: Final = 20.0
"""An embedded hub waits so long for the one before it to end."""
_BY_HAND_S: Final = 2.0
_log = structlog.get_logger("mim_desk.hub.run")


class Ready(msgspec.Struct, frozen=True):
    """The line an embedded hub writes to its standard output."""

    url: str
    epoch: str


def main(arguments: argparse.Namespace) -> int:
    """Run one hub to its end; the exit code is 0 after an ordered stop."""
    start_logging(os.environ.get("MIM_DESK_LOG_LEVEL", "info"))
    try:
        piped = _read_piped() if arguments.embedded else None
        settings = settings_of(arguments, piped)
        patience_s = _SHUTDOWN_S if settings.embedded else _BY_HAND_S
        with contextlib.ExitStack() as held:
            with usable(settings.home):
                is_alone = held.enter_context(sole.holding(settings.database, patience_s))
            _run(replace(settings, is_alone=is_alone), _bind(settings))
    except (WrongKey, StoreUnavailable, Refusal) as problem:
        _complain(problem)
        return 2
    return 0


def _run(settings: Settings, bound: socket.socket) -> None:
    if settings.keys.made_at:
        _say(f"A new key was made in {settings.keys.made_at}. Keep a copy: without it the data cannot be read.")
    config = _config(settings)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(settings, bound, config))


def _read_piped() -> Piped:
    """The first line of standard input, read without Python's buffer so that its end can be watched later."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        part = os.read(_STANDARD_INPUT, 1)
        if not part:
            break
        line += part
    try:
        return msgspec.json.decode(line, type=Piped)
    except msgspec.DecodeError as problem:
        raise Refusal("bad-pipe", "Standard input did not begin with one JSON line with the key.") from problem


def _bind(settings: Settings) -> socket.socket:
    ports = [_last_port(settings.home), 0] if settings.port is None else [settings.port]
    refused = OSError("no port")
    for port in ports:
        try:
            bound = _listening(settings.host, port)
        except OSError as problem:
            refused = problem
            continue
        if settings.embedded:
            with usable(settings.home):
                (settings.home / "port").write_text(str(bound.getsockname()[1]), "ascii")
        return bound
    raise Refusal("bad-address", f"Cannot listen on {settings.host}:{ports[-1]}: {refused.strerror}.", "--port")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    return bound


def _last_port(home: Path) -> int:
    """The port of the last start, so that addresses handed out then stay right; 0 when there was none."""
    try:
        return int((home / "port").read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app=_not_yet,
        lifespan="off",
        http="httptools",
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=10,
        backlog=2048,
    )


async def _not_yet(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("the hub is not running yet")


class _Server(uvicorn.Server):
    """Says when it listens, and ends the event streams before it waits for the connections to close."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None], end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening
        self._end_streams = end_streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM order an end; unlike uvicorn's own they are not raised again, so that all is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()

    def stop(self) -> None:
        """Finish what is under way and end."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


async def _serve(settings: Settings, bound: socket.socket, config: uvicorn.Config) -> None:
    address = address_of(settings, bound)
    async with running_hub(settings, address) as hub:
        config.app = hub.app
        _settle_memory()
        server = _Server(config, partial(_announce, settings, hub, address), hub.end_streams)
        if settings.embedded:
            _stop_at_end_of_input(server)
        await server.serve([bound])
    _log.info("stopped")


def _settle_memory() -> None:
    """What the start made stays: let collections skip it, and run seldom, as they stop every thread."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


def _announce(settings: Settings, hub: RunningHub, address: str) -> None:
    if settings.embedded:
        _say(msgspec.json.encode(Ready(address, hub.epoch)).decode())
        return
    _say(f"The hub listens on {address}")
    if hub.made_admin_token:
        _say(f"The first admin's token, shown this once: {hub.made_admin_token}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(problem: Exception) -> None:
    sys.stderr.write(f"mim-desk hub: {' '.join(str(problem).split())}\n")


def _stop_at_end_of_input(server: _Server) -> None:
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(_STANDARD_INPUT, 4096):
            pass
        loop.call_soon_threadsafe(server.stop)

    threading.Thread(target=watch, name="end-of-input", daemon=True).start()


def address_of(settings: Settings, bound: socket.socket) -> str:
    """The address as a client of this machine writes it."""
    host, port = bound.getsockname()[:2]
    scheme = "https" if settings.tls_cert else "http"
    written = f"[{host}]" if ":" in host else host
    return f"{scheme}://{written}:{port}"
