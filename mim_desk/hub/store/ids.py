"""Ids of rows: version 7 UUIDs, so that new rows lie together at the end of an index."""

import os
from datetime import datetime

from mim_desk.hub.store.times import ms


def new_id(now: datetime) -> str:
    """A fresh id that sorts by ``now``."""
    return _written((ms(now) << 80) | int.from_bytes(os.urandom(10)))


def _written(value: int) -> str:
    value = value & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
