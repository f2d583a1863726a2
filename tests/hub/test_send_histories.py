"""Random histories of replies on their way: providers that take, refuse, fall silent, and hubs that end in mid-send.

Whatever happens, nothing leaves twice, the replies of a conversation arrive in their order, and what stands beside each
in the end is true.
"""

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

import pytest
from sqlalchemy.exc import OperationalError

from mim_desk.hub import sender, sending_rules
from tests.channels.conformance.providers import CustomProvider, SmsTwilioProvider
from tests.guards import AllowLog
from tests.hub.edge import Call, listening
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, events_until, live_hub, settings_in, stream

_ENDS: Final = {"sent", "delivered", "read", "failed", "unknown"}
_STEPS: Final = {
    "agent_replies": 30,
    "agents_reply_at_once": 6,
    "customer_writes": 6,
    "time_passes": 20,
    "inbox_is_paused": 3,
    "inbox_goes_on": 6,
    "settings_change": 4,
    "disk_fills_up": 3,
    "hub_is_closed": 3,
}
_MANNERS: Final = {
    "takes": 40,
    "takes_late": 8,
    "is_lost_after": 8,
    "is_lost_before": 5,
    "takes_and_garbles": 4,
    "breaks": 4,
    "busy": 8,
    "down": 6,
    "no": 4,
}
"""What a provider does with a reply, and how often."""


class Network(Protocol):
    """How a provider's answers look."""

    keyed: bool

    def text(self, call: Call) -> str: ...

    def took(self, number: int) -> Answer: ...


@dataclass
class Custom:
    """Takes the same key once."""

    keyed = True
    ways: CustomProvider = field(default_factory=CustomProvider)

    def text(self, call: Call) -> str:
        return str(call.json["text"])

    def took(self, number: int) -> Answer:
        return Answer(200, json.dumps({"id": f"taken-{number}"}).encode())


@dataclass
class Twilio:
    """Takes whatever comes."""

    keyed = False
    ways: SmsTwilioProvider = field(default_factory=SmsTwilioProvider)

    def text(self, call: Call) -> str:
        return parse_qs(call.body.decode())["Body"][0]

    def took(self, number: int) -> Answer:
        return Answer(201, json.dumps({"sid": f"SM{number:032x}", "status": "queued"}).encode())


class Moody(Gateway):
    """A provider that does anything.

    Attributes:
        taken: the texts it has, in their order.
        asked: the texts it was asked to take.
    """

    def __init__(self, network: Network, chance: random.Random) -> None:
        super().__init__()
        self.network, self.chance = network, chance
        self.taken: list[str] = []
        self.asked: set[str] = set()
        self.refused: set[str] = set()
        self.is_kind = False

    def _answer(self, call: Call) -> Answer:
        if call.method == "GET":
            return Answer(503) if "Messages.json" in call.path else self.ping
        if call.json.get("type") == "ping":
            return self.ping
        text = self.network.text(call)
        self.asked.add(text)
        if self.network.keyed and text in self.taken:
            return self.network.took(self.taken.index(text))
        manner = "takes" if self.is_kind else self.chance.choices(list(_MANNERS), list(_MANNERS.values()))[0]
        return self._mannered(manner, text)

    def _mannered(self, manner: str, text: str) -> Answer:
        if manner in ("takes", "takes_late", "is_lost_after", "takes_and_garbles"):
            self.taken.append(text)
            took = self.network.took(len(self.taken) - 1)
            if manner == "takes_and_garbles":
                return Answer(took.status, b"<html>\xff")
            took.wait_s = 0.0 if manner == "takes" else self.chance.uniform(0, 0.15)
            took.cut = manner == "is_lost_after"
            return took
        if manner == "is_lost_before":
            return Answer(cut=True)
        if manner == "breaks":
            return Answer(500, b"\x00oops")
        if manner == "no":
            self.refused.add(text)
            return Answer(400, b'{"error": {"code": "no", "message": "No."}, "code": 21211, "message": "No."}')
        return Answer(429, headers={"retry-after": "0"}) if manner == "busy" else Answer(503)


