"""Wake-ups between hubs: over PostgreSQL and over NATS, and found by asking when they are lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from mim_desk.domain.message import AuthorType
from mim_desk.hub.broker import Broker, Ephemeral, open_broker
from mim_desk.hub.store import labels
from mim_desk.hub.store.store import Store
from mim_desk.protocol import events, rows
from tests.guards import AllowLog

TYPING = events.Typing("conversation-1", rows.Author(AuthorType.CONTACT, "c"), datetime(2026, 1, 1, tzinfo=UTC))


@asynccontextmanager
async def two_hubs(
    database: str, broker_url: str = "", poll: timedelta = timedelta(hours=1)
) -> AsyncIterator[tuple[Store, Broker, Store, Broker]]:
    one, other = await Store.open(database, None), await Store.open(database, None)
    try:
        async with open_broker(broker_url, one, poll) as first, open_broker(broker_url, other, poll) as second:
            yield one, first, other, second
    finally:
        await one.close()
        await other.close()


async def heard(broker: Broker) -> Ephemeral:
    async for one in broker.listen():
        return one
    raise AssertionError


@pytest.fixture(params=["postgresql", "nats"])
def broker_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "postgresql" else str(request.getfixturevalue("nats_server"))


async def test_a_hub_is_woken_by_anothers_commit(postgres: str, broker_url: str):
    async with two_hubs(postgres, broker_url) as (one, _, other, _):
        async with asyncio.timeout(30):
            number = 0
            while other.log.seq == 0:  # until both links are up, wake-ups may be lost
                number += 1
                await one.writer.run(lambda unit, n=number: labels.add(unit, rows.Label(f"l{n}", f"Label {n}")))
                await asyncio.sleep(0.05)

            before = other.log.seq
            await one.writer.run(lambda unit: labels.add(unit, rows.Label("last", "Last")))
            assert await other.log.beyond(before) == one.log.seq

        assert [event.seq for event in await other.log.after(0)] == list(range(1, one.log.seq + 1))


async def test_typing_reaches_the_listeners_of_all_hubs(postgres: str, broker_url: str):
    async with two_hubs(postgres, broker_url) as (_, first, _, second):
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            here, there = tasks.create_task(heard(first)), tasks.create_task(heard(second))
            while not there.done():
                await asyncio.sleep(0.05)
                await first.publish_ephemeral(events.TYPING, TYPING)

        assert here.result() == there.result()
        assert there.result().type == "typing"
        assert there.result().conversation_id == "conversation-1"


async def test_a_lost_wake_up_is_found_by_asking_the_database(postgres: str, allow_log: AllowLog):
    allow_log("broker_not_reached")
    async with two_hubs(postgres, "nats://127.0.0.1:9", timedelta(seconds=0.05)) as (one, _, other, _):
        await one.writer.run(lambda unit: labels.add(unit, rows.Label("l", "Label")))

        async with asyncio.timeout(10):
            assert await other.log.beyond(0) == 1


async def test_a_link_that_breaks_fails_no_call_and_comes_back(postgres: str, allow_log: AllowLog):
    """Where the server ends only the connection that tells, the one that listens is renewed with it."""
    allow_log("broker_not_told|broker_lost|error connecting")
    async with two_hubs(postgres) as (_, first, _, second), asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        await until_told(first, tasks.create_task(heard(second)))
        sender = first._link._sender  # type: ignore[union-attr]  # the only way to this connection
        async with await AsyncConnection.connect(postgres, autocommit=True) as server:
            await server.execute("SELECT pg_terminate_backend(%s)", [sender.info.backend_pid])
        await until_told(first, tasks.create_task(heard(second)))


async def until_told(broker: Broker, listening: "asyncio.Task[Ephemeral]") -> None:
    while not listening.done():
        await asyncio.sleep(0.05)
        await broker.publish_ephemeral(events.TYPING, TYPING)


async def test_a_hub_alone_tells_its_own_listeners(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", bytes(32))
    async with open_broker("", store) as broker, asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(heard(broker))
        await asyncio.sleep(0)
        await broker.publish_ephemeral(events.TYPING, TYPING)
    await store.close()

    assert (
        listening.result().payload
        == b'{"conversation_id":"conversation-1","by":{"type":"contact","id":"c"},"until":"2026-01-01T00:00:00Z"}'
    )


async def test_an_unknown_kind_of_broker_is_refused(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", bytes(32))
    with pytest.raises(ValueError, match="nats://"):
        async with open_broker("redis://localhost", store):
            raise AssertionError
    await store.close()


async def test_a_link_that_swallows_its_cancelling_does_not_hold_up_the_end(tmp_path: Path, allow_log: AllowLog):
    allow_log("broker_not_reached")
    connecting = asyncio.Event()

    class Stubborn:
        async def run(self, on_message, on_ready) -> None:
            try:
                connecting.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError as problem:
                raise ConnectionError("not connected") from problem

        async def send(self, message: bytes) -> None:
            """Nobody is there."""

    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", bytes(32))
    broker = Broker(store, Stubborn(), timedelta(hours=1))
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(broker.run())
        await connecting.wait()
        broker.end()
        running.cancel()
    await store.close()
