"""The bare server of ``loopback``: answers a POST, and writes the time into its streams when asked to."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
_HEADERS = [(b"content-type", b"text/event-stream")]
_streams: set["asyncio.Queue[bytes]"] = set()


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """POST /post, POST /emit and GET /stream."""
    if scope["path"] == "/stream":
        await _stream(receive, send)
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
    if scope["path"] == "/emit":
        for queue in _streams:
            queue.put_nowait(b"")


async def _stream(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    _streams.add(queue)
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    while True:
        await queue.get()
        event = b"data: %r\n\n" % time.monotonic()
        await send({"type": "http.response.body", "body": event, "more_body": True})
