"""Replies, notes and what is told of them later."""

import asyncio
from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from mim_desk.channels.events import (
    DeliveredUpTo,
    Echo,
    MessageDeleted,
    MessageEdited,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TypingSeen,
)
from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import conversations, driver, ids, log_rows, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import ANN, BOB, START, bring, conversation_of, reply, wrote

SENDER = Sender("cust-1", "Cust-1")


async def message(store: Store, message_id: str) -> rows.Message:
    found = await store.read(lambda conn: messages.by_id(conn, message_id))
    assert found is not None
    return found


async def merge(store: Store, message_id: str, status: DeliveryStatus, **more) -> rows.Message:
    told = rows.Delivery(status, more.pop("reason", ""))
    return await store.writer.run(lambda unit: messages.merge_delivery(unit, message_id, told, **more))


async def test_the_same_reply_posted_twice_is_one_message(shop: Store):
    await bring(shop, wrote("m1"))
    row, reply_id = await conversation_of(shop), str(uuid4())

    first, second = await asyncio.gather(reply(shop, row.id, reply_id), reply(shop, row.id, reply_id))

    assert first == second
    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    told = [one.kind for one in page if one.kind is not MessageKind.ACTIVITY]
    assert told == [MessageKind.REPLY, MessageKind.INCOMING]


@pytest.mark.parametrize("other", [{"text": "Other"}, {"kind": "note"}, {"attachments": ["a"]}, {"inbox_id": "x"}])
async def test_the_same_id_with_another_body_is_refused(shop: Store, other):
    await bring(shop, wrote("m1"))
    row, reply_id = await conversation_of(shop), str(uuid4())
    await reply(shop, row.id, reply_id)

    with pytest.raises(Refusal) as refused:
        await reply(shop, row.id, reply_id, **other)

    assert refused.value.code == "id-conflict"


