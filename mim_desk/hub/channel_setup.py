"""Connecting an account: the settings are checked field by field and tried at the provider before they are saved."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog

from mim_desk.channels.base import Account, Action, Adapter, HearsOfInboxes, InDoubt, Refused, Response
from mim_desk.channels.in_doubt import KEYS_SINCE, KnowsKeysByDevice
from mim_desk.channels.manifest import Manifest
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.channels.varying import LearnsByProbe, VariesByAccount
from mim_desk.domain.inbox import Capabilities
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import standing, trying_out
from mim_desk.hub.accounts import renewed_place, secrets_place
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import call
from mim_desk.hub.store import ids, inboxes, polls, templates, workspaces
from mim_desk.hub.store.plain_rows import missing
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

LONGEST_NAME: Final = 120
PAUSED: Final = "Paused by an administrator. Replies wait until it goes on."
MOST_REPLIES: Final = 1000
_log = structlog.get_logger("mim_desk.hub.channel_setup")
_NOT_TOLD: Final = Refused(Action.RETRY, "The channel could not be told where its messages go. Save the inbox again.")


def sheet(capabilities: Capabilities) -> rows.CapabilitySheet:
    """The capabilities as they travel."""
    told = asdict(capabilities)
    limits = capabilities.button_limits
    told["button_limits"] = rows.ButtonSheet(**asdict(limits)) if limits else None
    told["sms"] = rows.SmsSheet(**asdict(capabilities.sms))
    told["reactions"] = list(capabilities.reactions)
    for name in ("location", "contact_card", "sticker"):
        told[name] = getattr(capabilities, name)  # plain values that travel as they are
    comments = capabilities.comments
    told["comments"] = rows.CommentSheet(**asdict(comments)) if comments else None
    told["media"] = [rows.MediaLimit(list(rule.types), rule.max_bytes, rule.as_link) for rule in capabilities.media]
    return rows.CapabilitySheet(**told)


def capabilities_of(adapter: Adapter, announced: Manifest, settings: Mapping[str, Any]) -> rows.CapabilitySheet:
    """What an account can carry: the channel's sheet, with what its settings say instead."""
    can = announced.capabilities_of(settings)
    if offers(adapter, VariesByAccount):
        can = adapter.capabilities(can, settings)
    told = settings.get("replies_per_message") or ""
    if not told:
        return sheet(can)
    if not (isinstance(told, str) and told.isascii() and told.isdecimal() and 1 <= int(told[:9]) <= MOST_REPLIES):
        reason = f"How many replies a message allows is a number from 1 to {MOST_REPLIES}."
        raise Refusal("invalid-settings", reason, "settings.replies_per_message")
    return sheet(replace(can, replies_per_message=int(told)))


def capabilities_now(adapter: Adapter, announced: Manifest, row: rows.Inbox) -> rows.CapabilitySheet:
    """What an inbox can carry by today's manifest, with what its provider said of it last."""
    can = capabilities_of(adapter, announced, row.settings)
    known = row.capabilities.files_bytes if offers(adapter, LearnsByProbe) else 0
    return msgspec.structs.replace(can, files_bytes=known or can.files_bytes)


async def _tried(hub: Hub, adapter: Adapter, announced: Manifest, account: Account) -> rows.CapabilitySheet:
    """What an account can carry, with what its provider says of it when it is tried; a Refusal when it does not work."""
    trying_out.check(adapter, announced, account.settings, account.secrets)
    can = capabilities_of(adapter, announced, account.settings)
    answer = await trying_out.prove(hub, adapter, account)
    if answer is None or not offers(adapter, LearnsByProbe):
        return can
    return msgspec.structs.replace(can, files_bytes=adapter.files_bytes(answer) or can.files_bytes)


def addresses(address: str, inbox: rows.Inbox, public_name: str | None) -> rows.Inbox:
    """The inbox with the addresses that the outside calls."""
    page = f"{address}/chat/{quote(public_name)}" if public_name else ""
    return msgspec.structs.replace(inbox, webhook_url=f"{address}/webhooks/{inbox.channel}/{inbox.id}", page_url=page)


async def try_new(hub: Hub, wanted: api.NewInbox) -> api.TriedOut:
    """Try an account that is not saved yet."""
    adapter, announced = _channel(wanted.channel)
    announced.refuse_unknown(wanted.settings, wanted.secrets)
    made = _made_verify_token(announced, wanted.secrets)
    given = {**wanted.secrets, **({"verify_token": made} if made else {})}
    return await trying_out.try_out(hub, adapter, announced, _not_yet(hub, wanted, given))


def _not_yet(hub: Hub, wanted: api.NewInbox, given: Mapping[str, str]) -> Account:
    """The account as it would be; only its address is made when it is saved."""
    return Account("", wanted.settings, given, webhook_url=f"{hub.address}/webhooks/{wanted.channel}/new")


