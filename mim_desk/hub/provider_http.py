"""Calls to providers: tells apart what certainly never left from what may have arrived."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from mim_desk.channels.base import InDoubt, NeverLeft, Request, Response
from mim_desk.hub.failpoints import NO_POINTS, FailPoints
from mim_desk.hub.logs import hide_addresses

TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0, pool=30.0)
LONGEST_CALL_S: Final = 35.0
MOST_ANSWER_BYTES: Final = 1 << 20
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_CONNECTING: Final = "connection."
"""So begin the steps that httpcore tells before a request's first byte (its documentation, "Extensions", trace)."""


Call = Callable[[Request], Awaitable[Response | NeverLeft | InDoubt]]
"""``call`` with its client."""


def new_client(connections: int = 100) -> httpx.AsyncClient:
    """A client for calls to providers: no redirects, no proxies or certificates out of the environment."""
    hide_addresses()
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=20)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, follow_redirects=False, trust_env=False)


@dataclass(frozen=True)
class Patience:
    """How long a call may take and how much its answer may hold; ``silence`` is the longest wait for its next byte."""

    longest_s: float = LONGEST_CALL_S
    most_bytes: int = MOST_ANSWER_BYTES
    silence: httpx.Timeout = field(default_factory=lambda: TIMEOUT)


LONG_POLL: Final = Patience(90.0, 16 << 20, httpx.Timeout(75.0, connect=10.0, pool=30.0))
"""For calls that a provider answers when there is something new."""
_DAILY: Final = Patience()


class Leaving:
    """How far a call came; one of which nothing is known counts as left."""

    def __init__(self) -> None:
        self._step = ""

    @property
    def is_connecting(self) -> bool:
        """Whether the connection was not there yet, so that no byte can have left."""
        return self._step.startswith(_CONNECTING)

    async def trace(self, step: str, _: Mapping[str, Any]) -> None:
        """Told by httpcore of each step."""
        self._step = step


async def call(
    client: httpx.AsyncClient,
    request: Request,
    points: FailPoints = NO_POINTS,
    patience: Patience = _DAILY,
    leaving: Leaving | None = None,
) -> Response | NeverLeft | InDoubt:
    """Make one call; of the answer's body no more is read than ``patience`` allows."""
    leaving = leaving or Leaving()
    try:
        built = client.build_request(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            timeout=patience.silence,
            extensions={"trace": leaving.trace},
        )
    except (httpx.InvalidURL, ValueError, TypeError) as problem:
        return NeverLeft(type(problem).__name__)
    try:
        async with asyncio.timeout(patience.longest_s):
            return await _answered(client, built, points, patience.most_bytes)
    except _NEVER_LEFT as problem:
        return NeverLeft(type(problem).__name__)
    except (httpx.HTTPError, TimeoutError) as problem:
        return (NeverLeft if leaving.is_connecting else InDoubt)(type(problem).__name__)


async def _answered(client: httpx.AsyncClient, built: httpx.Request, points: FailPoints, most: int) -> Response:
    answer = await client.send(built, stream=True)
    await points.reach("send.after_bytes")
    try:
        body = await _body(answer, most)
    finally:
        await answer.aclose()
    return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


async def _body(answer: httpx.Response, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size >= most:
            break
    return b"".join(parts)[:most]
