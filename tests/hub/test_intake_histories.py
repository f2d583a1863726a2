"""Random histories of what comes in: providers that repeat themselves, hubs that end, disks that fill, readers that lose the line.

Whatever happens, each message stands there once as it was last told, and who follows the log knows in the end exactly
what somebody sees who starts anew.
"""

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from httpx_sse import EventSource
from sqlalchemy.exc import OperationalError

from mim_desk.channels.custom.adapter import sign
from mim_desk.hub.api import snapshot as snapshot_api
from mim_desk.hub.store import conversation_clocks, driver, log_rows
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from tests.guards import AllowLog
from tests.hub.bot_api import BotApi, serving_bot_api
from tests.hub.gateway import Gateway, serving_gateway
from tests.hub.live import ADMIN_TOKEN, SECRET, Live, live_hub, settings_in
from tests.hub.test_polling import connect as connect_bot

_STEPS: Final = {
    "people_write": 24,
    "bot_is_written_to": 10,
    "somebody_edits": 6,
    "somebody_deletes": 4,
    "somebody_reacts": 4,
    "agent_replies": 8,
    "agent_reads": 5,
    "agent_changes": 8,
    "contacts_are_merged": 3,
    "contacts_are_parted": 3,
    "reader_loses_the_line": 6,
    "reader_goes_away": 4,
    "log_is_trimmed": 4,
    "time_passes": 14,
    "disk_fills_up": 3,
    "hub_is_closed": 3,
}
_START: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


Rows = dict[tuple[str, str], dict[str, Any]]
"""By type and id."""


