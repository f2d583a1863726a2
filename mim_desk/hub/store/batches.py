"""What waits for the writer, handed over in sets that keep the event loop and the writer out of each other's way."""

import time
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
MOST: Final = 512
SEVERAL: Final = 8
"""A set of so many means load: then turns are taken."""
_TURN: Final = 32
_LOOK_S: Final = 0.0001
_LONGEST_WAIT_S: Final = 0.005


class Batches(Generic[Item]):
    """A queue whose reader takes many at once.

    Only one thread holds Python's lock. Under load the loop and the writer would fight for it at every
    statement, so a set is only begun when the loop has handed over what it was busy with, or a turn's
    worth of it; what the loop does next then falls into the commit, which needs no lock.
    """

    def __init__(self, most: int = MOST) -> None:
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
        self._most = most
        self._last = 0

    def put(self, item: Item) -> None:
        """Let it wait."""
        self._queue.put(item)

    def end(self) -> None:
        """Nothing comes any more."""
        self._queue.put(None)

    def many_wait(self) -> bool:
        """Whether a set of several follows the last one of several."""
        return self._last >= SEVERAL and self._queue.qsize() >= SEVERAL

    def next(self, longest_s: float | None) -> tuple[list[Item], bool]:
        """The next set, and whether more can come; an empty one when nothing came for ``longest_s``."""
        batch: list[Item] = []
        goes_on = True
        try:
            item = self._queue.get(timeout=longest_s)
            if self._last >= SEVERAL:
                self._let_gather()
            most = min(self._most, max(_TURN, self._queue.qsize() // 2))
            while item is not None:
                batch.append(item)
                if len(batch) >= most:
                    break
                item = self._queue.get_nowait()
            goes_on = item is not None
        except Empty:
            pass  # all that waits is taken
        self._last = len(batch)
        return batch, goes_on

    def _let_gather(self) -> None:
        """Wait while the loop still hands over, up to a turn's worth."""
        known, until = -1, time.monotonic() + _LONGEST_WAIT_S
        while known < self._queue.qsize() < _TURN and time.monotonic() < until:
            known = self._queue.qsize()
            time.sleep(_LOOK_S)
