"""Calls to addresses that others name. No such call reaches this machine or its neighbours: every address a

name stands for is looked at first, and the connection is made to the address that was looked at, so that a name
which means something else a moment later changes nothing. Redirects are followed by hand by the same rules.
"""

import asyncio
import io
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from mim_desk.channels.base import Request, Response
from mim_desk.hub.public_addresses import is_public

MOST_REDIRECTS: Final = 3
_MOST_TRIES: Final = 3
_TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "deflate"})
"""How an answer may be packed: these two swell in steps that can be counted while they do."""
_OWN_HEADERS: Final = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "MIM-Desk", "connection": "close"}

Resolve = Callable[[str, int], Awaitable[list[str]]]
Grow = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Unfit:
    """The call is not made or its answer not taken, and would not be another time."""

    problem: str


@dataclass(frozen=True)
class Unreachable:
    """No whole answer came; another time one may."""

    problem: str


Answered = Response | Unfit | Unreachable


async def resolve(host: str, port: int) -> list[str]:
    """The addresses a name stands for, in numbers; a number in any form a connection would take is its own name."""
    number = _number(host)
    if number:
        return [number]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _number(host: str) -> str:
    """The address that a host without a name is, also as one decimal, octal or hexadecimal number; empty for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(ipaddress.IPv4Address(socket.inet_aton(host)))
    except OSError:
        return ""


class ForeignHttp:
    """Makes the calls; one for the life of its user. It keeps no connections, cookies or credentials."""

    def __init__(self, resolve: Resolve = resolve, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._resolve = resolve
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        self._transport = transport or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    async def call(
        self, request: Request, *, own_host: str, most_bytes: int, within_s: float, grow: Grow | None = None
    ) -> Answered:
        """Make one call and follow where it leads.

        Args:
            own_host: the one host that need not be public, as the account's settings name it; empty for none.
            grow: asked before an answer is held that is so large; what it waits counts for nothing.
        """
        try:
            async with asyncio.timeout(within_s) as limit:
                room = _Room(most_bytes, limit, grow)
                return await self._followed(request, own_host.lower(), room)
        except TimeoutError:
            return Unreachable("timeout")

    async def _followed(self, request: Request, own_host: str, room: "_Room") -> Answered:
        try:
            url = httpx.URL(request.url)
            hop = _Hop(request.method, url, dict(request.headers), request.body, own_host)
            for _ in range(MOST_REDIRECTS + 1):
                answer = await self._answer(hop, room)
                if not isinstance(answer, Response) or answer.status not in _REDIRECTS:
                    return answer
                hop = hop.led_to(answer.headers.get("location", ""))
        except (httpx.InvalidURL, ValueError, TypeError) as problem:
            return Unfit(type(problem).__name__)
        except _NotFollowed as problem:
            return Unfit(str(problem))
        return Unfit("too many redirects")

    async def _answer(self, hop: "_Hop", room: "_Room") -> Answered:
        host, port = hop.host, hop.url.port or (443 if hop.url.scheme == "https" else 80)
        if hop.url.scheme not in ("http", "https") or not host:
            return Unfit("neither http nor https")
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as problem:
            return Unreachable(type(problem).__name__)
        if host != hop.own_host and not all(is_public(one) for one in addresses):
            return Unfit("not a public address")
        told: Answered = Unreachable("no address")
        for address in addresses[:_MOST_TRIES]:
            try:
                return await self._taken(hop.written(address), room)
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                told = Unreachable(type(problem).__name__)
            except httpx.HTTPError as problem:
                return Unreachable(type(problem).__name__)
        return told

    async def _taken(self, request: httpx.Request, room: "_Room") -> Answered:
        answer = await self._transport.handle_async_request(request)
        try:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            body = b"" if answer.status_code in _REDIRECTS else await _body(answer, room)
        finally:
            await answer.aclose()
        return body if isinstance(body, Unfit) else Response(answer.status_code, headers, body)


@dataclass(frozen=True)
class _Room:
    """How much of an answer is taken, and who is asked before it is held."""

    most_bytes: int
    limit: asyncio.Timeout
    grow: Grow | None

    async def hold(self, size: int) -> bool:
        """Whether so much may be held, once there is room."""
        if size > self.most_bytes:
            return False
        if self.grow is not None:
            ends, loop = self.limit.when(), asyncio.get_running_loop()
            began = loop.time()
            self.limit.reschedule(None)
            await self.grow(size)
            self.limit.reschedule(None if ends is None else ends + loop.time() - began)
        return True


class _NotFollowed(Exception):
    """A redirect that is not followed."""


@dataclass(frozen=True)
class _Hop:
    """One call on the way.

    Attributes:
        own_host: as for ``call``; empty once the way has left it.
    """

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes
    own_host: str

    @property
    def host(self) -> str:
        """The host as it is looked up."""
        return self.url.raw_host.decode("ascii").strip("[]").lower()

    def written(self, address: str) -> httpx.Request:
        """The call as it goes out to one address of its host, which the certificate must still name."""
        told = {name: value for name, value in self.headers.items() if name.lower() not in (*_OWN_HEADERS, "host")}
        extensions = {"timeout": _TIMEOUT.as_dict(), "sni_hostname": self.host}
        headers = {"host": self.url.netloc.decode("ascii"), **_OWN_HEADERS, **told}
        url = self.url.copy_with(host=address, userinfo=b"", fragment=None)
        return httpx.Request(self.method, url, headers=headers, content=self.body or None, extensions=extensions)

    def led_to(self, location: str) -> "_Hop":
        """Where a redirect leads; credentials stay where they belong."""
        if self.method != "GET" or not location:
            raise _NotFollowed("a redirect that is not followed")
        url = self.url.join(location)
        headers = self.headers if _origin(url) == _origin(self.url) else {}
        hop = _Hop(self.method, url, headers, b"", self.own_host)
        # Only the admin's own word opens a host that is not public, never a stranger's redirect.
        return hop if hop.host == self.host else _Hop(self.method, url, headers, b"", "")


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


async def _body(answer: httpx.Response, room: _Room) -> bytes | Unfit:
    if answer.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
        return Unfit("packed in an unknown way")
    declared = answer.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and not await room.hold(int(declared[:19])):
        return Unfit("too large")
    held = io.BytesIO()  # gives its bytes without a second copy of them
    async for part in answer.aiter_bytes():
        if not await room.hold(held.tell() + len(part)):
            return Unfit("too large")
        held.write(part)
    return held.getvalue()
