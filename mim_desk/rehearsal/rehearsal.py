"""A rehearsal: visitors come, talk and go until it is cancelled."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx

from mim_desk.rehearsal.scripts import Script, all_scripts, stage
from mim_desk.rehearsal.visitor import Pace, Visitor, identity_proof
from mim_desk.rehearsal.web_chat import OnProblem, Refused, WebChat
from mim_desk.rehearsal.workspace import OpenedChat, set_up

_log = logging.getLogger(__name__)

FIRST_SEED: Final = 2026


@dataclass(frozen=True)
class Rehearsal:
    """What is rehearsed.

    Attributes:
        seed: the same one brings the same visitors in the same order.
        at_once: most visitors at the same time.
        arrival_s: human seconds between two arrivals, on average.
        rounds: how often every script is played; None goes on for ever.
    """

    seed: int = FIRST_SEED
    at_once: int = 8
    arrival_s: float = 9.0
    pace: Pace = field(default_factory=Pace)
    rounds: int | None = None
    scripts: Sequence[Script] = field(default_factory=all_scripts)

    def gap_s(self, arrived: int) -> float:
        """How long until the next visitor comes, on average; the first ones do not keep anybody waiting."""
        return self.arrival_s * min(arrived / self.at_once, 1)


def log_problem(doing: str, problem: Exception) -> None:
    """Report a failure where the program reports all of them."""
    _log.warning("a visitor could not %s: %s", doing, problem)


async def run(
    hub: str,
    token: str,
    rehearsal: Rehearsal,
    *,
    on_open: Callable[[OpenedChat], None] = lambda _: None,
    on_problem: OnProblem = log_problem,
) -> None:
    """Set the workspace up and let visitors come; every failure is told to ``on_problem``.

    Args:
        hub: the hub's address.
        token: of an admin, for setting up only; visitors have none.
        on_open: told where the chat page is, once it is there.
    """
    async with _browser(hub) as http:
        chat = await set_up(http, token, stage())
        on_open(chat)
        await receive_visitors(http, chat, rehearsal, on_problem)


@asynccontextmanager
async def _browser(hub: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that says it comes from the hub's own chat page."""
    origin = str(httpx.URL(hub).copy_with(path="/")).rstrip("/")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(base_url=hub, headers={"Origin": origin}, limits=limits, trust_env=False) as http:
        yield http


async def receive_visitors(
    http: httpx.AsyncClient, chat: OpenedChat, rehearsal: Rehearsal, on_problem: OnProblem
) -> None:
    """Let visitors come one after another, never more than ``at_once``."""
    dice = Random(rehearsal.seed)  # noqa: S311  # a game, no secret
    places = asyncio.Semaphore(rehearsal.at_once)
    played = arrived = 0
    async with asyncio.TaskGroup() as group:
        while rehearsal.rounds is None or played < rehearsal.rounds:
            played += 1
            for script in dice.sample(list(rehearsal.scripts), len(rehearsal.scripts)):
                await places.acquire()
                own = Random(dice.random())  # noqa: S311  # the same
                visit = _visit(http, chat, script, rehearsal.pace, own, on_problem)
                group.create_task(visit, name=script.name).add_done_callback(lambda _: places.release())
                arrived += 1
                await rehearsal.pace.pause(dice.uniform(0.3, 1.7) * rehearsal.gap_s(arrived))


async def _visit(
    http: httpx.AsyncClient, chat: OpenedChat, script: Script, pace: Pace, dice: Random, on_problem: OnProblem
) -> None:
    visitor = Visitor(WebChat(http, chat.widget, on_problem), script, pace, dice)
    try:
        await visitor.play(identity_proof(script, chat.widget, chat.identity_secret))
    except* Refused as refusals:
        for refused in _flat(refusals):
            on_problem(f"go on with {script.name}", refused)


def _flat(group: BaseExceptionGroup[Refused]) -> list[Refused]:
    found: list[Refused] = []
    for problem in group.exceptions:
        found += _flat(problem) if isinstance(problem, BaseExceptionGroup) else [problem]
    return found
