"""Trying an account before it is saved, and again later: each check with what came of it, the wrong field by name."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from mim_desk.channels.base import (
    Account,
    Action,
    Adapter,
    AskedForReports,
    HearsOfInboxes,
    InDoubt,
    NeverLeft,
    Polled,
    Refused,
    Request,
    Response,
)
from mim_desk.channels.beginning import BeginsNow
from mim_desk.channels.manifest import Manifest
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import DRIVERS
from mim_desk.channels.tokens import KeepsTokens
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import standing
from mim_desk.hub.parts import Hub
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import api

_AGAIN: Final = Refused(Action.RETRY, "The channel did not say where to begin. Save the inbox again.")
_HERE: Final = ("localhost", "127.", "[::1]", "0.0.0.0")  # noqa: S104  # an address that is looked for, not bound


def check(adapter: Adapter, announced: Manifest, settings: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Raise a Refusal that names the field when something is missing or has the wrong form."""
    announced.check(settings, given)
    adapter.check(settings, given)


async def prove(hub: Hub, adapter: Adapter, account: Account) -> Response | None:
    """Raise a Refusal that names the wrong field unless the provider takes the credentials; else what it said."""
    request = adapter.probe(account, utc_now())
    if request is None:
        return None
    answer = await _asked(hub, adapter, account, request)
    told = answer if isinstance(answer, Response) else None
    adapter.judge_probe(account, told)
    return told


async def beginning(hub: Hub, adapter: Adapter, account: Account) -> str:
    """Where an inbox that is connected now begins to read, empty where the channel knows no before; or a Refusal."""
    request = adapter.beginning_request(account) if offers(adapter, BeginsNow) else None
    if request is None or not offers(adapter, BeginsNow):
        return ""
    answer = await _asked(hub, adapter, account, request)
    told = adapter.read_beginning(account, answer) if isinstance(answer, Response) else _AGAIN
    if isinstance(told, Refused):
        raise _wrong(told)
    return told


async def _asked(hub: Hub, adapter: Adapter, account: Account, request: Request) -> Response | NeverLeft | InDoubt:
    """The answer to a call of an account that may not be saved; a Refusal when it is given no token to call with."""
    make = standing.way_to(hub, adapter, account)
    if not offers(adapter, KeepsTokens):
        return await make(request)
    answer = await hub.account_tokens.call(adapter, account, request, make)
    if isinstance(answer, Refused):
        raise _wrong(answer)
    return answer


def _wrong(told: Refused) -> Refusal:
    return Refusal("invalid-settings", told.reason, told.field)


def comes_by(adapter: Adapter, account: Account) -> str:
    """How messages reach the hub: ``page``, ``asked``, ``told`` or ``webhook``."""
    if adapter.local:
        return "page"
    if adapter.channel in DRIVERS:
        return "asked"
    is_asked = offers(adapter, Polled) and adapter.next_poll(account, "") is not None
    if is_asked and not offers(adapter, AskedForReports):
        return "asked"
    return "told" if offers(adapter, HearsOfInboxes) and adapter.connected(account) else "webhook"


async def try_out(hub: Hub, adapter: Adapter, announced: Manifest, account: Account) -> api.TriedOut:
    """Every check in turn until one fails."""
    began = monotonic()
    checks: list[api.Check] = []
    try:
        check(adapter, announced, account.settings, account.secrets)
        checks.append(api.Check("What is needed is filled in"))
        await prove(hub, adapter, account)
    except Refusal as refusal:
        title = "The account" if checks else "What is needed"
        checks.append(api.Check(title, "danger", refusal.reason, getattr(refusal, "field", "")))
    else:
        if adapter.probe(account, utc_now()) is not None:
            checks.append(api.Check(f"{announced.name} takes the access"))
        told = await standing.ask(hub, adapter, account)
        checks += [api.Check(one.name, _mild(one.state.value), one.value) for one in told.figures]
        checks += _reach(hub, adapter, account)
    return api.TriedOut(checks, round(monotonic() - began, 2))


def _mild(state: str) -> str:
    """What the provider tells of an account that it lets in is no reason not to save it."""
    return "warning" if state == "danger" else state


def _reach(hub: Hub, adapter: Adapter, account: Account) -> list[api.Check]:
    """Whether the provider can call the hub at all, where it has to."""
    if comes_by(adapter, account) not in ("webhook", "told"):
        return []
    address = str(account.settings.get("public_url") or hub.address)
    parts = urlsplit(address)
    if parts.scheme == "https" and not (parts.hostname or "").startswith(_HERE):
        return [api.Check("The hub has a public address", "ok", parts.hostname or "")]
    told = "No provider can call this hub. Run it on a public address with TLS, or enter the address of your proxy."
    return [api.Check("The hub has a public address", "warning", told)]
