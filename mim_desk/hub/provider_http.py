"""Calls to providers: tells apart what certainly never left from what may have arrived."""

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx

from mim_desk.channels.base import Request, Response
from mim_desk.hub.failpoints import FailPoints

TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0, pool=30.0)
LONGEST_CALL_S: Final = 35.0
MOST_ANSWER_BYTES: Final = 1 << 20
NO_POINTS: Final = FailPoints({})
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class NeverLeft:
    """The connection failed before any byte: sending again is safe."""

    problem: str


@dataclass(frozen=True)
class InDoubt:
    """Bytes left and no whole answer came: the provider may have taken it."""

    problem: str


def new_client() -> httpx.AsyncClient:
    """The hub's one HTTP client: no redirects, no proxies or certificates out of the environment."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, follow_redirects=False, trust_env=False)


async def call(
    client: httpx.AsyncClient, request: Request, points: FailPoints = NO_POINTS
) -> Response | NeverLeft | InDoubt:
    """Make one call; the answer's body is read up to 1 MiB."""
    try:
        built = client.build_request(request.method, request.url, headers=dict(request.headers), content=request.body)
    except (httpx.InvalidURL, ValueError, TypeError) as problem:
        return NeverLeft(type(problem).__name__)
    try:
        async with asyncio.timeout(LONGEST_CALL_S):
            answer = await client.send(built, stream=True)
            await points.reach("send.after_bytes")
            try:
                body = await _body(answer)
            finally:
                await answer.aclose()
    except _NEVER_LEFT as problem:
        return NeverLeft(type(problem).__name__)
    except (httpx.HTTPError, TimeoutError) as problem:
        return InDoubt(type(problem).__name__)
    return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


async def _body(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size >= MOST_ANSWER_BYTES:
            break
    return b"".join(parts)[:MOST_ANSWER_BYTES]
