"""Whether a contact can be written to: who left or blocked us gets nothing until they come back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from mim_desk.channels.events import ReachChanged, Sender
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import send_records
from mim_desk.hub.store import contacts
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import INBOX, START, bring, conversation_of, reply, wrote


def told(can_reach: bool, at: float, who: str = "cust-1", **fields: str) -> ReachChanged:
    return ReachChanged(Sender(who, who.title(), fields=fields), START + timedelta(seconds=at), can_reach)


async def contact(store: Store, who: str = "cust-1") -> rows.Contact | None:
    return await store.read(lambda conn: contacts.by_identity(conn, INBOX, who))


async def blocked_at(store: Store):
    return (await contact(store)).identities[0].blocked_at


async def test_who_left_is_marked_and_who_comes_back_is_not(shop: Store):
    await bring(shop, wrote("m1"))

    await bring(shop, told(False, 10))
    assert await blocked_at(shop) == START + timedelta(seconds=10)
    await bring(shop, told(True, 20))

    assert await blocked_at(shop) is None


async def test_who_writes_can_be_answered(shop: Store):
    await bring(shop, wrote("m1"), told(False, 10))

    await bring(shop, wrote("m2", at=20))

    assert await blocked_at(shop) is None


async def test_what_comes_late_says_nothing_of_now(shop: Store):
    await bring(shop, wrote("m1"), told(False, 10))

    await bring(shop, wrote("m0", at=5), told(True, 6))

    assert await blocked_at(shop) == START + timedelta(seconds=10)


async def test_who_wrote_after_it_can_be_answered_however_late_the_leaving_is_told(shop: Store):
    await bring(shop, wrote("m1", at=20))

    await bring(shop, told(False, 10))

    assert await blocked_at(shop) is None


async def test_a_leaving_told_again_after_the_coming_back_is_over(shop: Store):
    left, back = [
        ReachChanged(Sender("cust-1", "Cust-1"), START + timedelta(seconds=at), can_reach, by_choice=True)
        for at, can_reach in ((10, False), (20, True))
    ]
    await bring(shop, wrote("m1"))

    for told_now in (left, back, left):
        await bring(shop, told_now)

    assert await blocked_at(shop) is None


async def test_told_twice_changes_nothing(shop: Store):
    await bring(shop, wrote("m1"), told(False, 10))
    before = shop.log.seq

    await bring(shop, told(False, 30))

    assert shop.log.seq == before


async def test_who_left_without_ever_having_written_is_no_contact(shop: Store):
    await bring(shop, told(False, 10))

    assert await contact(shop) is None


async def test_who_follows_is_a_contact_that_can_be_written_to(shop: Store):
    await bring(shop, told(True, 10, who="cust-2"), told(False, 11, who="cust-3", **{"claimed.context": "shop7"}))

    assert (await contact(shop, "cust-2")).identities[0].blocked_at is None
    assert (await contact(shop, "cust-3")).fields == {"claimed.context": "shop7"}


async def test_a_reply_to_who_left_is_refused_with_the_reason(shop: Store, clock):
    await bring(shop, wrote("m1"))
    message = await reply(shop, (await conversation_of(shop)).id, str(uuid4()))
    await bring(shop, told(False, 10))

    with pytest.raises(Refusal) as refused:
        await shop.read(lambda conn: send_records.outgoing(conn, message, clock.now))

    assert refused.value.code == "blocked"
