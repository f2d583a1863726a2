"""Asks the provider of one inbox for what is new, again and again, and stores what it says before it asks on."""

import asyncio
from time import monotonic
from typing import Final, Protocol

import structlog

from mim_desk.channels.base import Account, Action, Adapter, AskedByWord, Poll, Polled, Refused, Request, Response
from mim_desk.channels.offering import offers
from mim_desk.hub.intake import InboxIntake
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import Call
from mim_desk.hub.store.polls import Hold, Overtaken
from mim_desk.hub.store.problems import StoreUnavailable

QUICK_S: Final = 0.5
"""At least as long as this from an answer without news to the next question."""
_UNREACHABLE: Final = Refused(Action.RETRY, "The channel could not be reached; trying again.", "unreachable")
_UNREADABLE: Final = Refused(Action.RETRY, "The channel's answer could not be read; trying again.", "unreadable")
_log = structlog.get_logger("mim_desk.hub.asking")


class PolledAdapter(Adapter, Polled, Protocol):
    """An adapter whose provider is asked."""


class Asker:
    """Asks for one inbox while this hub holds it.

    Attributes:
        is_ending: nothing more is asked.
    """

    def __init__(self, hub: Hub, call: Call, adapter: PolledAdapter, account: Account) -> None:
        self._hub = hub
        self._call = call
        self._adapter = adapter
        self._account = account
        self._intake: InboxIntake | None = None
        self.is_ending = False

    @property
    def is_storing(self) -> bool:
        """Whether an answer is on its way into the store now, which is better finished than broken off."""
        return self._intake is not None and self._intake.is_storing

    def end(self) -> None:
        """Ask no more once what is being stored is stored."""
        self.is_ending = True

    async def run(self, held: Hold, *, failing: bool) -> bool:
        """Ask until there is nothing more to be asked; True when another hub took over.

        ``failing`` says whether the inbox's health has to be set right by the first good answer.
        """
        intake = self._intake = InboxIntake(self._hub, self._adapter, self._account, held, failing=failing)
        while not self.is_ending:
            began = monotonic()
            word = self._hub.nudges.word(self._account.inbox_id)
            request = self._question(intake.cursor, word)
            if request is None:
                return False
            told = await self._asked(request, intake.cursor)
            if isinstance(told, Refused):
                if await self._goes_on(intake, told, word):
                    continue
                return False
            try:
                await intake.store(told)
            except Overtaken:
                return True
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", inbox_id=self._account.inbox_id, problem=str(problem))
                await intake.wait()
                continue
            await intake.works()
            least_s = 0.0 if told.items else QUICK_S - (monotonic() - began)
            await asyncio.sleep(max(least_s, 0.0))
            await self._hub.nudges.wait(self._account.inbox_id, max(told.wait_s - max(least_s, 0.0), 0.0))
        return False

    async def _goes_on(self, intake: InboxIntake, told: Refused, word: str) -> bool:
        """What is done about a refusal; False when there is nothing to be asked until somebody changes the settings."""
        if word:
            self._hub.nudges.refused(self._account.inbox_id, word)
        elif told.action is Action.SETTINGS:
            await intake.say("paused", told.reason)
            return False
        else:
            await intake.refused(told)
        return True

    def _question(self, cursor: str, word: str) -> Request | None:
        if word and offers(self._adapter, AskedByWord):
            return self._adapter.next_poll_with(self._account, cursor, word)
        return self._adapter.next_poll(self._account, cursor)

    async def _asked(self, request: Request, cursor: str) -> Poll | Refused:
        answer = await self._hub.account_tokens.call(self._adapter, self._account, request, self._call)
        if isinstance(answer, Refused):
            return answer
        if not isinstance(answer, Response):
            return _UNREACHABLE
        await self._hub.points.reach("poll.after_answer")
        try:
            return self._adapter.read_poll(self._account, cursor, answer)
        except Exception as error:  # noqa: BLE001  # foreign bytes must never end the asking
            inbox_id = self._account.inbox_id
            _log.error("adapter_failed", channel=self._adapter.channel, inbox_id=inbox_id, exc_info=error)
            return _UNREADABLE
