"""Ids of rows: version 7 UUIDs, so that new rows lie together at the end of an index, in the order they were made."""

import os
import struct
from datetime import datetime
from threading import Lock
from typing import Final

from mim_desk.hub.store.times import ms

_COUNTED: Final = 0xFFF
_DRAWN: Final = 256


class _Turns:
    """Numbers the ids of one millisecond, as messages that came in one delivery keep their order.

    Chance is drawn for many ids at once: each draw lets go of Python's lock, which the writer then has to win back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._at = self._n = 0
        self._chance: list[int] = []

    def next(self, at: int) -> tuple[int, int]:
        """The place within the millisecond, and 64 random bits that are given once."""
        with self._lock:
            self._n = self._n + 1 if at == self._at else 0
            self._at = at
            if not self._chance:
                self._chance = list(struct.unpack(f"{_DRAWN}Q", os.urandom(8 * _DRAWN)))
            return self._n & _COUNTED, self._chance.pop()


_turns: Final = _Turns()


def new_id(now: datetime) -> str:
    """A fresh id that sorts by ``now``, then by the order of asking."""
    at = ms(now)
    place, chance = _turns.next(at)
    return _written((at << 80) | (place << 64) | chance)


def _written(value: int) -> str:
    value = value & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
