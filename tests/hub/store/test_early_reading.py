"""A provider may tell that everything up to now was read before it has answered the call that sent it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from mim_desk.channels.events import DeliveredUpTo, Event, ReadUpTo, Sender
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.store import messages_told
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import START, bring, conversation_of, wrote
from tests.hub.store.test_messages import merge, message, reply

SENDER = Sender("cust-1")
LATER = START + timedelta(hours=2)


async def under_way(shop: Store) -> rows.Message:
    """A reply that is being sent."""
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    made = await reply(shop, row.id, str(uuid4()))
    await merge(shop, made.id, DeliveryStatus.SENDING)
    return made


async def status(shop: Store, reply_: rows.Message) -> DeliveryStatus:
    found = await message(shop, reply_.id)
    assert found.delivery is not None
    return found.delivery.status


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (ReadUpTo(SENDER, LATER), DeliveryStatus.READ),
        (DeliveredUpTo(SENDER, LATER), DeliveryStatus.DELIVERED),
        (ReadUpTo(SENDER, LATER, external_id="not known yet"), DeliveryStatus.READ),
    ],
    ids=["read", "delivered", "read up to one whose id is not known yet"],
)
async def test_what_was_told_too_early_counts_once_the_reply_is_out(
    shop: Store, event: Event, wanted: DeliveryStatus
) -> None:
    sent = await under_way(shop)

    await bring(shop, event)
    assert await status(shop, sent) is DeliveryStatus.SENDING
    await merge(shop, sent.id, DeliveryStatus.SENT, external_ids=("p1",))

    assert await status(shop, sent) is wanted


async def test_a_reply_in_doubt_that_turns_out_to_be_there_was_read(shop: Store) -> None:
    sent = await under_way(shop)
    await merge(shop, sent.id, DeliveryStatus.UNKNOWN)

    await bring(shop, ReadUpTo(SENDER, LATER))
    assert await status(shop, sent) is DeliveryStatus.UNKNOWN
    await merge(shop, sent.id, DeliveryStatus.SENT, external_ids=("p1",))

    assert await status(shop, sent) is DeliveryStatus.READ


async def test_a_reply_that_never_left_was_not_read_by_its_next_try(shop: Store) -> None:
    sent = await under_way(shop)
    await bring(shop, ReadUpTo(SENDER, LATER))

    await shop.writer.run(lambda unit: messages_told.requeued(unit, sent.id, "busy", "429"))
    await merge(shop, sent.id, DeliveryStatus.SENDING)
    await merge(shop, sent.id, DeliveryStatus.SENT, external_ids=("p1",))

    assert await status(shop, sent) is DeliveryStatus.SENT


async def test_a_reply_that_failed_was_not_read(shop: Store) -> None:
    sent = await under_way(shop)
    await bring(shop, ReadUpTo(SENDER, LATER))

    await merge(shop, sent.id, DeliveryStatus.FAILED)

    assert await status(shop, sent) is DeliveryStatus.FAILED
    assert not await shop.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM early_events").scalar())
