"""Holds: one hub asks an inbox at a time, and only who holds it moves its cursor."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from mim_desk.hub.store import inboxes, polls
from mim_desk.hub.store.polls import Hold
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from tests.fakes import FakeClock

SPAN = timedelta(seconds=30)
T = TypeVar("T")


@pytest.fixture
async def inbox_id(shop: Store) -> str:
    """One inbox."""
    return (await shop.read(inboxes.everything))[0].id


async def done(store: Store, work: Callable[[Unit], T]) -> T:
    return await store.writer.run(work)


async def hold(store: Store, inbox_id: str, holder: str, *, at_once: bool = False) -> Hold | None:
    return await done(store, lambda unit: polls.hold(unit, inbox_id, holder, SPAN, at_once=at_once))


async def test_a_first_hold_begins_at_the_start(shop: Store, inbox_id: str):
    assert await hold(shop, inbox_id, "one") == Hold(inbox_id, 1, "")


async def test_while_one_holds_another_does_not(shop: Store, inbox_id: str, clock: FakeClock):
    await hold(shop, inbox_id, "one")
    clock.advance(SPAN - timedelta(milliseconds=1))

    assert await hold(shop, inbox_id, "two") is None


async def test_a_hold_that_ran_out_is_taken_with_its_cursor(shop: Store, inbox_id: str, clock: FakeClock):
    first = await hold(shop, inbox_id, "one")
    assert await done(shop, lambda unit: polls.advance(unit, first, "17"))
    clock.advance(SPAN)

    assert await hold(shop, inbox_id, "two") == Hold(inbox_id, 2, "17")


async def test_who_renews_keeps_it(shop: Store, inbox_id: str, clock: FakeClock):
    first = await hold(shop, inbox_id, "one")
    for _ in range(5):
        clock.advance(timedelta(seconds=20))
        assert await done(shop, lambda unit: polls.renew(unit, first, SPAN))

    assert await hold(shop, inbox_id, "two") is None


async def test_who_was_overtaken_neither_renews_nor_moves_the_cursor_nor_lets_go(
    shop: Store, inbox_id: str, clock: FakeClock
):
    first = await hold(shop, inbox_id, "one")
    clock.advance(SPAN)
    second = await hold(shop, inbox_id, "two")

    assert not await done(shop, lambda unit: polls.renew(unit, first, SPAN))
    assert not await done(shop, lambda unit: polls.advance(unit, first, "99"))
    await done(shop, lambda unit: polls.release(unit, first))

    assert await hold(shop, inbox_id, "three") is None
    assert await done(shop, lambda unit: polls.advance(unit, second, "5"))


async def test_who_lets_go_makes_room_at_once(shop: Store, inbox_id: str):
    first = await hold(shop, inbox_id, "one")
    await done(shop, lambda unit: polls.release(unit, first))

    assert await hold(shop, inbox_id, "two") == Hold(inbox_id, 2, "")


async def test_the_same_hub_takes_its_own_hold_anew_which_fences_the_old_one(shop: Store, inbox_id: str):
    first = await hold(shop, inbox_id, "one")
    again = await hold(shop, inbox_id, "one")

    assert again == Hold(inbox_id, 2, "")
    assert not await done(shop, lambda unit: polls.advance(unit, first, "9"))


async def test_a_hub_that_is_alone_does_not_wait_for_a_dead_one(shop: Store, inbox_id: str):
    await hold(shop, inbox_id, "dead")

    assert await hold(shop, inbox_id, "two", at_once=True) == Hold(inbox_id, 2, "")


async def test_a_removed_inbox_is_held_by_nobody_and_its_hold_is_gone(shop: Store, inbox_id: str):
    first = await hold(shop, inbox_id, "one")
    await done(shop, lambda unit: inboxes.remove(unit, inbox_id))

    assert await hold(shop, inbox_id, "one") is None
    assert not await done(shop, lambda unit: polls.renew(unit, first, SPAN))
    assert not await done(shop, lambda unit: polls.advance(unit, first, "9"))


async def test_paused_inboxes_are_not_to_be_asked(shop: Store, inbox_id: str):
    before = {one.inbox.id for one in await shop.read(polls.askable)}
    await done(shop, lambda unit: inboxes.set_health(unit, inbox_id, state="paused", reason="x"))

    assert inbox_id in before
    assert {one.inbox.id for one in await shop.read(polls.askable)} == before - {inbox_id}
