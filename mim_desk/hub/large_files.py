"""Room for files in the hub's memory: small ones come freely, of large ones only so many at a time.

A file is held whole until it is stored: encrypted in the database, so that it never lies open on a disk.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

SMALL_BYTES: Final = 8 << 20
AT_ONCE: Final = 2


class Place:
    """Where one file is held; it may grow."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._is_large = False

    async def grow(self, size: int) -> None:
        """Let the file be so large; waits for its turn before it gets large."""
        if size > SMALL_BYTES and not self._is_large:
            await self._turns.acquire()
            self._is_large = True

    def leave(self) -> None:
        """The file is held no more."""
        if self._is_large:
            self._is_large = False
            self._turns.release()


class LargeFiles:
    """The turns of large files in one hub."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A place for one file, until it is stored or given up."""
        place = Place(self._turns)
        try:
            yield place
        finally:
            place.leave()
