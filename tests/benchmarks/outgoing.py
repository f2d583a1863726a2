"""P8: from Enter to the provider's request arriving, through a real hub.

Floor: two loopback POSTs and two durable inserts, each alone, added up. A POST on a plain socket is
measured beside them (``bare_post_p50`` in the JSON).
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tests.benchmarks.live import LiveDesk, live_desk
from tests.benchmarks.loopback import Pieces, loopback_server
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, median, percentile

GOAL: Final = Goal(2)
GAP_S: Final = 0.06


def measure(options: Options) -> Sequence[Figure]:
    """Rounds of pieces and of replies by turns."""
    pieces: dict[str, list[float]] = {"post": [], "insert": []}
    figures: list[float] = []
    shown: list[float] = []
    sockets: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loopback_server() as port, live_desk() as desk:
        bare = Pieces(port, Path(folder))
        sends = _Sends(desk)
        sends.measure(5, "warm")
        for number in range(options.rounds):
            for _ in range(options.samples):
                pieces["post"].append(bare.post_ms())
                pieces["insert"].append(bare.insert_ms())
                sockets.append(bare.bare_post_ms())
            arrived, painted = sends.measure(options.samples, f"round {number}")
            figures += arrived
            shown += painted
        bare.close()
    details = {f"floor_{name}": round(median(values), 3) for name, values in pieces.items()}
    details["bare_post_p50"] = round(percentile(sockets, 0.5), 3)
    details |= {"on_screen_p50": round(percentile(shown, 0.5), 2), "on_screen_p99": round(percentile(shown, 0.99), 2)}
    p50, p99 = (2 * sum(percentile(values, share) for values in pieces.values()) for share in (0.5, 0.99))
    what = "Enter to the provider's request arriving"
    return [
        Figure("P8", f"{what}, p50", p50, percentile(figures, 0.5), "ms", GOAL, details),
        Figure("P8 p99", f"{what}, p99", p99, percentile(figures, 0.99), "ms", GOAL),
    ]


class _Sends:
    """Replies of one desk, timed on both sides."""

    def __init__(self, desk: LiveDesk) -> None:
        self._desk = desk
        self._arrivals: SimpleQueue[tuple[float, str]] = SimpleQueue()
        desk.provider.on_message = lambda at, body: self._arrivals.put((at, str(body["text"])))

    def measure(self, count: int, name: str) -> tuple[list[float], list[float]]:
        """Milliseconds to the provider and to the screen."""
        arrived, painted = [], []
        for number in range(count):
            text = f"{name}: reply {number}"
            told = self._desk.order("send", text=text)
            painted.append((told["painted"] - told["pressed"]) * 1000)
            arrived.append((self._arrival_of(text) - told["pressed"]) * 1000)
            time.sleep(GAP_S)
        return arrived, painted

    def _arrival_of(self, text: str) -> float:
        while True:
            at, found = self._arrivals.get(timeout=20)
            if found == text:
                return at
