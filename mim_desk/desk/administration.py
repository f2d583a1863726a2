"""``mim-desk agent`` and ``mim-desk channel``: setting up a running hub from a terminal, through its API."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from mim_desk.desk import importing
from mim_desk.desk.hub_client import HubClient, Unreachable
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

ADDRESS_VARIABLE: Final = "MIM_DESK_HUB"
TOKEN_VARIABLE: Final = "MIM_DESK_ADMIN_TOKEN"  # noqa: S105  # the name of a variable
DEFAULT_ADDRESS: Final = "http://127.0.0.1:8642"

_AS_JSON: Final = ("object", "hours", "form", "number")
_MARKS: Final = {"ok": "ok", "warning": "look", "danger": "wrong"}
_COMES_BY: Final = {
    "webhook": "Enter its webhook address at the provider: {url}",
    "told": "The provider was told where its deliveries go: {url}",
    "asked": "The hub asks the provider by itself; there is no address to enter.",
    "page": "Visitors reach it by its page.",
}

Command = Callable[[HubClient, argparse.Namespace], Awaitable[None]]


def main(arguments: argparse.Namespace) -> int:
    """Runs ``agent ...`` or ``channel ...``; 1 with one sentence when the hub says no."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        return _no(f"Put an administrator's token into {TOKEN_VARIABLE}; the hub printed it at its first start.")
    try:
        asyncio.run(_run(COMMANDS[arguments.noun, arguments.verb], arguments, token))
    except Unreachable as problem:
        return _no(not_reached(_address(arguments), problem))
    except Refusal as problem:
        field = getattr(problem, "field", "")
        return _no(f"{problem} ({field})" if field else str(problem))
    return 0


def _address(arguments: argparse.Namespace) -> str:
    return arguments.hub or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS


def not_reached(address: str, problem: Unreachable) -> str:
    """Why a command was not done, in a sentence."""
    if problem.may_have_arrived:
        return f"The hub at {address} did not answer as expected; look whether it was done. ({problem})"
    if problem.answered:
        return f"The hub at {address} cannot do it now; try again in a moment. ({problem})"
    return (
        f"No hub answers at {address}. Start one with mim-desk hub, or name another with --hub or {ADDRESS_VARIABLE}."
    )


async def _run(command: Command, arguments: argparse.Namespace, token: str) -> None:
    address = _address(arguments)
    if not address.startswith(("http://", "https://")):
        raise Refusal("bad-address", f"{address} is no address. Write it like https://hub.example.com.", "--hub")
    client = HubClient(address, token)
    try:
        await command(client, arguments)
    finally:
        await client.close()


async def _list_agents(client: HubClient, _: argparse.Namespace) -> None:
    _table((agent.login, agent.name, agent.role, agent.presence) for agent in await client.agents())


async def _add_agent(client: HubClient, arguments: argparse.Namespace) -> None:
    password = _asked(f"Password for {arguments.login}")
    name = arguments.name or arguments.login
    agent = await client.add_agent(api.NewAgent(name, arguments.login, password, arguments.role))
    _say(f"{agent.login} can sign in now.")


async def _set_password(client: HubClient, arguments: argparse.Namespace) -> None:
    found = [agent for agent in await client.agents() if agent.login == arguments.login]
    if not found:
        raise Refusal("not-found", f"There is no agent with the login {arguments.login}.", "login")
    await client.set_password(found[0].id, _asked(f"New password for {arguments.login}"))
    _say(f"{arguments.login} has a new password; every session has ended.")


async def _list_inboxes(client: HubClient, _: argparse.Namespace) -> None:
    _table((one.id, one.channel, one.name, _fares(one.health), one.webhook_url) for one in await client.inboxes())


async def _add_inbox(client: HubClient, arguments: argparse.Namespace) -> None:
    manifest = await _manifest(client, arguments.channel)
    settings = _settings(arguments.set, manifest)
    _refuse_unknown(arguments.secret, manifest.secrets, "--secret")
    secrets = {name: _asked(name) for name in arguments.secret}
    wanted = api.NewInbox(arguments.name or manifest.name, arguments.channel, settings, secrets)
    _tell_checks(await client.try_inbox(wanted))
    created = await client.create_inbox(wanted)
    _say(f"{created.id} is connected. {_COMES_BY[created.comes_by].format(url=created.webhook_url)}")
    if created.row.page_url:
        _say(f"Its chat page: {created.row.page_url}")
    if created.verify_token:
        _say(f"Its verify token, shown this once: {created.verify_token}")
    if created.row.health.reason:
        _say(f"It needs care: {created.row.health.reason}")


