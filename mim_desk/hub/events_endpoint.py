"""GET /api/v1/events: opens a stream for a signed-in agent, resumes it, and cuts off who does not read."""

import asyncio
from typing import Final
from urllib.parse import parse_qs

import structlog

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asgi_types import Receive, Scope, Send, headers_of
from mim_desk.hub.auth import Principal
from mim_desk.hub.event_log import LogReset
from mim_desk.hub.events_stream import Reader
from mim_desk.hub.parts import Hub
from mim_desk.hub.problems import send_problem
from mim_desk.hub.sessions import authenticate, authenticate_anew
from mim_desk.hub.store.problems import StoreUnavailable

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_log = structlog.get_logger("mim_desk.hub.events_endpoint")


async def serve_events(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one call of the event stream."""
    headers = headers_of(scope)
    try:
        if scope["method"] != "GET":
            raise Refusal("no-handshake", "The event stream is read by GET.")
        authorization = headers.get("authorization", "")
        principal = await authenticate(hub, authorization)
        after, epoch = _place(scope, headers)
        reader = await hub.streams.start(principal, after, epoch)
    except Exception as error:  # noqa: BLE001  # every error becomes an answer
        await send_problem(send, error, scope["path"])
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await _stream(hub, reader, authorization, receive, send)


def _place(scope: Scope, headers: dict[str, str]) -> tuple[int | None, str | None]:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    given = headers.get("last-event-id") or query.get("after", [""])[-1]
    epoch = query.get("epoch", [""])[-1] or None
    if not given:
        return None, epoch
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Refusal("invalid", "The place in the event log must be a whole number.", "after")
    return int(given), epoch


async def _stream(hub: Hub, reader: Reader, authorization: str, receive: Receive, send: Send) -> None:
    async def write(data: bytes) -> None:
        async with asyncio.timeout(hub.streams.slowest_write_s):
            await send({"type": "http.response.body", "body": data, "more_body": True})

    async def check() -> Principal:
        return await authenticate_anew(hub, authorization)

    async def follow() -> None:
        try:
            await hub.streams.follow(reader, write, check)
        except TimeoutError:
            hub.streams.cut_off += 1
            _log.warning("slow_reader_cut_off", agent_id=reader.principal.agent_id, seq=reader.cursor)
            return
        except (Refusal, LogReset, StoreUnavailable) as why:
            _log.info("stream_ended", agent_id=reader.principal.agent_id, why=type(why).__name__)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow())
        watching = group.create_task(_cancel_when_gone(receive, following))
        following.add_done_callback(lambda _: watching.cancel())


async def _cancel_when_gone(receive: Receive, following: "asyncio.Task[None]") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    following.cancel()