async def try_changed(hub: Hub, inbox_id: str, patch: api.InboxPatch) -> api.TriedOut:
    """Try an inbox as ``patch`` would make it, as it is with an empty one."""
    account = await hub.accounts.as_stored(inbox_id)
    row = await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id))
    if row is None:
        raise missing("inbox")
    adapter, announced = _channel(row.channel)
    settings = {**row.settings, **(patch.settings or {})}
    given = {**account.secrets, **(patch.secrets or {})}
    announced.refuse_unknown(settings.keys() - row.settings.keys(), given.keys() - account.secrets.keys())
    tried = Account(inbox_id, settings, given, account.brand_name, account.webhook_url)
    return await trying_out.try_out(hub, adapter, announced, tried)


async def test(hub: Hub, inbox_id: str) -> api.TriedOut:
    """Try a connected account: what the hub paused goes on when it works, what works no more says so."""
    tried = await try_changed(hub, inbox_id, api.InboxPatch())
    await standing.refresh(hub, inbox_id)
    wrong = next((one.told for one in tried.checks if one.state == "danger"), "")

    def work(unit: Unit) -> None:
        row = inboxes.by_id(unit.conn, inbox_id)
        if row is None or row.health.paused_by or (wrong and row.health.state == "paused"):
            return
        inboxes.set_health(unit, inbox_id, state="failing" if wrong else "ok", reason=wrong)

    await hub.store.writer.run(work)
    return tried


async def connect(hub: Hub, wanted: api.NewInbox) -> api.CreatedInbox:
    """Check, try and save a new inbox."""
    adapter, announced = _channel(wanted.channel)
    name = _named(wanted.name)
    announced.refuse_unknown(wanted.settings, wanted.secrets)
    verify_token = _made_verify_token(announced, wanted.secrets)
    given = {**_made_secrets(announced), **{name: value for name, value in wanted.secrets.items() if value}}
    given |= {"verify_token": verify_token} if verify_token else {}
    account = Account(ids.new_id(utc_now()), wanted.settings, given)
    can = await _tried(hub, adapter, announced, account)
    begins = await trying_out.beginning(hub, adapter, account)
    sealed = hub.cipher.seal(given, secrets_place(account.inbox_id))
    public_name = f"wpub_{secrets.token_urlsafe(12)}" if adapter.local else None

    def work(unit: Unit) -> rows.Inbox:
        brand = _brand(unit, wanted.brand)
        row = rows.Inbox(account.inbox_id, name, adapter.channel, brand, can, wanted.settings)
        row = addresses(hub.address, row, public_name)
        inboxes.add(unit, row, secrets=sealed, public_name=public_name)
        _keep_renewed(hub, unit, account)
        if begins:
            polls.begin(unit, row.id, begins)
        return row

    row = await _tell_provider(hub, adapter, await hub.store.writer.run(work))
    hub.account_tokens.saved(account)
    way = trying_out.comes_by(adapter, await hub.accounts.as_stored(row.id))
    return api.CreatedInbox(row.id, row.webhook_url, row, verify_token, public_name, way)


async def reconnect(hub: Hub, inbox_id: str, patch: api.InboxPatch, by: str) -> rows.Inbox:
    """Check, try and save changes of an inbox; what the hub had paused goes on with other settings or secrets."""
    account = await hub.accounts.account(inbox_id)
    row = await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id))
    if row is None:
        raise missing("inbox")
    adapter, announced = _channel(row.channel)
    settings = {**row.settings, **(patch.settings or {})}
    given = {**account.secrets, **(patch.secrets or {})}
    announced.refuse_unknown(settings.keys() - row.settings.keys(), given.keys() - account.secrets.keys())
    kept = _still_renewed(adapter, account, patch.secrets or {})
    tried = Account(inbox_id, settings, given, account.brand_name, renewed=kept)
    is_same = not (patch.settings or patch.secrets)
    can = capabilities_now(adapter, announced, row) if is_same else await _tried(hub, adapter, announced, tried)

    def work(unit: Unit) -> rows.Inbox:
        """What others changed while this was tried stays."""
        now = inboxes.for_change(unit, inbox_id)
        if now is None:
            raise missing("inbox")
        if patch.secrets:
            given = {**hub.accounts.opened_secrets(unit.conn, inbox_id), **patch.secrets}
            inboxes.set_secrets(unit, inbox_id, hub.cipher.seal(given, secrets_place(inbox_id)))
            _keep_renewed(hub, unit, tried)
        templates.want(unit, inbox_id)
        return inboxes.change(unit, msgspec.structs.replace(_patched(now, patch, by), capabilities=can))

    changed = await hub.store.writer.run(work)
    hub.account_tokens.saved(tried)
    return await _tell_provider(hub, adapter, changed)


