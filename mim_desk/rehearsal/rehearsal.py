"""A rehearsal: people come on every channel, talk and go until it is cancelled."""

import asyncio
import itertools
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx

from mim_desk.rehearsal.chat_page import ChatPage
from mim_desk.rehearsal.person import Pace, Person
from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.provider import NotShaken, Provider, at_work
from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.scripts import Script, all_scripts, stage
from mim_desk.rehearsal.web_chat import OnProblem, Refused, WebChat
from mim_desk.rehearsal.workspace import Admin, OpenedChat

_log = logging.getLogger(__name__)

FIRST_SEED: Final = 2026
PhoneOf = Callable[[Script], Phone]


@dataclass(frozen=True)
class Rehearsal:
    """What is rehearsed.

    Attributes:
        seed: the same one brings the same people in the same order.
        at_once: most people at the same time.
        arrival_s: human seconds between two arrivals, on average.
        rounds: how often every script is played; None goes on for ever.
    """

    seed: int = FIRST_SEED
    at_once: int = 18
    arrival_s: float = 8.0
    pace: Pace = field(default_factory=Pace)
    rounds: int | None = None
    scripts: Sequence[Script] = field(default_factory=all_scripts)
    providers: Sequence[Provider] = field(default_factory=lambda: [each() for each in PROVIDERS])

    def gap_s(self, arrived: int) -> float:
        """How long until the next person comes, on average; the first ones do not keep anybody waiting."""
        return self.arrival_s * min(arrived / self.at_once, 1)


def log_problem(doing: str, problem: Exception) -> None:
    """Report a failure where the program reports all of them."""
    _log.warning("a person could not %s: %s", doing, problem)


async def run(
    hub: str,
    token: str,
    rehearsal: Rehearsal,
    *,
    on_open: Callable[[OpenedChat], None] = lambda _: None,
    on_problem: OnProblem = log_problem,
) -> None:
    """Set the workspace up and let people come; every failure is told to ``on_problem``.

    Args:
        hub: the hub's address.
        token: of an admin, for setting up only; people have none.
        on_open: told where the chat page is, once it is there.
    """
    async with _browser(hub) as http, at_work(rehearsal.providers):
        admin = Admin(http, token, stage())
        chat = await admin.open_chat()
        on_open(chat)

        def page(script: Script) -> Phone:
            return ChatPage(WebChat(http, chat.widget, on_problem), script, chat)

        doors = Doors({"web_chat": page}, [each.channel for each in rehearsal.providers])
        async with asyncio.TaskGroup() as group:
            group.create_task(_open_doors(admin, rehearsal.providers, doors, on_problem), name="inboxes are made")
            await receive_people(doors, rehearsal, on_problem)


class Doors:
    """The channels that people can come by: some are open, others will be."""

    def __init__(self, phones: Mapping[str, PhoneOf], coming: Sequence[str]) -> None:
        self._phones = dict(phones)
        self._coming = set(coming)
        self._changed = asyncio.Event()

    def open(self, channel: str, phone: PhoneOf | None) -> None:
        """People can come by this channel from now on; never, without phones."""
        self._coming.discard(channel)
        if phone is not None:
            self._phones[channel] = phone
        self._changed.set()

    async def phone(self, script: Script) -> Phone | None:
        """The phone of a person, once their channel is open; None where it stays closed."""
        while script.channel in self._coming:
            self._changed.clear()
            await self._changed.wait()
        phone = self._phones.get(script.channel)
        return phone(script) if phone else None


async def _open_doors(admin: Admin, providers: Sequence[Provider], doors: Doors, on_problem: OnProblem) -> None:
    """Make the inboxes one after another; whom one is refused to has no people."""
    for provider in providers:
        try:
            await admin.connect(provider)
        except (Refused, NotShaken, httpx.TransportError) as problem:
            on_problem(f"connect {provider.channel}", problem)
            doors.open(provider.channel, None)
        else:
            doors.open(provider.channel, provider.phone)


@asynccontextmanager
async def _browser(hub: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that says it comes from the hub's own chat page."""
    origin = str(httpx.URL(hub).copy_with(path="/")).rstrip("/")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(base_url=hub, headers={"Origin": origin}, limits=limits, trust_env=False) as http:
        yield http


async def receive_people(doors: Doors, rehearsal: Rehearsal, on_problem: OnProblem) -> None:
    """Let people come one after another, never more than ``at_once``."""
    dice = Random(rehearsal.seed)  # noqa: S311  # a game, no secret
    places = asyncio.Semaphore(rehearsal.at_once)
    played = arrived = 0
    async with asyncio.TaskGroup() as group:
        while rehearsal.rounds is None or played < rehearsal.rounds:
            played += 1
            for script in in_turns(rehearsal.scripts, dice):
                await places.acquire()
                own = Random(dice.random())  # noqa: S311  # the same
                visit = _visit(doors, script, rehearsal.pace, own, on_problem)
                group.create_task(visit, name=script.name).add_done_callback(lambda _: places.release())
                arrived += 1
                await rehearsal.pace.pause(dice.uniform(0.3, 1.7) * rehearsal.gap_s(arrived))


def in_turns(scripts: Sequence[Script], dice: Random) -> list[Script]:
    """An order in which every channel has its turn before one has it again."""
    waiting: dict[str, list[Script]] = defaultdict(list)
    for script in dice.sample(list(scripts), len(scripts)):
        waiting[script.channel].append(script)
    turns = itertools.zip_longest(*waiting.values())
    return [script for turn in turns for script in turn if script is not None]


async def _visit(doors: Doors, script: Script, pace: Pace, dice: Random, on_problem: OnProblem) -> None:
    try:
        phone = await doors.phone(script)
        if phone is not None:
            await Person(phone, script, pace, dice).play()
    except* Refused as refusals:
        for refused in _flat(refusals):
            on_problem(f"go on with {script.name}", refused)


def _flat(group: BaseExceptionGroup[Refused]) -> list[Refused]:
    found: list[Refused] = []
    for problem in group.exceptions:
        found += _flat(problem) if isinstance(problem, BaseExceptionGroup) else [problem]
    return found
