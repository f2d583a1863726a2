"""Wake-ups between hubs of one workspace: "the log reaches seq N", and typing and presence, which are never stored.

Whatever is lost here costs time, never data: each hub also asks the database every few seconds.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import structlog

from mim_desk.hub.store.log_rows import LoggedEvent
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store

POLL: Final = timedelta(seconds=2)
_RETRY_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_MOST_WAITING: Final = 1000
_MEANWHILE: Final = "It is tried again. Until then the hubs of this workspace ask the database."
_log = structlog.get_logger("mim_desk.hub.broker")


class Ephemeral(NamedTuple):
    """Typing or presence: its type, the row as JSON bytes and the conversation it is about."""

    type: str
    payload: bytes
    conversation_id: str


class Link(Protocol):
    """Carries small messages to all hubs of a workspace, this one included or not."""

    async def run(self, on_message: Callable[[bytes], None], on_ready: Callable[[], None]) -> None:
        """Be connected; returns or raises when the connection is over."""
        ...

    async def send(self, message: bytes) -> None:
        """Pass a message on, or drop it when there is no connection."""
        ...


class _Told(msgspec.Struct, omit_defaults=True):
    """What one hub tells the others."""

    hub: str
    seq: int = 0
    type: str = ""
    conversation_id: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")


class Broker:
    """Tells other hubs what this one committed, and everybody who types where."""

    def __init__(self, store: Store, link: Link | None, poll: timedelta) -> None:
        self._store = store
        self._link = link
        self._poll_every = poll
        self._hub = uuid.uuid4().hex
        self._listeners: set[asyncio.Queue[Ephemeral]] = set()
        self._grown = asyncio.Event()
        self._ending = asyncio.Event()
        self._decoder = msgspec.json.Decoder(_Told)
        if link is not None:
            store.on_commit(self._committed)

    async def publish_ephemeral(self, row_type: str, row: Any) -> None:
        """Tell all listeners of all hubs; ``row`` has a conversation_id."""
        payload = msgspec.json.encode(row)
        self._tell(Ephemeral(row_type, payload, row.conversation_id))
        if self._link is not None:
            await self._send(self._link, _Told(self._hub, 0, row_type, row.conversation_id, msgspec.Raw(payload)))

    async def listen(self) -> AsyncIterator[Ephemeral]:
        """Typing and presence as it comes; a listener that does not keep up loses the oldest."""
        queue: asyncio.Queue[Ephemeral] = asyncio.Queue(_MOST_WAITING)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def run(self) -> None:
        """Keep the link, pass on what is committed here, and ask the database in case a wake-up was lost."""
        if self._link is None:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_link(self._link), name="broker-link")
            tasks.create_task(self._pass_on(self._link), name="broker-wake")
            tasks.create_task(self._poll(), name="broker-poll")

    async def _keep_link(self, link: Link) -> None:
        tries, is_ready = 0, False

        def ready() -> None:
            nonlocal tries, is_ready
            tries, is_ready = 0, True
            _log.info("broker_connected")

        while not self._ending.is_set():
            try:
                await link.run(self._heard, ready)
            except Exception as error:  # noqa: BLE001  # whatever the link died of, it is tried again
                happened = "broker_lost" if is_ready else "broker_not_reached"
                _log.warning(happened, error=f"{type(error).__name__}: {error}", told=_MEANWHILE)
            if self._ending.is_set():
                return
            is_ready = False
            await asyncio.sleep(_RETRY_S[min(tries, len(_RETRY_S) - 1)])
            tries += 1

    def end(self) -> None:
        """Make no new link: a client library may take a cancelled connecting for one that failed."""
        self._ending.set()

    async def _pass_on(self, link: Link) -> None:
        """One wake-up for all that was committed since the last one."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            await self._send(link, _Told(self._hub, self._store.log.seq))

    async def _send(self, link: Link, told: _Told) -> None:
        try:
            await link.send(msgspec.json.encode(told))
        except Exception as error:  # noqa: BLE001  # the others poll, and typing may be missed
            _log.warning("broker_not_told", error=type(error).__name__)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_every.total_seconds())
            try:
                await self._store.look_at_log()
            except StoreUnavailable as error:
                _log.warning("log_not_read", error=str(error))

    def _committed(self, _: list[LoggedEvent]) -> None:
        self._grown.set()

    def _heard(self, message: bytes) -> None:
        try:
            told = self._decoder.decode(message)
        except msgspec.MsgspecError:
            _log.warning("broker_message_unreadable", size=len(message))
            return
        if told.hub == self._hub:
            return
        if told.seq:
            self._store.log.heard(told.seq)
        if told.type:
            self._tell(Ephemeral(told.type, bytes(told.payload), told.conversation_id))

    def _tell(self, one: Ephemeral) -> None:
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(one)


@asynccontextmanager
async def open_broker(url: str, store: Store, poll: timedelta = POLL) -> AsyncIterator[Broker]:
    """The broker of a store: NATS where ``url`` names it, PostgreSQL's own where the store is there, else in memory."""
    broker = Broker(store, _link(url, store), poll)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(broker.run(), name="broker")
        try:
            yield broker
        finally:
            broker.end()
            running.cancel()


def _link(url: str, store: Store) -> Link | None:
    """Only what is used is imported: the clients of both servers take a twentieth of the hub's start."""
    if url.startswith(("nats://", "tls://")):
        from mim_desk.hub.broker_nats import NatsLink

        return NatsLink(url, store.log.epoch)
    if url:
        raise ValueError(f"A broker's address begins with nats://, not {url.partition(':')[0]}:")
    if not store.is_shared:
        return None
    from mim_desk.hub.store.notify import PostgresLink

    return PostgresLink(store.engine)
