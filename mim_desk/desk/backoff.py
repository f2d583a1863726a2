"""Waiting longer after each failure, never in step with other desks, and at once when asked."""

import asyncio
import random
from contextlib import suppress


class Backoff:
    """Delays of one repeated attempt.

    Args:
        first_s, most_s: the first delay and the longest; each is drawn between half and the whole.
    """

    def __init__(self, first_s: float = 0.4, most_s: float = 20.0) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0
        self._now = asyncio.Event()

    def succeeded(self) -> None:
        """Start again from the first delay."""
        self._failures = 0

    def try_now(self) -> None:
        """End the wait that is running."""
        self._now.set()

    async def wait(self, at_least_s: float = 0.0) -> None:
        """Sleep after a failure, or until ``try_now``."""
        whole = min(self._most_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        self._now.clear()
        delay_s = max(at_least_s, whole * random.uniform(0.5, 1.0))  # noqa: S311  # spreads desks, keeps no secret
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._now.wait()
