"""Random histories of being on and off line: no reply twice, none lost, none sent blindly, and the desk ends level."""

import asyncio
import contextlib
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from mim_desk.desk.embedded_hub import EmbeddedHub
from mim_desk.desk.hub_client import HubClient, Unreachable
from mim_desk.desk.keys import Keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.session import Session
from mim_desk.desk.settings import SettingsFile
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows
from tests.desk.hubs import SECRET, Gateway, _raise, conversation_with, live, until
from tests.desk.wire import Wire
from tests.desk.workspace import KEYS

CONVERSATIONS = 25
STEPS = 200
LONG = (100, 500)
"""Conversations and steps of the long histories; seeds 1 to 10 are a thousand of them."""


_STEPS = {
    "customer_writes": 20,
    "agent_replies": 26,
    "ana_replies": 5,
    "wire_is_cut": 4,
    "wire_heals": 8,
    "answer_is_lost": 6,
    "wire_goes_dumb": 1,
    "label_is_set": 5,
    "agent_decides": 8,
    "agent_takes_back": 4,
    "desk_restarts": 1,
    "time_passes": 16,
}
"""What can happen, and how often."""


@dataclass
class Sent:
    """One reply as the agent sent it."""

    id: str
    conversation_id: str
    composed: str
    seen: frozenset[str]
    overridden: bool = False