def _still_renewed(adapter: Adapter, account: Account, entered: Mapping[str, str]) -> Mapping[str, str]:
    """What was renewed of an account and stays so; what is entered now takes its place."""
    kept = {} if account.renewed.keys() & entered.keys() else account.renewed
    if entered and offers(adapter, KnowsKeysByDevice):
        kept = {**kept, KEYS_SINCE: utc_now().isoformat()}
    return kept


def _keep_renewed(hub: Hub, unit: Unit, account: Account) -> None:
    """Keep what the provider renewed of the secrets while they were tried."""
    renewed = {**account.renewed, **hub.account_tokens.renewed(account)}
    sealed = hub.cipher.seal(renewed, renewed_place(account.inbox_id)) if renewed else None
    inboxes.set_renewed(unit, account.inbox_id, sealed)


async def _tell_provider(hub: Hub, adapter: Adapter, row: rows.Inbox) -> rows.Inbox:
    """Say where deliveries go, where a provider wants to hear it; what it does not take stands in the inbox's health."""
    if not offers(adapter, HearsOfInboxes):
        return row
    account = await hub.accounts.as_stored(row.id)
    for request in adapter.connected(account):
        answer = await call(hub.client, request)
        told = adapter.classify(account, answer) if isinstance(answer, Response) else _NOT_TOLD
        if isinstance(told, InDoubt):
            told = _NOT_TOLD
        if isinstance(told, Refused):
            failing = partial(inboxes.set_health, inbox_id=row.id, state="failing", reason=told.reason)
            return await hub.store.writer.run(failing)
    if row.health.state == "failing":
        return await hub.store.writer.run(partial(inboxes.set_health, inbox_id=row.id, state="ok", reason=""))
    return row


async def tell_moved(hub: Hub, inbox_ids: Sequence[str]) -> None:
    """Tell the providers that want to hear it that this hub has another address than at its last start."""
    for inbox_id in inbox_ids:
        row = await hub.store.read(partial(inboxes.by_id, inbox_id=inbox_id))
        adapter = ADAPTERS.get(row.channel) if row else None
        if row is None or adapter is None:
            continue
        try:
            await _tell_provider(hub, adapter, row)
        except Exception as error:  # noqa: BLE001  # one inbox must not keep the hub from its work
            _log.error("provider_not_told", inbox_id=inbox_id, exc_info=error)


def _patched(row: rows.Inbox, patch: api.InboxPatch, by: str) -> rows.Inbox:
    settings = {**row.settings, **(patch.settings or {})}
    brand = msgspec.structs.replace(row.brand, **_brand_fields(patch.brand)) if patch.brand else row.brand
    name = _named(patch.name) if patch.name else row.name
    health = _paused(row.health, patch, by)
    return msgspec.structs.replace(row, name=name, settings=settings, brand=brand, health=health)


def _paused(health: rows.Health, patch: api.InboxPatch, by: str) -> rows.Health:
    """Paused by a person it waits for a person; else a change that was tried sets it going."""
    if patch.paused is True:
        return msgspec.structs.replace(health, state="paused", reason=PAUSED, paused_by=by)
    if patch.paused is msgspec.UNSET and health.paused_by:
        return health
    return msgspec.structs.replace(health, state="ok", reason="", paused_by="")


def _channel(channel: str) -> tuple[Adapter, Manifest]:
    adapter = ADAPTERS.get(channel)
    if adapter is None:
        raise Refusal("invalid", f"There is no channel named {channel[:40]!r}.", "channel")
    return adapter, manifest(channel)


def _named(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refusal("invalid", f"The name must have between 1 and {LONGEST_NAME} characters.", "name")
    return name.strip()


def _made_verify_token(announced: Manifest, given: Mapping[str, str]) -> str | None:
    asks = any(field.name == "verify_token" for field in announced.secrets)
    return secrets.token_urlsafe(24) if asks and not given.get("verify_token") else None


def _made_secrets(announced: Manifest) -> dict[str, str]:
    """Secrets that nobody outside has to know."""
    return {field.name: secrets.token_urlsafe(32) for field in announced.secrets if field.made}


def _brand_fields(given: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(given) - {"name", "logo_url"})
    if unknown:
        raise Refusal("invalid", "A brand has a name and a logo_url.", f"brand.{unknown[0]}")
    return {key: value.strip()[:300] for key, value in given.items() if value.strip()}


def _brand(unit: Unit, given: Mapping[str, str]) -> rows.Brand:
    """The brand of the same name if there is one, since a contact has one open conversation per brand."""
    fields = _brand_fields(given)
    workspace = workspaces.the_one(unit.conn)
    name = fields.get("name") or (workspace.name if workspace else "")
    same = next((one.brand for one in inboxes.everything(unit.conn) if one.brand.name == name), None)
    brand = same or rows.Brand(ids.new_id(unit.now), name)
    return msgspec.structs.replace(brand, **{"name": name, **fields})
