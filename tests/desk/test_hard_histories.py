"""Random histories of a hard life: lines that come and go, decisions that race, disks that fill, calls that are cancelled."""

import asyncio
import contextlib
import random
import signal
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mim_desk.desk.hub_client import Unreachable
from mim_desk.desk.pending import OutboxItem
from mim_desk.desk.shapes import Draft, LocalFile
from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.sender import AT_ONCE
from mim_desk.protocol import api
from tests.desk.test_histories import _STEPS, Sent, World, _stored, history

_HARD = {
    "line_comes_and_goes": 6,
    "note_is_written": 5,
    "file_is_sent": 3,
    "draft_is_saved_while_sending": 5,
    "decisions_race": 8,
    "field_is_changed": 8,
    "ana_changes_a_field": 6,
    "what_came_is_read": 6,
    "sending_is_cancelled": 8,
    "disk_is_full": 3,
    "disk_has_room": 8,
    "cache_is_damaged": 1,
    "desk_closes_in_a_hurry": 1,
    "hub_is_killed": 2,
}


@dataclass
class HardWorld(World):
    """A world in which more can happen.

    Attributes:
        notes: those that must be at the hub in the end.
    """

    notes: set[str] = field(default_factory=set)

    async def step(self, chance: random.Random) -> None:
        steps = _STEPS | _HARD
        what = chance.choices(list(steps), list(steps.values()))[0]
        with contextlib.suppress(Refusal):  # a full disk, or what may be with the hub
            await getattr(self, what)(chance)

    async def come_to_rest(self) -> None:
        self._full(False)
        await super().come_to_rest()

    async def look_at_the_end(self) -> None:
        stored = {row.id for _, id_, _ in self.conversations for row in await _stored(self.admin, id_)}
        assert self.notes <= stored | set(self.session.outbox.pending.items), "a note was lost"

    def _any(self, chance: random.Random) -> str:
        return chance.choice(self.conversations)[1]

    def _full(self, full: bool) -> None:
        self.session.outbox._opened()._connection.execute(f"PRAGMA query_only = {int(full)}")

    def _unsent(self, chance: random.Random) -> OutboxItem | None:
        found = [item for item in self.session.outbox.pending.items.values() if item.is_message]
        return chance.choice(found) if found else None

    def _gone(self, id_: str) -> None:
        self.sent.pop(id_, None)
        self.notes.discard(id_)
        self.taken_back.add(id_)

    async def _reply(self, conversation_id: str, **values: Any) -> str:
        id_ = await self.session.send(conversation_id, kind="reply", text=f"hard {uuid.uuid4()}", **values)
        self.sent[id_] = Sent(id_, conversation_id, "live", frozenset(), overridden=True)
        return id_

    async def customer_writes(self, chance: random.Random) -> None:
        """A provider tries until it is told 200."""
        name, id_ = chance.choice(self.conversations)[0], str(uuid.uuid4())
        while True:
            try:
                await self.gateway.customer_writes(name, f"from {name}", id_)
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
            else:
                return

    async def hub_is_killed(self, chance: random.Random) -> None:
        """In the middle of whatever it does; the desk that owns it starts it again."""
        process = self.hub.process
        if process is not None:
            process.send_signal(signal.SIGKILL)
            self.kills += AT_ONCE

    async def line_comes_and_goes(self, chance: random.Random) -> None:
        """In quick succession, some at once."""
        for _ in range(3):
            acts = [chance.choice((self.session.go_offline, self.session.reconnect)) for _ in range(2)]
            await asyncio.gather(*(act() for act in acts))
            self.session.try_now()
        await self.session.reconnect()

    async def note_is_written(self, chance: random.Random) -> None:
        """It never leaves."""
        self.notes.add(await self.session.send(self._any(chance), kind="note", text=f"note {uuid.uuid4()}"))

    async def file_is_sent(self, chance: random.Random) -> None:
        """A reply with a file."""
        await self._reply(
            self._any(chance), attachments=[LocalFile(str(uuid.uuid4()), "a.txt", "text/plain", b"words")]
        )

    async def draft_is_saved_while_sending(self, chance: random.Random) -> None:
        """The next words are typed before the last are sent."""
        id_ = self._any(chance)
        typed = self.session.save_draft(id_, "reply", Draft(f"typed {uuid.uuid4()}"))
        await asyncio.gather(self._reply(id_), typed, return_exceptions=True)

    async def agent_takes_back(self, chance: random.Random) -> None:
        item = self._unsent(chance)
        if item is not None:
            await self.session.take_back(item.id)
            self._gone(item.id)

    async def agent_decides(self, chance: random.Random) -> None:
        await self.decisions_race(chance)

    async def decisions_race(self, chance: random.Random) -> None:
        """Two of them about the same reply at once, now and then with a new line."""
        item = self._unsent(chance)
        if item is None:
            return
        session, names = self.session, ["take_back", "discard", "retry", *(["override"] * (item.state == "held"))]
        if item.id in self.sent and "override" in names:
            self.sent[item.id].overridden = True
        picked = [chance.choice(names) for _ in range(2)]
        line = [session.reconnect()] if chance.random() < 0.3 else []
        acts: list[Coroutine[Any, Any, object]] = [getattr(session, name)(item.id) for name in picked]
        ended = await asyncio.gather(*acts, *line, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, Refusal):
                raise error
        undone = (
            n in ("take_back", "discard") and not isinstance(e, Refusal) for n, e in zip(picked, ended, strict=False)
        )
        if any(undone):
            self._gone(item.id)

    def _patch(self, chance: random.Random, agents: list[str]) -> api.ConversationPatch:
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=chance.randrange(1, 9))
        return chance.choice(
            (
                api.ConversationPatch(priority=chance.choice(list(Priority))),
                api.ConversationPatch(assignee_id=chance.choice([*agents, None])),
                api.ConversationPatch(status=Status.SNOOZED, snoozed_until=until),
                api.ConversationPatch(status=Status.OPEN),
            )
        )

    async def field_is_changed(self, chance: random.Random) -> None:
        """Two changes in a row, which go on from each other."""
        id_ = self._any(chance)
        for _ in range(chance.choice((1, 2))):
            await self.session.patch(id_, self._patch(chance, [self.session.cache.me_id] * bool(self.session.me)))

    async def ana_changes_a_field(self, chance: random.Random) -> None:
        """Another agent, perhaps the same field."""
        with contextlib.suppress(Unreachable):
            await self.ana.patch(self._any(chance), self._patch(chance, []), None)

    async def what_came_is_read(self, chance: random.Random) -> None:
        """Up to the newest."""
        _, id_, contact_id = chance.choice(self.conversations)
        newest = await self.session.cache.newest_incoming(contact_id)
        if newest is not None:
            await self.session.read(id_, newest.id)

    async def sending_is_cancelled(self, chance: random.Random) -> None:
        """At any moment: it is kept or it is not, and what is kept goes."""
        task = asyncio.get_running_loop().create_task(self._reply(self._any(chance)))
        await asyncio.sleep(chance.uniform(0, 0.002))
        before = set(self.session.outbox.pending.items)
        task.cancel()
        await asyncio.wait([task])
        for id_ in set(self.session.outbox.pending.items) - before:
            item = self.session.outbox.pending.items[id_]
            self.sent[id_] = Sent(id_, item.conversation_id, "live", frozenset(), overridden=True)
        if not task.cancelled() and not isinstance(task.exception(), Refusal | None):
            raise task.exception()

    async def disk_is_full(self, chance: random.Random) -> None:
        """Nothing can be kept."""
        self._full(True)

    async def disk_has_room(self, chance: random.Random) -> None:
        """Everything can be kept again."""
        self._full(False)

    async def cache_is_damaged(self, chance: random.Random) -> None:
        """The offline copy is made anew in mid-run."""
        await self.session.cache._rebuild(self.session.cache._opened(), "damaged by a test")
        self.session.try_now()

    async def desk_closes_in_a_hurry(self, chance: random.Random) -> None:
        """While lines come and go."""
        session = self.session
        acts = [session.reconnect(), session.go_offline(), session.reconnect()]
        await asyncio.gather(*acts, session.close())
        await self.start_desk()


@pytest.mark.timeout(120)
async def test_a_hard_life_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    await history(tmp_path, 0, conversations=8, steps=150, kind=HardWorld)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1, 9))
async def test_more_hard_lives(tmp_path: Path, seed: int) -> None:
    await history(tmp_path, seed, conversations=12, steps=400, kind=HardWorld)
