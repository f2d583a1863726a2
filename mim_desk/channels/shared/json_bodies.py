"""Reading foreign JSON without ever raising."""

from typing import Final, TypeVar

import msgspec

Shape = TypeVar("Shape")

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError)
"""What reading foreign bytes may raise."""


def read(decoder: msgspec.json.Decoder[Shape], body: bytes | msgspec.Raw) -> Shape | None:
    """What the body holds, None when it has another shape or none."""
    try:
        return decoder.decode(body)
    except UNREADABLE:
        return None