@dataclass
class World:
    """A hub that comes and goes, and a provider."""

    folder: Path
    moody: Moody
    network: Any
    live: Live | None = None
    inbox_id: str = ""
    conversations: list[str] = field(default_factory=list)
    composed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        self.live = await self._stack.enter_async_context(live_hub(settings_in(self.folder)))
        self.live.inbox_id = self.inbox_id

    async def close(self) -> None:
        await self._stack.aclose()

    async def step(self, chance: random.Random) -> None:
        what = chance.choices(list(_STEPS), list(_STEPS.values()))[0]
        await getattr(self, what)(chance)

    async def agent_replies(self, chance: random.Random) -> None:
        conversation, reply, text = chance.choice(self.conversations), str(uuid.uuid4()), f"reply {uuid.uuid4()}"

        async def write() -> int:
            return (await self.live.reply(conversation, text, id=reply)).status_code

        await _until_stored(write)
        self.composed.setdefault(conversation, []).append((reply, text))

    async def agents_reply_at_once(self, chance: random.Random) -> None:
        for _ in range(3):
            await self.agent_replies(chance)

    async def customer_writes(self, chance: random.Random) -> None:
        name = uuid.uuid4().hex
        await _until_stored(lambda: self.network.ways.write(self.live, name, "And?"))

    async def disk_fills_up(self, chance: random.Random) -> None:
        """For some commits of this hub."""
        writer, left = self.live.running.hub.store.writer, chance.randrange(1, 8)
        transaction = type(writer)._transaction

        def refused(batch: Any, *, apart: bool) -> Any:
            nonlocal left
            left -= 1
            if left >= 0:
                raise OperationalError("COMMIT", None, Exception("database or disk is full"))
            return transaction(writer, batch, apart=apart)

        writer._transaction = refused

    async def time_passes(self, chance: random.Random) -> None:
        await asyncio.sleep(chance.uniform(0, 0.06))

    async def inbox_is_paused(self, chance: random.Random) -> None:
        await self._patch(paused=True)

    async def inbox_goes_on(self, chance: random.Random) -> None:
        await self._patch(paused=False)

    async def settings_change(self, chance: random.Random) -> None:
        await self._patch(name=f"Shop {chance.random()}", settings={"default_region": chance.choice(["DE", "ES"])})

    async def hub_is_closed(self, chance: random.Random) -> None:
        await self.close()
        await self.start()

    async def _patch(self, **changes: Any) -> None:
        async def patch() -> int:
            return (await self.live.client.patch(f"/api/v1/inboxes/{self.inbox_id}", json=changes)).status_code

        await _until_stored(patch)

    async def statuses(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for conversation in self.conversations:
            path = f"/api/v1/conversations/{conversation}/messages?limit=200"
            rows = (await self.live.client.get(path)).raise_for_status().json()["items"]
            found |= {row["id"]: row["delivery"]["status"] for row in rows if row["kind"] == "reply"}
        return found

    async def come_to_rest(self) -> dict[str, str]:
        self.moody.is_kind = True
        await self._patch(paused=False)
        deadline = time.monotonic() + 40
        found = await self.statuses()
        while not set(found.values()) <= _ENDS:
            assert time.monotonic() < deadline, Counter(found.values())
            await asyncio.sleep(0.05)
            found = await self.statuses()
        return found


async def _until_stored(call: Callable[[], Awaitable[int]]) -> None:
    """As a desk does, and a provider: what is not taken comes again."""
    while (status := await call()) == 503:
        await asyncio.sleep(0.01)
    assert status in (200, 201), status


@asynccontextmanager
async def world(folder: Path, network: Any, chance: random.Random) -> AsyncIterator[World]:
    moody = Moody(network, chance)
    async with listening(moody.serve) as address:
        moody.url = f"{address}/in"
        here = World(folder, moody, network)
        await here.start()
        here.inbox_id = here.live.inbox_id = await network.ways.connect(here.live, moody)
        for number in range(2 if network.keyed else 1):
            text = f"Hello {number}"
            if network.keyed:
                here.conversations.append((await here.live.conversation(f"u-{number}", text))["id"])
            else:
                await network.ways.write(here.live, text, text)
                found = (await here.live.client.get("/api/v1/conversations")).json()["items"]
                here.conversations.append(found[0]["id"])
        try:
            yield here
        finally:
            await here.close()


async def history(folder: Path, network: Any, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    async with world(folder, network, random.Random(seed + 1)) as here:
        for _ in range(steps):
            await here.step(chance)
        statuses = await here.come_to_rest()
        _is_true(here, statuses)
        await _log_is_whole(here.live, statuses)


def _is_true(here: World, statuses: dict[str, str]) -> None:
    taken = here.moody.taken
    assert len(taken) == len(set(taken)), "a reply left twice"
    for composed in here.composed.values():
        for reply, text in composed:
            status = statuses[reply]
            if text in taken:
                assert status in ("sent", "delivered", "read") or (status == "unknown" and not here.network.keyed), (
                    status
                )
            elif status == "failed":
                assert text in here.moody.refused
            else:
                assert status == "unknown"
                assert not here.network.keyed
                assert text in here.moody.asked, "nothing had left"
        arrived = [taken.index(text) for _, text in composed if text in taken]
        assert arrived == sorted(arrived), "the order was not kept"


async def _log_is_whole(live: Live, statuses: dict[str, str]) -> None:
    head = (await live.client.get("/readyz")).json()["seq"]
    async with stream(live.client) as events:
        found = [event for event in await events_until(events, head) if event.id]
    assert [int(event.id) for event in found] == list(range(1, head + 1))
    shown: dict[str, str] = {}
    for event in found:
        row = json.loads(event.data)
        if event.event == "message" and row["kind"] == "reply":
            shown[row["id"]] = row["delivery"]["status"]
    assert shown == statuses, "who follows the log knows something else"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog) -> None:
    """Nothing waits long."""
    for line in ("closed_while_sending", "store_unavailable", "outcome_waits", "outcome_not_stored", "not_given_back"):
        allow_log(line)
    monkeypatch.setattr(sender, "CLOSING_S", 0.05)
    monkeypatch.setattr(sender, "SHORTEST_SLEEP_S", 0.01)
    monkeypatch.setattr(sending_rules, "FIRST_WAIT_S", 0.02)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("network", [Custom, Twilio])
async def test_what_was_sent_is_told_truly_and_nothing_leaves_twice(tmp_path: Path, network: Any) -> None:
    await history(tmp_path, network(), 0, 60)
