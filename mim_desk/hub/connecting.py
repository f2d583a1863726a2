"""Keeps one inbox connected to its provider, and remembers which connections this hub has."""

from dataclasses import replace
from typing import Final

import structlog

from mim_desk.channels.base import Account, Action, Adapter, NeverLeft, Poll, Refused
from mim_desk.channels.connection import REFUSED_TOKEN, Driver
from mim_desk.hub.connections import Connections
from mim_desk.hub.intake import InboxIntake
from mim_desk.hub.parts import Hub
from mim_desk.hub.store.polls import Hold, Overtaken
from mim_desk.hub.store.problems import StoreUnavailable

_BROKE: Final = Refused(Action.RETRY, "The connection broke for an unknown reason; trying again.", "broke")
_UNREACHABLE: Final = Refused(Action.RETRY, "The sign-in service could not be reached; trying again.", "unreachable")
_log = structlog.get_logger("mim_desk.hub.connecting")


class Connector:
    """Has a driver listen for one inbox while this hub holds it.

    Attributes:
        is_ending: it is not connected again.
    """

    def __init__(self, hub: Hub, make: type[Driver], adapter: Adapter, account: Account) -> None:
        self._hub = hub
        self._make = make
        self._adapter = adapter
        self._account = account
        self.is_ending = False

    @property
    def is_storing(self) -> bool:
        """Always False: whatever is broken off was not acknowledged, so the provider gives it again."""
        return False

    def end(self) -> None:
        """Connect no more."""
        self.is_ending = True

    async def run(self, held: Hold, *, failing: bool) -> bool:
        """Be connected until the account does not work; True when another hub took over."""
        intake = InboxIntake(self._hub, self._adapter, self._account, held, failing=failing)
        while not self.is_ending:
            told = await self._listened(intake)
            if told is None:
                return True
            if told.action is Action.SETTINGS:
                await intake.say("paused", told.reason)
                return False
            await intake.refused(told)
        return False

    async def _listened(self, intake: InboxIntake) -> Refused | None:
        """Why a connection ended; None when another hub has the say. A token that is refused is renewed once."""
        token = await self._token("")
        told = await self._heard(intake, token) if isinstance(token, str) else token
        if isinstance(token, str) and told is not None and told.code == REFUSED_TOKEN:
            token = await self._token(token)
            told = await self._heard(intake, token) if isinstance(token, str) else token
        return told

    async def _token(self, gone: str) -> str | Refused:
        token = await self._hub.account_tokens.token(self._adapter, self._account, gone)
        return _UNREACHABLE if isinstance(token, NeverLeft) else token

    async def _heard(self, intake: InboxIntake, token: str) -> Refused | None:
        """One connection, with the token in the account where it needs one."""
        renewed = {**self._account.renewed, "access_token": token}
        driver = self._make(replace(self._account, renewed=renewed) if token else self._account)
        side = _DriversIntake(self._hub.connections, intake, self._account.inbox_id, driver)
        try:
            return await driver.listen(intake.cursor, side)
        except Exception as error:  # noqa: BLE001  # a driver that breaks is made anew
            if side.is_overtaken:
                return None
            _log.error("driver_failed", channel=self._adapter.channel, inbox_id=self._account.inbox_id, exc_info=error)
            return _BROKE
        finally:
            self._hub.connections.remove(self._account.inbox_id, driver)


class _DriversIntake:
    """What a driver sees of the hub."""

    def __init__(self, connections: Connections, intake: InboxIntake, inbox_id: str, driver: Driver) -> None:
        self._connections = connections
        self._intake = intake
        self._inbox_id = inbox_id
        self._driver = driver
        self.is_overtaken = False

    async def connected(self) -> None:
        await self._intake.works()
        self._connections.add(self._inbox_id, self._driver)

    async def take(self, news: Poll) -> None:
        while True:
            try:
                await self._intake.store(news)
            except Overtaken:
                self.is_overtaken = True
                raise
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", inbox_id=self._inbox_id, problem=str(problem))
                await self._intake.wait()
            else:
                return
