"""The event log as streams follow it: what comes after a seq, and a wake-up when there is more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from mim_desk.hub.store.log_rows import Audience, Head, LoggedEvent
from mim_desk.hub.store.problems import LogReset

__all__ = ["Audience", "EventLog", "LogReset", "LoggedEvent", "WakeUp"]

_KEPT = 4096
ReadAfter = Callable[[int, int], Awaitable[list[LoggedEvent]]]


class EventLog:
    """Follows the store's log; events that this hub committed itself are answered from memory.

    Attributes:
        epoch: name of this log; another one means another history.
        seq: the last event known to be committed, by this hub or told by another.
    """

    def __init__(self, head: Head, read_after: ReadAfter) -> None:
        self.epoch = head.epoch
        self.seq = head.seq
        self._read_after = read_after
        self._recent: list[LoggedEvent] = []
        self._waiters: set[asyncio.Future[None]] = set()

    async def after(self, seq: int, limit: int = 500, *, epoch: str | None = None) -> list[LoggedEvent]:
        """The next known events after ``seq``, at most ``limit``; LogReset when this log cannot tell them."""
        if epoch is not None and epoch != self.epoch:
            raise LogReset(f"epoch {epoch} is not this log's")
        if seq == self.seq:
            return []
        if self._recent and self._recent[0].seq <= seq + 1 <= self._recent[-1].seq:
            start = seq + 1 - self._recent[0].seq
            return self._recent[start : start + limit]
        return await self._read_after(seq, limit)

    async def beyond(self, seq: int) -> int:
        """Wait until the log has passed ``seq``; where it stands then."""
        while self.seq <= seq:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        return self.seq

    def subscribe(self) -> "WakeUp":
        """A wake-up that starts at the present end of the log."""
        return WakeUp(self)

    def took(self, events: Sequence[LoggedEvent]) -> None:
        """Take over ``events`` that this hub committed."""
        if self._recent and events[0].seq != self._recent[-1].seq + 1:
            self._recent.clear()
        self._recent.extend(events)
        if len(self._recent) > 2 * _KEPT:
            del self._recent[:-_KEPT]
        self.heard(events[-1].seq)

    def heard(self, seq: int) -> None:
        """The log is known to reach ``seq``."""
        if seq <= self.seq:
            return
        self.seq = seq
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def stands(self, head: Head) -> None:
        """The database says where the log stands; in a new epoch nothing remembered holds."""
        if head.epoch == self.epoch:
            self.heard(head.seq)
            return
        self.epoch = head.epoch
        self.seq = -1
        self._recent.clear()
        self.heard(head.seq)


class WakeUp:
    """Tells one follower when the log grew since it was last told.

    Attributes:
        seq: the place last told.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.seq = log.seq

    async def wait(self) -> int:
        """Where the log stands, as soon as it passed ``seq``."""
        self.seq = await self._log.beyond(self.seq)
        return self.seq
