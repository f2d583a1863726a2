"""A public comment answered privately: once, in time, never in doubt twice, and its author becomes one contact."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.scripts import Act
from tests.hub.public_page import Page, privately, public_page

DAY_S = 86_400.0
ONCE = "Hi Leo, it is 20 EUR."


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with public_page(tmp_path) as page:
        yield page


async def refused(page: Page, comment: dict[str, Any], text: str = ONCE, **more: Any) -> dict[str, Any]:
    answer = await page.answer(comment, text, **more)
    assert answer.is_client_error, answer.text
    return dict(answer.json())


async def merged(page: Page, contact_id: str) -> list[dict[str, Any]]:
    found = await page.hub.client.get(f"/api/v1/contacts/{contact_id}/merges")
    return list(found.raise_for_status().json()["merged"])


async def test_comment_private_reply_and_the_answer_in_messenger_are_one_timeline_of_one_contact(page: Page):
    comment = await page.comment()

    reply = await page.sent(comment, ONCE)
    await page.private_phone().do(Act(text="Yes, reserve one"))
    answered = await page.until("Yes, reserve one")
    later = await page.hub.reply(answered["conversation_id"], "Done!", inbox_id=page.inboxes["messenger"])
    await page.hub.until_status(answered["conversation_id"], later.json()["id"], "sent", "delivered", "read")

    talk = [one for one in await page.timeline() if one["kind"] in ("incoming", "reply")]
    assert [one["text"] for one in talk] == ["Price please?", ONCE, "Yes, reserve one", "Done!"]
    assert {one["contact_id"] for one in talk} == {comment["contact_id"]}
    assert (reply["inbox_id"], reply["details"]) == (page.inboxes["messenger"], {"private": "yes"})
    assert reply["reply_to"]["message_id"] == comment["id"]
    contact = await page.contact(comment["contact_id"])
    assert [one["channel"] for one in contact["identities"]] == ["facebook_comments", "messenger"]
    assert contact["identities"][1]["verified"]
    assert [one.text for one in privately(page.private_phone())] == [ONCE]
    assert page.private.refused == page.public.refused == []


async def test_the_link_is_a_merge_that_can_be_undone(page: Page):
    comment = await page.comment()
    await page.sent(comment, ONCE)
    await page.private_phone().do(Act(text="In Messenger"))
    await page.until("In Messenger")
    (link,) = await merged(page, comment["contact_id"])

    body = {"contact_id": link["contact_id"]}
    path = f"/api/v1/contacts/{comment['contact_id']}/unmerge"
    undone = (await page.hub.client.post(path, json=body)).raise_for_status().json()
    await page.private_phone().do(Act(text="Later"))
    later = await page.until("Later")

    assert [one["channel"] for one in undone["contact"]["identities"]] == ["facebook_comments"]
    assert [one["channel"] for one in undone["other"]["identities"]] == ["messenger"]
    assert (await page.until("In Messenger"))["contact_id"] == later["contact_id"] == link["contact_id"]


async def test_who_wrote_in_messenger_before_is_the_same_contact_from_the_private_reply_on(page: Page):
    await page.private_phone().do(Act(text="Long ago"))
    before = await page.until("Long ago")
    comment = await page.comment()
    assert before["contact_id"] != comment["contact_id"]

    await page.sent(comment, ONCE)

    texts = {one["text"] for one in await page.timeline() if one["contact_id"] == comment["contact_id"]}
    assert {"Long ago", "Price please?", ONCE} <= texts
    (link,) = await merged(page, comment["contact_id"])
    assert link["contact_id"] == before["contact_id"]


async def test_an_answer_that_overtakes_what_meta_said_of_the_reply_is_the_same_contact_in_the_end(page: Page):
    comment = await page.comment()
    page.private.order(Order.LOST)
    posted = (await page.answer(comment, ONCE)).raise_for_status().json()

    async with asyncio.timeout(30):
        while not privately(page.private_phone()):
            await asyncio.sleep(0.01)
    await page.private_phone().do(Act(text="Yes, reserve one"))
    answer = await page.until("Yes, reserve one")
    await page.hub.until_status(posted["conversation_id"], posted["id"], "sent", "delivered", "read")

    assert (await page.until("Yes, reserve one"))["contact_id"] == comment["contact_id"]
    assert answer["text"] == "Yes, reserve one"
    assert [one.text for one in privately(page.private_phone())] == [ONCE]


async def test_a_second_private_reply_to_one_comment_is_refused_in_words(page: Page):
    comment = await page.comment()
    await page.sent(comment, ONCE)

    told = await refused(page, comment, "And twice")

    assert (told["code"], told["field"]) == ("answered-privately", "private")
    assert told["detail"] == "This comment was answered privately already. More can follow once they answer."
    assert [one.text for one in privately(page.private_phone())] == [ONCE]


async def test_two_agents_at_the_same_time_send_one_private_reply(page: Page):
    comment = await page.comment()

    answers = await asyncio.gather(page.answer(comment, "From Ann"), page.answer(comment, "From Ben"))

    assert sorted(one.status_code for one in answers) == [201, 409]
    taken = next(one.json() for one in answers if one.status_code == 201)
    await page.hub.until_status(taken["conversation_id"], taken["id"], "sent", "delivered", "read")
    assert [one.text for one in privately(page.private_phone())] == [taken["text"]]


async def test_the_same_request_twice_is_one_private_reply(page: Page):
    comment, id_ = await page.comment(), str(uuid.uuid4())

    first = await page.answer(comment, ONCE, id=id_)
    again = await page.answer(comment, ONCE, id=id_)
    other = await page.answer(comment, "Something else", id=id_)

    assert [one.status_code for one in (first, again, other)] == [201, 200, 409]
    assert other.json()["code"] == "id-conflict"


@pytest.mark.parametrize(("days", "status"), [(6.9, 201), (7.1, 409)])
async def test_a_comment_older_than_seven_days_takes_no_private_reply(page: Page, days: float, status: int):
    page.clock.back_s = days * DAY_S
    comment = await page.comment()
    page.clock.back_s = 0.0

    answer = await page.answer(comment, ONCE)

    assert answer.status_code == status, answer.text
    if status == 409:
        assert answer.json()["detail"].startswith("A comment can be answered privately for 7 days; this one is older.")


async def test_a_lost_answer_leaves_it_unknown_and_nothing_is_sent_twice(tmp_path: Path):
    """The Page's Messenger is connected, but its echoes do not come."""
    async with public_page(tmp_path) as page:
        page.private.webhook_url = f"{page.private.address}/nowhere"
        comment = await page.comment()
        page.private.order(Order.LOST)

        await page.sent(comment, ONCE, "unknown")
        told = await refused(page, comment, "Once more")

        assert told["code"] == "answered-privately"
        assert "may have arrived" in told["detail"]
        assert [one.text for one in privately(page.private_phone())] == [ONCE]


