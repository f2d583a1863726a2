"""What a hub makes at its first start, and what it sets right at every start."""

from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.people import Role
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.accounts import secrets_place
from mim_desk.hub.auth import new_token, token_hash
from mim_desk.hub.channel_setup import addresses, capabilities_now, sheet
from mim_desk.hub.secrets import Keys, wrong_key
from mim_desk.hub.sessions import ADMIN_LABEL
from mim_desk.hub.settings import Settings
from mim_desk.hub.store import agents, ids, inboxes, key_check, sends, sla_policies, tokens, workspaces
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

ADMIN_LOGIN: Final = "admin"
DEFAULT_WORKSPACE: Final = "My workspace"
FIRST_RESPONSE_S: Final = 300
NEXT_RESPONSE_S: Final = 180
SHORT_TOKEN: Final = 32

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FirstStart:
    """What came of preparing.

    Attributes:
        made_admin_token: empty when it was given or is known already.
        moved: inboxes whose providers call another address from now on.
    """

    made_admin_token: str = ""
    moved: tuple[str, ...] = ()


def prepare(unit: Unit, settings: Settings, address: str, web_chat_name: str) -> FirstStart:
    """Make workspace, first admin and policy where they are missing; bring tokens and addresses up to date."""
    _check_key(unit, settings.keys)
    is_first = workspaces.the_one(unit.conn) is None
    if is_first:
        _make_workspace(unit, settings)
    made = _admit_admin(unit, settings.admin_token, is_first=is_first)
    if is_first and settings.embedded and "web_chat" in ADAPTERS:
        _make_web_chat(unit, address, web_chat_name)
    if settings.is_alone:
        sends.release_all(unit)
    return FirstStart(made, _set_addresses(unit, address))


def _make_workspace(unit: Unit, settings: Settings) -> None:
    workspaces.add(unit, rows.Workspace(ids.new_id(unit.now), settings.workspace or DEFAULT_WORKSPACE))
    sla_policies.add(unit, rows.SlaPolicy(ids.new_id(unit.now), "Round the clock", FIRST_RESPONSE_S, NEXT_RESPONSE_S))
    agents.add(unit, rows.Agent(ids.new_id(unit.now), "Admin", ADMIN_LOGIN, Role.ADMIN))


def _check_key(unit: Unit, keys: Keys) -> None:
    """A Refusal when the store was made with another key; the first start keeps this key's number."""
    if key_check.known(unit.conn) is None:
        for inbox_id, sealed in key_check.sealed(unit.conn):
            keys.cipher().open(sealed, secrets_place(inbox_id))
        key_check.keep(unit.conn, keys.number)
    if key_check.known(unit.conn) != keys.number:
        raise wrong_key()


def _admit_admin(unit: Unit, given: str, *, is_first: bool) -> str:
    """Let the given token in as the first admin's; without one the first start makes it."""
    if not given and not is_first:
        return ""
    if given and len(given) < SHORT_TOKEN:
        _log.warning("the admin token is short enough to be guessed", characters=len(given))
    token = given or new_token()
    if tokens.bearer(unit.conn, token_hash(token), unit.now) is None:
        tokens.revoke_all(unit, _admin_id(unit), label=ADMIN_LABEL)
        tokens.admit(unit, _admin_id(unit), token_hash(token), label=ADMIN_LABEL)
    return "" if given else token


def _admin_id(unit: Unit) -> str:
    known = agents.credentials(unit.conn, ADMIN_LOGIN)
    if known is None:
        raise Refusal("not-found", "The first admin is no longer active; sign in as another administrator.")
    return known[0]


def _make_web_chat(unit: Unit, address: str, public_name: str) -> None:
    workspace = workspaces.the_one(unit.conn)
    brand = rows.Brand(ids.new_id(unit.now), workspace.name if workspace else DEFAULT_WORKSPACE)
    row = rows.Inbox(ids.new_id(unit.now), "Web chat", "web_chat", brand, sheet(manifest("web_chat").capabilities))
    inboxes.add(unit, addresses(address, row, public_name), public_name=public_name)


def _set_addresses(unit: Unit, address: str) -> tuple[str, ...]:
    """The hub may have moved: what it tells as its addresses follows; capabilities follow the programme's version.

    Answers the inboxes that are called at another address than before.
    """
    moved: list[str] = []
    for row in inboxes.everything(unit.conn):
        if row.channel not in ADAPTERS:
            continue
        now = addresses(address, row, inboxes.public_name(unit.conn, row.id))
        can = capabilities_now(ADAPTERS[row.channel], manifest(row.channel), row)
        now = msgspec.structs.replace(now, capabilities=can)
        if now != row:
            inboxes.change(unit, now)
        if now.webhook_url != row.webhook_url:
            moved.append(row.id)
    return tuple(moved)
