"""P4: click to painted and append, conversation of 100,000 messages, from the cache."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, median, percentile

GOAL: Final = Goal(2)
GOAL_TO_SHORT: Final = Goal(1.2)
SAMPLES_PER_ROUND: Final = 20


def measure(options: Options) -> Sequence[Figure]:
    """The child's samples as figures; p99 of all of them."""
    command = [sys.executable, "-m", "tests.benchmarks.timeline_child"]
    command += [str(options.messages), str(options.rounds * SAMPLES_PER_ROUND)]
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    samples = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environ).stdout)
    p99 = {name: percentile(values, 0.99) for name, values in samples.items()}
    details = {f"{name}_p50": round(median(values), 2) for name, values in samples.items()}
    long = f"{options.messages:,} messages"
    return [
        Figure("P4", f"click to painted, {long}, p99", p99["floor"], p99["open"], "ms", GOAL, details),
        Figure("P4 append", f"message in the cache to painted, {long}, p99", p99["floor"], p99["append"], "ms", GOAL),
        Figure("P4 long", f"click to painted, {long} to 100", p99["open_short"], p99["open"], "ms", GOAL_TO_SHORT),
        Figure("P4 long append", f"append, {long} to 100", p99["append_short"], p99["append"], "ms", GOAL_TO_SHORT),
    ]