async def test_the_echo_of_a_private_reply_in_doubt_settles_it_and_links_the_contact(page: Page):
    comment = await page.comment()
    page.private.order(Order.LOST)

    await page.sent(comment, ONCE)

    contact = await page.contact(comment["contact_id"])
    assert [one["channel"] for one in contact["identities"]] == ["facebook_comments", "messenger"]


async def test_after_a_private_reply_that_surely_did_not_leave_another_one_may(page: Page):
    comment = await page.comment()
    page.private.order(Order.BLOCKED)

    await page.sent(comment, ONCE, "failed")
    assert "private_reply" not in (await page.until("Price please?"))["details"]
    await page.sent(comment, "Second try")

    assert [one.text for one in privately(page.private_phone())] == ["Second try"]


async def test_who_was_answered_privately_with_another_tool_is_not_again(page: Page):
    comment = await page.comment()
    assert isinstance(page.public, FacebookComments)
    page.public.comments[comment["external_id"]].answered_privately = True

    failed = await page.sent(comment, ONCE, "failed")

    assert failed["delivery"]["reason"].startswith("There is a private reply to this comment already.")
    assert privately(page.private_phone()) == []


async def test_without_the_pages_messenger_nobody_would_hear_the_answer_so_it_is_refused(tmp_path: Path):
    async with public_page(tmp_path, connect=[FacebookComments]) as page:
        told = await refused(page, await page.comment())

        assert told["code"] == "no-private-inbox"
        assert told["detail"].startswith("The customer would answer on Messenger,"), told["detail"]


