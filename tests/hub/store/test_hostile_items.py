"""Deliveries with sizes and letters that no customer has: what is beside them is stored, and the store goes on."""

import asyncio
import random
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.channels.events import Event, IncomingFile, Picked, ReactionSeen, Receipt, Sender
from mim_desk.domain.enclosed import Place
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.store import bulk, driver
from mim_desk.hub.store.problems import unkeepable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from tests.hub.store.made import INBOX, START, bring, indexed, wrote

HUGE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=300_000))
"""As good as incompressible: indexes of a database take a few thousand bytes of it."""
LONG_AGO, FAR_OFF = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def from_(sender: Sender) -> Event:
    return replace(wrote("x"), sender=sender)


ITEMS: dict[str, Event] = {
    "a huge id": wrote(HUGE),
    "a huge name of the sender": from_(Sender(HUGE)),
    "a huge display name": from_(Sender("cust-2", name=HUGE, display=HUGE)),
    "huge facts": from_(Sender("cust-2", fields={HUGE: HUGE, "phone": HUGE, "email": HUGE})),
    "a huge alias": from_(Sender("cust-2", aliases=(HUGE,))),
    "a huge former id": from_(Sender("cust-2", formerly=(HUGE,))),
    "a huge language": from_(Sender("cust-2", language=HUGE, time_zone=HUGE)),
    "a huge text": wrote("x", HUGE),
    "a text of one word in a megabyte": wrote("x", "ж" * 1_200_000),
    "a huge quote": wrote("x", reply_to=HUGE),
    "a huge choice": wrote("x", choice=Picked(HUGE, HUGE)),
    "a huge place": wrote("x", location=Place(1.0, 1.0, HUGE)),
    "huge details": wrote("x", details={HUGE: HUGE}),
    "a huge file name": wrote("x", files=(IncomingFile(HUGE, HUGE, data=b"x"),)),
    "a huge address of a file": wrote(
        "x", files=(IncomingFile("a", "b", url=f"https://{HUGE}.example/", external_id=HUGE),)
    ),
    "a file of an absurd size": wrote("x", files=(IncomingFile("a", "b", size=2**70, url="https://a.example"),)),
    "a receipt of a huge id": Receipt(DeliveryStatus.READ, START, external_id=HUGE, reason=HUGE, code=HUGE),
    "a reaction to a huge id": ReactionSeen(Sender("cust-2"), START, HUGE, external_id=HUGE),
    "half a letter": wrote("x\ud800", "\ud800 half", "cust-\udfff"),
    "zero characters": wrote("x\0", "a\0b", "cust\0"),
    "the beginning of time": replace(wrote("x"), occurred_at=LONG_AGO),
    "the end of time": replace(wrote("x"), occurred_at=FAR_OFF),
    "before the epoch": replace(wrote("x"), occurred_at=START - timedelta(days=25_000)),
}


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
async def test_an_absurd_item_never_costs_its_neighbours(shop: Store, item: Event):
    alone = await bring(shop, item)
    again = await bring(shop, wrote("before", "one"), item, wrote("after", "two"))
    await indexed(shop)

    texts = await shop.read(lambda conn: [row[0] for row in driver.rows(conn, "SELECT external_id FROM messages")])
    assert {"before", "after"} <= set(texts)
    assert alone.new + alone.dead + alone.unknown + alone.duplicates <= 1
    assert again.new >= 2


async def test_what_an_index_cannot_take_is_the_callers_fault_and_the_database_goes_on(shop: Store):
    def work(unit: Unit) -> None:
        bulk.insert_identities(unit.conn, [(INBOX, HUGE, "contact")])

    (problem,) = await asyncio.gather(shop.writer.run(work), return_exceptions=True)

    assert problem is None or unkeepable(problem).startswith("A name or an id is far too long")
    assert (await bring(shop, wrote("after", "two"))).new == 1
