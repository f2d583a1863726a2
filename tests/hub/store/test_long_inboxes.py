"""An inbox with very many messages: what is done for one contact reads that contact's messages and no other's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mim_desk.channels.events import DeliveredUpTo, Echo, ReachChanged, ReadUpTo, Sender
from mim_desk.hub.store import reply_counts
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from tests.hub.store.made import OTHER_INBOX, START, bring, conversation_of, indexed, reply, wrote

OTHERS, EVERY = 600, 20
ANN = Sender("cust-1", "Ann")


@pytest.fixture
def database(tmp_path) -> str:  # type: ignore[no-untyped-def]
    """SQLite tells how much it works; the statements are the same on PostgreSQL."""
    return f"sqlite:///{tmp_path}/hub.db"


@pytest.fixture
async def crowded(shop: Store) -> Store:
    """One contact's message between many of others."""
    await bring(shop, wrote("m1"), inbox_id=OTHER_INBOX)
    writing = [bring(shop, wrote(f"o-{n}", who=f"other-{n % 6}", at=n), inbox_id=OTHER_INBOX) for n in range(OTHERS)]
    await asyncio.gather(*writing)
    await indexed(shop)  # which else the same connection does at any time
    return shop


async def counted(store: Store, act: Callable[[], Awaitable[object]]) -> int:
    """How many times ``EVERY`` instructions the writer's connection worked for something."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(unit: Unit, watcher: Callable[[], int] | None) -> None:
        unit.conn.connection.driver_connection.set_progress_handler(watcher, EVERY)  # type: ignore[union-attr]

    await store.writer.run(lambda unit: watch(unit, count))
    await act()
    await store.writer.run(lambda unit: watch(unit, None))
    return steps


async def answered(store: Store) -> None:
    conversation = await conversation_of(store, inbox_id=OTHER_INBOX)
    await reply(store, conversation.id, "01990000-0000-7000-8000-00000000000a")


async def told(store: Store, event: object) -> None:
    await bring(store, event, inbox_id=OTHER_INBOX)  # type: ignore[arg-type]


async def counting(store: Store) -> None:
    conversation = await conversation_of(store, inbox_id=OTHER_INBOX)
    sheet = rows.CapabilitySheet(text_length=1000, replies_per_message=5)
    counts = rows.Inbox(OTHER_INBOX, "Viber", "viber", rows.Brand("brand", "Acme"), sheet)
    left = await store.writer.run(lambda unit: reply_counts.left(unit, conversation.contact_id, counts))
    assert left == 5


ACTS: dict[str, Callable[[Store], Awaitable[None]]] = {
    "a reply": answered,
    "replies that are left": counting,
    "read": lambda store: told(store, ReadUpTo(ANN, START)),
    "delivered": lambda store: told(store, DeliveredUpTo(ANN, START)),
    "an echo": lambda store: told(store, Echo("e1", ANN, START, "Hello")),
    "who left": lambda store: told(store, ReachChanged(ANN, START, can_reach=False)),
}


@pytest.mark.parametrize("act", sorted(ACTS))
async def test_only_the_contacts_own_messages_are_read(crowded: Store, act: str):
    """Reading all of the inbox takes several instructions for each message."""
    assert await counted(crowded, lambda: ACTS[act](crowded)) * EVERY < OTHERS * 4