@dataclass
class World:
    """A desk, a hub, a gateway, another agent, and a wire between desk and hub.

    Attributes:
        kills: how often the hub was killed; the gateway, which takes a key once, may be told the same reply again then.
    """

    home: Path
    wire: Wire
    gateway: Gateway
    ana: HubClient
    admin: HubClient
    hub: EmbeddedHub
    session: Session | None = None
    kills: int = 0
    conversations: list[tuple[str, str, str]] = field(default_factory=list)
    sent: dict[str, Sent] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)

    async def start_desk(self) -> None:
        """A desk on the same home folder as before."""
        paths = Paths(self.home / "desk").make()
        settings = SettingsFile(paths.settings)
        settings.change(hub_url=self.wire.url)
        keys: Keys = msgspec.structs.replace(KEYS, tokens={self.wire.url: KEYS.admin_token})
        self.session = Session(paths, keys, settings, _raise)
        await self.session.start()

    async def agent_replies(self, chance: random.Random) -> None:
        """The agent reads a timeline and answers."""
        name, conversation_id, contact_id = chance.choice(self.conversations)
        page = await self.session.cache.timeline(contact_id)
        seen = frozenset(item.message.id for item in page.items)
        id_ = await self.session.send(
            conversation_id, kind="reply", text=f"to {name} {uuid.uuid4()}", base_seq=page.seq
        )
        composed = self.session.outbox.pending.items[id_].body.composed
        self.sent[id_] = Sent(id_, conversation_id, composed, seen)

    async def agent_decides(self, chance: random.Random) -> None:
        """The agent decides about something held."""
        held = [item for item in self.session.outbox.pending.items.values() if item.state == "held" and item.is_message]
        if not held:
            return
        item = chance.choice(held)
        if chance.random() < 0.5:
            await self.send_anyway(item.id)
        else:
            del self.sent[item.id]
            await self.session.discard(item.id)

    async def send_anyway(self, id_: str) -> None:
        """For all that the desk has of the conversation by then, and for nothing that comes later."""
        item, sent = self.session.outbox.pending.items[id_], self.sent.get(id_)
        if sent is not None:
            page = await self.session.cache.timeline(item.contact_id, limit=500)
            sent.seen |= {each.message.id for each in page.items} | {each.id for each in item.held.messages}
            sent.composed = "live" if self.session.line.is_live else "offline"
        await self.session.override(id_)

    async def agent_takes_back(self, chance: random.Random) -> None:
        """The agent wants to go on writing at something unsent; what may be with the hub is refused."""
        unsent = [item for item in self.session.outbox.pending.items.values() if item.is_message]
        if unsent:
            item = chance.choice(unsent)
            with contextlib.suppress(Refusal):
                await self.session.take_back(item.id)
                self.taken_back.add(item.id)
                del self.sent[item.id]

    async def step(self, chance: random.Random) -> None:
        """One random thing happens."""
        what = chance.choices(list(_STEPS), list(_STEPS.values()))[0]
        await getattr(self, what)(chance)

    async def customer_writes(self, chance: random.Random) -> None:
        """A customer writes to the hub, whatever the wire does."""
        name = chance.choice(self.conversations)[0]
        await self.gateway.customer_writes(name, f"from {name}")

    async def ana_replies(self, chance: random.Random) -> None:
        """Another agent answers from elsewhere."""
        name, conversation_id, _ = chance.choice(self.conversations)
        message = api.NewMessage(str(uuid.uuid4()), text=f"ana to {name}")
        while True:
            try:
                await self.ana.post_message(conversation_id, message)
            except Unreachable:
                await asyncio.sleep(0.02)  # the hub is gone, or an idle connection was closed; the same id again
            else:
                return

    async def wire_is_cut(self, chance: random.Random) -> None:
        """All connections break, none can be made."""
        self.wire.cut()

    async def wire_heals(self, chance: random.Random) -> None:
        """The network is back and the desk notices."""
        self.wire.heal()
        self.session.try_now()

    async def answer_is_lost(self, chance: random.Random) -> None:
        """The hub does the next thing it is asked, and nobody hears of it."""
        self.wire.swallows += 1

    async def wire_goes_dumb(self, chance: random.Random) -> None:
        """Connections stay open, nothing moves."""
        self.wire.is_dumb = True

    async def label_is_set(self, chance: random.Random) -> None:
        """The agent changes a conversation."""
        label = chance.choice(("VIP", "Delivery", "Refund"))
        await self.session.patch(chance.choice(self.conversations)[1], api.ConversationPatch(labels=[label]))

    async def desk_restarts(self, chance: random.Random) -> None:
        """The desk is closed and opened again."""
        await self.session.close()
        await self.start_desk()

    async def time_passes(self, chance: random.Random) -> None:
        """Whatever is under way gets on."""
        await asyncio.sleep(chance.uniform(0, 0.06))

    async def come_to_rest(self) -> None:
        """The wire is whole, everything that can move has moved."""
        self.wire.heal()
        self.wire.swallows = 0
        self.session.try_now()
        await live(self.session)
        items = self.session.outbox.pending.items
        while any(item.state in ("waiting", "accepted") for item in items.values()):
            await self._nothing_waits_but_behind_held()
            for item in [each for each in items.values() if each.state == "held"]:
                await self.send_anyway(item.id)
        await until(lambda: self._at_gateway() <= {each["id"] for each in self.gateway.taken}, "all was sent")

    async def look_at_the_end(self) -> None:
        """What else must hold; nothing in a plain world."""

    async def _nothing_waits_but_behind_held(self) -> None:
        items = self.session.outbox.pending.items

        def at_rest() -> bool:
            held = {item.conversation_id for item in items.values() if item.state == "held"}
            moving = [item for item in items.values() if item.state in ("waiting", "accepted")]
            return all(item.state == "waiting" and item.conversation_id in held for item in moving)

        await until(at_rest, "the outbox comes to rest", 40)

    def _at_gateway(self) -> set[str]:
        return set(self.sent) - set(self.session.outbox.pending.items)


@asynccontextmanager
async def world(home: Path, conversations: int, kind: type[World] = World) -> AsyncIterator[World]:
    """Everything started, one conversation with each customer."""
    owner = TaskOwner(_raise)
    said: list[str] = []
    hub = EmbeddedHub(Paths(home), KEYS, "Juniper & Sail", owner, said.append, said.append)
    gateway = Gateway()
    await gateway.start()
    hub.start()
    await until(lambda: bool(said), "the hub listens")
    admin = HubClient(said[0], KEYS.admin_token)
    made = await admin.create_inbox(
        api.NewInbox("Shop", "custom", settings={"callback_url": gateway.url}, secrets={"signing_secret": SECRET})
    )
    gateway.webhook_url = made.webhook_url
    await admin._post("/api/v1/agents", api.NewAgent("Ana", "ana", "a long password", "admin"), rows.Agent)
    ana = HubClient(said[0], (await admin.sign_in("ana", "a long password")).token)
    async with Wire(urlsplit(said[0]).port) as wire:
        made_world = kind(home, wire, gateway, ana, admin, hub)
        try:
            await made_world.start_desk()
            await live(made_world.session)
            for number in range(conversations):
                await gateway.customer_writes(f"customer-{number}", "hello")
            for number in range(conversations):
                row = await conversation_with(made_world.session, f"customer-{number}")
                made_world.conversations.append(
                    (f"customer-{number}", row.conversation.id, row.conversation.contact_id)
                )
            yield made_world
        finally:
            await made_world.session.close()
            await hub.close()
            await owner.close()
            await ana.close()
            await admin.close()
            await gateway.close()


