"""How accounts stand at their providers: asked now and then, kept in the inbox's health; tokens replaced in time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from mim_desk.channels.base import Account, Adapter, InDoubt, NeverLeft, Refused, Request, Response
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS, DRIVERS, manifest
from mim_desk.channels.standing import RenewsSecrets, Standing, TellsStanding
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.accounts import secrets_place
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import call
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

ASKED_EVERY: Final = timedelta(minutes=30)
RENEWED_BEFORE: Final = timedelta(days=45)
"""A token that is replaced when it has less than this left: of sixty days it has lived two weeks."""
RENEWED_EVERY: Final = timedelta(days=1)
"""Not sooner again when the provider did not replace it."""
LOOK_S: Final = 60.0
_log = structlog.get_logger("mim_desk.hub.standing")


async def run(hub: Hub) -> None:
    """Ask for every inbox in its turn; runs as long as the hub. Of several hubs the first to come asks."""
    tried: dict[str, datetime] = {}
    while True:
        try:
            for row in await hub.store.read(inboxes.everything):
                await look_at(hub, row, tried)
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))
        await asyncio.sleep(LOOK_S)


async def look_at(hub: Hub, row: rows.Inbox, tried: dict[str, datetime]) -> None:
    """Ask for one inbox what is due; ``tried`` remembers when its token was to be replaced."""
    adapter, now = ADAPTERS.get(row.channel), utc_now()
    if adapter is None or row.health.state == "paused":
        return
    try:
        if _renewal_is_due(row, tried.get(row.id), now) and offers(adapter, RenewsSecrets):
            tried[row.id] = now
            await renew(hub, adapter, row)
        asked = row.health.figures_at
        if offers(adapter, TellsStanding) and (asked is None or now - asked >= ASKED_EVERY):
            await refresh(hub, row.id)
    except Refusal:
        _log.info("inbox_gone", inbox_id=row.id)


async def refresh(hub: Hub, inbox_id: str) -> None:
    """Ask how the account of an inbox stands and keep the answer."""
    account = await hub.accounts.as_stored(inbox_id)
    row = await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id))
    if row is None:
        return
    adapter = ADAPTERS[row.channel]
    told = await ask(hub, adapter, account)
    if told.mended_by and await _mended(hub, adapter, account, told):
        told = await ask(hub, adapter, account)
    figures = tuple(rows.Figure(one.name, one.value, one.state.value) for one in told.figures)
    at = whole_ms(utc_now())

    def work(unit: Unit) -> None:
        ends = {"token_ends_at": told.token_ends_at} if told.token_ends_at else {}
        now = inboxes.by_id(unit.conn, inbox_id)
        if now is None:
            return
        if told.files_bytes is not None and now.settings == row.settings:
            _carries(unit, now, told.files_bytes)
        inboxes.set_health(unit, inbox_id, figures=figures, figures_at=at, **ends)

    await hub.store.writer.run(work)


def _carries(unit: Unit, row: rows.Inbox, files_bytes: int) -> None:
    """Keep how much the files of a message may have: what the provider says, else what the channel's manifest does."""
    most = files_bytes or manifest(row.channel).capabilities_of(row.settings).files_bytes
    if most != row.capabilities.files_bytes:
        can = msgspec.structs.replace(row.capabilities, files_bytes=most)
        inboxes.change(unit, msgspec.structs.replace(row, capabilities=can))


def way_to(
    hub: Hub, adapter: Adapter, account: Account
) -> Callable[[Request], Awaitable[Response | NeverLeft | InDoubt]]:
    """How an account's provider is asked something: by a driver of its own where the channel has one, else by HTTP."""
    driver = DRIVERS.get(adapter.channel)
    if driver is None:
        return lambda request: call(hub.client, request)
    return lambda request: hub.connections.probe(driver, account, request)


async def _mended(hub: Hub, adapter: Adapter, account: Account, told: Standing) -> bool:
    """Whether a call that sets the account right was taken; in their order, each may be refused by itself."""
    taken = False
    for request in told.mended_by:
        answer = await hub.account_tokens.call(adapter, account, request, way_to(hub, adapter, account))
        status = answer.status if isinstance(answer, Response) else 0
        taken = taken or 200 <= status < 300
        _log.info("account_mended", channel=adapter.channel, inbox_id=account.inbox_id, status=status)
    return taken


async def ask(hub: Hub, adapter: Adapter, account: Account) -> Standing:
    """How an account stands; nothing where the channel has no way to ask."""
    if not offers(adapter, TellsStanding):
        return Standing()

    async def made(request: Request) -> Response | None:
        answer = await hub.account_tokens.call(adapter, account, request, way_to(hub, adapter, account))
        return answer if isinstance(answer, Response) else None

    answers = await asyncio.gather(*(made(request) for request in adapter.standing_requests(account)))
    try:
        return adapter.read_standing(account, answers, utc_now())
    except Exception as error:  # noqa: BLE001  # foreign bytes must never end the asking
        _log.error("adapter_failed", channel=adapter.channel, inbox_id=account.inbox_id, exc_info=error)
        return Standing()


def _renewal_is_due(row: rows.Inbox, tried: datetime | None, now: datetime) -> bool:
    if tried is not None and now - tried < RENEWED_EVERY:
        return False
    return row.health.token_ends_at is None or row.health.token_ends_at - now < RENEWED_BEFORE


async def renew(hub: Hub, adapter: RenewsSecrets, row: rows.Inbox) -> None:
    """Have the account's token replaced; the old one works on, so that a crash in between costs nothing."""
    account = await hub.accounts.as_stored(row.id)
    request = adapter.renewal(account)
    if request is None:
        return
    answer = await call(hub.client, request)
    told = adapter.read_renewal(account, answer) if isinstance(answer, Response) else None
    if told is None or isinstance(told, Refused):
        _log.info("token_not_renewed", inbox_id=row.id, code=told.code if told else "unreachable")
        return
    sealed = hub.cipher.seal({**account.secrets, **told.secrets}, secrets_place(row.id))
    ends = whole_ms(utc_now() + timedelta(seconds=told.lasts_s))
    if await hub.store.writer.run(lambda unit: _keep(unit, row, sealed, ends)):
        _log.info("token_renewed", inbox_id=row.id)


def _keep(unit: Unit, seen: rows.Inbox, sealed: bytes, ends: datetime) -> bool:
    """Store the new token unless somebody changed the inbox meanwhile."""
    now = inboxes.by_id(unit.conn, seen.id)
    if now is None or now.version != seen.version:
        return False
    inboxes.set_secrets(unit, seen.id, sealed)
    inboxes.change(unit, msgspec.structs.replace(now, health=msgspec.structs.replace(now.health, token_ends_at=ends)))
    return True
