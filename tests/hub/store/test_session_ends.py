"""Ends of sessions in the store, in both dialects: claimed once, found when nobody looked, forgotten in the end."""

from datetime import timedelta

from mim_desk.domain.conversation import Status
from mim_desk.hub.store import messages, session_ends
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now
from tests.fakes import FakeClock
from tests.hub.store.made import INBOX, START, bring, patched, wrote


async def test_a_claim_is_won_once_for_each_time_that_the_contact_wrote(store: Store):
    later = START + timedelta(minutes=1)

    won = [
        await store.writer.run(lambda unit, at=at: session_ends.claim(unit, "c1", at))
        for at in (START, START, later, later)
    ]

    assert won == [True, False, True, False]


async def test_what_nobody_looked_at_is_found_until_somebody_does(shop: Store, clock: FakeClock):
    said = (await bring(shop, wrote("m-1", "Hello"))).message_ids[0]
    message = await shop.read(lambda conn: messages.by_id(conn, said))
    assert message is not None
    since = START - timedelta(days=1)

    async def forgotten() -> list[str]:
        return await shop.read(lambda conn: session_ends.forgotten(conn, INBOX, since))

    assert await forgotten() == []
    await patched(shop, message.conversation_id, status=Status.RESOLVED, reason="done")
    assert await forgotten() == [message.conversation_id]
    clock.now += timedelta(seconds=1)
    await shop.writer.run(lambda unit: session_ends.looked_at(unit, message.conversation_id))
    assert await forgotten() == []
    assert await shop.writer.run(lambda unit: session_ends.trim(unit, utc_now() + timedelta(days=1))) == 1
    assert await forgotten() == [message.conversation_id]
