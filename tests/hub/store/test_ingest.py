"""Deliveries: each message once, in the right conversation, with its clocks and events."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from mim_desk.channels.events import Unknown
from mim_desk.domain.conversation import Status, WaitingOn
from mim_desk.domain.message import Activity
from mim_desk.hub.store import contacts, driver, journal, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import (
    INBOX,
    OTHER_INBOX,
    START,
    bring,
    conversation_of,
    delivery,
    patched,
    wrote,
)


async def count(store: Store, table: str) -> int:
    return (await store.read(lambda conn: driver.row(conn, f"SELECT count(*) FROM {table}")))[0]


async def test_the_first_message_opens_a_conversation_with_a_running_clock(shop: Store):
    result = await bring(shop, wrote("m1", "Where is my parcel?"))

    row = await conversation_of(shop)
    assert (result.new, result.duplicates) == (1, 0)
    assert row.number == 1
    assert row.status is Status.OPEN
    assert row.unread == 1
    assert row.waiting_since == START
    assert [(clock.name, clock.state, clock.due_at) for clock in row.clocks] == [
        ("first_response", "running", START + timedelta(minutes=5))
    ]
    assert row.next_due == START + timedelta(minutes=5)
    assert row.last_message is not None
    assert row.last_message.text == "Where is my parcel?"


async def test_events_tell_contact_conversation_and_message_in_this_order(shop: Store):
    before = shop.log.seq

    await bring(shop, wrote("m1"))

    events = await shop.log.after(before)
    assert [event.type for event in events] == ["contact", "conversation", "message"]
    assert all(event.fresh for event in events)
    assert events[1].conversation_id == events[2].conversation_id == events[1].row_id
    message = msgspec.json.decode(events[2].payload, type=rows.Message)
    assert message == await shop.read(lambda conn: messages.by_id(conn, message.id))


async def test_the_same_delivery_twice_is_one_message(shop: Store):
    first = await bring(shop, wrote("m1"))
    again = await bring(shop, wrote("m1"))

    assert again.message_ids == first.message_ids
    assert (again.new, again.duplicates, again.conflicts) == (0, 1, 0)
    assert await count(shop, "messages") == 1
    assert await count(shop, "journal") == 2


async def test_the_same_id_with_another_body_keeps_the_first_and_says_so(shop: Store):
    await bring(shop, wrote("m1", "first"))

    again = await bring(shop, wrote("m1", "second"))

    kept = await shop.read(lambda conn: journal.by_number(conn, again.journal_n))
    message = await shop.read(lambda conn: messages.by_id(conn, again.message_ids[0]))
    assert again.conflicts == 1
    assert message.text == "first"
    assert "another body" in kept.problem


async def test_duplicates_that_come_at_the_same_moment_are_one_message(shop: Store):
    results = await asyncio.gather(*(bring(shop, wrote(f"m{number % 5}", at=number % 5)) for number in range(50)))

    assert sum(result.new for result in results) == 5
    assert await count(shop, "messages") == 5
    assert await count(shop, "contacts") == await count(shop, "conversations") == 1
    assert (await conversation_of(shop)).unread == 5


async def test_hubs_that_get_the_same_deliveries_at_once_store_each_once(database, clock, shop: Store):
    other = await Store.open(database, bytes(range(32)), now=clock)
    try:
        results = await asyncio.gather(
            *(
                bring(hub, wrote(f"m{number}", who=f"cust-{number % 7}", at=number))
                for number in range(40)
                for hub in (shop, other)
            )
        )
    finally:
        await other.close()

    assert sum(result.new for result in results) == 40
    assert sum(result.duplicates for result in results) == 40
    assert await count(shop, "messages") == 40
    assert await count(shop, "conversations") == await count(shop, "contacts") == 7


async def test_one_brand_has_one_unresolved_conversation_with_a_contact_over_all_inboxes(shop: Store):
    await bring(shop, wrote("m1"))
    contact_id = (await conversation_of(shop)).contact_id
    move = "UPDATE identities SET contact_id = ? WHERE inbox_id = ?"
    await bring(shop, wrote("v1", who="viber-1"), inbox_id=OTHER_INBOX)
    await shop.writer.run(
        lambda unit: driver.execute(unit.conn, "DELETE FROM conversations WHERE contact_id <> ?", (contact_id,))
    )
    await shop.writer.run(lambda unit: driver.execute(unit.conn, move, (contact_id, OTHER_INBOX)))

    await bring(shop, wrote("v2", who="viber-1", at=60), inbox_id=OTHER_INBOX)

    row = await conversation_of(shop)
    assert await count(shop, "conversations") == 1
    assert row.inbox_id == OTHER_INBOX
    assert row.reply_window_until == START + timedelta(seconds=60 + 86_400)


async def test_a_second_unresolved_conversation_is_refused_by_the_database(shop: Store):
    await bring(shop, wrote("m1"))
    copy = (
        "INSERT INTO conversations (id, number, contact_id, brand_id, inbox_id, status, priority, last_activity_at,"
        " agent_started, version, row) SELECT 'copy', 99, contact_id, brand_id, inbox_id, status, priority,"
        " last_activity_at, agent_started, version, row FROM conversations"
    )

    with pytest.raises(Exception, match=r"(?i)unique"):
        await shop.writer.run(lambda unit: driver.execute(unit.conn, copy))


@pytest.mark.parametrize(("hours", "continues"), [(71.9, True), (72.0, True), (72.1, False)])
async def test_a_message_within_the_span_reopens_and_a_later_one_begins_anew(shop: Store, clock, hours, continues):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    resolved = await patched(shop, row.id, status=Status.RESOLVED, reason="spam")
    clock.advance(timedelta(hours=100))

    at = resolved.resolved_at + timedelta(hours=hours)
    late = wrote("m2", at=(at - START).total_seconds())
    await shop.writer.ingest(delivery(late, received=1e9))

    newest = await conversation_of(shop)
    assert (newest.id == row.id) is continues
    assert newest.status is Status.OPEN
    if continues:
        page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
        assert [one.activity for one in page if one.activity] == [Activity.REOPENED, Activity.RESOLVED]
        assert newest.resolved_at is None
        assert [clock.state for clock in newest.clocks] == ["breached", "running"]


async def test_an_incoming_message_ends_snooze_and_waiting_on(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    until = clock.now + timedelta(days=1)
    await patched(shop, row.id, status=Status.SNOOZED, snoozed_until=until, waiting_on=WaitingOn.CUSTOMER)

    await bring(shop, wrote("m2", at=10))

    row = await conversation_of(shop)
    assert (row.status, row.snoozed_until, row.waiting_on) == (Status.OPEN, None, WaitingOn.NONE)


async def test_the_providers_time_counts_but_never_later_than_it_was_received(shop: Store):
    await shop.writer.ingest(delivery(wrote("m1", at=10_000_000), received=100))

    row = await conversation_of(shop)
    assert row.waiting_since == START + timedelta(seconds=100)


async def test_a_broken_item_never_costs_its_neighbours(shop: Store):
    broken = wrote("m2", text="\ud800")
    results = await asyncio.gather(
        bring(shop, wrote("m1")), bring(shop, broken, wrote("m3", at=3)), bring(shop, wrote("m4", at=4))
    )

    assert [(result.new, result.dead) for result in results] == [(1, 0), (1, 1), (1, 0)]
    (letter,) = await shop.read(lambda conn: journal.dead_letters(conn, results[1].journal_n))
    assert letter[:2] == (0, "IncomingMessage")
    assert await shop.read(lambda conn: journal.unsettled_count(conn, INBOX)) == 1


async def test_what_was_not_understood_is_kept_and_can_be_replayed(shop: Store):
    result = await bring(shop, Unknown("new_kind"))
    (kept,) = await shop.read(lambda conn: journal.unsettled(conn, INBOX))

    again = delivery(wrote("m1"))
    again = type(again)(INBOX, "line", kept.body, again.events, kept.received_at, kept.headers, replay_of=kept.n)
    replayed = await shop.writer.ingest(again)

    assert (result.unknown, replayed.new, replayed.journal_n) == (1, 1, kept.n)
    assert await shop.read(lambda conn: journal.unsettled(conn, INBOX)) == []
    assert (await shop.read(lambda conn: journal.by_number(conn, kept.n))).state is journal.JournalState.REPLAYED


async def test_a_contact_keeps_the_name_people_gave_and_learns_the_rest(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    contact = await shop.read(lambda conn: contacts.by_id(conn, row.contact_id))
    named = msgspec.structs.replace(contact, name="Dr Chen")
    await shop.writer.run(lambda unit: contacts.save(unit, named))

    await bring(shop, wrote("m2", at=5))

    contact = await shop.read(lambda conn: contacts.by_id(conn, row.contact_id))
    assert contact.name == "Dr Chen"
    assert [one.external_id for one in contact.identities] == ["cust-1"]


async def test_many_messages_of_many_people_in_one_batch_match_their_conversations(shop: Store):
    await asyncio.gather(
        *(bring(shop, wrote(f"m{number}", who=f"cust-{number % 10}", at=number)) for number in range(100))
    )

    for person in range(10):
        row = await conversation_of(shop, f"cust-{person}")
        page, following = await shop.read(lambda conn, row=row: messages.of_conversation(conn, row.id, limit=10))
        assert [one.external_id for one in page] == [f"m{90 - 10 * step + person}" for step in range(10)]
        assert following is not None
        assert row.unread == 10
        assert row.last_message.id == page[0].id
    assert sorted([(await conversation_of(shop, f"cust-{person}")).number for person in range(10)]) == list(
        range(1, 11)
    )