async def test_a_note_stays_inside(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    note = await reply(shop, row.id, str(uuid4()), kind="note", text="VIP")

    row = await conversation_of(shop)
    assert note.delivery is None
    assert row.last_message.id == note.id
    assert [clock.state for clock in row.clocks] == ["running"]
    assert await shop.read(lambda conn: driver.row(conn, "SELECT count(*) FROM sends")) == (0,)


@pytest.mark.parametrize(
    "bad", [{"text": "  "}, {"kind": "incoming"}, {"inbox_id": "inbox-viber"}, {"attachments": ["no"]}]
)
async def test_what_cannot_be_sent_is_refused_and_leaves_nothing(shop: Store, bad):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    with pytest.raises(Refusal):
        await reply(shop, row.id, str(uuid4()), **bad)

    assert await conversation_of(shop) == row


async def test_a_local_reply_is_sent_by_being_stored_and_answers(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    sent = await reply(shop, row.id, str(uuid4()), local=True)

    row = await conversation_of(shop)
    assert sent.delivery.status is DeliveryStatus.SENT
    assert row.waiting_since is None
    assert [clock.state for clock in row.clocks] == ["breached"]
    assert await shop.read(lambda conn: driver.row(conn, "SELECT count(*) FROM sends")) == (0,)


async def test_an_answer_counts_from_when_the_channel_accepted_it(shop: Store, clock):
    clock.now = START + timedelta(minutes=1)
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    queued = await reply(shop, row.id, str(uuid4()))
    assert (await conversation_of(shop)).waiting_since == START

    clock.now = START + timedelta(minutes=5)
    await merge(shop, queued.id, DeliveryStatus.SENT)

    (first,) = (await conversation_of(shop)).clocks
    assert (first.state, first.stopped_at) == ("met", START + timedelta(minutes=5))


async def test_a_failed_answer_is_taken_back_and_the_clock_runs_as_if_it_never_stopped(shop: Store, clock):
    clock.now = START + timedelta(minutes=1)
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = await reply(shop, row.id, str(uuid4()))
    await merge(shop, sent.id, DeliveryStatus.SENT)
    answered = await conversation_of(shop)

    await merge(shop, sent.id, DeliveryStatus.FAILED, reason="The number does not exist.")

    failed = await conversation_of(shop)
    assert [one.state for one in answered.clocks] == ["met"]
    assert [(one.state, one.started_at) for one in failed.clocks] == [("running", START)]
    assert failed.waiting_since == START
    assert failed.last_message.delivery_status is DeliveryStatus.FAILED


@pytest.mark.parametrize(
    "order", list(permutations([DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ]))
)
async def test_receipts_in_any_order_end_as_read(shop: Store, clock, order):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = await reply(shop, row.id, str(uuid4()))
    ranks = [DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ]
    began = clock.now
    clock.advance(timedelta(minutes=10))

    for status in order:
        at = began + timedelta(seconds=ranks.index(status))
        await merge(shop, sent.id, status, at=at, external_ids=("p1", "p2"))

    told = await message(shop, sent.id)
    row = await conversation_of(shop)
    assert told.delivery.status is DeliveryStatus.READ
    assert told.external_id == "p1"
    assert row.contact_read_up_to == sent.id
    assert row.clocks[0].stopped_at == began
    assert await shop.read(lambda conn: messages.id_of(conn, told.inbox_id, "p2")) == sent.id
    times = await shop.writer.run(lambda unit: messages.delivery_times(unit, sent.id))
    assert [times[status] - began for status in ranks] == [timedelta(seconds=place) for place in range(3)]


async def test_a_receipt_before_the_providers_id_is_known_is_not_lost(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = await reply(shop, row.id, str(uuid4()))

    await bring(shop, Receipt(DeliveryStatus.DELIVERED, START, external_id="p9"))
    await merge(shop, sent.id, DeliveryStatus.SENT, external_ids=("p9",))

    assert (await message(shop, sent.id)).delivery.status is DeliveryStatus.DELIVERED


async def test_reading_up_to_a_reply_reads_all_before_it(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        sent.append(await reply(shop, row.id, str(uuid4()), local=True))

    await bring(shop, ReadUpTo(SENDER, clock.now, message_id=sent[1].id))

    statuses = [(await message(shop, one.id)).delivery.status for one in sent]
    assert statuses == [DeliveryStatus.READ, DeliveryStatus.READ, DeliveryStatus.SENT]


async def test_delivered_up_to_a_time_tells_all_that_left_until_then(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        sent.append(await reply(shop, row.id, str(uuid4()), local=True))

    await bring(shop, DeliveredUpTo(SENDER, sent[1].occurred_at))

    statuses = [(await message(shop, one.id)).delivery.status for one in sent]
    assert statuses == [DeliveryStatus.DELIVERED, DeliveryStatus.DELIVERED, DeliveryStatus.SENT]


async def test_the_provider_s_time_of_a_reply_counts_where_our_clock_is_ahead(shop: Store, clock):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    clock.advance(timedelta(seconds=60))
    ahead = await reply(shop, row.id, str(uuid4()))
    await merge(shop, ahead.id, DeliveryStatus.SENT)
    await bring(shop, Echo("e1", SENDER, START + timedelta(seconds=50), message_id=ahead.id))

    await bring(shop, ReadUpTo(SENDER, START + timedelta(seconds=55)))

    assert (await message(shop, ahead.id)).delivery.status is DeliveryStatus.READ


async def test_the_echo_of_a_part_does_not_settle_the_whole(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    doubtful = await reply(shop, row.id, str(uuid4()))
    await merge(shop, doubtful.id, DeliveryStatus.UNKNOWN)

    for _ in range(2):
        await bring(shop, Echo("e1", SENDER, START + timedelta(seconds=30), message_id=doubtful.id, partial=True))

    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert [one.id for one in page if one.kind is MessageKind.REPLY] == [doubtful.id]
    assert (await message(shop, doubtful.id)).delivery.status is DeliveryStatus.UNKNOWN
    await bring(shop, Echo("e2", SENDER, START + timedelta(seconds=31), message_id=doubtful.id))
    assert (await message(shop, doubtful.id)).delivery.status is DeliveryStatus.SENT


@pytest.mark.parametrize(
    ("text", "status", "replies"),
    [
        ("Good day", DeliveryStatus.SENT, 1),
        ("Good", DeliveryStatus.UNKNOWN, 2),
        ("Something else", DeliveryStatus.UNKNOWN, 2),
    ],
    ids=["the same words", "a word of it", "other words"],
)
async def test_an_echo_that_names_nothing_settles_the_reply_with_its_words(
    shop: Store, text: str, status: DeliveryStatus, replies: int
):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    doubtful = await reply(shop, row.id, str(uuid4()))
    await merge(shop, doubtful.id, DeliveryStatus.UNKNOWN)

    for _ in range(2):
        await bring(shop, Echo("e1", SENDER, doubtful.occurred_at + timedelta(seconds=1), text=text))

    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert (await message(shop, doubtful.id)).delivery.status is status
    assert sum(one.kind is MessageKind.REPLY for one in page) == replies


async def test_a_name_that_another_message_has_already_breaks_nothing(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await bring(shop, Echo("e1", SENDER, START + timedelta(seconds=30), text="From the phone"))
    ours = await reply(shop, row.id, str(uuid4()))

    told = rows.Delivery(DeliveryStatus.SENT)
    await shop.writer.run(lambda unit: messages.merge_delivery(unit, ours.id, told, external_ids=("e1",)))

    assert (await message(shop, ours.id)).delivery.status is DeliveryStatus.SENT


async def test_an_echo_settles_an_unknown_reply_and_a_foreign_one_answers(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    doubtful = await reply(shop, row.id, str(uuid4()))
    await merge(shop, doubtful.id, DeliveryStatus.UNKNOWN)

    await bring(shop, Echo("e1", SENDER, START + timedelta(seconds=30), message_id=doubtful.id))
    await bring(shop, Echo("e2", SENDER, START + timedelta(seconds=40), text="From the phone"))
    await bring(shop, Echo("e2", SENDER, START + timedelta(seconds=40), text="From the phone"))

    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert (await message(shop, doubtful.id)).delivery.status is DeliveryStatus.SENT
    assert sorted(one.text for one in page if one.kind is MessageKind.REPLY) == ["From the phone", "Good day"]
    assert (await conversation_of(shop)).waiting_since is None


async def test_an_old_reaction_told_again_does_not_come_back(shop: Store):
    """Providers tell things twice and out of order: what a contact took back stays away."""
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    put, changed, gone = [
        ReactionSeen(SENDER, START + timedelta(seconds=place), emoji, external_id="m1")
        for place, emoji in ((1, "👍"), (2, "❤️"), (3, ""))
    ]
    shown = []
    for told in (changed, put, gone, changed, put):
        await bring(shop, told)
        page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
        shown.append([one.emoji for one in page[-1].reactions])

    assert shown == [["❤️"], ["❤️"], [], [], []]


async def test_edits_deletions_and_reactions_reach_the_message_even_before_it(shop: Store):
    at = START + timedelta(seconds=60)
    await bring(shop, MessageEdited("m2", at, "changed early"), ReactionSeen(SENDER, at, "👍", external_id="m1"))
    result = await bring(shop, wrote("m1", "first"), wrote("m2", "second", at=1), wrote("m3", "third", at=2))
    await bring(shop, MessageEdited("m1", at, "first, edited"), MessageDeleted("m3", at))
    await bring(shop, MessageEdited("m1", at - timedelta(seconds=30), "an older edit"))

    first, second, third = [await message(shop, one) for one in result.message_ids]
    assert (first.text, first.edited_at) == ("first, edited", at)
    assert [one.emoji for one in first.reactions] == ["👍"]
    assert second.text == "changed early"
    assert (third.text, third.deleted_at) == ("", at)
    assert (await conversation_of(shop)).last_message.text == ""


async def test_what_was_told_with_a_message_goes_with_its_text(shop: Store):
    said = {"referral_headline": "Sale on crutches", "story_url": "https://cdn.example/s", "address": "12 Elm Street"}
    where = {"public": "yes", "root": "c1", "private_as": "comment_id", "reply_token": "t1"}
    result = await bring(shop, wrote("m1", "first", details={**said, **where}))

    await bring(shop, MessageDeleted("m1", START + timedelta(seconds=60)))

    assert (await message(shop, result.message_ids[0])).details == where


async def test_an_edit_that_names_its_maker_counts_from_the_author_alone(shop: Store):
    """Where a channel lets anybody in a room claim an edit, only the author's word changes a message."""
    at = START + timedelta(seconds=60)
    await bring(shop, MessageEdited("m2", at, "forged early", by="somebody-else"))
    result = await bring(shop, wrote("m1", "first"), wrote("m2", "second", at=1))
    await bring(shop, MessageEdited("m1", at, "first, edited", by=SENDER.external_id))
    await bring(shop, MessageEdited("m2", at, "forged", by="somebody-else"))

    first, second = [await message(shop, one) for one in result.message_ids]
    assert (first.text, first.edited_at) == ("first, edited", at)
    assert (second.text, second.edited_at) == ("second", None)


async def test_typing_is_told_but_never_stored(shop: Store):
    await bring(shop, wrote("m1"))
    before = shop.log.seq

    result = await bring(shop, TypingSeen(SENDER, START))

    assert [one.conversation_id for one in result.typing] == [(await conversation_of(shop)).id]
    assert shop.log.seq == before


async def test_reading_counts_what_is_left_unread(shop: Store):
    result = await bring(shop, *(wrote(f"m{number}", at=number) for number in range(4)))
    row = await conversation_of(shop)

    def read(place: int):
        return shop.writer.run(lambda unit: conversations.read(unit, row.id, result.message_ids[place]))

    assert (await read(1)).unread == 2
    assert (await read(0)).unread == 2
    assert (await read(3)).unread == 0
    assert (await conversation_of(shop)).read_up_to == result.message_ids[3]


async def test_replies_of_two_agents_at_once_are_both_kept_without_a_guard(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)

    await asyncio.gather(*(reply(shop, row.id, str(uuid4()), who) for who in (ANN, BOB) for _ in range(5)))

    page, _ = await shop.read(lambda conn: messages.of_conversation(conn, row.id))
    assert sum(one.kind is MessageKind.REPLY for one in page) == 10


def test_ids_made_in_one_millisecond_sort_in_the_order_of_making() -> None:
    made = [ids.new_id(START) for _ in range(2000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


async def test_who_answers_what_is_nobodys_has_it_from_then_on(shop: Store) -> None:
    await bring(shop, wrote("m1"))
    conversation = await conversation_of(shop)

    await reply(shop, conversation.id, str(uuid4()), ANN)
    await reply(shop, conversation.id, str(uuid4()), BOB)

    assert (await conversation_of(shop)).assignee_id == ANN.id
    told, _ = await shop.read(lambda conn: messages.of_conversation(conn, conversation.id))
    assert [(one.activity, one.author) for one in told if one.kind is MessageKind.ACTIVITY] == [("claimed", ANN)]


async def test_taking_over_by_answering_does_not_hold_the_next_reply_of_the_same_agent(shop: Store) -> None:
    await bring(shop, wrote("m1"))
    conversation = await conversation_of(shop)
    seen = (await shop.read(log_rows.head)).seq

    await reply(shop, conversation.id, str(uuid4()), ANN, base_seq=seen)
    await reply(shop, conversation.id, str(uuid4()), ANN, base_seq=seen)

    told, _ = await shop.read(lambda conn: messages.of_conversation(conn, conversation.id))
    assert len([one for one in told if one.kind is MessageKind.REPLY]) == 2


async def test_a_note_takes_nothing_over(shop: Store) -> None:
    await bring(shop, wrote("m1"))
    conversation = await conversation_of(shop)

    await reply(shop, conversation.id, str(uuid4()), ANN, kind="note")

    assert (await conversation_of(shop)).assignee_id is None
