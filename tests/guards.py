"""What makes a test fail besides its own assertions: unexpected log records, leftovers, calls into the network."""

import asyncio
import gc
import ipaddress
import logging
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog

_MANY_OBJECTS = 100_000
_FROZEN_EVERY = 50
"""Tests; what they leave behind is not looked through any more."""
GRACE_S = 2.0
"""How long a thread may take to end after its test."""

AllowLog = Callable[[str], None]


class _Records(logging.Handler):
    """Keeps what was logged at warning level or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture
def _allowed_log() -> list[re.Pattern[str]]:
    return []


@pytest.fixture
def allow_log(_allowed_log: list[re.Pattern[str]]) -> AllowLog:
    """``allow_log(regex)``: this test may log warnings and errors whose line matches."""
    return lambda pattern: _allowed_log.append(re.compile(pattern))


@pytest.fixture(autouse=True)
def _no_unexpected_log(_allowed_log: list[re.Pattern[str]]) -> Iterator[None]:
    # Again for each test: a program started inside a test sets up its own.
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    records = _Records()
    root = logging.getLogger()
    root.addHandler(records)
    yield
    root.removeHandler(records)
    unexpected = [line for line in records.lines if not any(allowed.search(line) for allowed in _allowed_log)]
    if unexpected:
        pytest.fail("unexpected in the log:\n" + "\n".join(unexpected), pytrace=False)


@pytest.fixture(autouse=True)
def _no_leftover_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE_S
    while left := [thread for thread in set(threading.enumerate()) - before if _counts(thread)]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left over: {left}", pytrace=False)
        time.sleep(0.01)


def _counts(thread: threading.Thread) -> bool:
    """Foreign threads that merely called into Python are not ours to end."""
    return thread.is_alive() and not isinstance(thread, threading._DummyThread)  # it has no public name


@pytest_asyncio.fixture
async def _no_leftover_tasks() -> AsyncIterator[None]:
    yield
    left = [task for task in asyncio.all_tasks() - {asyncio.current_task()} if not task.done()]
    if left:
        pytest.fail(f"tasks left over: {left}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_leftover_widgets(request: pytest.FixtureRequest) -> Iterator[None]:
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    before = _open_widgets() + _running_timers()
    yield
    left = [found for found in _open_widgets() + _running_timers() if found not in before]
    if left:
        pytest.fail(f"widgets or timers left over: {left}", pytrace=False)


def _open_widgets() -> list[Any]:
    from PySide6.QtWidgets import QApplication

    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def _running_timers() -> list[Any]:
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    timers = [found for found in gc.get_objects() if issubclass(type(found), QTimer)]
    return [timer for timer in timers if isValid(timer) and timer.isActive()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every coroutine test the check for leftover tasks, around all its fixtures."""
    for item in items:
        if isinstance(item, pytest.Function) and asyncio.iscoroutinefunction(item.function):
            # Threads first, so that they are looked at last, when the loop has ended its own.
            item.fixturenames[:0] = ["_no_leftover_threads", "_no_leftover_tasks"]


class _Heap:
    """The tests themselves are a million objects: looking through them after each one took longer than the test."""

    def __init__(self) -> None:
        self._tests = 0

    def freeze(self) -> None:
        """Look through what is here no more."""
        gc.collect()
        gc.freeze()

    def after_a_test(self) -> None:
        """Now and then freeze what tests left, also what a test of the desk's own collecting thawed."""
        self._tests += 1
        if self._tests % _FROZEN_EVERY == 0:
            self.freeze()


_heap = _Heap()


def pytest_collection_finish() -> None:
    """From here on the tests stay as they are."""
    _heap.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Garbage is collected here and never by a worker thread, which would end the process at the first widget."""
    gc.disable()
    told = yield
    used_qt = isinstance(item, pytest.Function) and {"qtbot", "qapp"} & set(item.fixturenames)
    _heap.after_a_test()
    if used_qt or gc.get_count()[0] > _MANY_OBJECTS:
        gc.collect()
    return told


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0] or "localhost"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if not _is_loopback(host):
        raise RuntimeError(f"a test must not reach beyond this machine: {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def pytest_configure() -> None:
    """From now on this process connects to loopback only."""
    sys.addaudithook(_refuse_network)
