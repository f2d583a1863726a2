"""What a provider told, by webhook or when asked: read, stored, counted, passed on."""

from datetime import datetime
from typing import Final

import structlog

from mim_desk.channels.base import (
    Account,
    Adapter,
    IncomingMessage,
    Parsed,
    RawRequest,
    TemplateChanged,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.offering import offers
from mim_desk.channels.told_in_query import ToldInQuery
from mim_desk.hub import profiles
from mim_desk.hub.ingest import Delivery
from mim_desk.hub.parts import Hub
from mim_desk.hub.store.polls import Advance

KEPT_HEADERS: Final = ("content-type", "user-agent", "x-request-id")
KEPT_QUERY: Final = ":query"
"""Stands among the kept headers, under a name that none can have."""
_log = structlog.get_logger("mim_desk.hub.receiving")


async def take(
    hub: Hub, adapter: Adapter, account: Account, request: RawRequest, advance: Advance | None = None
) -> Parsed:
    """What a verified delivery says, once it is stored; raises when it could not be stored."""
    parsed = read(adapter, account, request)
    if advance is not None or not _passing(parsed):
        await hub.store.writer.ingest(_delivery(adapter, account, request, parsed, advance))
    for call in parsed.calls:
        hub.errands.take(adapter, account, call)
    if parsed.nudge is not None:
        await hub.nudges.tell(account.inbox_id, parsed.nudge)
    profiles.ask(hub, adapter, account, parsed.events)
    _count(hub, adapter.channel, parsed, request.received_at)
    if any(isinstance(event, TemplateChanged) for event in parsed.events):
        hub.template_news.set()
    for event in parsed.events:
        if isinstance(event, TypingSeen):
            await hub.presence.contact_typed(account.inbox_id, event)
    return parsed


def read(adapter: Adapter, account: Account, request: RawRequest) -> Parsed:
    """The events; an adapter that breaks on a delivery costs a line in the journal, not the delivery."""
    try:
        return adapter.parse(account, request)
    except Exception as error:  # noqa: BLE001  # foreign bytes must never cost a delivery
        _log.error("adapter_failed", channel=adapter.channel, inbox_id=account.inbox_id, exc_info=error)
        return Parsed((Unknown("body", type(error).__name__),))


def _passing(parsed: Parsed) -> bool:
    """Whether there is nothing to keep: typing is told on, never stored."""
    return bool(parsed.events) and all(isinstance(event, TypingSeen) for event in parsed.events)


def _delivery(
    adapter: Adapter, account: Account, request: RawRequest, parsed: Parsed, advance: Advance | None
) -> Delivery:
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    if offers(adapter, ToldInQuery) and request.query:
        kept[KEPT_QUERY] = request.query
    return Delivery(
        account.inbox_id, adapter.channel, request.body, parsed.events, request.received_at, kept, advance=advance
    )


def _count(hub: Hub, channel: str, parsed: Parsed, now: datetime) -> None:
    if parsed.unknown:
        hub.metrics.unparsed.labels(channel).inc(parsed.unknown)
    for event in parsed.events:
        if isinstance(event, IncomingMessage):
            hub.metrics.webhook_lag.labels(channel).observe(max((now - event.occurred_at).total_seconds(), 0.0))
