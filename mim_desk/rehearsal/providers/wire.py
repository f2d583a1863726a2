"""The simulated providers' HTTP side: one loopback server, a path prefix for each of them."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import parse_qsl

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_Peer = tuple[str, int]


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    mime_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Call:
    """One request that a provider gets.

    Attributes:
        path: below the provider's prefix, with its first slash.
        headers: names in lower case.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def bearer(self) -> str:
        """The token of the Authorization header; empty without one."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""

    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty where there is none."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def form(self) -> dict[str, str | Upload]:
        """The fields of a form, be it URL-encoded or in parts."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        parsed = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + self.body
        )
        return {str(part.get_param("name", header="content-disposition")): _field(part) for part in parsed.iter_parts()}


def _field(part: Any) -> str | Upload:
    data: bytes = part.get_payload(decode=True) or b""
    name = part.get_filename()
    return data.decode("utf-8", "replace") if name is None else Upload(name, part.get_content_type(), data)


@dataclass(frozen=True)
class Answer:
    """What a provider answers; ``lost`` hangs up instead, after everything was done."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False


def told(body: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; ``retry_after="5"`` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json", **named})


Answering = Callable[[Call], Awaitable[Answer]]
NOWHERE: Final = Answer(404)


@asynccontextmanager
async def serving(answering: Mapping[str, Answering]) -> AsyncIterator[str]:
    """Serve on a free loopback port; yields the address, below which each has the prefix of its name."""
    open_lines: dict[_Peer, asyncio.BaseTransport] = {}
    config = uvicorn.Config(
        _app(answering, open_lines),
        http=_protocol(open_lines),
        port=0,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    bound = config.bind_socket()
    server = _Server(config)
    with contextlib.closing(bound):
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([bound]), name="simulated providers")
            await server.listening.wait()
            try:
                yield f"http://127.0.0.1:{bound.getsockname()[1]}"
            finally:
                server.should_exit = True


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Signals are the program's, not ours."""
        yield


def _protocol(open_lines: dict[_Peer, asyncio.BaseTransport]) -> type[asyncio.Protocol]:
    """Knows the open connections, since an ASGI application cannot hang up."""

    class Listed(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            open_lines[transport.get_extra_info("peername")[:2]] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            open_lines.pop(self.transport.get_extra_info("peername")[:2], None)
            super().connection_lost(exc)

    return Listed


def _app(answering: Mapping[str, Answering], open_lines: Mapping[_Peer, asyncio.BaseTransport]) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        name, _, path = scope["path"].lstrip("/").partition("/")
        answer = answering.get(name, _nowhere)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        given = await answer(Call(scope["method"], f"/{path}", query, headers, await _body(receive)))
        if given.lost:
            open_lines[tuple(scope["client"])].abort()  # type: ignore[attr-defined]  # a transport of TCP
            await receive()  # until it is closed
            return
        told_headers = [(name.encode(), value.encode()) for name, value in given.headers.items()]
        await send({"type": "http.response.start", "status": given.status, "headers": told_headers})
        await send({"type": "http.response.body", "body": given.body})

    return app


async def _nowhere(call: Call) -> Answer:
    return NOWHERE


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)
