"""Loading a snapshot: page by page, into the empty cache or into a new file that then takes its place."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mim_desk.desk.cache import file
from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.cache.file import CacheFile, Turns
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.tasks import in_thread

if TYPE_CHECKING:
    from mim_desk.desk.cache.store import CacheStore


class Filling:
    """One snapshot on its way; without ``finish`` the cursor stays where it was.

    All of it goes into one file: when the cache was made anew meanwhile, the rest raises ``Replaced``.

    Attributes:
        in_place: whether the rows show while they come.
    """

    def __init__(self, cache: "CacheStore", beside: Turns | None, into: CacheFile | None) -> None:
        self._cache = cache
        self._beside = beside
        self._into = into
        self.in_place = beside is None

    async def put(self, page: Callable[[], Batch]) -> None:
        """Write a page in one transaction."""
        if self._beside is None:
            await self._cache.apply(page, 0, self._into)
            return
        actions = self._cache.unsent_actions()
        beside = self._beside

        def work(connection: Connection) -> None:
            file.apply_events(connection, page(), 0, actions)

        await in_thread(partial(beside.write, work))

    async def finish(self, epoch: str, seq: int) -> None:
        """Set the cursor, and put a new file into the cache's place."""

        def work(connection: Connection) -> None:
            file.keep_cursor(connection, seq, epoch)

        if self._beside is None:
            await self._cache.write(work, self._into)
            return
        await in_thread(partial(self._beside.write, work))
        await self._cache.take_over(self._beside)
        self._beside = None

    async def abandon(self) -> None:
        """Close what was not finished."""
        if self._beside is not None:
            await in_thread(self._beside.close)
            self._beside = None
