"""The providers' side: /webhooks/{channel}/{inbox}. 200 means stored; what can't be understood is kept too."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Final

import structlog

from mim_desk.channels.base import Account, Adapter, HandshakeAnswer, RawRequest
from mim_desk.channels.called_below import CalledBelow
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.channels.told_in_query import ToldInQuery
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import receiving, sharing
from mim_desk.hub.asgi_types import Disconnected, Receive, Scope, Send, headers_of, read_body
from mim_desk.hub.parts import Hub
from mim_desk.hub.problems import send_answer, send_problem
from mim_desk.hub.store.times import utc_now

PREFIX: Final = "/webhooks/"
_log = structlog.get_logger("mim_desk.hub.webhooks")


async def serve_webhook(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one call of a provider."""
    channel = "unknown"
    try:
        adapter, inbox_id = _named(scope["path"])
        channel = adapter.channel
        account = await hub.accounts.account(inbox_id, channel)
        if scope["method"] == "GET" and not offers(adapter, ToldInQuery):
            await _shake_hands(adapter, account, scope, send)
            return
        if scope["method"] not in _methods(adapter):
            raise Refusal("no-handshake", "A webhook is called by another method.")
        answer = await _take(hub, adapter, account, scope, receive)
        hub.metrics.deliveries.labels(channel, "stored").inc()
        await send_answer(send, answer.status, answer.body, answer.content_type)
    except Disconnected:
        hub.metrics.deliveries.labels(channel, "broken_off").inc()
    except Exception as error:  # noqa: BLE001  # every error becomes an answer
        hub.metrics.deliveries.labels(channel, "refused" if isinstance(error, Refusal) else "failed").inc()
        if isinstance(error, Refusal):
            _log.info("delivery_refused", path=scope["path"], code=error.code)
        await send_problem(send, error, scope["path"])


def _named(path: str) -> tuple[Adapter, str]:
    channel, _, rest = path.removeprefix(PREFIX).partition("/")
    inbox_id, below, _ = rest.partition("/")
    adapter = ADAPTERS.get(channel)
    if adapter is None or not inbox_id or (below and not offers(adapter, CalledBelow)):
        raise Refusal("not-found", "There is no inbox at this address.")
    return adapter, inbox_id


def _methods(adapter: Adapter) -> Collection[str]:
    """How deliveries come."""
    if offers(adapter, ToldInQuery):
        return ("GET", "POST")
    return adapter.methods_below if offers(adapter, CalledBelow) else ("POST",)


async def _shake_hands(adapter: Adapter, account: Account, scope: Scope, send: Send) -> None:
    answer = adapter.handshake(account, _raw(scope, b"", utc_now()))
    await send_answer(send, answer.status, answer.body, answer.content_type)


def _raw(scope: Scope, body: bytes, now: datetime) -> RawRequest:
    path = scope.get("raw_path") or scope["path"].encode()
    return RawRequest(
        scope["method"], path.decode("latin-1"), scope["query_string"].decode("latin-1"), headers_of(scope), body, now
    )


async def _take(hub: Hub, adapter: Adapter, account: Account, scope: Scope, receive: Receive) -> HandshakeAnswer:
    length = headers_of(scope).get("content-length", "")
    body = await read_body(receive, length, manifest(adapter.channel).max_body_bytes)
    began = perf_counter()
    request = _raw(scope, body, utc_now())
    adapter.verify(account, request)
    if request.method == "GET":
        request = replace(request, body=request.query.encode("latin-1"))  # a form that came in the address
    shares = await sharing.shared_out(hub, adapter, account, request)
    taken = [await receiving.take(hub, *share) for share in shares]
    hub.metrics.webhook_answer.observe(perf_counter() - began)
    return taken[0].answer
