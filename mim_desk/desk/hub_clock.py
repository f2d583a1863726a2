"""The hub's time on this computer, whatever is done to the clock on its wall (reliability.md, F8)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def since_boot() -> float:
    """Seconds that nobody sets back or forth; they go on while the computer sleeps, where the system counts that."""
    clock = getattr(time, "CLOCK_BOOTTIME", None) or getattr(time, "CLOCK_MONOTONIC", None)  # Linux; macOS
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class HubClock:
    """Counts on from what the hub last said; before it was heard, from the clock on the wall at the start.

    Args:
        ticks: seconds that only go forward.
    """

    def __init__(self, ticks: Callable[[], float] = since_boot) -> None:
        self._ticks = ticks
        self._at_zero = datetime.now(UTC) - timedelta(seconds=ticks())

    def __call__(self) -> datetime:
        """The hub's time now."""
        return self._at_zero + timedelta(seconds=self._ticks())

    def set(self, now: datetime) -> None:
        """The hub said what time it is."""
        self._at_zero = now - timedelta(seconds=self._ticks())
