"""P7: from the provider's POST to the message painted on the desk, through a real hub.

Floor: a loopback POST as the provider makes it, a durable insert, a hop of a stream and a repaint,
each alone, added up.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.live import LiveDesk, live_desk
from tests.benchmarks.loopback import Pieces, loopback_server
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, median, percentile

GOAL: Final = Goal(2)
GAP_S: Final = 0.06


def measure(options: Options) -> Sequence[Figure]:
    """Rounds of pieces and of messages by turns."""
    pieces: dict[str, list[float]] = {"post": [], "insert": [], "hop": [], "repaint": []}
    figures: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loopback_server() as port, live_desk() as desk:
        bare = Pieces(port, Path(folder))
        messages(desk, 5, "warm")
        for number in range(options.rounds):
            measure_pieces(bare, desk, pieces, options.samples)
            figures += messages(desk, options.samples, f"round {number}")
        bare.close()
    details = {f"floor_{name}": round(median(values), 3) for name, values in pieces.items()}
    what = "provider's POST to painted"
    p50, p99 = (sum(percentile(values, share) for values in pieces.values()) for share in (0.5, 0.99))
    return [
        Figure("P7", f"{what}, p50", p50, percentile(figures, 0.5), "ms", GOAL, details),
        Figure("P7 p99", f"{what}, p99", p99, percentile(figures, 0.99), "ms", GOAL),
    ]


def measure_pieces(bare: Pieces, desk: LiveDesk, into: dict[str, list[float]], count: int) -> None:
    """The pieces of the floor, each alone."""
    for _ in range(count):
        into["post"].append(bare.bare_post_ms())
        into["insert"].append(bare.insert_ms())
        into["hop"].append(bare.hop_ms())
    into["repaint"] += desk.order("repaint", times=count)


def messages(desk: LiveDesk, count: int, name: str) -> list[float]:
    """Milliseconds from the POST of each message to its paint."""
    found = []
    desk.connect()
    desk.post(f"{name}: the line is open")
    for number in range(count):
        text = f"{name}: message {number}, where is my order?"
        began = desk.post(text)
        found.append((desk.order("painted", text=text) - began) * 1000)
        time.sleep(GAP_S)
    return found
