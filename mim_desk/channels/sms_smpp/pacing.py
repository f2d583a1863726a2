"""How fast messages are submitted: at most as fast as the carrier allows, half as fast whenever it complains."""

from dataclasses import dataclass
from typing import Final

FASTEST: Final = 100.0
_SLOWEST: Final = 0.5
_LOSS: Final = 0.5
_GAIN: Final = 1.05


@dataclass
class Pace:
    """A rate in messages per second; times are seconds of any clock.

    Attributes:
        most: what the carrier allows.
        rate: what is submitted now.
    """

    most: float = FASTEST
    rate: float = 0.0
    _next: float = 0.0
    _slowed: float = float("-inf")

    def __post_init__(self) -> None:
        self.rate = self.most

    def wait_s(self, now: float) -> float:
        """How long the next message waits; its turn is taken."""
        turn = max(self._next, now)
        self._next = turn + 1.0 / self.rate
        return turn - now

    def slow_down(self, now: float) -> None:
        """The carrier wants fewer: half as many, once for all complaints of one moment."""
        if now - self._slowed >= 1.0 / self.rate:
            self.rate = max(self.rate * _LOSS, min(_SLOWEST, self.most))
            self._slowed = now
        self._next = max(self._next, now + 1.0 / self.rate)

    def taken(self) -> None:
        """The carrier took one: a little faster again."""
        self.rate = min(self.rate * _GAIN, self.most)
