"""The start: what is imported when, one desk per home folder, settings that cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mim_desk.ui.single_instance import SingleInstance, socket_name

HEAVY = ("sqlalchemy", "httpx", "keyring", "qasync", "mim_desk.hub", "msgspec", "asyncio")
CHILD = f"""
import argparse, json, sys
from mim_desk import app
_, frame, _, _ = app.first_paint(argparse.Namespace(offscreen=True, screenshot=None))
heavy = [name for name in {HEAVY!r} if name in sys.modules]
picture = frame.grab().toImage()
colors = {{picture.pixelColor(x, picture.height() - 20).name() for x in (20, 400, 1000)}}
print(json.dumps([heavy, len(colors), frame.width()]))
"""


def started(home: Path) -> list[object]:
    """What a start up to the first paint tells."""
    environ = {**os.environ, "MIM_DESK_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, env=environ, timeout=50)
    assert ended.returncode == 0, ended.stderr
    told: list[object] = json.loads(ended.stdout.splitlines()[-1])
    return told


def test_the_first_paint_shows_three_panes_and_waits_for_nothing_heavy(tmp_path: Path) -> None:
    heavy, colors, _ = started(tmp_path)

    assert heavy == []
    assert colors == 3


def test_the_first_paint_has_the_size_and_theme_that_were_left(tmp_path: Path) -> None:
    kept = {"theme": "dark", "window": {"window": [1100, 800], "frame": [200, 900], "panes": [300, 600]}}
    (tmp_path / "settings.json").write_text(json.dumps(kept), "utf-8")

    assert started(tmp_path)[2] == 1100


def test_settings_that_cannot_be_read_do_not_hinder_the_start(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{not json", "utf-8")

    assert started(tmp_path)[1] == 3


def test_a_second_start_calls_the_first_one(qtbot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)

    with qtbot.waitSignal(first.called, timeout=3000):
        second = SingleInstance(tmp_path)

    assert first.first
    assert not second.first
    first.close()


def test_a_socket_left_by_a_crash_is_taken_over(qtbot, tmp_path: Path) -> None:
    Path(socket_name(tmp_path)).write_bytes(b"")

    after = SingleInstance(tmp_path)

    assert after.first
    after.close()


def test_other_homes_are_other_desks(qtbot, tmp_path: Path) -> None:
    one, other = SingleInstance(tmp_path / "one"), SingleInstance(tmp_path / "other")

    assert one.first
    assert other.first
    one.close()
    other.close()