async def _test_inbox(client: HubClient, arguments: argparse.Namespace) -> None:
    inbox = await _inbox(client, arguments.inbox)
    _tell_checks(await client.test_inbox(inbox.id))
    again = await _inbox(client, inbox.id)
    _say(f"{again.name}: {_fares(again.health)}")


def _tell_checks(tried: api.TriedOut) -> None:
    """Each check on a line; a Refusal with the field when one failed."""
    _table((_MARKS[one.state], one.title, one.told) for one in tried.checks)
    for one in tried.checks:
        if one.state == "danger":
            raise Refusal("not-working", one.told, one.field)


def _fares(health: rows.Health) -> str:
    """How an inbox does in a few words, the reason first."""
    told = [health.state, health.reason]
    told.append(f"{health.unparsed_deliveries} not read" if health.unparsed_deliveries else "")
    told.append(f"{health.held} held" if health.held else "")
    told.append(f"{health.failed} of {health.sent + health.failed} failed in the last hour" if health.failed else "")
    told.append(f"token ends {health.token_ends_at:%Y-%m-%d}" if health.token_ends_at else "")
    return ", ".join(one for one in told if one)


async def _refresh_templates(client: HubClient, arguments: argparse.Namespace) -> None:
    inbox = await _inbox(client, arguments.inbox)
    told = await client.refresh_templates(inbox.id)
    if told.problem:
        raise Refusal("no-templates", told.problem)
    _say(f"{inbox.name} has {told.count} templates.")


async def _remove_inbox(client: HubClient, arguments: argparse.Namespace) -> None:
    inbox = await _inbox(client, arguments.inbox)
    await client.remove_inbox(inbox.id)
    _say(f"{inbox.name} is disconnected; its conversations stay.")


COMMANDS: Final[Mapping[tuple[str, str], Command]] = {
    ("agent", "list"): _list_agents,
    ("agent", "add"): _add_agent,
    ("agent", "passwd"): _set_password,
    ("channel", "list"): _list_inboxes,
    ("channel", "add"): _add_inbox,
    ("channel", "test"): _test_inbox,
    ("channel", "remove"): _remove_inbox,
    ("import", ""): importing.run,
    ("channel", "templates"): _refresh_templates,
}


async def _inbox(client: HubClient, wanted: str) -> rows.Inbox:
    """By id, or by name where only one inbox has it."""
    found = [one for one in await client.inboxes() if wanted in (one.id, one.name)]
    if len(found) != 1:
        raise Refusal("not-found", f"{len(found)} inboxes are called {wanted}; see: mim-desk channel list", "inbox")
    return found[0]


async def _manifest(client: HubClient, channel: str) -> api.ChannelManifest:
    known = {one.channel: one for one in await client.channels()}
    if channel not in known:
        raise Refusal("not-found", f"There is no channel {channel}; there are {', '.join(sorted(known))}.", "channel")
    return known[channel]


def _settings(given: Iterable[str], manifest: api.ChannelManifest) -> dict[str, Any]:
    """``name=value`` pairs; a list is split at commas, an object is written as JSON."""
    kinds = {field["name"]: field.get("type", "text") for field in manifest.settings}
    settings: dict[str, Any] = {}
    for pair in given:
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise Refusal("invalid", f"Write NAME=VALUE instead of {pair}.", "--set")
        _refuse_unknown([name], manifest.settings, "--set")
        settings[name] = _typed(name, value, kinds[name])
    return settings


def _typed(name: str, value: str, kind: str) -> Any:
    if kind == "list":
        return [part.strip() for part in value.split(",")]
    if kind not in _AS_JSON:
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as problem:
        raise Refusal("invalid", f"{name} is written as JSON; this is none: {problem}.", "--set") from problem


def _refuse_unknown(given: Iterable[str], asked: Iterable[Mapping[str, Any]], option: str) -> None:
    """Before anything is typed or sent: only what the channel asks can be given."""
    known = [str(field["name"]) for field in asked]
    for name in given:
        if name not in known:
            there = f"There are {', '.join(known)}." if known else "This channel has none."
            raise Refusal("invalid", f"The channel does not know {name}. {there}", option)


def _asked(what: str) -> str:
    """A secret, never from the command line, which others on the machine can read."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    return sys.stdin.readline().rstrip("\n")


def _table(table: Iterable[tuple[object, ...]]) -> None:
    for row in table:
        _say("\t".join(str(cell) for cell in row))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _no(reason: str) -> int:
    sys.stderr.write(f"mim-desk: {reason}\n")
    return 1
