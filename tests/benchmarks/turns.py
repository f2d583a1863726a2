"""The pieces of a floor and the figure held against them, one of each by turns and each after the same pause.

What comes alone after a pause finds the processor's caches and clocks given to other things, and costs two to four
times what it costs as one of many without a pause. Messages come alone, so the pieces they are held against do too
(performance.md, section 8: interleaved). What the pieces cost back to back is in the JSON beside it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.benchmarks.result import percentile

PAUSE_S: Final = 0.06
"""Long enough for all that follows from a message to be done."""

Measured = Callable[[], float]


class Turns:
    """Samples of some pieces and of a figure, in milliseconds.

    Attributes:
        figures: of the figure so far.

    Args:
        figure: measures one; it is told a name of its own.
    """

    def __init__(self, pieces: Mapping[str, Measured], figure: Callable[[str], float]) -> None:
        self.figures: list[float] = []
        self._measures = pieces
        self._figure = figure
        self._pieces: dict[str, list[float]] = {name: [] for name in pieces}
        self._back_to_back: dict[str, list[float]] = {name: [] for name in pieces}

    def take(self, count: int, name: str) -> None:
        """``count`` of each, and the pieces as often without a pause."""
        for number in range(count):
            for piece, measure in self._measures.items():
                time.sleep(PAUSE_S)
                self._pieces[piece].append(measure())
            time.sleep(PAUSE_S)
            self.figures.append(self._figure(f"{name}: {number}"))
        for piece, measure in self._measures.items():
            time.sleep(PAUSE_S)
            self._back_to_back[piece] += [measure() for _ in range(count)]

    def floor(self, share: float) -> float:
        """What ``share`` of the samples of each piece do not pass, added up."""
        return sum(percentile(values, share) for values in self._pieces.values())

    def details(self) -> dict[str, Any]:
        """The median of each piece by turns, and of their sum back to back."""
        medians = {f"floor_{name}": round(percentile(values, 0.5), 3) for name, values in self._pieces.items()}
        back_to_back = sum(percentile(values, 0.5) for values in self._back_to_back.values())
        return {**medians, "floor_back_to_back": round(back_to_back, 3)}
