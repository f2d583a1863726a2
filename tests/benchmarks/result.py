"""What a benchmark answers: a figure over its floor, and how it is printed and kept."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Goal:
    """The ratio to reach: at most or at least ``ratio``."""

    ratio: float
    at_least: bool = False

    def is_met(self, ratio: float) -> bool:
        """Whether ``ratio`` reaches the goal."""
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.ratio:g}x"


@dataclass(frozen=True)
class Figure:
    """One line of the table: a figure and its floor, in the same unit.

    Attributes:
        goal: none where nothing hangs on it.
        details: further figures of the same run, for the JSON only.
    """

    name: str
    what: str
    floor: float
    figure: float
    unit: str
    goal: Goal | None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Figure by floor."""
        return self.figure / self.floor

    def as_json(self) -> dict[str, Any]:
        """The figure as ``--json`` keeps it."""
        return {
            "what": self.what,
            "floor": round(self.floor, 4),
            "figure": round(self.figure, 4),
            "ratio": round(self.ratio, 4),
            "unit": self.unit,
            "goal": str(self.goal) if self.goal else None,
            "met": self.goal.is_met(self.ratio) if self.goal else None,
            **self.details,
        }


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def by_turns(rounds: int, floor: Callable[[], float], figure: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Both measured alternately, so that a busy minute meets both; one round before is thrown away."""
    floor()
    figure()
    floors, figures = [], []
    for number in range(rounds):
        for measure, into in ((floor, floors), (figure, figures))[:: 1 if number % 2 == 0 else -1]:
            into.append(measure())
    return floors, figures


def table(figures: Sequence[Figure]) -> str:
    """The table as people read it."""
    head = ["", "floor", "figure", "unit", "ratio", "goal", "", "what"]
    lines = [head]
    for one in figures:
        met = "" if one.goal is None else "met" if one.goal.is_met(one.ratio) else "MISSED"
        lines.append(
            [
                one.name,
                _number(one.floor),
                _number(one.figure),
                one.unit,
                f"{one.ratio:.2f}x",
                str(one.goal or ""),
                met,
                one.what,
            ]
        )
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
