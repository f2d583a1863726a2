"""Media: brings files whose bytes are still at their provider to the hub, and shows what became of each."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from mim_desk.domain.message import AttachmentState
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.file_checks import scanner_of
from mim_desk.hub.foreign_http import ForeignHttp
from mim_desk.hub.large_files import LargeFiles, Place
from mim_desk.hub.media_rules import Again, Came, Examined, Gone, wait_before
from mim_desk.hub.media_way import Roads, brought, examined
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import attachments, fetches
from mim_desk.hub.store.fetches import Fetch
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit

AT_ONCE: Final = 8
MOST_OF_INBOX: Final = 4
LEASE: Final = timedelta(seconds=45)
HELD_AGAIN_S: Final = 15.0
LONGEST_SLEEP_S: Final = 5.0
SHORTEST_SLEEP_S: Final = 0.25
AT_A_TIME: Final = 4 << 20
"""Bytes that are written in one transaction: replies and deliveries come between two of them."""
_log = structlog.get_logger("mim_desk.hub.media")


class Media:
    """Fetches files until it is closed; several hubs may run one each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._roads = Roads(hub.accounts, hub.account_tokens, ForeignHttp())
        self._large_files = LargeFiles()
        self._wake = asyncio.Event()
        self._closing = False
        self._has_taken_up = not hub.settings.is_alone
        self._under_way: dict[asyncio.Task[None], Fetch] = {}
        self._scanner = scanner_of(hub.settings.environ)
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        if any(event.type == "message" and b'"state":"pending"' in event.payload for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Fetch what is due; runs as long as the hub."""
        async with asyncio.TaskGroup() as group:
            while not self._closing:
                self._wake.clear()
                try:
                    await self._take_up()
                    pause = await self._lease_due(group)
                except StoreUnavailable as problem:
                    _log.warning("store_unavailable", problem=str(problem))
                    pause = 1.0
                await self._sleep(pause)

    async def _take_up(self) -> None:
        """What was under way when the only hub of a store died is due again at once."""
        if not self._has_taken_up:
            await self._hub.store.writer.run(fetches.release_all)
            self._has_taken_up = True

    async def close(self) -> None:
        """Take nothing new, break off what is under way and let go of it: the next start fetches it."""
        self._closing = True
        self._wake.set()
        under_way = dict(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._let_go(list(under_way.values()))
        await self._roads.http.aclose()

    async def _let_go(self, taken: Sequence[Fetch]) -> None:
        if not taken:
            return
        try:
            await self._hub.store.writer.run(lambda unit: fetches.release(unit, taken))
        except StoreUnavailable as problem:
            _log.warning("leases_not_released", problem=str(problem))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _lease_due(self, group: asyncio.TaskGroup) -> float:
        """Lease what is due; seconds until the next. What another hub leaves is looked for now and then."""
        due = await self._hub.store.read(fetches.next_due)
        if due is None:
            return LONGEST_SLEEP_S
        wait_s = (due - utc_now()).total_seconds()
        room = AT_ONCE - len(self._under_way)
        if wait_s > 0 or room <= 0:
            return min(max(wait_s, SHORTEST_SLEEP_S), LONGEST_SLEEP_S)
        inboxes = [one.inbox_id for one in self._under_way.values()]
        taken = await self._hub.store.writer.run(
            lambda unit: fetches.lease(unit, LEASE, room, most_of_inbox=MOST_OF_INBOX, under_way=inboxes)
        )
        if self._closing:
            await self._let_go(taken)
        else:
            self._start(group, taken)
        return SHORTEST_SLEEP_S

    def _start(self, group: asyncio.TaskGroup, taken: Sequence[Fetch]) -> None:
        for one in taken:
            task = group.create_task(self._finish(one), name=f"fetch-{one.file.id}")
            self._under_way[task] = one
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(task, None)
        self._wake.set()

    async def _finish(self, taken: Fetch) -> None:
        async with asyncio.TaskGroup() as group:
            holding = group.create_task(self._hold(taken))
            try:
                await self._attempt(taken)
            except StoreUnavailable as problem:
                _log.warning("outcome_not_stored", attachment_id=taken.file.id, problem=str(problem))
            except Exception as error:  # noqa: BLE001  # one file must not end the others; its lease runs out
                _log.error("fetch_failed", attachment_id=taken.file.id, exc_info=error)
            finally:
                holding.cancel()

    async def _hold(self, taken: Fetch) -> None:
        """Keep the lease while the file is on its way."""
        while True:
            await asyncio.sleep(HELD_AGAIN_S)
            try:
                await self._hub.store.writer.run(lambda unit: fetches.hold(unit, taken, LEASE))
            except StoreUnavailable as problem:
                _log.warning("lease_not_held", attachment_id=taken.file.id, problem=str(problem))

    async def _attempt(self, taken: Fetch) -> None:
        points = self._hub.points
        await points.reach("media.after_lease")
        async with self._large_files.place() as place:
            told = await self._outcome(taken, place)
            await points.reach("media.before_outcome")
            await self._record(taken, told)
        await points.reach("media.after_outcome")
        self._hub.metrics.fetches.labels(taken.channel, type(told).__name__.lower()).inc()
        if not isinstance(told, Examined):
            _log.info(
                "file_not_fetched",
                attachment_id=taken.file.id,
                inbox_id=taken.inbox_id,
                outcome=type(told).__name__.lower(),
                problem=told.problem,
                attempt=taken.attempt,
            )

    async def _outcome(self, taken: Fetch, place: Place) -> Examined | Again | Gone:
        told = await brought(self._roads, taken, grow=place.grow)
        if isinstance(told, Came):
            return await examined(told, taken.file, self._hub.workers, self._scanner)
        return told

    async def _record(self, taken: Fetch, told: Examined | Again | Gone) -> None:
        run = self._hub.store.writer.run
        match told:
            case Examined():
                await self._keep(taken, told)
            case Gone():
                await run(lambda unit: fetches.give_up(unit, taken, told.state))
            case Again():
                wait = wait_before(taken.attempt + 1, told.wait_s)
                if wait is None:
                    await run(lambda unit: fetches.give_up(unit, taken, AttachmentState.FAILED))
                else:
                    await run(lambda unit: fetches.again(unit, taken, unit.now + wait))

    async def _keep(self, taken: Fetch, file: Examined) -> None:
        """Store a file; the bytes of a large one in several transactions before the one that shows it."""
        run = self._hub.store.writer.run
        data, digest = file.data, await asyncio.to_thread(attachments.hash_of, file.data)
        if len(data) > AT_A_TIME and await run(lambda unit: fetches.name_bytes(unit, taken, digest)):
            for start in range(0, len(data), AT_A_TIME):
                await run(_piece(digest, data, start))
                await self._hub.points.reach("media.between_pieces")
        await run(lambda unit: fetches.finish(unit, taken, file.row, data, digest))


def _piece(digest: str, data: bytes, start: int) -> Callable[[Unit], None]:
    def work(unit: Unit) -> None:
        attachments.keep_pieces(unit.conn, digest, data, start, start + AT_A_TIME)

    return work
