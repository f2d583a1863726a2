"""What was just read of the store, at hand for a moment so that not every call needs a read."""

from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by key, each for ``lasts_s`` after it was asked for.

    What is forgotten while it is being read is not kept: it may have been read just before it changed.
    """

    def __init__(self, lasts_s: float, clock: Callable[[], float] = monotonic, most: int = 10_000) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._most = most
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._forgotten = 0

    def at_hand(self, key: Key) -> Value | None:
        """The value, if we know it."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and self._clock() - kept[0] <= self._lasts_s else None

    async def get(self, key: Key, read: Callable[[Key], Awaitable[Value]]) -> Value:
        """The value as we know it, else as ``read`` finds it."""
        known = self.at_hand(key)
        return known if known is not None else await self.anew(key, read)

    async def anew(self, key: Key, read: Callable[[Key], Awaitable[Value]]) -> Value:
        """The value as ``read`` finds it now."""
        forgotten, began = self._forgotten, self._clock()
        value = await read(key)
        if forgotten == self._forgotten:
            if key not in self._kept and len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[key] = (began, value)
        return value

    def forget(self, key: Key) -> None:
        """It changed, or may have."""
        self._forgotten += 1
        self._kept.pop(key, None)

    def forget_all(self) -> None:
        """Any of them changed, or may have."""
        self._forgotten += 1
        self._kept.clear()
