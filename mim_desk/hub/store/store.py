"""The hub's store: one writer, a few readers and the event log, opened and closed together."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from mim_desk.hub.event_log import EventLog
from mim_desk.hub.ingest import apply_deliveries
from mim_desk.hub.store import engine as engines
from mim_desk.hub.store import log_rows, search
from mim_desk.hub.store.log_rows import LoggedEvent
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.writer import Writer

T = TypeVar("T")
_READERS = 4


class Store:
    """Everything the hub remembers; built once by the lifespan.

    Attributes:
        writer: where changes are made.
        log: the event log, moved on by each commit of this hub.
    """

    def __init__(self, engine: Engine, readers: ThreadPoolExecutor, log: EventLog, now: Callable[[], datetime]) -> None:
        self.engine = engine
        self.log = log
        self._readers = readers
        self._listeners: list[Callable[[list[LoggedEvent]], None]] = [log.took]
        self.writer = Writer(engine, apply_deliveries, search.index_behind, now, self._committed)

    @classmethod
    async def open(cls, url: str, key: bytes | None, *, now: Callable[[], datetime] = utc_now) -> "Store":
        """Open (and migrate) the store at ``sqlite:///path`` or ``postgresql://``."""
        engine = await asyncio.to_thread(_opened, url, key)
        readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        read = partial(_read_in, readers, engine)
        head = await read(log_rows.head)
        return cls(
            engine, readers, EventLog(head, lambda seq, limit: read(lambda c: log_rows.after(c, seq, limit))), now
        )

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The answer of ``query`` from one consistent state of the store."""
        return await _read_in(self._readers, self.engine, query)

    def on_commit(self, listener: Callable[[list[LoggedEvent]], None]) -> None:
        """Call ``listener`` on the loop with the events of each commit of this hub."""
        self._listeners.append(listener)

    @property
    def is_shared(self) -> bool:
        """Whether other hubs may write to it too."""
        return self.engine.dialect.name == "postgresql"

    async def look_at_log(self) -> None:
        """Ask the database where the log stands, in case another hub's wake-up was lost."""
        self.log.stands(await self.read(log_rows.head))

    async def close(self) -> None:
        """Commit what is waiting, end the threads, close the connections."""
        await self.writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self.engine.dispose)

    def _committed(self, events: list[LoggedEvent]) -> None:
        for listener in self._listeners:
            listener(events)


def _opened(url: str, key: bytes | None) -> Engine:
    try:
        engine = engines.open_engine(url, key)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable("The database's address cannot be read. Write postgresql://user@host/name.") from error
    try:
        engines.migrate(engine)
    except (OperationalError, InterfaceError) as error:
        engine.dispose()
        raise StoreUnavailable(f"The store cannot be opened: {error.orig}") from error
    except BaseException:
        engine.dispose()
        raise
    return engine


async def _read_in(readers: ThreadPoolExecutor, engine: Engine, query: Callable[[Connection], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(readers, _snapshot_read, engine, query)


def _snapshot_read(engine: Engine, query: Callable[[Connection], T]) -> Any:
    try:
        with engine.connect() as conn:
            if engine.dialect.name == "postgresql":
                conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                return query(conn)
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"The store did not answer: {error.orig}") from error
