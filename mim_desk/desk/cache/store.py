"""The cache's file in use: worker threads, damage healed, batches applied, snapshots put in place."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from mim_desk.desk import encrypted_file
from mim_desk.desk.cache import apply, file
from mim_desk.desk.cache.file import CacheFile, Turns
from mim_desk.desk.cache.filling import Filling
from mim_desk.desk.cache.names import VISITOR, Names
from mim_desk.desk.changes import Change, News
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.overlay import Action
from mim_desk.desk.pending import Pending
from mim_desk.desk.tasks import hear_of_cancelling, in_thread

Result = TypeVar("Result")
NewsReader = Callable[[Connection, apply.Touched], News | None]


class Replaced(Exception):
    """The file that was to be written is no longer the cache."""


class CacheStore:
    """The encrypted offline copy of the hub's rows.

    A damaged file, whenever it shows, is replaced by an empty one and ``on_rebuilt`` is called:
    the replica then fills it from the hub.

    Attributes:
        me_id: the agent whose conversations the view *mine* holds.
    """

    def __init__(self, path: Path, key: bytes, pending: Pending, on_rebuilt: Callable[[str], None]) -> None:
        self.me_id = ""
        self._visitor_words = VISITOR
        self._path = path
        self._key = key
        self._pending = pending
        self._on_rebuilt = on_rebuilt
        self._file: CacheFile | None = None
        self._mending = asyncio.Lock()
        self._names: tuple[int, Names] | None = None

    def call_visitors(self, words: str) -> None:
        """What contacts without a name are called in the agent's language; ``{number}`` is the hole."""
        self._visitor_words, self._names = words, None

    async def open(self) -> None:
        """Open the file; one that cannot be read is replaced by an empty one."""
        damage = await in_thread(self._open)
        if damage:
            self._on_rebuilt(damage)

    def _open(self) -> str:
        try:
            self._file = CacheFile(self._path, self._key)
        except encrypted_file.DatabaseError as error:
            if not encrypted_file.is_damage(error, self._path):
                raise
            encrypted_file.remove(self._path)
            self._file = CacheFile(self._path, self._key)
            return str(error)
        return ""

    async def close(self) -> None:
        """Wait for the threads at work, then close the file."""
        if self._file is not None:
            await in_thread(self._file.close)
            self._file = None

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """``work`` in one read transaction of a worker thread."""
        return await self._run(CacheFile.reader, Turns.read, work)

    async def write(self, work: Callable[[Connection], Result], only: CacheFile | None = None) -> Result:
        """``work`` in one write transaction of a worker thread.

        Raises:
            Replaced: the cache is another file than ``only`` by now.
        """
        return await self._run(lambda opened: opened.writer, Turns.write, work, only)

    async def _run(
        self,
        pick: Callable[[CacheFile], Turns],
        call: Callable[..., Result],
        work: Callable[[Connection], Result],
        only: CacheFile | None = None,
    ) -> Result:
        done: list[Result] = []
        while not done:
            opened = self._opened()
            if only is not None and opened is not only:
                raise Replaced
            if opened.is_closed:
                await self._reopen(opened)
                continue
            held = pick(opened)
            async with held.turn:
                if opened is not self._file or opened.is_closed:
                    continue
                try:
                    done.append(await in_thread(partial(call, held, work)))
                    continue
                except encrypted_file.DatabaseError as error:
                    if not await asyncio.to_thread(encrypted_file.is_damage, error, self._path):
                        raise
                    damage = str(error)
            await self._rebuild(opened, damage)
        await hear_of_cancelling()
        return done[0]

    def _opened(self) -> CacheFile:
        if self._file is None:
            raise RuntimeError("the cache is closed")
        return self._file

    async def _rebuild(self, broken: CacheFile, damage: str) -> None:
        async with self._mending:
            if self._file is not broken:
                return
            await self.replace(lambda: encrypted_file.remove(self._path))
        self._on_rebuilt(damage)

    async def _reopen(self, closed: CacheFile) -> None:
        """What should have taken its place could not be opened: once the disk allows it, it is."""
        async with self._mending:
            if self._file is closed:
                await self.open()

    async def replace(self, change: Callable[[], None]) -> None:
        """Close the file when nobody uses it, let ``change`` put another in its place, and open that."""
        opened = self._opened()

        def work() -> None:
            opened.close()
            change()
            self._file = CacheFile(self._path, self._key)

        async with AsyncExitStack() as turns:
            for held in (*opened.readers, opened.writer):
                await turns.enter_async_context(held.turn)
            await in_thread(work)
            self._names = None

    async def wipe(self) -> None:
        """Delete every row."""
        async with self._mending:
            await self.replace(lambda: encrypted_file.remove(self._path))

    async def cursor(self) -> tuple[str, int]:
        """The epoch and the seq reached; an empty epoch before the first snapshot is complete."""
        return await self.read(file.cursor)

    async def level_at(self) -> datetime | None:
        """When the cursor last moved."""
        return await self.read(file.level_at)

    async def apply(self, batch: Callable[[], apply.Batch], seq: int, only: CacheFile | None = None) -> Change:
        """Write rows and move the cursor to ``seq`` in one transaction, to no file but ``only``; says what to read again."""
        actions, read_news = self._pending.actions(), self._news_reader()

        def work(connection: Connection) -> tuple[apply.Touched, News | None]:
            touched = file.apply_events(connection, batch(), seq, actions)
            return touched, read_news(connection, touched)

        touched, news = await self.write(work, only)
        return Change(
            seq=seq,
            conversations=frozenset(touched.conversations),
            messages={contact_id: frozenset(ids) for contact_id, ids in touched.messages.items()},
            contacts=frozenset(touched.contacts),
            nouns=frozenset(touched.nouns),
            news=news,
        )

    def _news_reader(self) -> NewsReader:
        """Reads what a batch brings to the timeline on screen."""
        return lambda connection, touched: None

    def unsent_actions(self) -> dict[str, list[Action]]:
        """Changes to lay over rows of the hub."""
        return self._pending.actions()

    async def start_filling(self) -> Filling:
        """Where a snapshot goes: an untouched cache itself, so that rows show while they come, else a new file."""
        if await self.read(file.is_empty):
            return Filling(self, None, self._opened())
        return Filling(self, await asyncio.to_thread(file.new_beside, self._path, self._key), None)

    async def take_over(self, filled: Turns) -> None:
        """Put a filled file beside the cache into its place."""
        new = file.beside(self._path)

        def change() -> None:
            filled.close()
            file.swap(new, self._path)

        async with self._mending:
            await self.replace(change)

    async def relay(self, conversation_ids: Iterable[str]) -> None:
        """Show the conversations as their unsent changes make them."""
        actions = {id_: self._pending.actions_of(id_) for id_ in conversation_ids}

        def work(connection: Connection) -> None:
            for id_, found in actions.items():
                apply.relay(connection, id_, found)

        await self.write(work)
