"""The start: what is imported when, one desk per home folder, settings that cannot be read."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mim_desk.desk.paths import Paths
from mim_desk.desk.throw_away import throw_away_home
from mim_desk.ui.single_instance import SingleInstance, socket_name

HEAVY = ("sqlalchemy", "httpx", "keyring", "qasync", "mim_desk.hub", "msgspec", "asyncio", "dataclasses")
CHILD = f"""
import argparse, enum, json, sys
from mim_desk import app
_, frame, _, _ = app.first_paint(argparse.Namespace(offscreen=True, screenshot=None))
heavy = [name for name in {HEAVY!r} if name in sys.modules]
kinds = [kind.__name__ for kind in enum.Enum.__subclasses__()]
picture = frame.grab().toImage()
colors = {{picture.pixelColor(x, picture.height() - 20).name() for x in (20, 400, 1000)}}
print(json.dumps([heavy, len(colors), frame.width(), kinds]))
"""

ROWS = f"""
import dataclasses, json, sys
from mim_desk.desk import first_read, secret_service, secrets
from mim_desk.ui import first_rows, single_instance
late = ("html", "PySide6.QtNetwork", "mim_desk.desk.session", "mim_desk.domain.search_text")
heavy = [name for name in {(*(one for one in HEAVY if one not in ("msgspec", "dataclasses")),)!r} + late if name in sys.modules]
ours = {{name: module for name, module in sys.modules.items() if name.startswith(("mim_desk.desk", "mim_desk.ui"))}}
found = [one for module in ours.values() for one in vars(module).values() if dataclasses.is_dataclass(one)]
print(json.dumps([heavy, [one.__qualname__ for one in found if one.__module__ in ours]]))
"""


def started(home: Path) -> list[object]:
    """What a start up to the first paint tells."""
    environ = {**os.environ, "MIM_DESK_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, env=environ, timeout=50)
    assert ended.returncode == 0, ended.stderr
    told: list[object] = json.loads(ended.stdout.splitlines()[-1])
    return told


def test_the_first_paint_shows_three_panes_and_waits_for_nothing_heavy(tmp_path: Path) -> None:
    heavy, colors, _, kinds = started(tmp_path)

    assert heavy == []
    assert colors == 3
    assert isinstance(kinds, list)
    assert "CompositionMode" in kinds, "these are the enums of Qt's classes that were needed"
    assert "GlobalColor" not in kinds, "the hundred enums of the Qt namespace take longer than the frame"


def test_the_first_rows_wait_for_nothing_heavy_and_for_no_dataclass_to_be_compiled() -> None:
    """A frozen dataclass takes half a millisecond of each start, a Struct nothing."""
    ended = subprocess.run([sys.executable, "-c", ROWS], capture_output=True, text=True, timeout=50, check=True)

    assert json.loads(ended.stdout) == [[], []]


def test_the_first_paint_has_the_size_and_theme_that_were_left(tmp_path: Path) -> None:
    kept = {"theme": "dark", "window": {"window": [1100, 800], "frame": [200, 900], "panes": [300, 600]}}
    (tmp_path / "settings.json").write_text(json.dumps(kept), "utf-8")

    assert started(tmp_path)[2] == 1100


def test_settings_that_cannot_be_read_do_not_hinder_the_start(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{not json", "utf-8")

    assert started(tmp_path)[1] == 3


def test_a_second_start_calls_the_first_one(qtbot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    first.listen()

    second = SingleInstance(tmp_path)
    with qtbot.waitSignal(first.called, timeout=3000):
        assert second.call()

    assert first.first
    assert not second.first
    first.close()


def test_a_desk_that_just_begins_is_called_until_it_hears(qtbot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    second = SingleInstance(tmp_path)

    with ThreadPoolExecutor(1) as caller, qtbot.waitSignal(first.called, timeout=5000):
        heard = caller.submit(second.call)
        first.listen()

    assert heard.result()
    first.close()


def test_a_desk_that_was_killed_holds_no_lock(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from mim_desk.ui.single_instance import SingleInstance"
    code += "; alone = SingleInstance(Path(sys.argv[1])); print(alone.first, flush=True); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)

    after = SingleInstance(tmp_path)

    assert killed.stdout == "True\n"
    assert after.first
    after.close()


def test_a_socket_left_by_a_crash_is_taken_over(qtbot, tmp_path: Path) -> None:
    Path(socket_name(tmp_path)).write_bytes(b"")

    after = SingleInstance(tmp_path)

    assert after.first
    assert after.listen()
    after.close()


def test_other_homes_are_other_desks(qtbot, tmp_path: Path) -> None:
    one, other = (SingleInstance(Paths(tmp_path / name).make().home) for name in ("one", "other"))

    assert one.first
    assert other.first
    one.close()
    other.close()


def ended(home: object, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """A whole run of the program."""
    environ = {**os.environ, "MIM_DESK_HOME": str(home), "MIM_DESK_KEYRING": "memory", **environment}
    command = [sys.executable, "-m", "mim_desk", "--offscreen", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)


@pytest.mark.parametrize("below", ["", "/deeper"], ids=["it is a file", "it is below a file"])
def test_a_home_that_cannot_be_is_said_in_one_sentence(below: str, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")

    done = ended(f"{home}{below}")

    assert done.returncode == 2
    assert done.stderr.startswith(f"mim-desk: The home folder {home}{below} cannot be used: ")
    assert done.stderr.count("\n") == 1


def test_no_picture_of_a_desk_that_runs_already_is_said(qtbot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    first.listen()

    done = ended(tmp_path, "--screenshot", tmp_path / "desk.png")

    first.close()
    assert done.returncode == 2
    assert done.stderr.startswith(f"mim-desk: A desk runs already in {tmp_path}, so there is no picture.")
    assert not (tmp_path / "desk.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="there files cannot be kept from growing")
def test_a_start_on_a_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    command = ["sh", "-c", 'ulimit -f 8; exec "$0" -m mim_desk --offscreen --screenshot "$1"', sys.executable]
    environ = {**os.environ, "MIM_DESK_HOME": str(tmp_path), "MIM_DESK_KEYRING": "memory"}

    done = subprocess.run(
        [*command, str(tmp_path / "a.png")], capture_output=True, text=True, env=environ, timeout=60, check=False
    )

    assert done.returncode == 2
    assert done.stderr.count("Nothing can be kept or sent until") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_picture_that_could_not_be_saved_is_said(tmp_path: Path) -> None:
    """Here the disk is full."""
    full = tmp_path / "desk.png"
    full.symlink_to("/dev/full")

    done = ended(tmp_path / "home", "--screenshot", full)

    assert done.returncode == 1
    assert f"The picture could not be saved as {full}." in done.stderr


DEMO = """
import os, signal, sys
from mim_desk import app, cli
async def ended(desk):
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
app._receive_people = lambda desk, **_: ended(desk)
sys.exit(cli.main(["demo", "--offscreen"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking them")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_rehearsal_that_is_told_to_end_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", DEMO, name], env=environ, timeout=60, check=False)

    assert done.returncode == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="there a dead process cannot be told from a living one")
def test_what_a_killed_rehearsal_left_is_removed_by_the_next(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, living = tmp_path / f"mim-desk-demo-{dead.pid}-a", tmp_path / f"mim-desk-demo-{os.getpid()}-b"
    left.mkdir()
    living.mkdir()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    with throw_away_home() as folder:
        there = set(tmp_path.iterdir())

    for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
        signal.signal(number, handler)
    assert there == {folder, living}
    assert not folder.exists()
