"""The send guard on stored conversations: what it holds, and what it tells of."""

from datetime import timedelta
from uuid import uuid4

import pytest

from mim_desk.domain.conversation import Status
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import log_rows, messages
from mim_desk.hub.store.store import Store
from tests.hub.store.made import ANN, BOB, OTHER_INBOX, START, bring, conversation_of, patched, reply, wrote


async def test_a_reply_that_crosses_anothers_is_held_and_shows_it(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    theirs = await reply(shop, row.id, str(uuid4()), BOB, text="On it")

    with pytest.raises(messages.Moved) as held:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base)

    assert held.value.code == "conversation-moved"
    assert held.value.reasons == ("answered",)
    assert [one.id for one in held.value.messages] == [theirs.id]
    await reply(shop, row.id, str(uuid4()), ANN, base_seq=held.value.seq)


async def test_who_goes_on_from_what_was_told_is_held_for_what_came_later(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await reply(shop, row.id, str(uuid4()), BOB, text="On it")
    with pytest.raises(messages.Moved) as first:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base)
    later = await reply(shop, row.id, str(uuid4()), BOB, text="Cancelled")

    with pytest.raises(messages.Moved) as again:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=first.value.seq)

    assert [one.id for one in again.value.messages] == [later.id]


async def test_what_the_composer_had_shown_holds_nothing(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await reply(shop, row.id, str(uuid4()), BOB)

    await reply(shop, row.id, str(uuid4()), ANN, base_seq=shop.log.seq, composed="offline")


async def test_a_place_in_the_middle_of_a_transaction_tells_shown_from_new(shop: Store):
    await bring(shop, wrote("m1"))
    row, before = await conversation_of(shop), shop.log.seq
    await bring(shop, wrote("m2", at=1), wrote("m3", at=2), wrote("x", who="cust-2"), wrote("m4", at=3))
    seqs = {event.row_id: event.seq for event in await shop.log.after(before) if event.type == "message"}
    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    m4, m3, m2, _ = page

    with pytest.raises(messages.Moved) as held:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=seqs[m2.id], composed="offline")

    assert held.value.reasons == ("customer_wrote",)
    assert [one.id for one in held.value.messages] == [m3.id, m4.id]


async def test_own_replies_and_other_conversations_hold_nothing(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await reply(shop, row.id, str(uuid4()), ANN)
    await bring(shop, wrote("x1", who="cust-2"))
    other = await conversation_of(shop, "cust-2")
    await reply(shop, other.id, str(uuid4()), BOB)

    await reply(shop, row.id, str(uuid4()), ANN, base_seq=base)


async def test_a_live_composer_is_not_held_by_the_customer_but_an_offline_one_is(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await bring(shop, wrote("m2", at=5))

    with pytest.raises(messages.Moved, match="moved on"):
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed="offline")
    await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed="live")


async def test_resolving_and_reassigning_hold_what_was_written_offline(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await patched(shop, row.id, BOB, assignee_id="agent-bob")
    await patched(shop, row.id, BOB, status=Status.RESOLVED, reason="done by phone")

    with pytest.raises(messages.Moved) as held:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed="offline")

    assert held.value.reasons == ("assignee_changed", "resolved")


@pytest.mark.parametrize("composed", ["live", "offline"])
async def test_what_the_author_did_to_the_conversation_does_not_hold_the_authors_reply(shop: Store, composed: str):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await patched(shop, row.id, ANN, assignee_id="agent-ann")
    await patched(shop, row.id, ANN, assignee_id="agent-bob")
    await patched(shop, row.id, ANN, status=Status.RESOLVED, reason="done by phone")

    await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed=composed)


async def test_override_sends_what_would_be_held(shop: Store):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq
    await reply(shop, row.id, str(uuid4()), BOB)

    await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, override=True)


async def test_a_place_the_log_has_forgotten_holds_the_reply(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row, base = await conversation_of(shop), shop.log.seq - 1
    await reply(shop, row.id, str(uuid4()), BOB)
    await shop.writer.run(lambda unit: log_rows.trim(unit.conn, clock.now + timedelta(days=1), keep=1))

    with pytest.raises(messages.Moved) as held:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed="live")

    assert held.value.reasons == ("answered",)


async def test_a_closed_reply_window_refuses_a_live_reply_and_holds_an_offline_one(shop: Store, clock):
    await bring(shop, wrote("v1"), inbox_id=OTHER_INBOX)
    row, base = await conversation_of(shop, inbox_id=OTHER_INBOX), shop.log.seq
    clock.now = START + timedelta(days=1)

    with pytest.raises(messages.Moved) as held:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base, composed="offline")
    with pytest.raises(Refusal, match="window") as refused:
        await reply(shop, row.id, str(uuid4()), ANN, base_seq=base)

    assert held.value.reasons == ("window_closed",)
    assert refused.value.code == "window-closed"