async def history(
    home: Path, seed: int, conversations: int = CONVERSATIONS, steps: int = STEPS, kind: type[World] = World
) -> None:
    """One world's history and what must hold after it."""
    chance = random.Random(seed)
    async with world(home, conversations, kind) as here:
        for _ in range(steps):
            await here.step(chance)
        await here.come_to_rest()

        taken = [str(each["id"]) for each in here.gateway.taken]
        unsent = here.session.outbox.pending.items
        again = [id_ for id_, count in Counter(taken).items() if count > 1]
        assert len(again) <= here.kills, "a reply left twice, and no hub was killed that waited for the answer"
        assert set(here.sent) <= set(taken) | set(unsent), "a reply was lost"
        assert not set(taken) & set(unsent)
        left = set(taken) & here.taken_back
        assert not left, f"what was taken back left all the same: {left}"
        for _, conversation_id, _ in here.conversations:
            _none_was_blind(here, conversation_id, await _stored(here.admin, conversation_id))
        await _ends_level(here)
        await here.look_at_the_end()


async def _ends_level(here: World) -> None:
    """What the gateway took a moment ago is still to be written down as sent, there and here."""
    deadline = time.monotonic() + 45
    while differing := await _differences(here):
        assert time.monotonic() < deadline, "\n".join(differing)
        await asyncio.sleep(0.1)


async def _differences(here: World) -> list[str]:
    """What the desk and the hub say differently."""
    found = []
    for name, conversation_id, contact_id in here.conversations:
        ours = {row.id: row for row in await _cached(here.session, contact_id)}
        ours[conversation_id] = await here.session.cache.conversation(conversation_id)
        theirs = {row.id: row for row in await _stored(here.admin, conversation_id)}
        theirs[conversation_id] = await here.admin.conversation(conversation_id)
        for id_ in ours.keys() | theirs.keys():
            one, other = (msgspec.to_builtins(side.get(id_)) or {} for side in (ours, theirs))
            fields = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
            found += [f"{name} {key}: {one.get(key)} here, {other.get(key)} at the hub" for key in fields]
    return found


async def _stored(admin: HubClient, conversation_id: str) -> list[rows.Message]:
    answer = await admin._send("GET", f"/api/v1/conversations/{conversation_id}/messages", params={"limit": 200})
    page = msgspec.json.decode(answer.content, type=api.Page[rows.Message])
    assert page.next is None
    return list(reversed(page.items))


async def _cached(session: Session, contact_id: str) -> list[rows.Message]:
    page = await session.cache.timeline(contact_id, limit=500)
    return [item.message for item in page.items if not item.outbox_state]


def _none_was_blind(here: World, conversation_id: str, stored: list[rows.Message]) -> None:
    """What somebody wrote between reading and storing holds a reply, unless the agent decided otherwise."""
    me = here.session.me.id
    for place, row in enumerate(stored):
        reply = here.sent.get(row.id)
        if reply is None or reply.overridden:
            continue
        unseen = [each for each in stored[:place] if each.id not in reply.seen]
        answered = [each for each in unseen if each.kind == "reply" and each.author.id != me]
        asked = [each for each in unseen if each.kind == "incoming"]
        assert not answered, "somebody else had answered"
        assert reply.composed == "live" or not asked, "the customer had written again"
    assert conversation_id


@pytest.mark.timeout(180)
async def test_random_histories_lose_nothing_double_nothing_and_send_nothing_blindly(tmp_path: Path) -> None:
    await history(tmp_path, 0)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
async def test_long_random_histories(tmp_path: Path, seed: int) -> None:
    await history(tmp_path, seed, *LONG)
