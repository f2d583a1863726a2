"""A change of a conversation that waits for the agent holds no reply up, and is made or dropped by their word."""

from datetime import timedelta
from pathlib import Path

import pytest

from mim_desk.domain.conversation import Priority, Status
from mim_desk.protocol import api, rows
from tests.desk.hubs import conversation_with, talking, until

pytestmark = pytest.mark.timeout(120)


async def _held(session, gateway) -> tuple[rows.Conversation, str]:
    """Resolved while the line was cut, and the customer wrote again: the conversation and the change."""
    await gateway.customer_writes("marta", "Question one")
    row = (await conversation_with(session, "marta")).conversation
    await session.go_offline()
    change = await session.patch(row.id, api.ConversationPatch(status=Status.RESOLVED))
    await gateway.customer_writes("marta", "One more question")
    await session.reconnect()
    await until(lambda: session.outbox.pending.items[change].state == "held", "the change is held")
    return row, change


async def test_a_reply_goes_past_a_held_change(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        row, change = await _held(session, gateway)

        seen = (await session.cache.cursor())[1]
        await session.send(row.id, kind="reply", text="Second answer", base_seq=seen)

        await until(lambda: [one["text"] for one in gateway.taken] == ["Second answer"], "the gateway has the reply")
        assert session.outbox.pending.items[change].reason == "The customer wrote after you resolved it."


async def test_a_held_change_is_made_by_the_agents_word(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        row, change = await _held(session, gateway)

        await session.override(change)

        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        assert (await session.online().conversation(row.id)).status is Status.RESOLVED


async def test_a_later_change_waits_behind_a_held_one_until_it_is_left(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        row, change = await _held(session, gateway)
        later = await session.patch(row.id, api.ConversationPatch(priority=Priority.HIGH))
        await session.send(row.id, kind="note", text="For us")
        await until(lambda: len(session.outbox.pending.items) == 2, "the note has left")
        assert later in session.outbox.pending.items

        await session.discard(change)

        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        found = await session.online().conversation(row.id)
        assert (found.status, found.priority) == (Status.OPEN, Priority.HIGH)


async def test_a_snooze_whose_end_came_while_the_line_was_cut_is_over(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Question one")
        row = (await conversation_with(session, "marta")).conversation
        await session.go_offline()
        until_then = session.hub_now() - timedelta(seconds=1)
        await session.patch(row.id, api.ConversationPatch(status=Status.SNOOZED, snoozed_until=until_then))

        await session.reconnect()

        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        assert (await session.online().conversation(row.id)).status is Status.OPEN