async def test_what_is_not_one_private_message_to_a_comment_is_refused_in_words(page: Page):
    comment = await page.comment()
    await page.private_phone().do(Act(text="In private"))
    message = await page.until("In private")

    two = await refused(page, comment, "long " * 500)
    note = await refused(page, comment, kind="note")
    unquoted = await refused(page, comment, reply_to=None)
    of_no_comment = await refused(page, message)

    assert two["detail"].startswith("A private reply is one message; this text would be 2")
    assert note["field"] == "private"
    assert unquoted["field"] == of_no_comment["field"] == "reply_to"


async def test_a_public_reply_says_that_it_is_public_and_a_private_one_never_stands_below_the_post(page: Page):
    comment = await page.comment()

    public = (await page.answer(comment, "20 EUR", private=False)).raise_for_status().json()
    await page.hub.until_status(public["conversation_id"], public["id"], "sent")
    await page.sent(comment, ONCE)

    assert public["details"] == {"public": "yes"}
    heard = [(one.kind, one.text) for one in page.phone().heard]
    assert heard == [("comment", "20 EUR"), ("private", ONCE)]


async def test_an_instagram_comment_answered_privately_goes_on_in_the_same_account(tmp_path: Path):
    async with public_page(tmp_path, Instagram) as page:
        comment = await page.comment()

        reply = await page.sent(comment, ONCE)
        again = await refused(page, comment, "And twice")
        await page.phone().do(Act(text="Thanks!"))
        answer = await page.until("Thanks!")

        assert (reply["inbox_id"], answer["contact_id"]) == (page.inboxes["instagram"], comment["contact_id"])
        assert again["code"] == "answered-privately"
        assert [one.text for one in privately(page.phone())] == [ONCE]
        assert len((await page.contact(comment["contact_id"]))["identities"]) == 1
        assert page.public.refused == []


async def test_a_lost_answer_on_instagram_is_settled_by_the_echo_and_never_repeated(tmp_path: Path):
    async with public_page(tmp_path, Instagram) as page:
        comment = await page.comment()
        page.private.order(Order.LOST)

        await page.sent(comment, ONCE)

        assert [one.text for one in privately(page.phone())] == [ONCE]


async def test_an_expired_token_pauses_messenger_and_the_private_reply_is_sent_once_it_is_mended(page: Page):
    comment = await page.comment()
    page.private.order(Order.TOKEN_EXPIRED)
    posted = (await page.answer(comment, ONCE)).raise_for_status().json()
    messenger = page.inboxes["messenger"]

    async with asyncio.timeout(30):
        while True:
            listed = (await page.hub.client.get("/api/v1/inboxes")).json()["items"]
            if next(one for one in listed if one["id"] == messenger)["health"]["state"] == "paused":
                break
            await asyncio.sleep(0.02)
    (await page.hub.client.patch(f"/api/v1/inboxes/{messenger}", json={"name": "Mended"})).raise_for_status()
    await page.hub.until_status(posted["conversation_id"], posted["id"], "sent", "delivered", "read")

    assert isinstance(page.private, Messenger)
    assert [one.text for one in privately(page.private_phone())] == [ONCE]
