"""The hub's one writer: a thread that commits many items at once, each in its own savepoint."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from mim_desk.hub.store import engine as engines
from mim_desk.hub.store import log_rows
from mim_desk.hub.store.batches import MOST, Batches
from mim_desk.hub.store.checkpoints import Checkpoints
from mim_desk.hub.store.log_rows import LoggedEvent
from mim_desk.hub.store.problems import StoreUnavailable, breaks_all, worth_retrying
from mim_desk.hub.store.unit import Happenings, Unit

T = TypeVar("T")
MOST_ITEMS = MOST
_TRIES = 5
_IDLE_S = 0.1
_OFTEN = 16
"""After how many batches without a pause what can wait is asked whether it can still wait."""
_log = structlog.get_logger("mim_desk.hub.store.writer")


class _NotTogetherError(Exception):
    """A set of deliveries could not be applied in one go; the cause says why."""


class Many(Protocol):
    """A function that applies many items of one kind in few statements, in one savepoint."""

    def __call__(self, unit: Unit, items: Sequence[Any]) -> Sequence[Any]: ...


class _Item(Generic[T]):
    """Something to write and the waiter it belongs to."""

    __slots__ = ("done", "future", "problem", "result", "work")

    def __init__(self, work: Any, future: "asyncio.Future[T] | None", done: Callable[[T], None] | None = None) -> None:
        self.work = work
        self.future = future
        self.done = done
        self.result: Any = None
        self.problem: BaseException | None = None


class _Delivered(_Item[Any]):
    """An item of the set-wise path."""

    __slots__ = ()


class Writer:
    """Takes work from the event loop and commits it, up to 512 items to a transaction.

    ``later`` does a piece of what can wait while nothing else is to be written and answers whether there
    is more; now and then it is also asked under load, as urgent.

    Work may be run again when the database asks for it (deadlock, lost race), so it must not touch
    anything but its unit.
    """

    def __init__(
        self,
        engine: Engine,
        ingest_many: Many,
        later: Callable[[Unit, bool], bool],
        now: Callable[[], datetime],
        committed: Callable[[list[LoggedEvent]], None],
    ) -> None:
        self._engine = engine
        self._ingest_many = ingest_many
        self._later = later
        self._now = now
        self._committed = committed
        self._batches: Batches[_Item[Any]] = Batches(MOST_ITEMS)
        self._checkpoints = Checkpoints(engine) if engine.dialect.name == "sqlite" else None
        self._loop = asyncio.get_running_loop()
        self._conn: Connection | None = None
        self._closed = False
        self._untold: tuple[list[_Item[Any]], list[LoggedEvent]] | None = None
        self._written = 0
        self._is_behind = True
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Unit], T], done: Callable[[T], None] | None = None) -> T:
        """The result of ``work`` once it is committed; its exception rolls back only its own changes.

        ``done`` is told the result on the loop whenever it is committed, also when nobody waits for it any more:
        what must follow from a commit may not hang on a request that can be broken off.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        return await self._put(_Item(work, future, done), future)

    async def ingest(self, delivery: Any) -> Any:
        """What became of a delivery, once it is committed; deliveries of one moment are applied together."""
        future: asyncio.Future[Any] = self._loop.create_future()
        return await self._put(_Delivered(delivery, future), future)

    async def close(self) -> None:
        """Commit what is waiting and end the thread."""
        if not self._closed:
            self._closed = True
            self._batches.end()
        await asyncio.to_thread(self._thread.join)
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.close)

    def _put(self, item: _Item[T], future: "asyncio.Future[T]") -> "asyncio.Future[T]":
        if self._closed:
            raise StoreUnavailable("The store is closing.")
        self._batches.put(item)
        return future

    def _work(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._batches.next(_IDLE_S if self._is_behind else None)
            if batch:
                self._write(batch)
                self._written += 1
                self._is_behind = True
            if open_ and self._is_behind and (not batch or self._written % _OFTEN == 0):
                self._catch_up(urgent=bool(batch))
        self._tell()
        self._drop_connection()

    def _catch_up(self, *, urgent: bool) -> None:
        """Do a piece of what can wait; the next piece comes when nothing is to be written again."""
        more: list[bool] = []
        item: _Item[None] = _Item(lambda unit: more.append(self._later(unit, urgent)), None)
        self._write([item])
        self._is_behind = item.problem is None and more == [True]

    def _write(self, batch: list[_Item[Any]]) -> None:
        logged: list[LoggedEvent] = []
        apart = False
        for left in reversed(range(_TRIES)):
            try:
                logged = self._transaction(batch, apart=apart)
                break
            except _NotTogetherError as error:
                _log.info("set_not_applied", items=len(batch), error=type(error.__cause__).__name__)
                apart = True
            except Exception as error:  # noqa: BLE001  # told to every waiter
                self._drop_connection()
                if not (left and worth_retrying(error)):
                    self._fail(batch, error)
                    break
        self._tell()
        self._untold = batch, logged
        if not self._batches.many_wait():
            self._tell()
        if self._checkpoints is not None:
            self._checkpoints.wrote(len(batch))

    def _tell(self) -> None:
        """Wake the waiters of what is committed.

        Under load those of one set are woken when the next one is about to commit: they keep the loop
        busy while the writer needs no lock of Python's.
        """
        if self._untold is not None:
            told, self._untold = self._untold, None
            self._loop.call_soon_threadsafe(self._settle, *told)

    def _transaction(self, batch: list[_Item[Any]], *, apart: bool) -> list[LoggedEvent]:
        if self._conn is None:
            self._conn = engines.writing(self._engine)
        now = self._now()
        happenings = Happenings()
        with self._conn.begin():
            delivered = [item for item in batch if isinstance(item, _Delivered)]
            if apart:
                for one in delivered:
                    self._alone(self._conn, one, now, happenings)
            elif delivered:
                self._together(self._conn, delivered, now, happenings)
            for item in batch:
                if not isinstance(item, _Delivered):
                    item.result, item.problem = _attempt(self._conn, item.work, now, happenings)
            events = happenings.list()
            log_rows.append(self._conn, events)
            self._tell()
        return events

    def _together(self, conn: Connection, items: list[_Delivered], now: datetime, happenings: Happenings) -> None:
        """All deliveries in few statements; without a savepoint, since that would copy every page they touch."""
        unit = Unit(conn, now)
        try:
            results = self._ingest_many(unit, [item.work for item in items])
        except Exception as error:
            if breaks_all(error):
                raise
            raise _NotTogetherError from error
        for item, result in zip(items, results, strict=True):
            item.result, item.problem = result, None
        happenings.take(unit.happenings)

    def _alone(self, conn: Connection, item: _Delivered, now: datetime, happenings: Happenings) -> None:
        results, item.problem = _attempt(conn, partial(self._ingest_many, items=[item.work]), now, happenings)
        item.result = None if item.problem else results[0]

    def _fail(self, batch: list[_Item[Any]], error: BaseException) -> None:
        problem = StoreUnavailable(f"The store did not take the change: {error}")
        problem.__cause__ = error
        for item in batch:
            item.result, item.problem = None, problem

    def _settle(self, batch: list[_Item[Any]], logged: list[LoggedEvent]) -> None:
        for item in batch:
            if item.done is not None and item.problem is None:
                # apart, so that its failure is not its neighbours', and first: a reply leaves before others hear of it
                self._loop.call_soon(item.done, item.result)
        if logged:
            self._committed(logged)
        for item in batch:
            if item.future is None or item.future.done():
                continue
            if item.problem is None:
                item.future.set_result(item.result)
            else:
                item.future.set_exception(item.problem)

    def _drop_connection(self) -> None:
        if self._conn is not None:
            conn, self._conn = self._conn, None
            conn.invalidate()
            conn.close()


def _attempt(
    conn: Connection, work: Callable[[Unit], Any], now: datetime, happenings: Happenings
) -> tuple[Any, Exception | None]:
    """Run ``work`` in its own savepoint: its result, or the exception that undid it."""
    results: list[Any] = []
    outer = Unit(conn, now)
    problem = outer.attempt(lambda unit: results.append(work(unit)))
    happenings.take(outer.happenings)
    return (None, problem) if problem else (results[0], None)
