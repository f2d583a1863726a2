"""P1b: process start to real rows from the encrypted cache, the key fetched, beside a bare QWidget's start."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from mim_desk.desk.keys import new_keys
from mim_desk.desk.paths import Paths
from tests.benchmarks import filled
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, by_turns, median
from tests.benchmarks.start import DeskStart, bare_ms, middle_of

GOAL: Final = Goal(3)


def measure(options: Options) -> Sequence[Figure]:
    """Starts of both by turns, on a cache of many conversations."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder:
        paths, keys = Paths(Path(folder)).make(), new_keys()
        filled.cache_of_conversations(paths.cache, keys.cache, options.conversations)
        settings = {"first_run_done": True, "network": "offline", "window": {"me_id": filled.ME.id}}
        paths.settings.write_text(json.dumps(settings), "utf-8")
        kept = Path(folder) / "keyring"
        kept.write_bytes(msgspec.json.encode(keys))
        desk = DeskStart("rows", paths.home, kept)
        floors, figures = by_turns(options.rounds, middle_of(bare_ms), middle_of(desk.ms))
    what = f"process start to rows from a cache of {options.conversations:,} conversations"
    details = {"rounds": options.rounds, "imported": sorted(desk.heavy)}
    return [Figure("P1b", what, median(floors), median(figures), "ms", GOAL, details)]
