"""Ids of rows: version 7 UUIDs, so that new rows lie together at the end of an index, in the order they were made."""

import os
from datetime import datetime
from threading import Lock
from typing import Final

from mim_desk.hub.store.times import ms

_COUNTED: Final = 0xFFF


class _Turns:
    """Numbers the ids of one millisecond, as messages that came in one delivery keep their order."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at = self._n = 0

    def next(self, at: int) -> int:
        with self._lock:
            self._n = self._n + 1 if at == self._at else 0
            self._at = at
            return self._n & _COUNTED


_turns: Final = _Turns()


def new_id(now: datetime) -> str:
    """A fresh id that sorts by ``now``, then by the order of asking."""
    at = ms(now)
    return _written((at << 80) | (_turns.next(at) << 64) | int.from_bytes(os.urandom(8)))


def _written(value: int) -> str:
    value = value & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
