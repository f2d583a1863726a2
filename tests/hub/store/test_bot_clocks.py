"""What a bot owns waits for its handoff; from then on people's clocks run, whatever came late."""

from datetime import timedelta
from uuid import uuid4

from mim_desk.domain.conversation import Status
from mim_desk.hub.store import sla
from mim_desk.hub.store.store import Store
from tests.fakes import FakeClock
from tests.hub.store.made import START, bring, conversation_of, patched, reply, wrote


async def _told(store: Store) -> list[tuple[int, float, str, float | None]]:
    """The segments: number, start, state and stop in seconds after START."""
    row = await conversation_of(store)
    found = await store.read(lambda conn: sla.stored(conn, row.id))
    return [
        (
            one.segment,
            (one.started_at - START).total_seconds(),
            one.state.value,
            None if one.stopped_at is None else (one.stopped_at - START).total_seconds(),
        )
        for one in found
    ]


async def _at(store: Store, clock: FakeClock, seconds: int, **changed: object) -> None:
    clock.now = START + timedelta(seconds=seconds)
    row = await conversation_of(store)
    if changed:
        await patched(store, row.id, **changed)
    else:
        await reply(store, row.id, str(uuid4()), local=True)


async def test_what_a_bot_resolved_and_the_customer_opens_again_is_for_people(shop: Store, clock: FakeClock):
    clock.now = START
    await bring(shop, wrote("m1"))
    await _at(shop, clock, 10)
    await _at(shop, clock, 20, status=Status.PENDING)
    await _at(shop, clock, 30, status=Status.RESOLVED)
    clock.now = START + timedelta(seconds=100)

    await bring(shop, wrote("m2", at=100))
    await _at(shop, clock, 400)

    assert await _told(shop) == [(0, 0, "met", 10), (1, 100, "breached", 400)]


async def test_a_message_of_the_bots_time_that_comes_after_the_handoff_counts_from_the_handoff(
    shop: Store, clock: FakeClock
):
    clock.now = START
    await bring(shop, wrote("m1"))
    await _at(shop, clock, 10)
    await _at(shop, clock, 20, status=Status.PENDING)
    await _at(shop, clock, 100, status=Status.OPEN)
    clock.now = START + timedelta(seconds=150)

    await bring(shop, wrote("m2", at=50))

    row = await conversation_of(shop)
    assert await _told(shop) == [(0, 0, "met", 10), (1, 100, "running", None)]
    assert row.next_due == START + timedelta(seconds=280)
