"""P1a: process start to the three panes painted, beside a bare QWidget's."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, by_turns, median

GOAL: Final = Goal(1.3)
STARTS_PER_ROUND: Final = 3
HERE: Final = Path(__file__).resolve().parent


def measure(options: Options) -> Sequence[Figure]:
    """Starts by turns: of the bare widget, to the first frame of the panes, to the panes with their words."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder:
        frame, panes = DeskStart("painted", Path(folder)), DeskStart("panes", Path(folder))
        floors, figures = by_turns(options.rounds, middle_of(bare_ms), middle_of(frame.ms))
        floors_of_panes, figures_of_panes = by_turns(options.rounds, middle_of(bare_ms), middle_of(panes.ms))
    if frame.heavy:
        raise RuntimeError(f"imported before the first paint: {', '.join(sorted(frame.heavy))}")
    what, details = "process start to the three panes painted", {"rounds": options.rounds}
    whole = "process start to the panes with all they hold"
    return [
        Figure("P1a", what, median(floors), median(figures), "ms", GOAL, details),
        Figure("P1a whole", whole, median(floors_of_panes), median(figures_of_panes), "ms", GOAL, details),
    ]


def middle_of(start: Callable[[], float]) -> Callable[[], float]:
    """The median of a few starts, as one round."""
    return lambda: median([start() for _ in range(STARTS_PER_ROUND)])


def bare_ms() -> float:
    """A bare QWidget, from the start of its process to its paint."""
    began = time.monotonic()
    return (float(_last_line(HERE / "bare_child.py", [], {})) - began) * 1000


class DeskStart:
    """Starts of the desk on one home folder.

    Attributes:
        heavy: heavy packages that were imported by then.
    """

    def __init__(self, until: str, home: Path, keys: Path | None = None) -> None:
        self.heavy: set[str] = set()
        self._arguments = [until] if keys is None else [until, str(keys)]
        self._environ = {"MIM_DESK_HOME": str(home), "MIM_DESK_KEYRING": "memory" if keys is None else ""}

    def ms(self) -> float:
        """From the start of the process to the point."""
        began = time.monotonic()
        told = json.loads(_last_line(HERE / "desk_child.py", self._arguments, self._environ))
        self.heavy.update(told["heavy"])
        return (float(told["at"]) - began) * 1000


def _last_line(file: Path, arguments: Sequence[str], environ: dict[str, str]) -> str:
    whole = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(HERE.parents[1]), **environ}
    whole.pop("PYTHONDONTWRITEBYTECODE", None)  # as ./mim starts it; else it would be the compiler that is measured
    command = [sys.executable, str(file), *arguments]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=whole, timeout=60)
    return ended.stdout.strip().splitlines()[-1]
