"""Files that are still at their provider: leased by one hub at a time, tried again, shown in their message."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config

from mim_desk.channels.events import IncomingFile, MessageDeleted
from mim_desk.domain.message import AttachmentState, MessageType
from mim_desk.hub import tidying
from mim_desk.hub.store import attachments, driver, engine, fetches, messages
from mim_desk.hub.store.fetches import Fetch
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import moment
from tests.fakes import FakeClock
from tests.hub.store.conftest import KEY
from tests.hub.store.made import INBOX, OTHER_INBOX, START, bring, wrote

SPAN = timedelta(seconds=45)


async def wait_for(store: Store, *places: str, inbox_id: str = INBOX, who: str = "cust-1") -> str:
    """A message whose files are at these addresses."""
    files = tuple(IncomingFile("b.jpg", "image/jpeg", size=9, url=f"https://provider.test/{one}") for one in places)
    event = wrote(f"m-{'-'.join(places)}", "", who, files=files, type=MessageType.IMAGE)
    return (await bring(store, event, inbox_id=inbox_id)).message_ids[0]


async def taken(store: Store, limit: int = 20, most_of_inbox: int = 20, under_way: tuple[str, ...] = ()) -> list[Fetch]:
    return await store.writer.run(
        lambda unit: fetches.lease(unit, SPAN, limit, most_of_inbox=most_of_inbox, under_way=under_way)
    )


async def finished(store: Store, one: Fetch, data: bytes = b"bytes") -> object:
    digest = attachments.hash_of(data)
    return await store.writer.run(lambda unit: fetches.finish(unit, one, one.file, data, digest))


async def states(store: Store, message_id: str) -> list[str]:
    message = await store.read(lambda conn: messages.by_id(conn, message_id))
    assert message is not None
    return [one.state.value for one in message.attachments]


async def test_a_file_is_leased_once_and_shown_when_it_is_here(shop: Store):
    message_id = await wait_for(shop, "a", "b")
    seq = shop.log.seq

    first, second = await taken(shop)
    assert await taken(shop) == []
    await finished(shop, first, b"jpegbytes")

    assert (first.source, first.inbox_id, first.channel, first.attempt) == ("https://provider.test/a", INBOX, "line", 1)
    assert await states(shop, message_id) == ["ok", "pending"]
    assert await shop.read(lambda conn: attachments.content(conn, first.file.id)) == b"jpegbytes"
    assert await shop.read(lambda conn: attachments.content(conn, second.file.id)) is None
    events = await shop.log.after(seq, 10)
    assert (events[0].type, events[0].row_id) == ("message", message_id)


async def test_a_file_that_did_not_come_is_tried_again_at_its_time_and_then_given_up(shop: Store, clock: FakeClock):
    message_id = await wait_for(shop, "a")
    (one,) = await taken(shop)
    at = clock.now + timedelta(seconds=60)

    assert await shop.writer.run(lambda unit: fetches.again(unit, one, at))
    assert await shop.read(fetches.next_due) == at
    assert await taken(shop) == []
    clock.advance(timedelta(seconds=60))
    (two,) = await taken(shop)
    told = await shop.writer.run(lambda unit: fetches.give_up(unit, two, AttachmentState.EXPIRED))

    assert two.attempt == 2
    assert told is not None
    assert await states(shop, message_id) == ["expired"]
    assert await shop.read(fetches.next_due) is None


async def test_a_hub_whose_lease_ran_out_is_no_longer_listened_to(shop: Store, clock: FakeClock):
    message_id = await wait_for(shop, "a")
    (stale,) = await taken(shop)
    clock.advance(SPAN)
    (fresh,) = await taken(shop)

    late = [
        await finished(shop, stale),
        await shop.writer.run(lambda unit: fetches.give_up(unit, stale, AttachmentState.FAILED)),
        await shop.writer.run(lambda unit: fetches.again(unit, stale, unit.now)),
        await shop.writer.run(lambda unit: fetches.hold(unit, stale, SPAN)),
    ]
    await finished(shop, fresh, b"right")

    assert not any(late)
    assert await states(shop, message_id) == ["ok"]
    assert await shop.read(lambda conn: attachments.content(conn, fresh.file.id)) == b"right"
    assert await finished(shop, fresh, b"twice") is None


async def test_a_held_lease_lasts_and_a_released_one_counts_as_never_begun(shop: Store, clock: FakeClock):
    await wait_for(shop, "a")
    (one,) = await taken(shop)
    clock.advance(SPAN / 2)
    assert await shop.writer.run(lambda unit: fetches.hold(unit, one, SPAN))
    clock.advance(SPAN * 0.75)
    assert await taken(shop) == []

    await shop.writer.run(lambda unit: fetches.release(unit, [one]))
    (again,) = await taken(shop)

    assert again.attempt == 1
    await shop.writer.run(fetches.release_all)
    assert [found.attempt for found in await taken(shop)] == [2]


async def test_one_inbox_never_takes_all_places(shop: Store):
    await wait_for(shop, *"abcdef")
    await wait_for(shop, "x", inbox_id=OTHER_INBOX, who="cust-2")

    first = await taken(shop, limit=8, most_of_inbox=2)
    more = await taken(shop, limit=8, most_of_inbox=3, under_way=(INBOX, INBOX))

    assert sorted(one.inbox_id for one in first) == [INBOX, INBOX, OTHER_INBOX]
    assert [one.inbox_id for one in more] == [INBOX]


async def test_two_hubs_never_fetch_the_same_file(shop: Store, database: str, clock: FakeClock):
    await wait_for(shop, *(str(number) for number in range(40)))
    other = await Store.open(database, KEY, now=clock)

    found = await asyncio.gather(*(taken(store, limit=7) for _ in range(6) for store in (shop, other)))

    await other.close()
    ids = [one.file.id for leased in found for one in leased]
    assert len(ids) == len(set(ids)) == 40


async def test_a_message_that_was_taken_back_meanwhile_gets_no_file(shop: Store):
    message_id = await wait_for(shop, "a")
    (one,) = await taken(shop)
    await bring(shop, MessageDeleted("m-a", START + timedelta(seconds=5)))

    assert await finished(shop, one) is None

    assert await states(shop, message_id) == []
    assert await shop.read(fetches.next_due) is None
    assert await shop.read(lambda conn: driver.row(conn, "SELECT count(*) FROM blobs")) == (0,)


async def test_pieces_that_are_here_already_outlive_a_sweep_and_are_not_shown_before_the_last(shop: Store, clock):
    data = os.urandom(attachments.PIECE * 3 + 5)
    digest = attachments.hash_of(data)
    await wait_for(shop, "a")
    (one,) = await taken(shop)

    assert await shop.writer.run(lambda unit: fetches.name_bytes(unit, one, digest))
    await shop.writer.run(lambda unit: attachments.keep_pieces(unit.conn, digest, data, 0, attachments.PIECE * 2))
    await tidying.tidy(shop, clock.now)
    assert await shop.read(lambda conn: attachments.content(conn, one.file.id)) is None
    pieces = await shop.read(lambda conn: driver.row(conn, "SELECT count(*) FROM blobs"))
    await shop.writer.run(lambda unit: fetches.finish(unit, one, one.file, data, digest))

    assert pieces == (2,)
    assert await shop.read(lambda conn: attachments.content(conn, one.file.id)) == data


async def test_the_file_of_another_kind_changes_what_its_message_carries(shop: Store):
    message_id = await wait_for(shop, "a")
    (one,) = await taken(shop)
    told = msgspec.structs.replace(one.file, name="a.bin", mime_type="application/octet-stream")

    message = await shop.writer.run(lambda unit: fetches.finish(unit, one, told, b"?", attachments.hash_of(b"?")))

    assert message is not None
    assert (message.id, message.type, message.attachments[0].name) == (message_id, MessageType.FILE, "a.bin")


def test_files_that_waited_before_the_tables_were_changed_are_due(database: str):
    opened = engine.open_engine(database, KEY)
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    with engine.writing(opened) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        driver.execute(
            conn,
            "INSERT INTO attachments (id, message_id, owner, created_at, source, state, row)"
            " VALUES ('a', 'm', 'ana', 5, 'https://provider.test/a', 'pending', ?)",
            (b"{}",),
        )

    engine.migrate(opened)

    with opened.connect() as conn:
        assert fetches.next_due(conn) == moment(0)
    opened.dispose()
