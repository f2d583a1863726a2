"""Buttons at a running hub: refused in plain words, sent, pressed, answered in words."""

from typing import Any

import pytest

from tests.channels.conformance.providers import SmsTwilioProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming

YES_NO = [{"title": "Yes"}, {"title": "No", "id": "decline"}]


async def asked(shop: Live, **more: Any) -> tuple[str, dict[str, Any]]:
    """A conversation whose last reply has two buttons, and that reply."""
    conversation = (await shop.conversation("ana"))["id"]
    sent = (await shop.reply(conversation, "Is that right?", buttons=YES_NO, **more)).json()
    await shop.until_status(conversation, sent["id"], "sent")
    return conversation, sent


async def said(shop: Live, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    """What the hub made of the customer's message."""
    delivered = await shop.deliver(incoming("ana", text, **more))
    assert delivered.status_code == 200
    listed = (await shop.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return dict(next(one for one in listed if one["kind"] == "incoming"))


async def test_buttons_go_out_under_keys_and_stay_in_the_message(shop: Live, gateway: Gateway):
    _, sent = await asked(shop)

    assert sent["buttons"] == [{"title": "Yes", "id": "1"}, {"title": "No", "id": "decline"}]
    keys = [one["id"] for one in gateway.calls[-1].json["buttons"]]
    assert keys == [f"{sent['id']}.1", f"{sent['id']}.2"]


async def test_a_press_is_linked_to_the_button_that_was_sent(shop: Live):
    conversation, sent = await asked(shop)

    pressed = await said(shop, conversation, "No", choice={"id": f"{sent['id']}.2", "title": "whatever"})

    assert pressed["choice"] == {"id": "decline", "title": "No"}
    assert pressed["type"] == "choice"
    assert pressed["reply_to"]["message_id"] == sent["id"]


async def test_a_press_much_later_is_still_linked(shop: Live):
    conversation, sent = await asked(shop)
    await said(shop, conversation, "One moment", external_id="between")

    pressed = await said(
        shop, conversation, "Yes", choice={"id": f"{sent['id']}.1", "title": "Yes"}, external_id="late"
    )

    assert pressed["reply_to"]["message_id"] == sent["id"]


@pytest.mark.parametrize(("text", "title"), [("2", "No"), ("yes", "Yes"), ("３", None), ("Perhaps", None)])
async def test_an_answer_in_words_to_the_last_reply_is_a_choice(shop: Live, text: str, title: str | None):
    conversation, sent = await asked(shop)

    answered = await said(shop, conversation, text)

    assert answered["text"] == text
    assert (answered["choice"] or {}).get("title") == title
    assert ((answered["reply_to"] or {}).get("message_id") == sent["id"]) == (title is not None)


async def test_a_number_after_another_question_is_only_a_number(shop: Live):
    """What is labelled wrongly is worse than what is not labelled."""
    conversation, _ = await asked(shop)
    await shop.reply(conversation, "And how many of you?")

    assert (await said(shop, conversation, "2"))["choice"] is None


async def test_a_key_of_another_customers_message_chooses_nothing(shop: Live):
    _, sent = await asked(shop)
    await shop.deliver(incoming("eve", "hello"))

    key = {"id": f"{sent['id']}.1", "title": "forged"}
    await shop.deliver(incoming("eve", "x", choice=key, external_id="forged"))
    listed = (await shop.client.get("/api/v1/conversations")).json()["items"]
    eve = next(one for one in listed if one["last_message"]["text"] == "x")
    message = (await shop.client.get(f"/api/v1/conversations/{eve['id']}/messages")).json()["items"][0]

    assert message["reply_to"] is None


@pytest.mark.parametrize(
    ("buttons", "words"),
    [
        ([{"title": ""}], "Button 1 has no words."),
        ([{"title": "Yes"}, {"title": "yes"}], "Button 2 has the same words as another."),
        ([{"title": "Shop", "url": "ftp://x"}], "must begin with https:// or http://"),
        ([{"title": str(n)} for n in range(21)], "carries at most 20 such buttons"),
        ([{"title": "Yes", "id": "x" * 300}], "The id of a button has at most 256 characters."),
    ],
)
async def test_buttons_that_cannot_go_are_refused_in_plain_words(shop: Live, buttons: list[Any], words: str):
    conversation = await shop.conversation()

    refused = await shop.reply(conversation["id"], "Sure?", buttons=buttons)

    assert refused.status_code == 400
    assert refused.json()["field"] == "buttons"
    assert words in refused.json()["detail"]


async def test_a_channel_without_buttons_gets_numbered_lines_and_understands_the_number(hub: Live, gateway: Gateway):
    provider = SmsTwilioProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    gateway.calls.clear()
    await provider.write(hub, "first", "Hello")
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"]
    gateway.answers.append(Answer(201, b'{"sid": "SM1", "status": "queued"}'))

    sent = (await hub.reply(conversation, "Is that right?", buttons=YES_NO)).json()
    await hub.until_status(conversation, sent["id"], "sent")
    await provider.write(hub, "second", "2")
    messages = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]

    assert b"Is+that+right%3F%0A%0A1.+Yes%0A2.+No" in gateway.calls[-1].body
    assert messages[0]["choice"] == {"id": "decline", "title": "No"}
