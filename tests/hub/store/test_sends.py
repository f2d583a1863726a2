"""Sends: one sender at a time, in order, and never blindly twice."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub import send_records
from mim_desk.hub.send_records import MOST_OF_AN_INBOX
from mim_desk.hub.store import messages, sends
from mim_desk.hub.store.store import Store
from mim_desk.protocol import api, rows
from tests.hub.store.conftest import KEY
from tests.hub.store.made import ANN, INBOX, OTHER_INBOX, bring, conversation_of, reply, wrote

SPAN = timedelta(seconds=30)


async def queued(store: Store, count: int = 1, who: str = "cust-1") -> list[str]:
    await bring(store, wrote(f"m-{who}", who=who))
    row = await conversation_of(store, who)
    return [(await reply(store, row.id, str(uuid4()))).id for _ in range(count)]


def lease(store: Store, **more):
    return store.writer.run(lambda unit: sends.lease(unit, SPAN, **more))


def settle(store: Store, taken: sends.Lease, status: DeliveryStatus, *external_ids: str):
    told = rows.Delivery(status)
    return store.writer.run(lambda unit: sends.settle(unit, taken.message.id, taken.token, told, external_ids))


async def status_of(store: Store, message_id: str) -> DeliveryStatus:
    return (await store.read(lambda conn: messages.by_id(conn, message_id))).delivery.status


async def test_a_reply_is_shown_as_sending_before_anybody_may_send_it(shop: Store):
    (reply_id,) = await queued(shop)

    (taken,) = await lease(shop)

    assert taken.message.id == reply_id
    assert (taken.attempt, taken.message.delivery.status) == (1, DeliveryStatus.SENDING)
    assert await status_of(shop, reply_id) is DeliveryStatus.SENDING


async def test_of_two_hubs_one_gets_each_reply(database: str, clock, shop: Store):
    for number in range(8):
        await queued(shop, who=f"cust-{number}")
    other = await Store.open(database, KEY, now=clock)

    taken = await asyncio.gather(*(lease(hub, limit=3) for hub in (shop, other) for _ in range(3)))
    await other.close()

    ids = [one.message.id for some in taken for one in some]
    assert len(ids) == len(set(ids)) == 8


async def test_replies_of_a_conversation_leave_in_order(shop: Store):
    first, second, third = await queued(shop, 3)

    order = []
    for _ in range(3):
        (taken,) = await lease(shop)
        order.append(taken.message.id)
        assert await lease(shop) == []
        await settle(shop, taken, DeliveryStatus.SENT, f"p-{taken.message.id}")

    assert order == [first, second, third]


async def test_a_failure_lets_the_next_reply_go(shop: Store):
    first, second = await queued(shop, 2)
    (taken,) = await lease(shop)

    await settle(shop, taken, DeliveryStatus.FAILED)

    assert await status_of(shop, first) is DeliveryStatus.FAILED
    assert [one.message.id for one in await lease(shop)] == [second]


async def test_a_lease_that_ran_out_is_unknown_and_is_not_sent_again(shop: Store, clock):
    (reply_id,) = await queued(shop)
    (late,) = await lease(shop)
    clock.advance(SPAN + timedelta(seconds=1))

    (told,) = await shop.writer.run(sends.expire)

    assert (told.id, told.delivery.status) == (reply_id, DeliveryStatus.UNKNOWN)
    assert "check" in told.delivery.reason
    assert await lease(shop) == []
    assert await settle(shop, late, DeliveryStatus.SENT) is None


async def test_with_a_key_the_provider_knows_a_lost_send_is_repeated_and_the_late_sender_fenced(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row, reply_id = await conversation_of(shop), str(uuid4())
    new = api.NewMessage(reply_id, text="Hi")
    await shop.writer.run(lambda unit: messages.add_reply(unit, row.id, new, ANN, keyed=True))
    (late,) = await lease(shop)
    clock.advance(SPAN + timedelta(seconds=1))
    await shop.writer.run(sends.expire)

    (again,) = await lease(shop)

    assert (again.message.id, again.attempt) == (reply_id, 2)
    assert await settle(shop, late, DeliveryStatus.FAILED) is None
    assert (await settle(shop, again, DeliveryStatus.SENT, "p1")).external_id == "p1"


async def test_a_way_without_the_key_makes_a_lost_send_unknown_all_the_same(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row, reply_id = await conversation_of(shop), str(uuid4())
    new = api.NewMessage(reply_id, text="Hi")
    await shop.writer.run(lambda unit: messages.add_reply(unit, row.id, new, ANN, keyed=True))
    (taken,) = await lease(shop)
    await shop.writer.run(lambda unit: sends.unkey(unit, reply_id, taken.token))
    clock.advance(SPAN + timedelta(seconds=1))

    (told,) = await shop.writer.run(sends.expire)

    assert told.delivery.status is DeliveryStatus.UNKNOWN


async def test_what_the_provider_certainly_does_not_have_waits_for_its_next_try(shop: Store, clock):
    await queued(shop)
    (taken,) = await lease(shop)
    at = clock.now + timedelta(seconds=7)

    told = await shop.writer.run(lambda unit: sends.retry(unit, taken.message.id, taken.token, at, "Busy."))

    assert (told.delivery.status, told.delivery.reason) == (DeliveryStatus.QUEUED, "Busy.")
    assert await lease(shop) == []
    assert await shop.read(sends.next_due) == at
    clock.advance(timedelta(seconds=7))
    assert [one.attempt for one in await lease(shop)] == [2]


async def test_a_paused_inbox_holds_only_its_own_replies(shop: Store):
    await queued(shop)

    assert await lease(shop, paused=(INBOX,)) == []
    assert len(await lease(shop)) == 1


async def test_older_replies_of_a_paused_inbox_take_no_place_from_others(shop: Store):
    for number in range(5):
        await queued(shop, who=f"cust-{number}")
    await bring(shop, wrote("m-other", who="other"), inbox_id=OTHER_INBOX)
    healthy = await reply(shop, (await conversation_of(shop, "other", OTHER_INBOX)).id, str(uuid4()))

    taken = await lease(shop, limit=3, paused=(INBOX,))

    assert [one.message.id for one in taken] == [healthy.id]


async def test_what_waits_for_a_paused_inbox_or_for_its_turn_is_not_due(shop: Store, clock):
    await queued(shop, 2)

    assert await shop.read(lambda conn: sends.next_due(conn, (INBOX,))) is None

    (taken,) = await lease(shop)
    assert await shop.read(sends.next_due) == taken.until == clock.now + SPAN


async def test_a_receipt_may_come_while_the_provider_still_answers(shop: Store):
    (reply_id,) = await queued(shop)
    (taken,) = await lease(shop)
    delivered = rows.Delivery(DeliveryStatus.DELIVERED)
    await shop.writer.run(lambda unit: messages.merge_delivery(unit, reply_id, delivered))

    await settle(shop, taken, DeliveryStatus.SENT, "p1")

    assert await status_of(shop, reply_id) is DeliveryStatus.DELIVERED


async def test_a_reply_nobody_leased_can_be_taken_back(shop: Store):
    first, second = await queued(shop, 2)
    await lease(shop)

    cancelled = [await shop.writer.run(lambda unit, one=one: sends.cancel(unit, one)) for one in (first, second)]

    assert cancelled == [False, True]


async def test_a_slow_inbox_gets_a_part_of_the_room_only(shop: Store):
    for number in range(MOST_OF_AN_INBOX + 2):
        await queued(shop, who=f"cust-{number}")
    await bring(shop, wrote("m-other", who="other"), inbox_id=OTHER_INBOX)
    quick = await reply(shop, (await conversation_of(shop, "other", OTHER_INBOX)).id, str(uuid4()))

    first = await shop.writer.run(lambda unit: send_records.lease(unit, 32, {INBOX: MOST_OF_AN_INBOX - 3}))
    then = await shop.writer.run(lambda unit: send_records.lease(unit, 32, {INBOX: MOST_OF_AN_INBOX}))

    assert [job.lease.message.inbox_id for job in first].count(INBOX) == 3
    assert quick.id in [job.lease.message.id for job in first]
    assert then == []
    assert len(await shop.writer.run(lambda unit: send_records.lease(unit, 4))) == 4
