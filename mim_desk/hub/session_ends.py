"""Ends a contact's session at the channel once their conversation is resolved, where the inbox wants that.

Never before the replies of the conversation have left: after the end nothing is taken. Each end is asked for once, by one
hub: it is claimed in the store before the call. What a hub that was killed, or another one, left is looked for now and then;
an end that was claimed and perhaps not made is left to the session's own time, never asked for again.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import msgspec
import structlog

from mim_desk.channels.base import Account, Adapter, Refused, Response, Taken
from mim_desk.channels.gestures import EndsSessions, Target
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.conversation import Status
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import acts
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.gestures import target_of
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import conversations, sends, session_ends
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit

FIRST_LOOK_S: Final = 15.0
"""After the start: what customers wrote meanwhile shall be here before a session is ended."""
LOOK_S: Final = 60.0
LOOKED_BACK: Final = timedelta(days=1)
"""Older ones are left to their own time."""
_log = structlog.get_logger("mim_desk.hub.session_ends")


class _Resolved(msgspec.Struct):
    """What is read of a conversation's row here."""

    inbox_id: str


_resolved = msgspec.json.Decoder(_Resolved)


class SessionEnds:
    """Watches what is resolved here; runs as long as the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._has_sessions: dict[str, bool] = {}
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._held: dict[str, str] = {}
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        for event in events:
            if event.type == "conversation" and b'"status":"resolved"' in event.payload:
                inbox_id = _resolved.decode(event.payload).inbox_id
                if self._has_sessions.get(inbox_id, True):
                    self._waiting.put_nowait((event.row_id, inbox_id))
            elif self._held and event.type == "message" and event.conversation_id in self._held:
                self._waiting.put_nowait((event.conversation_id, self._held.pop(event.conversation_id)))

    async def run(self) -> None:
        """End what was resolved, one after the other, and what was forgotten."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_back(), name="forgotten session ends")
            await self._end_resolved()

    async def _look_back(self) -> None:
        pause = FIRST_LOOK_S
        while True:
            await asyncio.sleep(pause)
            pause = LOOK_S
            try:
                await self.look_back()
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))

    async def look_back(self) -> None:
        """Have ends asked for that no hub asked for when it was their time."""
        since = utc_now() - LOOKED_BACK
        ending = {name: one for name, one in ADAPTERS.items() if offers(one, EndsSessions)}
        for channel, account in await self._hub.accounts.of_channels(ending):
            if ending[channel].ends_sessions(account):
                inbox_id = account.inbox_id
                for one in await self._hub.store.read(partial(session_ends.forgotten, inbox_id=inbox_id, since=since)):
                    await self._try_to_end(one, inbox_id)

    async def _end_resolved(self) -> None:
        while True:
            await self._try_to_end(*await self._waiting.get())

    async def _try_to_end(self, conversation_id: str, inbox_id: str) -> None:
        try:
            await self._end(conversation_id, inbox_id)
        except (Refusal, StoreUnavailable) as problem:
            _log.info("session_not_ended", conversation_id=conversation_id, problem=str(problem))
        except Exception as error:  # noqa: BLE001  # one conversation must not keep the others
            _log.error("session_end_failed", conversation_id=conversation_id, exc_info=error)

    async def _end(self, conversation_id: str, inbox_id: str) -> None:
        adapter = ADAPTERS.get(await self._hub.accounts.channel(inbox_id))
        self._has_sessions[inbox_id] = offers(adapter, EndsSessions)
        if adapter is None or not offers(adapter, EndsSessions):  # an archive has no adapter
            return
        self._held[conversation_id] = inbox_id  # before the look: what leaves meanwhile is seen
        target, under_way = await self._hub.store.read(lambda conn: _found(conn, conversation_id, inbox_id))
        if under_way:
            return
        self._held.pop(conversation_id, None)
        account = await self._hub.accounts.account(inbox_id)
        request = adapter.end_session(account, target) if target is not None else None
        if request is None or target is None:
            if adapter.ends_sessions(account):
                await self._hub.store.writer.run(lambda unit: session_ends.looked_at(unit, conversation_id))
            return
        wrote_at = target.last_incoming.at if target.last_incoming else None
        await self._hub.points.reach("session_end.before_claim")
        if await self._hub.store.writer.run(lambda unit: session_ends.claim(unit, conversation_id, wrote_at)):
            await self._hub.points.reach("session_end.after_claim")
            ending = _Ending(self._hub.store, adapter, account, conversation_id, target)
            self._hub.errands.take(adapter, account, request, ending)


def _found(conn: Connection, conversation_id: str, inbox_id: str) -> tuple[Target | None, bool]:
    """Whom to end the session with, if the conversation is still resolved, and whether replies are under way."""
    row = conversations.by_id(conn, conversation_id)
    if row is None or row.status is not Status.RESOLVED:
        return None, False
    return target_of(conn, row.contact_id, row.id, inbox_id), sends.any_under_way(conn, conversation_id)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why the call is made; who is out of the session cannot be written to."""

    store: Store
    adapter: Adapter
    account: Account
    conversation_id: str
    target: Target

    async def is_open(self) -> bool:
        """Whether the conversation is over still."""
        row = await self.store.read(lambda conn: conversations.by_id(conn, self.conversation_id))
        return row is not None and row.status is Status.RESOLVED

    async def answered(self, response: Response) -> None:
        """Note that only the contact can begin again."""
        told = self.adapter.classify(self.account, response)
        if not isinstance(told, Taken):
            code = told.code if isinstance(told, Refused) else told.problem
            _log.info("session_not_ended", conversation_id=self.conversation_id, code=code)
            return
        # Some providers tell whole seconds: who writes in the same one begins anew.
        at = self.target.at.replace(microsecond=0)

        def work(unit: Unit) -> None:
            acts.session_over(unit, self.account.inbox_id, self.target.recipient, at)

        await self.store.writer.run(work)
