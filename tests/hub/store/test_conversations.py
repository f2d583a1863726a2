"""Conversations as people change, claim and list them."""

import asyncio
from datetime import timedelta

import pytest

from mim_desk.domain.conversation import Priority, Status, WaitingOn
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import claims, conversations, messages
from mim_desk.hub.store.conversations import NO_REASON, Filter, Order
from mim_desk.hub.store.store import Store
from tests.hub.store.made import (
    ANN,
    BOB,
    OTHER_INBOX,
    START,
    bring,
    conversation_of,
    delivery,
    patched,
    wrote,
)


async def lines(store: Store, conversation_id: str) -> list[str]:
    """Keys of the system lines, oldest first."""
    page, _ = await store.read(lambda conn: messages.of_conversation(conn, conversation_id))
    return [one.activity for one in reversed(page) if one.activity]


async def test_a_change_to_an_older_version_is_refused_and_changes_nothing(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await patched(shop, row.id, priority=Priority.HIGH, version=row.version)

    with pytest.raises(Refusal) as refused:
        await patched(shop, row.id, assignee_id="agent-ann", version=row.version)

    assert refused.value.code == "version-conflict"
    assert (await conversation_of(shop)).assignee_id is None


async def test_of_many_changes_to_one_version_exactly_one_wins(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    outcomes = await asyncio.gather(
        *(patched(shop, row.id, who, row.version, assignee_id=who.id) for who in (ANN, BOB) * 4), return_exceptions=True
    )

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1


async def test_changes_leave_system_lines_that_say_what_and_who(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    await patched(shop, row.id, assignee_id="agent-ann")
    await patched(shop, row.id, assignee_id="agent-bob", priority=Priority.URGENT, labels=["vip", "refund"])
    await patched(shop, row.id, assignee_id=None, labels=["refund"], waiting_on=WaitingOn.CUSTOMER)

    told = await lines(shop, row.id)
    assert told == ["claimed", "assigned", "priority", "labels", "unassigned", "labels", "waiting_on"]
    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert {"assignee": "Bob", "assignee_id": "agent-bob"} in [one.details for one in page]
    assert {"removed": "vip"} in [one.details for one in page]


async def test_the_event_of_a_reassignment_says_who_had_it(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await patched(shop, row.id, assignee_id="agent-ann")
    before = shop.log.seq

    await patched(shop, row.id, assignee_id="agent-bob")

    (event,) = [one for one in await shop.log.after(before) if one.type == "conversation"]
    assert (event.seen_by().assignee_id, event.seen_by().was_assignee_id) == ("agent-bob", "agent-ann")


async def test_resolving_without_an_answer_keeps_a_reason_and_counts_apart(shop: Store, clock):
    clock.now = START + timedelta(minutes=1)
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    resolved = await patched(shop, row.id, status=Status.RESOLVED)

    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert next(one.details["reason"] for one in page if one.activity == "resolved") == NO_REASON
    assert [one.state for one in resolved.clocks] == ["no_reply"]
    assert resolved.waiting_since is None
    assert resolved.resolved_at == clock.now


async def test_a_resolved_conversation_is_not_reopened_beside_another_open_one(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await patched(shop, row.id, status=Status.RESOLVED, reason="done")
    clock.advance(timedelta(days=30))
    await shop.writer.ingest(delivery(wrote("m2", at=30 * 86_400), received=30 * 86_400))
    assert (await conversation_of(shop)).id != row.id

    with pytest.raises(Refusal) as refused:
        await patched(shop, row.id, status=Status.OPEN)

    assert refused.value.code == "open-elsewhere"


async def test_a_snoozed_conversation_wakes_at_its_time(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    until = clock.now + timedelta(hours=2)
    await patched(shop, row.id, status=Status.SNOOZED, snoozed_until=until)

    assert await shop.writer.run(conversations.wake) == []
    clock.now = until
    (woken,) = await shop.writer.run(conversations.wake)

    assert (woken.status, woken.snoozed_until) == (Status.OPEN, None)
    assert await lines(shop, row.id) == ["snoozed", "woken"]
    assert [one.state for one in woken.clocks] == ["running"]


async def test_a_snooze_without_a_time_lasts_until_the_contact_writes(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    asleep = await patched(shop, row.id, status=Status.SNOOZED)
    await bring(shop, wrote("m2"))
    woken = await conversation_of(shop)

    assert (asleep.status, asleep.snoozed_until) == (Status.SNOOZED, None)
    assert woken.status is Status.OPEN


async def test_a_snooze_needs_a_time_in_the_future(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    with pytest.raises(Refusal) as refused:
        await patched(shop, row.id, status=Status.SNOOZED, snoozed_until=clock.now)

    assert refused.value.field == "snoozed_until"


async def test_while_the_bot_has_it_the_clocks_wait_for_the_handoff(shop: Store, clock):
    clock.now = START
    await bring(shop, wrote("m0", at=-600))
    row = await conversation_of(shop)
    await patched(shop, row.id, status=Status.RESOLVED, reason="test")
    await bring(shop, wrote("m1"))
    await patched(shop, row.id, status=Status.PENDING)
    clock.now = START + timedelta(seconds=90)
    await patched(shop, row.id, status=Status.RESOLVED, reason="bot done")
    before = (await conversation_of(shop)).clocks

    await patched(shop, row.id, status=Status.PENDING)
    clock.now = START + timedelta(seconds=120)
    await bring(shop, wrote("m2", at=100))
    waiting = await conversation_of(shop)
    clock.now = START + timedelta(seconds=300)
    handed = await patched(shop, row.id, status=Status.OPEN)

    assert waiting.clocks == before
    assert handed.clocks[-1].state == "running"
    assert handed.clocks[-1].started_at == clock.now


async def test_of_two_who_claim_one_wins_and_the_other_is_told_who(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    def claim(agent_id: str):
        return shop.writer.run(lambda unit: claims.claim(unit, row.id, agent_id))

    outcomes = await asyncio.gather(claim("agent-ann"), claim("agent-bob"), return_exceptions=True)

    (won,) = [one for one in outcomes if isinstance(one, claims.Claim)]
    (lost,) = [one for one in outcomes if isinstance(one, Refusal)]
    assert lost.code == "claimed"
    assert {"agent-ann": "Ann", "agent-bob": "Bob"}[won.agent_id] in lost.reason
    assert (await claim(won.agent_id)).agent_id == won.agent_id
    clock.advance(claims.SPAN)
    other = next(one for one in ("agent-ann", "agent-bob") if one != won.agent_id)
    assert (await claim(other)).agent_id == other


async def test_a_released_claim_is_free_and_nobody_releases_anothers(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await shop.writer.run(lambda unit: claims.claim(unit, row.id, "agent-ann"))

    await shop.writer.run(lambda unit: claims.release(unit, row.id, "agent-bob"))
    with pytest.raises(Refusal):
        await shop.writer.run(lambda unit: claims.claim(unit, row.id, "agent-bob"))
    await shop.writer.run(lambda unit: claims.release(unit, row.id, "agent-ann"))

    assert (await shop.writer.run(lambda unit: claims.claim(unit, row.id, "agent-bob"))).agent_id == "agent-bob"


@pytest.mark.parametrize("order", list(Order))
async def test_pages_of_a_list_hold_each_conversation_once_in_order(shop: Store, order):
    for number in range(9):
        await bring(shop, wrote(f"m{number}", who=f"cust-{number}", at=number * 7 % 5))

    found, place = await shop.read(lambda conn: conversations.find(conn, Filter(), order, None, 4))
    while place is not None:
        more, place = await shop.read(lambda conn, place=place: conversations.find(conn, Filter(), order, place, 4))
        found += more

    keys = {
        Order.LAST_ACTIVITY: [row.last_activity_at for row in reversed(found)],
        Order.WAITING: [row.waiting_since for row in found],
        Order.DUE: [row.next_due for row in found],
    }[order]
    assert len({row.id for row in found}) == len(found) == 9
    assert keys == sorted(keys)


async def test_filters_find_what_they_name(shop: Store):
    for number in range(4):
        await bring(shop, wrote(f"m{number}", who=f"cust-{number}"))
    await bring(shop, wrote("v", who="cust-v"), inbox_id=OTHER_INBOX)
    rows = [await conversation_of(shop, f"cust-{number}") for number in range(4)]
    await patched(shop, rows[0].id, assignee_id="agent-ann", labels=["vip"], priority=Priority.HIGH)
    await patched(shop, rows[1].id, status=Status.RESOLVED, reason="spam")

    async def numbers(**wanted) -> list[int]:
        found, _ = await shop.read(lambda conn: conversations.find(conn, Filter(**wanted)))
        return sorted(row.number for row in found)

    assert await numbers(assignee_id="agent-ann") == await numbers(label="vip") == await numbers(priority="high") == [1]
    assert await numbers(unassigned=True, statuses=("open",)) == [3, 4, 5]
    assert await numbers(statuses=("resolved", "snoozed")) == [2]
    assert await numbers(inbox_id=OTHER_INBOX) == [5]
    assert await numbers(contact_id=rows[2].contact_id) == [3]
