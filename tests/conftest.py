"""Rules and fixtures of the whole suite."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["TZ"] = "UTC"
os.environ["LC_ALL"] = "C.UTF-8"
# No test may find the developer's own workspace, nor ask the developer's keyring.
_HOME = tempfile.mkdtemp(prefix="mim-home-")
os.environ["MIM_DESK_HOME"] = str(Path(_HOME) / "workspace")
os.environ["MIM_DESK_KEYRING"] = "memory"
os.environ["QT_LOGGING_RULES"] = "qt.qpa.fonts=false"

import asyncio  # noqa: E402  # after the environment: Qt reads it when it is imported

import pytest  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from mim_desk.ui.event_loop import DeskLoop  # noqa: E402
from tests.fakes import FakeClock  # noqa: E402

pytest_plugins = ("tests.servers", "tests.guards", "tests.peers.started")


# On a busy machine a first call may take long; time is measured by ./mim bench, never here.
hypothesis_settings.register_profile("house", deadline=None, database=None)
hypothesis_settings.load_profile("house")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
def desk_loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """The desk's loop, Qt and asyncio in one: ``desk_loop.run_until_complete(...)``."""
    loop = DeskLoop(qapp)
    asyncio.set_event_loop(loop)
    try:
        yield loop
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
        assert not left, f"tasks left over: {left}"
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
