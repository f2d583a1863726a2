"""Notices over a real session bus, with a server that only writes down what it is sent."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("bus_child.py")


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="apt install dbus")
def test_a_notice_travels_as_the_specification_wants() -> None:
    """Types are those of the specification, markup stays text, and the next notice replaces the first."""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(SCRIPT.parents[3])}

    ended = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(SCRIPT)], capture_output=True, text=True, env=environ, timeout=50
    )

    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]
    signatures = [(name, signature) for name, signature, _ in told]
    assert signatures == [
        ("GetCapabilities", ""),
        ("Notify", "susssasa{sv}i"),
        ("Notify", "susssasa{sv}i"),
        ("CloseNotification", "u"),
    ]
    first, second = told[1][2], told[2][2]
    assert first[1] == 0
    assert first[3:5] == ["Marta, WhatsApp", "Will the &lt;b&gt;driver&lt;/b&gt; wait?"]
    assert second[1] == 7
    assert told[3][2] == [7]