@dataclass
class Reader:
    """Whoever follows the log from a snapshot on, as a desk does.

    Attributes:
        rows: what it knows.
    """

    token: str
    rows: Rows = field(default_factory=dict)
    seq: int = -1
    lines: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    is_away: bool = False
    is_over: bool = False

    async def follow(self, world: "World") -> None:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {self.token}"}, timeout=10) as client:
            while not self.is_over:
                await asyncio.sleep(0.01)
                if self.is_away:
                    continue
                self.lines.clear()
                self.begun.clear()
                with contextlib.suppress(httpx.HTTPError):
                    await self._until_cut(client, world.url)

    async def _until_cut(self, client: httpx.AsyncClient, url: str) -> None:
        if self.seq < 0:
            self.seq, self.rows = await everything(client, url)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(client, url))
            cutting = group.create_task(self._cut())
            await asyncio.wait((reading, cutting), return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            cutting.cancel()

    async def _cut(self) -> None:
        """A line is lost that was there; who breaks off connecting leaves sockets behind."""
        await self.begun.wait()
        await self.lines.wait()

    async def _read(self, client: httpx.AsyncClient, url: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            async with client.stream("GET", f"{url}/api/v1/events", params={"after": self.seq}) as answer:
                if answer.status_code == 410:
                    self.seq = -1
                    return
                answer.raise_for_status()
                self.begun.set()
                async for event in EventSource(answer).aiter_sse():
                    if event.event == "reset":
                        self.seq = -1
                        return
                    if event.id and int(event.id) != self.seq:
                        self._take(int(event.id), event.event, json.loads(event.data))

    def _take(self, seq: int, row_type: str, row: dict[str, Any]) -> None:
        assert seq > self.seq, f"{seq} after {self.seq}"
        self.seq = seq
        if row_type == "forgotten":
            self.rows.pop((row["type"], row["id"]), None)
        elif "id" in row:
            self.rows[row_type, row["id"]] = row


async def everything(client: httpx.AsyncClient, url: str) -> tuple[int, Rows]:
    """A snapshot: the seq to follow from, and all rows."""
    found: Rows = {}
    after: dict[str, str] = {}
    while True:
        answer = await client.get(f"{url}/api/v1/snapshot", params=after)
        page = answer.raise_for_status().json()
        found |= {(row_type, row["id"]): row for row_type, listed in page["rows"].items() for row in listed}
        if not page.get("next"):
            return page["seq"], found
        after = {"after": page["next"]}


@dataclass
class World:
    """A hub that comes and goes, customers of two networks, and readers.

    Attributes:
        said: what customers of the custom channel last said, by the network's id; None for what they took back.
        to_bot: what was written to the bot.
    """

    folder: Path
    gateway: Gateway
    bot: BotApi
    chance: random.Random
    group: asyncio.TaskGroup
    live: Live | None = None
    inbox_id: str = ""
    said: dict[str, str | None] = field(default_factory=dict)
    to_bot: list[str] = field(default_factory=list)
    told: int = 0
    under_way: int = 0
    readers: list[Reader] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def url(self) -> str:
        return self.live.url

    async def start(self) -> None:
        self.live = await self._stack.enter_async_context(live_hub(settings_in(self.folder)))
        self.live.inbox_id = self.inbox_id

    async def close(self) -> None:
        await self._stack.aclose()

    async def step(self) -> None:
        what = self.chance.choices(list(_STEPS), list(_STEPS.values()))[0]
        await getattr(self, what)()

    async def people_write(self) -> None:
        items = [self._message() for _ in range(self.chance.choice((1, 1, 1, 2, 4)))]
        self._deliver(items)

    def _message(self) -> dict[str, Any]:
        name = uuid.uuid4().hex
        self.said[name] = f"said {name}"
        who = f"u-{self.chance.randrange(4)}"
        contact = {"id": who, "name": who.title()}
        return {"type": "message", "id": name, "contact": contact, "text": self.said[name], "at": self._at()}

    def _at(self) -> str:
        """Each a second later than the one before, so that there is one truth about what was told last."""
        self.told += 1
        return (_START + timedelta(seconds=self.told)).isoformat()

    def _deliver(self, items: list[dict[str, Any]]) -> None:
        """Now, and perhaps once more, until each is taken."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            self.under_way += 1
            self.group.create_task(self._until_taken(items, self.chance.uniform(0, 0.05)))

    async def _until_taken(self, items: list[dict[str, Any]], later_s: float) -> None:
        await asyncio.sleep(later_s)
        body = json.dumps({"events": items}).encode()
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                headers = {"x-mim-signature": sign(SECRET, int(time.time()), body)}
                with contextlib.suppress(httpx.HTTPError):
                    url = f"{self.url}/webhooks/custom/{self.inbox_id}"
                    answer = await client.post(url, content=body, headers=headers)
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.02)
        self.under_way -= 1

    async def bot_is_written_to(self) -> None:
        texts = [f"bot {uuid.uuid4()}" for _ in range(self.chance.choice((1, 1, 3)))]
        self.to_bot += texts
        await self.bot.write(*texts)

    async def somebody_edits(self) -> None:
        name = self._any_said()
        if name is not None:
            self.said[name] = f"edited {uuid.uuid4()}"
            self._deliver([{"type": "edit", "id": name, "text": self.said[name], "at": self._at()}])

    async def somebody_deletes(self) -> None:
        name = self._any_said()
        if name is not None:
            self.said[name] = None
            self._deliver([{"type": "delete", "id": name, "at": self._at()}])

    async def somebody_reacts(self) -> None:
        name = self._any_said()
        if name is not None:
            contact = {"id": f"u-{self.chance.randrange(4)}"}
            self._deliver([{"type": "reaction", "contact": contact, "id": name, "emoji": "👍", "at": self._at()}])

    def _any_said(self) -> str | None:
        found = [name for name, text in self.said.items() if text is not None]
        return self.chance.choice(found) if found else None

    async def _conversation(self) -> dict[str, Any] | None:
        found = (await self.live.client.get("/api/v1/conversations")).raise_for_status().json()["items"]
        return self.chance.choice(found) if found else None

    async def agent_replies(self) -> None:
        one = await self._conversation()
        if one is not None:
            await self._call("POST", f"conversations/{one['id']}/messages", id=str(uuid.uuid4()), text="An answer")

    async def agent_reads(self) -> None:
        one = await self._conversation()
        if one is not None and one["last_message"]:
            await self._call("POST", f"conversations/{one['id']}/read", up_to=one["last_message"]["id"])

    async def agent_changes(self) -> None:
        one = await self._conversation()
        kinds = ({"status": "resolved"}, {"status": "open"}, {"priority": "high"}, {"status": "pending"})
        if one is not None:
            await self._call("PATCH", f"conversations/{one['id']}", **self.chance.choice(kinds))

    async def contacts_are_merged(self) -> None:
        one, other = await self._conversation(), await self._conversation()
        if one and other and one["contact_id"] != other["contact_id"]:
            await self._call("POST", f"contacts/{one['contact_id']}/merge", contact_id=other["contact_id"])

    async def contacts_are_parted(self) -> None:
        one = await self._conversation()
        if one is None:
            return
        answer = await self.live.client.get(f"/api/v1/contacts/{one['contact_id']}/merges")
        merged = answer.raise_for_status().json()["merged"]
        if merged:
            other = self.chance.choice(merged)["contact_id"]
            await self._call("POST", f"contacts/{one['contact_id']}/unmerge", contact_id=other)

    async def _call(self, method: str, path: str, **body: Any) -> None:
        answer = await self.live.client.request(method, f"/api/v1/{path}", json=body)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text

    async def reader_loses_the_line(self) -> None:
        reader = self.chance.choice(self.readers)
        if self.chance.random() < 0.2:
            reader.seq = -1
        reader.lines.set()

    async def reader_goes_away(self) -> None:
        """For longer than the log may go back."""
        reader = self.chance.choice(self.readers)
        reader.is_away = not reader.is_away
        reader.lines.set()

    async def log_is_trimmed(self) -> None:
        """Who was away for long starts anew."""
        with contextlib.suppress(Exception):
            await self.live.running.hub.store.writer.run(
                lambda unit: log_rows.trim(unit.conn, datetime.now(UTC) + timedelta(hours=1), 3)
            )

    async def time_passes(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 0.08))

    async def disk_fills_up(self) -> None:
        writer, left = self.live.running.hub.store.writer, self.chance.randrange(1, 8)
        transaction = type(writer)._transaction

        def refused(batch: Any, *, apart: bool) -> Any:
            nonlocal left
            left -= 1
            if left >= 0:
                raise OperationalError("COMMIT", None, Exception("database or disk is full"))
            return transaction(writer, batch, apart=apart)

        writer._transaction = refused

    async def hub_is_closed(self) -> None:
        await self.close()
        await self.start()

    async def come_to_rest(self) -> None:
        """All is delivered, and nothing more happens."""
        deadline, quiet = time.monotonic() + 40, 0
        for reader in self.readers:
            reader.is_away = False
        while quiet < 5:
            before = (await self.live.client.get("/readyz")).json()["seq"]
            bot = len(await self._texts("bot "))
            await asyncio.sleep(0.1)
            after = (await self.live.client.get("/readyz")).json()["seq"]
            left = self.under_way, len(self.to_bot) - bot, after - before, *(after - one.seq for one in self.readers)
            assert time.monotonic() < deadline, f"deliveries, updates, events, and behind are the readers: {left}"
            quiet = 0 if any(left) else quiet + 1

    async def _texts(self, begin: str) -> list[str]:
        found = await self.live.running.hub.store.read(
            lambda conn: driver.rows(conn, "SELECT row FROM messages ORDER BY n")
        )
        texts = [json.loads(row)["text"] for (row,) in found]
        return [text for text in texts if text.startswith(begin)]

    async def is_true(self) -> None:
        _, shown_now = await everything(self.live.client, "")
        incoming = [row for (kind, _), row in shown_now.items() if kind == "message" and row["kind"] == "incoming"]
        by_name = Counter(row["external_id"] for row in incoming)
        assert [name for name, count in by_name.items() if count > 1] == []
        shown = {row["external_id"]: row for row in incoming}
        for name, text in self.said.items():
            assert (shown[name]["text"] if text is not None else "") == (text or ""), name
            assert text is not None or shown[name].get("deleted_at"), name
        assert Counter(row["text"] for row in incoming if row["text"].startswith("bot ")) == Counter(self.to_bot)
        self._is_known(shown_now)
        assert await self.live.running.hub.store.writer.run(_told_otherwise) == []

    def _is_known(self, shown: Rows) -> None:
        """All that is there, and nothing else."""
        named = {("contact", row["contact_id"]) for (kind, _), row in shown.items() if kind == "conversation"}
        assert named <= set(shown)
        for reader in self.readers:
            for key, row in shown.items():
                assert reader.rows.get(key) == row, key
            assert {key for key in reader.rows if key not in shown and key[0] in _SHOWN} == set()


def _told_otherwise(unit: Unit) -> list[tuple[Any, Any]]:
    """Conversations of which all messages, told again, tell something else than stands there: clocks, waits, windows."""
    found = driver.rows(unit.conn, "SELECT row FROM conversations WHERE folded_into IS NULL")
    shown = [one for one in (_conversation.decode(row) for (row,) in found) if one.last_message is not None]
    told = [(one, conversation_clocks.told_again(unit, one)) for one in shown]
    return [(one, again) for one, again in told if one != again]


_conversation = msgspec.json.Decoder(rows.Conversation)
_SHOWN: Final = {"contact", "conversation", "message", "inbox", "agent", "label"}


@asynccontextmanager
async def world(folder: Path, chance: random.Random) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(serving_gateway())
        bot = await stack.enter_async_context(serving_bot_api())
        group = await stack.enter_async_context(asyncio.TaskGroup())
        here = World(folder, gateway, bot, chance, group)
        await here.start()
        stack.push_async_callback(here.close)
        here.inbox_id = await here.live.connect(gateway.url)
        await connect_bot(here.live, bot)
        here.live.inbox_id = here.inbox_id
        here.readers = [Reader(ADMIN_TOKEN) for _ in range(2)]
        for reader in here.readers:
            group.create_task(reader.follow(here))
        try:
            yield here
        finally:
            for reader in here.readers:
                reader.is_over = True
                reader.lines.set()


async def history(folder: Path, seed: int, steps: int) -> None:
    async with world(folder, random.Random(seed)) as here:
        for _ in range(steps):
            await here.step()
        await here.come_to_rest()
        await here.is_true()


@pytest.fixture
def hard(monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog) -> None:
    """Snapshots of many pages, and disks that fill."""
    for line in ("store_unavailable", "closed_while_sending", "outcome_waits", "outcome_not_stored", "not_given_back"):
        allow_log(line)
    allow_log("graceful shutdown exceeded")
    monkeypatch.setattr(snapshot_api, "PAGE_ROWS", 7)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("hard")
@pytest.mark.parametrize("seed", [0, 1])
async def test_what_comes_in_stands_there_once_and_every_reader_knows_it(tmp_path: Path, seed: int) -> None:
    await history(tmp_path, seed, 100)
