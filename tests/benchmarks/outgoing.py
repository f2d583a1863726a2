"""P8: from Enter to the provider's request arriving, through a real hub.

Floor: two loopback POSTs and two durable inserts, each alone, added up. A POST on a plain socket is
measured beside them (``bare_post_p50`` in the JSON).
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tests.benchmarks.live import LiveDesk, live_desk
from tests.benchmarks.loopback import Pieces, loopback_server
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, percentile
from tests.benchmarks.turns import Turns

GOAL: Final = Goal(2)


def measure(options: Options) -> Sequence[Figure]:
    """Rounds of pieces and of replies by turns."""
    sockets: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loopback_server() as port, live_desk() as desk:
        bare = Pieces(port, Path(folder))
        sends = _Sends(desk)
        for number in range(5):
            sends.arrived_ms(f"warm: {number}")
        sends.painted.clear()
        turns = Turns({"post": bare.post_ms, "insert": bare.insert_ms}, sends.arrived_ms)
        for number in range(options.rounds):
            turns.take(options.samples, f"round {number}")
            sockets += [bare.bare_post_ms() for _ in range(options.samples)]
        bare.close()
    details = turns.details()
    details["bare_post_p50"] = round(percentile(sockets, 0.5), 3)
    details |= {f"on_screen_p{share}": round(percentile(sends.painted, share / 100), 2) for share in (50, 99)}
    p50, p99 = 2 * turns.floor(0.5), 2 * turns.floor(0.99)
    what = "Enter to the provider's request arriving"
    return [
        Figure("P8", f"{what}, p50", p50, percentile(turns.figures, 0.5), "ms", GOAL, details),
        Figure("P8 p99", f"{what}, p99", p99, percentile(turns.figures, 0.99), "ms", GOAL),
    ]


class _Sends:
    """Replies of one desk, timed on both sides.

    Attributes:
        painted: milliseconds to the screen, of each.
    """

    def __init__(self, desk: LiveDesk) -> None:
        self.painted: list[float] = []
        self._desk = desk
        self._arrivals: SimpleQueue[tuple[float, str]] = SimpleQueue()
        desk.provider.on_message = lambda at, body: self._arrivals.put((at, str(body["text"])))

    def arrived_ms(self, name: str) -> float:
        """Milliseconds to the provider."""
        text = f"{name}, a reply"
        told = self._desk.order("send", text=text)
        self.painted.append((told["painted"] - told["pressed"]) * 1000)
        return (self._arrival_of(text) - told["pressed"]) * 1000

    def _arrival_of(self, text: str) -> float:
        while True:
            at, found = self._arrivals.get(timeout=20)
            if found == text:
                return at
