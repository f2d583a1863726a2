"""What belongs to people is marked as it arrives, until the conversation is resolved."""

import pytest

from mim_desk.domain.conversation import Status
from mim_desk.hub.store.store import Store
from tests.hub.store.made import bring, conversation_of, patched, wrote


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("You charged my credit card twice", id="payment"),
        pytest.param("Das ist eine Beschwerde", id="complaint"),
        pytest.param("我要找律师", id="legal"),
        pytest.param("r.e.f.u.n.d now", id="letters set apart"),
    ],
)
async def test_a_message_for_people_marks_its_conversation(shop: Store, text: str) -> None:
    await bring(shop, wrote("m1", "Hello there"))
    assert not (await conversation_of(shop)).human_only

    await bring(shop, wrote("m2", text, at=5), wrote("m3", "and one more thing", at=6))

    assert (await conversation_of(shop)).human_only


async def test_a_conversation_that_begins_with_it_is_marked_and_its_neighbour_is_not(shop: Store) -> None:
    await bring(shop, wrote("m1", "I want a refund"), wrote("m2", "What time is it?", who="cust-2"))

    assert (await conversation_of(shop)).human_only
    assert not (await conversation_of(shop, "cust-2")).human_only


async def test_a_file_without_words_marks_nothing(shop: Store) -> None:
    await bring(shop, wrote("m1", ""))

    assert not (await conversation_of(shop)).human_only


async def test_resolving_takes_the_mark_away_and_a_later_message_does_not_bring_it_back(shop: Store) -> None:
    await bring(shop, wrote("m1", "I will call my lawyer"))
    conversation = await conversation_of(shop)

    resolved = await patched(shop, conversation.id, status=Status.RESOLVED, reason="settled by phone")
    await bring(shop, wrote("m2", "Thank you", at=3700))

    assert not resolved.human_only
    assert not (await conversation_of(shop)).human_only
