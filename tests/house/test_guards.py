"""The guards bite: each kind of mess that a test leaves behind makes it fail, and what is allowed passes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

MESSES = """
import asyncio, logging, socket, threading, time

import pytest
import structlog
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []

def test_log():
    logging.getLogger("mim").warning("odd")

def test_structured_log():
    structlog.get_logger("mim").error("odder", id=1)

def test_qt_warning(qapp):
    qWarning("a widget complains")

def test_thread():
    threading.Thread(target=time.sleep, args=(2.5,)).start()

async def test_task():
    kept.append(asyncio.get_running_loop().create_task(asyncio.sleep(60)))

def test_widget(qapp):
    kept.append(QWidget())
    kept[-1].show()

def test_timer(qapp):
    kept.append(QTimer(interval=60_000))
    kept[-1].start()

def test_network():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

def test_name_of_another_machine():
    socket.getaddrinfo("desk.test", 80)

def test_warning():
    import warnings
    warnings.warn("old", DeprecationWarning)

def test_allowed_log(allow_log):
    allow_log("odd")
    logging.getLogger("mim").warning("odd")

async def test_thread_of_the_loop():
    await asyncio.to_thread(time.sleep, 0.01)

def test_desk_loop(desk_loop):
    async def wait():
        await asyncio.to_thread(time.sleep, 0.01)
        await asyncio.sleep(0.01)
        return 3
    assert desk_loop.run_until_complete(wait()) == 3

def test_widget_of_qtbot(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()

def test_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
"""
FAILING = (
    *("test_log", "test_structured_log", "test_qt_warning", "test_thread", "test_task", "test_widget", "test_timer"),
    *("test_network", "test_name_of_another_machine", "test_warning"),
)
PASSING = ("test_allowed_log", "test_thread_of_the_loop", "test_desk_loop", "test_widget_of_qtbot", "test_loopback")


pytestmark = pytest.mark.timeout(180)


def _run(folder: Path) -> str:
    """What pytest says about each test above; a run of its own, as they fail on purpose."""
    file = folder / "test_messes.py"
    file.write_text(MESSES, encoding="utf-8")
    command = (
        *(sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"),
        *("-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:randomly", "-q", "-rA", str(file)),
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False)
    return done.stdout + done.stderr


def test_each_mess_fails_its_test_and_what_is_allowed_passes(tmp_path: Path) -> None:
    outcome = _run(tmp_path)

    said = [line.split(" - ")[0].split() for line in outcome.splitlines()]
    results = [(line[0], line[1].rpartition("::")[2]) for line in said if len(line) > 1 and "::" in line[1]]
    bad = {name for result, name in results if result in {"ERROR", "FAILED"}}
    good = {name for result, name in results if result == "PASSED"} - bad
    assert bad == set(FAILING), outcome
    assert good == set(PASSING), outcome
