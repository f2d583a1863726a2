"""Merging two people: the segments of both stay, and what nobody answered yet goes on waiting from when it was written."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import contact_merge, contact_split, contacts, conversations, messages, sla
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.hub.store.clock_lives import POLICIES, Life, Step, hold, numbers, steps
from tests.hub.store.clock_oracle import Targets
from tests.hub.store.conftest import KEY
from tests.hub.store.made import INBOX, START, bring, conversation_of, patched, prepare, reply, wrote

Told = tuple[str, float, str, float | None]


async def _contact(store: Store, who: str) -> str:
    found = await store.read(lambda conn: contacts.of_identity(conn, INBOX, who))
    assert found is not None
    return found


async def _merged(store: Store, source: str, target: str) -> rows.Conversation:
    """The open conversation of two who are one now."""
    ids = await _contact(store, source), await _contact(store, target)
    merged = await store.writer.run(lambda unit: contact_merge.merge(unit, *ids))
    return await _open(store, merged.id)


async def _open(store: Store, contact_id: str) -> rows.Conversation:
    found = await store.read(lambda conn: conversations.of_contact(conn, contact_id))
    (row,) = [one for one in found if one.status is not Status.RESOLVED]
    return row


async def _segments(store: Store, conversation_id: str) -> list[Told]:
    found = await store.read(lambda conn: sla.stored(conn, conversation_id))
    return [
        (
            one.name.value[:5],
            (one.started_at - START).total_seconds(),
            one.state.value,
            None if one.stopped_at is None else (one.stopped_at - START).total_seconds(),
        )
        for one in found
    ]


def _at(clock: FakeClock, seconds: float) -> None:
    clock.now = START + timedelta(seconds=seconds)


async def _answered(store: Store, conversation_id: str, *, local: bool = True) -> str:
    message_id = str(uuid4())
    await reply(store, conversation_id, message_id, local=local)
    return message_id


async def test_an_answer_to_one_of_them_answered_not_the_other(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    ben = await conversation_of(shop, "ben")
    await _answered(shop, ben.id)
    _at(clock, 50)

    row = await _merged(shop, "ben", "ann")

    assert await _segments(shop, row.id) == [("first", 0, "running", None)]
    assert await _segments(shop, ben.id) == [("first", 10, "met", 20)]
    assert (row.waiting_since, row.next_due) == (START, START + timedelta(seconds=300))
    _at(clock, 60)
    await _answered(shop, row.id)
    assert await _segments(shop, row.id) == [("first", 0, "met", 60)]


async def test_what_came_over_unanswered_goes_on_waiting(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    ann = await conversation_of(shop, "ann")
    await _answered(shop, ann.id)
    _at(clock, 50)

    row = await _merged(shop, "ben", "ann")

    assert row.id == ann.id
    assert await _segments(shop, row.id) == [("first", 0, "met", 20), ("next_", 10, "running", None)]
    assert (row.waiting_since, row.next_due) == (START + timedelta(seconds=10), START + timedelta(seconds=190))
    _at(clock, 60)
    await _answered(shop, row.id)
    row = await _open(shop, row.contact_id)
    assert (row.waiting_since, row.clocks[-1].state) == (None, "met")


async def test_the_earlier_of_two_that_wait_counts(shop: Store, clock: FakeClock):
    _at(clock, 100)
    await bring(shop, wrote("1", who="ben"), wrote("2", who="ann", at=60))

    row = await _merged(shop, "ben", "ann")

    assert await _segments(shop, row.id) == [("first", 0, "running", None)]


async def test_a_resolve_in_one_of_them_ended_no_wait_of_the_other(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    ben = await conversation_of(shop, "ben")
    await patched(shop, ben.id, status=Status.RESOLVED)
    _at(clock, 40)
    await bring(shop, wrote("3", who="ben", at=30))

    row = await _merged(shop, "ben", "ann")

    assert await _segments(shop, row.id) == [("first", 0, "running", None)]
    assert await _segments(shop, ben.id) == [("first", 10, "no_reply", 20)]


async def test_what_a_bot_had_is_for_people_from_the_merge_on(shop: Store, clock: FakeClock):
    _at(clock, 10)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben"))
    await _answered(shop, (await conversation_of(shop, "ann")).id)
    ben = await conversation_of(shop, "ben")
    await _answered(shop, ben.id)
    await patched(shop, ben.id, status=Status.PENDING)
    _at(clock, 30)
    await bring(shop, wrote("3", who="ben", at=20))
    _at(clock, 50)

    row = await _merged(shop, "ben", "ann")

    assert row.status is Status.OPEN
    assert await _segments(shop, row.id) == [("first", 0, "met", 10), ("next_", 50, "running", None)]


async def test_an_answer_that_failed_after_the_merge_gives_its_wait_back(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    await _answered(shop, (await conversation_of(shop, "ann")).id)
    ben = await conversation_of(shop, "ben")
    sent = await _answered(shop, ben.id)
    _at(clock, 50)
    row = await _merged(shop, "ben", "ann")

    await shop.writer.run(lambda unit: messages.merge_delivery(unit, sent, rows.Delivery(DeliveryStatus.FAILED)))

    assert await _segments(shop, row.id) == [("first", 0, "met", 20), ("next_", 10, "running", None)]
    assert await _segments(shop, ben.id) == []


async def test_undone_each_has_its_own_clocks_again(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    ann, ben = await conversation_of(shop, "ann"), await conversation_of(shop, "ben")
    source = await _contact(shop, "ben")
    await _answered(shop, ann.id)
    _at(clock, 50)
    await _merged(shop, "ben", "ann")

    await shop.writer.run(lambda unit: contact_split.unmerge(unit, source))

    assert await _segments(shop, ann.id) == [("first", 0, "met", 20)]
    assert await _segments(shop, ben.id) == [("first", 10, "running", None)]


async def test_a_message_after_the_resolve_of_both_reopens_the_one_that_they_went_on_in(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    row = await _merged(shop, "ben", "ann")
    await patched(shop, row.id, status=Status.RESOLVED)
    _at(clock, 60)

    await bring(shop, wrote("3", who="ben", at=60))

    assert (await _open(shop, row.contact_id)).id == row.id


async def test_what_went_on_in_another_conversation_is_not_opened_beside_it(shop: Store, clock: FakeClock):
    _at(clock, 20)
    await bring(shop, wrote("1", who="ann"), wrote("2", who="ben", at=10))
    ben = await conversation_of(shop, "ben")
    row = await _merged(shop, "ben", "ann")
    await patched(shop, row.id, status=Status.RESOLVED)

    for status in (Status.OPEN, Status.PENDING, Status.SNOOZED):
        with pytest.raises(Refusal, match=f"number {row.number}"):
            await patched(shop, ben.id, status=status)


steps_of_both = st.lists(st.tuples(st.booleans(), steps), min_size=2, max_size=12)


@pytest.mark.timeout(300)
def test_a_merge_leaves_what_waits_and_undone_each_has_the_clocks_of_the_written_rules(
    tmp_path: Path, clock: FakeClock
):
    with asyncio.Runner() as runner:
        clock.now = START
        store = runner.run(Store.open(f"sqlite:///{tmp_path}/hub.db", KEY, now=clock))
        runner.run(store.writer.run(prepare))

        async def played(told: list[tuple[bool, Step]]) -> None:
            await hold(store, POLICIES[0])
            one, other = [Life(store, clock, f"cust-{next(numbers)}", Targets(POLICIES[0])) for _ in range(2)]
            for is_other, step in [(False, ("in", 1000, 0)), (True, ("in", 1000, 0)), *told]:
                await (other if is_other else one).do(step)
            clock.advance(timedelta(milliseconds=1))
            source, target = await _contact(store, other.who), await _contact(store, one.who)
            merged = await store.writer.run(lambda unit: contact_merge.merge(unit, source, target))
            found = await store.read(lambda conn: conversations.of_contact(conn, merged.id))
            waiting = [since for since in (one.history.waiting_since(), other.history.waiting_since()) if since]
            oldest = START + timedelta(milliseconds=min(waiting)) if waiting else None
            assert min((row.waiting_since for row in found if row.waiting_since), default=None) == oldest
            await store.writer.run(lambda unit: contact_split.unmerge(unit, source))
            for life in (one, other):
                await life.check()

        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
        @given(steps_of_both.filter(lambda told: all(kind != "policy" for _, (kind, _, _) in told)))
        def same(told: list[tuple[bool, Step]]) -> None:
            runner.run(played(told))

        try:
            same()
        finally:
            runner.run(store.close())
