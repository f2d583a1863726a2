"""Public comments hidden, shown and deleted from the desk, liked, and what other programs do with them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers.facebook_comments import CommentingPhone, FacebookComments
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.scripts import Act
from tests.hub.public_page import Page, public_page


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with public_page(tmp_path) as page:
        yield page


def public_of(page: Page) -> FacebookComments:
    assert isinstance(page.public, FacebookComments)
    return page.public


async def hide(page: Page, message: dict[str, Any], *, hidden: bool = True) -> httpx.Response:
    return await page.hub.client.put(f"/api/v1/messages/{message['id']}/hidden", json={"hidden": hidden})


async def lines(page: Page) -> list[dict[str, Any]]:
    return [one for one in await page.timeline() if one["activity"].startswith("comment_")]


async def until(page: Page, message_id: str, **details: str | None) -> dict[str, Any]:
    """The message once its details are so."""
    async with asyncio.timeout(30):
        while True:
            found = next(one for one in await page.timeline() if one["id"] == message_id)
            if all(found["details"].get(name) == value for name, value in details.items()):
                return dict(found)
            await asyncio.sleep(0.02)


async def test_a_comment_is_hidden_and_shown_again_and_the_timeline_says_who_did_it(page: Page):
    comment = await page.comment()
    there = public_of(page).comments[comment["external_id"]]

    hidden = (await hide(page, comment)).raise_for_status().json()
    assert there.hidden
    shown = (await hide(page, comment, hidden=False)).raise_for_status().json()

    assert not there.hidden
    assert (hidden["details"]["hidden"], "hidden" in shown["details"]) == ("yes", False)
    told = await lines(page)
    assert [one["activity"] for one in told] == ["comment_hidden", "comment_shown"]
    assert {one["author"]["type"] for one in told} == {"agent"}
    assert told[0]["details"] == {"text": "Price please?", "message_id": comment["id"]}


async def test_a_comment_is_deleted_for_good_by_a_supervisor_alone(page: Page):
    comment = await page.comment()
    ben = await page.hub.agent("ben")
    refused = await ben.delete(f"/api/v1/messages/{comment['id']}")
    assert comment["external_id"] in public_of(page).comments

    deleted = (await page.hub.client.delete(f"/api/v1/messages/{comment['id']}")).raise_for_status().json()

    assert refused.status_code == 403
    assert comment["external_id"] not in public_of(page).comments
    assert (deleted["text"], deleted["deleted_at"] is not None) == ("", True)
    assert [one["activity"] for one in await lines(page)] == ["comment_deleted"]


async def test_a_comment_is_liked_as_the_page_and_no_longer(page: Page):
    comment = await page.comment()

    for emoji in ("👍", ""):
        path = f"/api/v1/messages/{comment['id']}/reaction"
        (await page.hub.client.put(path, json={"emoji": emoji})).raise_for_status()

    assert [one.text for one in page.phone().heard] == ["👍", ""]


async def test_what_the_network_refuses_is_told_in_words_and_changes_nothing(page: Page):
    comment = await page.comment()
    del public_of(page).comments[comment["external_id"]]

    refused = [
        await hide(page, comment),
        await page.hub.client.delete(f"/api/v1/messages/{comment['id']}"),
    ]

    assert {one.json()["detail"] for one in refused} == {"The comment is gone, or this Page may not answer it."}
    kept = await until(page, comment["id"], hidden=None)
    assert kept["deleted_at"] is None
    assert await lines(page) == []


async def test_only_a_customers_public_comment_is_hidden(page: Page):
    await page.private_phone().do(Act(text="In private"))
    message = await page.until("In private")

    refused = await hide(page, message)

    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "Only a customer's public comment can be hidden or deleted.",
    )


async def test_instagram_hides_and_deletes_comments_and_likes_none(tmp_path: Path):
    async with public_page(tmp_path, Instagram) as page:
        comment = await page.comment()
        assert isinstance(page.public, Instagram)

        (await hide(page, comment)).raise_for_status()
        assert page.public.public[comment["external_id"]].hidden
        liked = await page.hub.client.put(f"/api/v1/messages/{comment['id']}/reaction", json={"emoji": "❤️"})
        (await page.hub.client.delete(f"/api/v1/messages/{comment['id']}")).raise_for_status()

        assert comment["external_id"] not in page.public.public
        assert liked.json()["detail"] == "An account cannot like comments on Instagram from here."


async def test_a_comment_that_somebody_hides_with_another_program_is_marked(page: Page):
    comment = await page.comment()
    public = public_of(page)

    phone = page.phone()
    assert isinstance(phone, CommentingPhone)
    for verb in ("hide", "unhide"):
        public.poster.post(public.change(verb, comment["external_id"], phone.author))
        await until(page, comment["id"], hidden="yes" if verb == "hide" else None)

    assert await lines(page) == []


async def test_an_answer_made_with_another_program_is_shown_below_its_comment_and_answers_it(page: Page):
    page.clock.back_s = 60.0  # Facebook tells whole seconds
    comment = await page.comment()
    page.clock.back_s = 0.0
    phone = page.phone()
    assert isinstance(phone, CommentingPhone)

    external_id = public_of(page).elsewhere(phone, "From the Page's own app")
    reply = await page.until("From the Page's own app")

    assert (reply["kind"], reply["external_id"], reply["details"]) == ("reply", external_id, {"public": "yes"})
    assert reply["reply_to"] == {"message_id": comment["id"], "external_id": comment["external_id"]}
    assert (reply["contact_id"], reply["delivery"]["status"]) == (comment["contact_id"], "sent")
    (conversation,) = (await page.hub.client.get("/api/v1/conversations")).json()["items"]
    assert conversation["waiting_since"] is None


async def test_our_own_answer_is_not_shown_twice_by_its_echo(page: Page):
    comment = await page.comment()

    posted = (await page.answer(comment, "20 EUR", private=False)).raise_for_status().json()
    await page.hub.until_status(posted["conversation_id"], posted["id"], "sent")
    await page.public.poster.emptied()

    assert [one["text"] for one in await page.timeline() if one["kind"] == "reply"] == ["20 EUR"]


async def test_an_answer_below_a_comment_that_never_came_is_nobodys(page: Page):
    await page.comment()
    public = public_of(page)
    own = {"id": public.account, "name": public.brand}

    public.poster.post(public.change("add", "880001_5", own, parent_id="880001_4", message="To a stranger"))
    await public.poster.emptied()

    assert [one for one in await page.timeline() if one["kind"] == "reply"] == []
