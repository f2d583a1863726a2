"""Following the hub's event log into the cache: snapshot, stream, cursor, reconnect."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Protocol

import httpx
import msgspec

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.cache.filling import Filling
from mim_desk.desk.cache.store import Replaced
from mim_desk.desk.changes import Change
from mim_desk.desk.encrypted_file import DatabaseError
from mim_desk.desk.freshness import FreshnessState
from mim_desk.desk.hub_client import HubClient, LogReset, SignedOut, Unreachable, refusal
from mim_desk.desk.outbox.outbox import NotKept
from mim_desk.desk.server_events import CONTENT_TYPE, EventParser, ServerEvent
from mim_desk.desk.tasks import TaskOwner, whole
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import events, rows

SILENCE_S = 2 * events.HEARTBEAT_S
"""A stream that says nothing for this long is dead, whatever the socket thinks."""

BATCH = 1000
FORETOLD = 16
"""More events at once are a desk that catches up: what they bring is shown from the cache."""

FRAME_S = 0.016
"""What comes within a frame of the screen is taken in at once, so that a flood leaves the desk to its agent."""

_QUEUE = 4000
_EPHEMERAL: dict[str, type[msgspec.Struct]] = {events.TYPING: events.Typing, events.PRESENCE: events.PresenceChange}


@dataclass(frozen=True)
class Logged:
    """One numbered event as it came; ``first`` is less than ``seq`` for a run that was skipped."""

    first: int
    seq: int
    type: str
    data: bytes


Coming = asyncio.Queue[Logged | Exception | None]
"""What the stream brought, at last how it ended."""

_NOT_WRITTEN = (DatabaseError, NotKept, OSError)
"""The disk is full or read-only: tried again until it can be written."""


class Hole(Exception):
    """The stream left out numbers."""


class Listener(Protocol):
    """Who wants to know how the replica fares; the session."""

    async def applied(self, change: Change) -> None:
        """Rows are in the cache."""

    def coming(self, messages: Sequence[rows.Message]) -> None:
        """New messages of the contact on screen are on their way into the cache."""

    def not_kept(self, messages: Sequence[rows.Message]) -> None:
        """The cache could not take what was coming."""

    def fares(self, state: FreshnessState, seq: int, reason: str) -> None:
        """The state changed or was confirmed."""

    def hub_time(self, now: datetime) -> None:
        """The hub said what time it is."""

    def ephemeral(self, event: events.Typing | events.PresenceChange) -> None:
        """Typing or presence, kept nowhere."""

    def unreadable(self, type_: str, error: Exception) -> None:
        """An event that this version cannot read was passed over."""


class Replica:
    """Keeps one cache level with one hub for as long as ``run`` runs.

    Args:
        silence_s: a stream that says nothing for this long counts as dead.
    """

    def __init__(
        self, client: HubClient, cache: Cache, owner: TaskOwner, listener: Listener, silence_s: float = SILENCE_S
    ) -> None:
        self._client = client
        self._cache = cache
        self._owner = owner
        self._listener = listener
        self._silence_s = silence_s
        self._backoff = Backoff()
        self._hub_seq = 0
        self._seq = 0
        self._hole_at = -1
        self._start_over = False
        self._is_kept = True
        """Whether the cache took what it was last given."""
        self._foretold: dict[int, rows.Message] = {}
        """What is shown and not yet kept, by its event."""
        self._frame_at = 0.0

    def try_now(self) -> None:
        """Do not wait for the next attempt."""
        self._backoff.try_now()

    async def run(self) -> None:
        """Follow for ever; ends only by cancellation or when the token is no longer good."""
        while True:
            try:
                await self._once()
            except LogReset:
                self._start_over = True
            except Replaced:
                continue  # the new file has no cursor yet
            except Hole:
                self._start_over = self._hole_at == self._seq
                self._hole_at = self._seq
            except SignedOut as error:
                self._tell(FreshnessState.OFFLINE, reason=error.reason)
                raise
            except (Unreachable, httpx.HTTPError, *_NOT_WRITTEN) as error:
                self._tell(FreshnessState.OFFLINE, reason=str(error) or type(error).__name__)
                await self._backoff.wait(getattr(error, "retry_after_s", 0.0))

    async def _once(self) -> None:
        epoch, self._seq = await self._cache.cursor()
        self._tell(FreshnessState.CONNECTING)
        if not epoch or self._start_over:
            await self._snapshot()
            self._start_over = False
            epoch, self._seq = await self._cache.cursor()
        await self._follow(epoch)

    # -- snapshot --------------------------------------------------------------------------------

    async def _snapshot(self) -> None:
        """Fill a new file beside the cache and put it in place when it is whole."""
        filling = await self._cache.start_filling()
        try:
            epoch, seq = await self._fill(filling)
            await whole(self._finish(filling, epoch, seq))
        finally:
            await filling.abandon()

    async def _finish(self, filling: Filling, epoch: str, seq: int) -> None:
        await filling.finish(epoch, seq)
        await self._listener.applied(Change(seq=seq, reset=True))

    async def _fill(self, filling: Filling) -> tuple[str, int]:
        """Every page into ``filling``; answers the epoch and the seq they are as of."""
        page = first = await self._client.snapshot(None)
        while True:
            self._listener.hub_time(page.hub_time)
            await filling.put(partial(self._read_rows, page.rows))
            if filling.in_place:
                await self._listener.applied(Change(reset=True))
            if page.next is None:
                return first.epoch, first.seq
            page = await self._client.snapshot(page.next)
            if page.epoch != first.epoch:
                raise LogReset("log-reset", "The hub was restored while its snapshot was read.")

    def _read_rows(self, found: dict[str, list[msgspec.Raw]]) -> Batch:
        batch = Batch()
        for type_, raws in found.items():
            for raw in raws:
                self._put(batch, type_, bytes(raw))
        return batch

    def _put(self, batch: Batch, type_: str, payload: bytes) -> None:
        row_type = events.ROW_TYPES.get(type_)
        if row_type is None:
            return
        try:
            batch.put(type_, msgspec.json.decode(payload, type=row_type), payload)
        except msgspec.DecodeError as error:
            self._listener.unreadable(type_, error)

    # -- stream ----------------------------------------------------------------------------------

    async def _follow(self, epoch: str) -> None:
        queue: Coming = asyncio.Queue(_QUEUE)
        reader = self._owner.spawn(self._read(epoch, self._seq, queue), name="read the event log")
        try:
            while True:
                await self._apply(await self._gathered(queue))
        finally:
            reader.cancel()
            await asyncio.wait([reader])
            self._take_back()

    async def _gathered(self, queue: Coming) -> list[Logged]:
        """What has come; soon after the last time also what comes until the frame is over."""
        found = await _available(queue)
        rest = self._frame_at + FRAME_S - monotonic()
        if found and rest > 0 and len(found) < BATCH:
            await asyncio.sleep(rest)
            _drain(queue, found)
        if found:
            self._frame_at = monotonic()
        return found

    async def _read(self, epoch: str, seq: int, queue: Coming) -> None:
        """Read the stream into the queue; how it ends is the queue's last item."""
        try:
            async for found in self._stream(epoch, seq):
                logged = [one for event in found if (one := self._understood(event, epoch)) is not None]
                if queue.qsize() <= FORETOLD:
                    self._foretell(logged)
                for one in logged:
                    await queue.put(one)
                if not logged and queue.empty():
                    await queue.put(None)
                await asyncio.sleep(0)  # what came is shown before more is asked for
            raise Unreachable("The hub closed the stream.")
        except Exception as error:  # noqa: BLE001  # told to the follower, which decides
            await queue.put(error)

    async def _stream(self, epoch: str, seq: int) -> AsyncIterator[list[ServerEvent]]:
        timeout = httpx.Timeout(self._silence_s, connect=5.0)
        parameters: dict[str, str | int] = {"after": seq, "epoch": epoch}
        headers = {"Accept": CONTENT_TYPE, "Cache-Control": "no-store"}
        async with self._client.http.stream(
            "GET", "/api/v1/events", params=parameters, headers=headers, timeout=timeout
        ) as answer:
            if not answer.is_success:
                raise refusal(answer.status_code, answer.headers, await answer.aread())
            _check_type(answer)
            self._backoff.succeeded()
            parser = EventParser()
            async for chunk in answer.aiter_bytes():
                if found := parser.events(chunk):
                    yield found

    def _understood(self, event: ServerEvent, epoch: str) -> Logged | None:
        if event.type == events.HELLO:
            hello = msgspec.json.decode(event.data, type=events.Hello)
            self._heard(hello.seq, hello.hub_time)
            if hello.epoch != epoch:
                raise LogReset("log-reset", "The hub was restored or replaced.")
        elif event.type == events.HEARTBEAT:
            beat = msgspec.json.decode(event.data, type=events.Heartbeat)
            self._heard(beat.seq, beat.hub_time)
        elif event.type in _EPHEMERAL:
            self._listener.ephemeral(msgspec.json.decode(event.data, type=_EPHEMERAL[event.type]))  # type: ignore[arg-type]  # one of the two
        elif event.id.isdigit():
            first = msgspec.json.decode(event.data, type=events.Skipped).first if event.type == events.SKIPPED else 0
            return Logged(first or int(event.id), int(event.id), event.type, event.data)
        return None

    def _heard(self, hub_seq: int, hub_time: datetime) -> None:
        self._hub_seq = hub_seq
        self._listener.hub_time(hub_time)

    async def _apply(self, found: list[Logged]) -> None:
        """Events not yet known, without a hole, into the cache with the cursor in one transaction."""
        fresh: list[Logged] = []
        seq = self._seq
        for event in found:
            if event.seq <= seq:
                continue
            if event.first > seq + 1:
                break
            fresh.append(event)
            seq = event.seq
        if fresh:
            await whole(self._take_in(fresh, seq))
        if found and found[-1].seq > seq:
            raise Hole
        self._hub_seq = max(self._hub_seq, seq)
        live = self._seq >= self._hub_seq
        self._tell(FreshnessState.LIVE if live else FreshnessState.BEHIND)

    async def _take_in(self, fresh: list[Logged], seq: int) -> None:
        """What the cache has is told: with the cursor behind it, it would not come again."""
        try:
            change = await self._cache.apply(partial(self._batch, fresh), seq)
        except _NOT_WRITTEN:
            self._is_kept = False
            raise
        self._is_kept = True
        self._seq = seq
        self._foretold = {at: message for at, message in self._foretold.items() if at > seq}
        await self._listener.applied(change)

    def _foretell(self, found: list[Logged]) -> None:
        """Tell what the agent waits for before it is kept."""
        coming = self._coming(found) if self._is_kept else {}
        if coming:
            self._foretold |= coming
            self._listener.coming(list(coming.values()))

    def _take_back(self) -> None:
        """What was foretold and is not kept comes again, or never was."""
        left, self._foretold = self._foretold, {}
        if left:
            self._listener.not_kept(list(left.values()))

    def _coming(self, found: list[Logged]) -> dict[int, rows.Message]:
        """The new incoming messages of the contact on screen, when nothing leaves with them."""
        contact_id = self._cache.shown_contact
        if not contact_id or len(found) > FORETOLD or any(event.type == events.FORGOTTEN for event in found):
            return {}
        named = (event for event in found if event.type == "message" and contact_id.encode() in event.data)
        try:
            messages = {event.seq: msgspec.json.decode(event.data, type=rows.Message) for event in named}
        except msgspec.DecodeError:
            return {}  # told when the batch is read
        return {
            seq: one
            for seq, one in messages.items()
            if one.contact_id == contact_id and one.kind is MessageKind.INCOMING
        }

    def _batch(self, found: list[Logged]) -> Batch:
        batch = Batch()
        for event in found:
            if event.type == events.FORGOTTEN:
                gone = msgspec.json.decode(event.data, type=events.Forgotten)
                batch.forget(gone.type, gone.id)
            elif event.type != events.SKIPPED:
                self._put(batch, event.type, event.data)
        return batch

    def _tell(self, state: FreshnessState, reason: str = "") -> None:
        self._listener.fares(state, self._seq, reason)


def _check_type(answer: httpx.Response) -> None:
    """A proxy, or a page to sign in, answers something else."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind != CONTENT_TYPE:
        raise Unreachable(f"The hub answered {kind or 'nothing known'} instead of events.")


async def _available(queue: Coming) -> list[Logged]:
    """What has come so far, at least one item; raises how the stream ended once all before it was handed out."""
    first = await queue.get()
    if isinstance(first, Exception):
        raise first
    found = [] if first is None else [first]
    _drain(queue, found)
    return found


def _drain(queue: Coming, found: list[Logged]) -> None:
    """Add what waits; the end of the stream stays there for the next time."""
    while len(found) < BATCH and not queue.empty():
        item = queue.get_nowait()
        if isinstance(item, Exception):
            queue.put_nowait(item)
            return
        if item is not None:
            found.append(item)
