"""The three names of the ASGI interface, for the parts of the hub that speak it directly."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mim_desk.domain.refusal import Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers in lower case; of repeated ones the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


class Disconnected(Exception):
    """The other side went away in the middle of its request."""


async def read_body(receive: Receive, declared: str, most: int) -> bytes:
    """The whole body; a Refusal ``too-large`` as soon as it passes ``most`` bytes."""
    too_large = Refusal("too-large", f"The body is larger than {most} bytes.")
    if declared.isdigit() and int(declared) > most:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise too_large
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)
