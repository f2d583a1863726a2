"""The response clocks' rows: told once, however many hubs ask."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from mim_desk.channels.events import Echo, Sender
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType, DeliveryStatus
from mim_desk.hub.store import conversations, driver, messages, sla
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.conftest import KEY
from tests.hub.store.made import START, bring, conversation_of, delivery, patched, reply, wrote


async def test_at_risk_and_breach_are_told_once_by_all_hubs(database: str, clock, shop: Store):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    other = await Store.open(database, KEY, now=clock)
    told = []
    for seconds in (0, 224, 225, 299, 300, 301, 400):
        clock.now = START + timedelta(seconds=seconds)
        fired = await asyncio.gather(*(hub.writer.run(sla.fire) for hub in (shop, other, shop)))
        told += [(seconds, one.fact, one.conversation_id) for some in fired for one in some]
    await other.close()

    assert told == [(225, "at_risk", row.id), (301, "breached", row.id)]


async def test_an_answer_in_time_stops_the_firing(shop: Store, clock):
    clock.now = START + timedelta(seconds=10)
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    assert await shop.read(sla.next_firing) == START + timedelta(seconds=225)

    await reply(shop, row.id, str(uuid4()), local=True)
    clock.now = START + timedelta(hours=1)

    assert await shop.read(sla.next_firing) is None
    assert await shop.writer.run(sla.fire) == []


async def test_each_waiting_segment_is_told_apart(shop: Store, clock):
    for number in range(3):
        clock.now = START + timedelta(minutes=number * 10)
        await bring(shop, wrote(f"m{number}", at=number * 600))
        row = await conversation_of(shop)
        clock.advance(timedelta(minutes=6))
        await shop.writer.run(sla.fire)
        await shop.writer.run(sla.fire)
        await reply(shop, row.id, str(uuid4()), local=True)

    facts = await shop.read(
        lambda conn: driver.rows(conn, "SELECT clock, segment, fact FROM sla_facts ORDER BY segment, fact")
    )
    segments = await shop.read(lambda conn: sla.stored(conn, row.id))
    assert [(one.name.value, one.segment, one.state.value) for one in segments] == [
        ("first_response", 0, "breached"),
        ("next_response", 1, "breached"),
        ("next_response", 2, "breached"),
    ]
    assert {fact for fact in facts if fact[2] == "breached"} == {
        ("first_response", 0, "breached"),
        ("next_response", 1, "breached"),
        ("next_response", 2, "breached"),
    }
    row = await conversation_of(shop)
    assert [one.segment for one in row.clocks] == [0, 2]


async def test_a_message_that_reached_the_hub_after_the_resolve_waits_for_an_answer_whenever_it_was_written(
    shop: Store, clock
):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.now = START + timedelta(seconds=50)
    await reply(shop, row.id, str(uuid4()), local=True)
    clock.now = START + timedelta(seconds=100)
    await patched(shop, row.id, status=Status.RESOLVED)
    clock.now = START + timedelta(seconds=200)

    await bring(shop, wrote("m2", at=70))

    row = await conversation_of(shop)
    assert (row.status, row.waiting_since) == (Status.OPEN, START + timedelta(seconds=70))
    assert row.next_due == START + timedelta(seconds=250)
    assert [(one.name, one.state) for one in row.clocks] == [("first_response", "met"), ("next_response", "running")]
    await reply(shop, row.id, str(uuid4()), local=True)
    row = await conversation_of(shop)
    assert (row.waiting_since, row.clocks[-1].state) == (None, "met")


async def test_a_resolve_ends_only_the_wait_of_what_was_there(shop: Store, clock):
    clock.now = START + timedelta(seconds=100)
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await patched(shop, row.id, status=Status.RESOLVED, reason="spam")
    clock.now = START + timedelta(seconds=120)

    await bring(shop, wrote("m2", at=60))

    row = await conversation_of(shop)
    segments = await shop.read(lambda conn: sla.stored(conn, row.id))
    assert [(one.state.value, one.started_at) for one in segments] == [
        ("no_reply", START),
        ("running", START + timedelta(seconds=60)),
    ]
    assert row.waiting_since == START + timedelta(seconds=60)


async def test_a_reply_counts_from_when_it_was_taken_and_not_from_when_it_was_read(shop: Store, clock):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.now = START + timedelta(seconds=20)
    message = await reply(shop, row.id, str(uuid4()), local=True)
    clock.now = START + timedelta(seconds=900)

    await shop.writer.run(lambda unit: messages.merge_delivery(unit, message.id, rows.Delivery(DeliveryStatus.READ)))

    (first,) = (await conversation_of(shop)).clocks
    assert (first.state, first.stopped_at) == ("met", START + timedelta(seconds=20))


async def test_what_a_machine_says_ends_no_wait(shop: Store, clock):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.now = START + timedelta(seconds=20)

    await reply(shop, row.id, str(uuid4()), rows.Author(AuthorType.SYSTEM), local=True)

    row = await conversation_of(shop)
    assert (row.waiting_since, row.clocks[0].state) == (START, "running")
    await patched(shop, row.id, status=Status.RESOLVED)
    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert page[0].details["reason"] == conversations.NO_REASON


async def test_what_a_machine_said_first_leaves_the_first_response_to_people(shop: Store, clock):
    clock.now = START + timedelta(seconds=30)
    await bring(shop, Echo("e1", Sender("cust-1"), START, "We wish you a good new year", opens=False))
    await bring(shop, wrote("m1", at=20))
    row = await conversation_of(shop)

    await reply(shop, row.id, str(uuid4()), local=True)

    assert [(one.name, one.state) for one in (await conversation_of(shop)).clocks] == [("first_response", "met")]


async def test_a_clock_that_was_set_back_loses_no_answer_and_no_wait(shop: Store, clock):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.now = START - timedelta(hours=24)

    await reply(shop, row.id, str(uuid4()), local=True)
    answered = await conversation_of(shop)
    clock.advance(timedelta(seconds=30))
    again = delivery(wrote("m2", at=30), received=30 - 86_400)
    await shop.writer.ingest(again)
    waits = await conversation_of(shop)
    await patched(shop, row.id, status=Status.RESOLVED)
    over = await conversation_of(shop)

    assert [(one.name, one.state) for one in answered.clocks] == [("first_response", "met")]
    assert answered.waiting_since is None
    assert [(one.name, one.state) for one in waits.clocks] == [("first_response", "met"), ("next_response", "running")]
    assert (over.waiting_since, over.clocks[-1].state) == (None, "no_reply")


async def test_a_receipt_of_a_provider_whose_clock_is_behind_takes_no_answer_back(shop: Store, clock):
    clock.now = START
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.now = START + timedelta(seconds=20)
    message = await reply(shop, row.id, str(uuid4()))
    early, sent = START - timedelta(seconds=90), rows.Delivery(DeliveryStatus.SENT)

    await shop.writer.run(lambda unit: messages.merge_delivery(unit, message.id, sent, at=early))

    row = await conversation_of(shop)
    assert (row.waiting_since, row.clocks[0].state) == (None, "met")
