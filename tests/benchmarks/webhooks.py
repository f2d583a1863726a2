"""P6: signed webhooks a second, stored durably and logged, over 64 connections.

Floor: the same application without the insert. Beside it: the same with a commit for each request.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from tests.benchmarks.hubs import SECRET, Hub, hub, provider
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, by_turns, median

CONNECTIONS: Final = 64
FASTEST_PER_S: Final = 20_000
GOAL: Final = Goal(0.7, at_least=True)
GOAL_TO_EACH: Final = Goal(15, at_least=True)


def measure(options: Options) -> Sequence[Figure]:
    """Rounds of load against three hubs by turns."""
    with ExitStack() as stack:
        takes = stack.enter_context(provider())
        loads = []
        for mode in ("bare", "stored", "each"):
            running = stack.enter_context(hub(mode))
            loads.append(_Load(running, running.custom_inbox(takes.url), options.round_s))
        bare, stored, each = loads
        floors, figures = by_turns(options.rounds, bare.run, stored.run)
        singles, _ = by_turns(max(options.rounds // 2, 1), each.run, lambda: 0.0)
        _check(stored)
    details = {
        "p99_ms": round(median(stored.p99_ms), 1),
        "floor_p99_ms": round(median(bare.p99_ms), 1),
        "rounds": options.rounds,
    }
    what = "signed webhooks stored, to the same app without the insert"
    beside = "the same, to a commit for each request"
    return [
        Figure("P6", what, median(floors), median(figures), "requests/s", GOAL, details),
        Figure("P6 each", beside, median(singles), median(figures), "requests/s", GOAL_TO_EACH),
    ]


class _Load:
    """One hub under load, round after round."""

    def __init__(self, running: Hub, path: str, seconds: float) -> None:
        self.hub = running
        self.p99_ms: list[float] = []
        self.taken = 0
        self._path = path
        self._seconds = seconds

    def run(self) -> float:
        """Requests a second in one round."""
        command = [sys.executable, "-m", "tests.benchmarks.webhook_load", "--host", self.hub.host]
        command += ["--port", str(self.hub.port), "--path", self._path, "--secret", SECRET]
        command += ["--seconds", str(self._seconds), "--connections", str(CONNECTIONS)]
        command += ["--most", str(int(self._seconds * FASTEST_PER_S))]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout)
        if told["refused"]:
            raise RuntimeError(f"{told['refused']} of {told['count']} deliveries were not answered 200")
        self.p99_ms.append(told["p99_ms"])
        self.taken += told["count"]
        return float(told["per_s"])


def _check(stored: _Load) -> None:
    """What was answered 200 is there: the log has at least one event for each message."""
    seq = stored.hub.call("GET", "/api/v1/snapshot?limit=1")["seq"]
    if seq < stored.taken:
        raise RuntimeError(f"{stored.taken} deliveries were taken, but the log ends at {seq}")
