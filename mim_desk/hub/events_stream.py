"""The event log as server-sent events: one frame is written once and shared by all who may see it."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

import msgspec
import structlog

from mim_desk.hub.auth import Principal
from mim_desk.hub.event_log import Audience, EventLog, LoggedEvent
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.visibility import saw, sees
from mim_desk.protocol import events

BATCH: Final = 500
SLOWEST_WRITE_S: Final = 30.0
KEPT_FRAMES: Final = 4096
KEPT_EPHEMERAL: Final = 64
BEATS_BETWEEN_CHECKS: Final = 3
_log = structlog.get_logger("mim_desk.hub.events_stream")
_encode = msgspec.json.Encoder().encode

Write = Callable[[bytes], Awaitable[None]]
Check = Callable[[], Awaitable[Principal]]


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, written for the wire."""

    seq: int
    data: bytes
    audience: Audience
    left: bytes
    """What a reader gets from whose sight the row went with this event; empty for other rows."""
    agent_id: str = ""
    """Whose rights may be others from here on; empty for rows that are no agent."""


def frame_bytes(kind: str, payload: bytes, seq: int | None = None) -> bytes:
    """A server-sent event; without ``seq`` it carries no id."""
    head = b"" if seq is None else b"id: %d\n" % seq
    return head + b"event: " + kind.encode() + b"\ndata: " + payload + b"\n\n"


def _frame(event: LoggedEvent) -> Frame:
    left = b""
    if event.type == "conversation":
        left = frame_bytes(events.FORGOTTEN, _encode(events.Forgotten(event.type, event.row_id)), event.seq)
    agent_id = event.row_id if event.type == "agent" else ""
    return Frame(event.seq, frame_bytes(event.type, event.payload, event.seq), event.seen_by(), left, agent_id)


class Reader:
    """One open stream: where it stands, and what it was told besides the log."""

    def __init__(self, principal: Principal, cursor: int) -> None:
        self.principal = principal
        self.cursor = cursor
        self.nudge = asyncio.Event()
        self.ephemeral: deque[bytes] = deque(maxlen=KEPT_EPHEMERAL)

    def written(self, frames: Iterable[Frame]) -> bytes:
        """The bytes of ``frames`` for this reader; runs that it may not see are folded into one ``skipped``."""
        parts: list[bytes] = []
        hidden: tuple[int, int] | None = None
        for frame in frames:
            self.cursor = frame.seq
            seen = frame.data if sees(self.principal, frame.audience) else self._left(frame)
            if not seen:
                hidden = (hidden[0] if hidden else frame.seq, frame.seq)
                continue
            parts += [_skipped(hidden), seen] if hidden else [seen]
            hidden = None
        if hidden:
            parts.append(_skipped(hidden))
        return b"".join(parts)

    def _left(self, frame: Frame) -> bytes:
        return frame.left if frame.audience.moved and saw(self.principal, frame.audience) else b""

    def take_ephemeral(self) -> bytes:
        """What came besides the log since the last time."""
        taken = b"".join(self.ephemeral)
        self.ephemeral.clear()
        return taken


def _skipped(run: tuple[int, int]) -> bytes:
    return frame_bytes(events.SKIPPED, _encode(events.Skipped(*run)), run[1])


class Streams:
    """All open streams of this hub.

    Attributes:
        readers: the open ones.
        cut_off: how many were ended because they did not read.
        slowest_write_s: how long a reader may take to make room for one write.
    """

    def __init__(self, log: EventLog, now: Callable[[], datetime], beat_s: float = events.HEARTBEAT_S) -> None:
        self.readers: set[Reader] = set()
        self.cut_off = 0
        self.slowest_write_s = SLOWEST_WRITE_S
        self._log = log
        self._now = now
        self._beat_s = beat_s
        self._frames: OrderedDict[tuple[str, int], Frame] = OrderedDict()
        self._ended = False

    async def run(self) -> None:
        """Wake the readers whenever the log grows; runs as long as the hub."""
        wake = self._log.subscribe()
        while True:
            await wake.wait()
            for reader in self.readers:
                reader.nudge.set()

    def tell(self, kind: str, payload: bytes, audience: Audience) -> None:
        """Pass an event that is not in the log (typing, presence) to all who may see it."""
        data = frame_bytes(kind, payload)
        for reader in self.readers:
            if sees(reader.principal, audience):
                reader.ephemeral.append(data)
                reader.nudge.set()

    def end(self) -> None:
        """End all streams; the desks come back by themselves."""
        self._ended = True
        for reader in self.readers:
            reader.nudge.set()

    async def start(self, principal: Principal, after: int | None, epoch: str | None) -> Reader:
        """A reader at its place; LogReset when the log cannot go on from there."""
        cursor = self._log.seq if after is None else after
        await self._log.after(cursor, 1, epoch=epoch)
        return Reader(principal, cursor)

    @asynccontextmanager
    async def _joined(self, reader: Reader) -> AsyncIterator[None]:
        self.readers.add(reader)
        try:
            yield
        finally:
            self.readers.discard(reader)

    async def follow(self, reader: Reader, write: Write, check: Check) -> None:
        """Write to one reader until the hub stops or the log is another; Refusal when its token no longer holds."""
        epoch = self._log.epoch
        async with self._joined(reader):
            await write(frame_bytes(events.HELLO, _encode(self._hello())))
            beat_at, beats = monotonic() + self._beat_s, 0
            while not self._ended and self._log.epoch == epoch:
                reader.nudge.clear()
                while self._log.seq > reader.cursor and not self._ended:
                    await write(reader.written(await self._next(reader, check)))
                if reader.ephemeral:
                    await write(reader.take_ephemeral())
                if monotonic() >= beat_at:
                    beat_at, beats = monotonic() + self._beat_s, beats + 1
                    await write(frame_bytes(events.HEARTBEAT, _encode(events.Heartbeat(self._log.seq, self._now()))))
                    if beats % BEATS_BETWEEN_CHECKS == 0:
                        await self._check(reader, check)
                await _nudged(reader, beat_at - monotonic())

    def _hello(self) -> events.Hello:
        return events.Hello(self._log.epoch, self._log.seq, self._now())

    async def _check(self, reader: Reader, check: Check) -> None:
        try:
            reader.principal = await check()
        except StoreUnavailable:
            _log.warning("token_not_checked", agent_id=reader.principal.agent_id)

    async def _next(self, reader: Reader, check: Check) -> list[Frame]:
        """What comes next; first looks whether the reader still may have it, where the log tells of its agent.

        Every change of an agent and of its tokens is in the log, so this holds whichever hub made it. A full batch
        belongs to a reader far behind, whose own row may come in a later one.
        """
        frames = [self._framed(event) for event in await self._log.after(reader.cursor, BATCH)]
        if len(frames) == BATCH or any(frame.agent_id == reader.principal.agent_id for frame in frames):
            reader.principal = await check()
        return frames

    def _framed(self, event: LoggedEvent) -> Frame:
        key = (self._log.epoch, event.seq)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = _frame(event)
            if len(self._frames) > KEPT_FRAMES:
                self._frames.popitem(last=False)
        return frame


async def _nudged(reader: Reader, within_s: float) -> None:
    try:
        async with asyncio.timeout(max(within_s, 0)):
            await reader.nudge.wait()
    except TimeoutError:
        return
