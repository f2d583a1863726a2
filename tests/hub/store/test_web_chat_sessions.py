"""Where a visitor's messages stand in the log: found without looking through what everybody else wrote."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from mim_desk.channels.events import IncomingMessage
from mim_desk.hub.deliveries import Delivery
from mim_desk.hub.store import messages
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.web_chat_sessions import Sight
from tests.fakes import FakeClock
from tests.hub.store.made import INBOX, bring, conversation_of, reply, wrote

OTHERS = 400
EVERY = 20


async def others_write(store: Store, clock: FakeClock, name: str) -> None:
    """A few people write very much, an hour ago and an hour later."""
    clock.advance(timedelta(hours=1))
    writing = [bring(store, wrote(f"{name}-{n}", who=f"other-{n % 5}", at=n)) for n in range(OTHERS)]
    await asyncio.gather(*writing)
    clock.advance(timedelta(hours=1))


async def steps_of(store: Store, query: Callable[[Connection], object]) -> tuple[object, int]:
    """What a query finds, and for how many times ``EVERY`` instructions SQLite worked for it."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    def work(conn: Connection) -> object:
        raw = conn.connection.driver_connection
        raw.set_progress_handler(count, EVERY)  # type: ignore[union-attr]  # SQLite's
        try:
            return query(conn)
        finally:
            raw.set_progress_handler(None, EVERY)  # type: ignore[union-attr]

    return await store.read(work), counted


@pytest.fixture
async def said(shop: Store, clock: FakeClock) -> tuple[str, str]:
    """A visitor's message and the answer to it, in the middle of a long log."""
    await others_write(shop, clock, "before")
    told = wrote("v:1", who="visitor:v", at=7200)
    brought = await shop.writer.ingest(_now(told, clock))
    conversation = await conversation_of(shop, "visitor:v")
    answer = await reply(shop, conversation.id, "01990000-0000-7000-8000-00000000000a", local=True)
    await others_write(shop, clock, "after")
    return brought.message_ids[0], answer.id


def _now(told: IncomingMessage, clock: FakeClock) -> Delivery:
    return Delivery(INBOX, "line", b"{}", (told,), clock.now)


async def test_the_event_of_a_message_is_found_by_its_time_and_from_a_place_before_it(
    shop: Store, said: tuple[str, str]
):
    told = await shop.read(lambda conn: messages.by_id(conn, said[0]))
    assert told is not None

    by_time = await shop.read(lambda conn: stored.first_event(conn, told))
    from_there = await shop.read(lambda conn: stored.first_event(conn, told, by_time - 1))
    from_behind = await shop.read(lambda conn: stored.first_event(conn, told, by_time))
    place = await shop.read(lambda conn: stored.place_of(conn, told.id))

    assert by_time == from_there > OTHERS
    assert from_behind == place


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_neither_the_log_nor_others_messages_are_looked_through(shop: Store, said: tuple[str, str]):
    """One instruction for each of them would be more than the most that is allowed."""
    told = await shop.read(lambda conn: messages.by_id(conn, said[0]))
    assert told is not None
    sight, contact, head = Sight(INBOX, "visitor:v", "v:", None), told.contact_id, shop.log.seq
    queries: dict[str, Callable[[Connection], object]] = {
        "first event": lambda conn: stored.first_event(conn, told),
        "up to an event": lambda conn: stored.message_of_event(conn, sight, contact, head),
        "up to a place": lambda conn: stored.replies_up_to(conn, sight, contact, 1 << 40, 1),
        "page": lambda conn: stored.page(conn, sight, contact, None, 50),
        "page before": lambda conn: stored.page(conn, sight, contact, 1 << 40, 50),
    }

    steps = {name: await steps_of(shop, query) for name, query in queries.items()}

    assert [name for name, (found, _) in steps.items() if not found] == []
    assert [(name, counted) for name, (_, counted) in steps.items() if counted * EVERY > OTHERS * 2] == []


async def test_the_newest_answer_up_to_a_number_of_the_log(shop: Store, said: tuple[str, str]):
    told = await shop.read(lambda conn: messages.by_id(conn, said[1]))
    assert told is not None
    sight = Sight(INBOX, "visitor:v", "v:", None)
    event = await shop.read(lambda conn: stored.first_event(conn, told))

    def up_to(seq: int) -> object:
        return shop.read(lambda conn: stored.message_of_event(conn, sight, told.contact_id, seq))

    assert await up_to(event) == said[1]
    assert await up_to(event - 1) is None
    assert await up_to(shop.log.seq) == said[1]
