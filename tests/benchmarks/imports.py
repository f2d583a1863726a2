"""import: an archive of 100,000 rows brought into a running hub by ``mim-desk import``, from the start of the command to its end.

Floor: a bare executemany of the same rows into an encrypted file with the hub's own durability, in one transaction. What
stands between them: reading the CSV, asking what is known, HTTP and JSON, the event log and the full-text index.
"""

import csv
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from tests.benchmarks.hubs import Hub, hub
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, by_turns, median

GOAL: Final = Goal(40)
"""Ours, chosen before anything was measured: performance.md names none for imports."""
PEOPLE: Final = 200
ROUNDS: Final = 3


def measure(options: Options) -> Sequence[Figure]:
    """Whole imports and bare inserts by turns, each into a place of its own."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, hub() as running:
        path = Path(folder) / "archive.csv"
        rows = _rows(options.messages)
        _write(path, rows)
        floors, figures = by_turns(min(options.rounds, ROUNDS), lambda: _bare(rows), lambda: _imported(running, path))
    details = {"rows": options.messages, "rows_per_s": round(options.messages / median(figures))}
    return [
        Figure(
            "import",
            "an archive imported, to the same rows in a bare file",
            median(floors),
            median(figures),
            "s",
            GOAL,
            details,
        )
    ]


Row = tuple[str, str, str, str, str]


def _rows(count: int) -> list[Row]:
    """Messages of some people, one after another, as long as people write."""
    each = -(-count // PEOPLE)
    return [
        (
            f"{number // each}",
            f"Person {number // each}",
            f"2009-{1 + number // 20000 % 12:02}-{1 + number // 1000 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
            "in" if number % 2 else "out",
            f"Message {number}: is the waterproof backpack still there, and when would it arrive? 👋",
        )
        for number in range(count)
    ]


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("contact", "name", "at", "direction", "text"))
        writer.writerows(rows)


def _bare(rows: Sequence[Row]) -> float:
    """Seconds to insert the rows into a new file."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder:
        connection = dbapi2.connect(str(Path(folder) / "bare.db"))
        connection.execute(f"PRAGMA key = \"x'{secrets.token_hex(32)}'\"")
        connection.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA wal_autocheckpoint = 40000")
        connection.execute(
            "CREATE TABLE messages (n INTEGER PRIMARY KEY, contact TEXT, name TEXT, at TEXT, direction TEXT, text TEXT)"
        )
        began = time.monotonic()
        with connection:
            connection.executemany(
                "INSERT INTO messages (contact, name, at, direction, text) VALUES (?, ?, ?, ?, ?)", rows
            )
        took = time.monotonic() - began
        connection.close()
        return took


def _imported(running: Hub, path: Path) -> float:
    """Seconds of one import into an archive of its own."""
    command = [sys.executable, "-m", "mim_desk", "import", str(path), "--hub", running.url]
    command += ["--archive", f"Round {secrets.token_hex(4)}"]
    environ = {**os.environ, "MIM_DESK_ADMIN_TOKEN": running.token}
    began = time.monotonic()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=900)
    took = time.monotonic() - began
    if done.returncode or " 0 known, 0 not read" not in done.stdout:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}")
    return took
