"""Server-sent events out of the bytes of a stream, all of a chunk at once (HTML standard, 9.2.6)."""

from typing import Final

import msgspec

CONTENT_TYPE: Final = "text/event-stream"


class ServerEvent(msgspec.Struct, frozen=True):
    """One event; ``id`` and ``data`` are as they came, empty where nothing was said."""

    id: bytes
    type: str
    data: bytes


class EventParser:
    """Takes the bytes of one stream in any pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def events(self, chunk: bytes) -> list[ServerEvent]:
        """The events that end with ``chunk``."""
        text = self._rest + chunk
        held = b""
        if b"\r" in text:
            held = b"\r" if text.endswith(b"\r") else b""  # the second half of a line's end may follow
            text = text.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, rest = text.split(b"\n\n")
        self._rest = rest + held
        return [event for block in whole if (event := _event(block)) is not None]


def _event(block: bytes) -> ServerEvent | None:
    id_, type_, data = b"", b"message", list[bytes]()
    said = False
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            type_ = value
        elif name == b"id":
            id_ = value
        else:
            continue  # a comment, or a field that nobody knows
        said = True
    return ServerEvent(id_, type_.decode("utf-8", "replace"), b"\n".join(data)) if said else None
