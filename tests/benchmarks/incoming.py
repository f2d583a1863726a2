"""P7: from the provider's POST to the message painted on the desk, through a real hub.

Floor: a loopback POST as the provider makes it, a durable insert, a hop of a stream and a repaint,
each alone, added up.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.live import LiveDesk, live_desk
from tests.benchmarks.loopback import Pieces, loopback_server
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, percentile
from tests.benchmarks.turns import Turns

GOAL: Final = Goal(2)


def measure(options: Options) -> Sequence[Figure]:
    """Rounds of pieces and of messages by turns."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loopback_server() as port, live_desk() as desk:
        bare = Pieces(port, Path(folder))
        turns = Turns(pieces(bare, desk), lambda text: painted_ms(desk, text))
        warm_up(desk)
        for number in range(options.rounds):
            open_line(desk)
            turns.take(options.samples, f"round {number}")
        bare.close()
    what = "provider's POST to painted"
    p50, p99 = turns.floor(0.5), turns.floor(0.99)
    return [
        Figure("P7", f"{what}, p50", p50, percentile(turns.figures, 0.5), "ms", GOAL, turns.details()),
        Figure("P7 p99", f"{what}, p99", p99, percentile(turns.figures, 0.99), "ms", GOAL),
    ]


def pieces(bare: Pieces, desk: LiveDesk) -> Mapping[str, Callable[[], float]]:
    """The pieces of the floor in milliseconds."""
    return {
        "post": bare.bare_post_ms,
        "insert": bare.insert_ms,
        "hop": bare.hop_ms,
        "repaint": lambda: float(desk.order("repaint", times=1)[0]),
    }


def open_line(desk: LiveDesk) -> None:
    """Before a round: a fresh connection with a first message, which is not counted."""
    desk.connect()
    desk.post("the line is open")


def warm_up(desk: LiveDesk) -> None:
    """What is first of its kind is not counted."""
    open_line(desk)
    for number in range(5):
        painted_ms(desk, f"warm: message {number}")


def painted_ms(desk: LiveDesk, name: str) -> float:
    """Milliseconds from the POST of a message to its paint."""
    text = f"{name}, where is my order?"
    began = desk.post(text)
    return (float(desk.order("painted", text=text)) - began) * 1000
