"""Replies on their way to a provider: order, retries, doubt, pause."""

import asyncio
from typing import Any

import pytest

from tests.guards import AllowLog
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import SECRET, Live, incoming


async def until_told(shop: Live, conversation_id: str, message_id: str, code: str) -> dict[str, Any]:
    """The delivery of a reply once it has this code."""
    told: dict[str, Any] = {}
    async with asyncio.timeout(30):
        while told.get("code") != code:
            await asyncio.sleep(0.02)
            told = (await shop.message(conversation_id, message_id))["delivery"]
    return told


async def test_a_reply_reaches_the_provider_signed_and_is_sent(shop: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"id": "p-1"}'))
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"], "Good morning")).json()
    message = await shop.until_status(conversation["id"], posted["id"], "sent")

    call = await gateway.next_call(1)
    assert call.json == {"type": "message", "id": posted["id"], "to": "u-1", "text": "Good morning"}
    assert call.headers["idempotency-key"] == posted["id"]
    assert message["external_id"] == "p-1"


async def test_a_busy_provider_is_tried_again_and_order_is_kept(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(503), Answer(429, headers={"retry-after": "0"})]
    conversation = await shop.conversation()

    first = (await shop.reply(conversation["id"], "one")).json()
    second = (await shop.reply(conversation["id"], "two")).json()
    await shop.until_status(conversation["id"], second["id"], "sent")

    assert [call.json["id"] for call in gateway.calls] == [first["id"]] * 3 + [second["id"]]


async def test_an_account_that_was_asked_to_wait_sends_to_nobody_until_then(shop: Live, gateway: Gateway):
    gateway.answers.append(Answer(429, headers={"retry-after": "300"}))
    first, second = await shop.conversation("u-1"), await shop.conversation("u-2")
    asked = (await shop.reply(first["id"], "one")).json()
    await until_told(shop, first["id"], asked["id"], "429")

    other = (await shop.reply(second["id"], "two")).json()
    waits = await until_told(shop, second["id"], other["id"], "paced")

    assert waits["status"] == "queued"
    assert len(gateway.calls) == 1


async def test_a_cut_connection_is_repeated_under_the_same_key(shop: Live, gateway: Gateway):
    """The custom channel is keyed: the gateway knows the repetition."""
    gateway.answers.append(Answer(cut=True))
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")

    assert {call.headers["idempotency-key"] for call in gateway.calls} == {posted["id"]}
    assert len(gateway.calls) == 2


async def test_a_rejected_reply_fails_with_the_reason_and_the_next_one_goes_on(shop: Live, gateway: Gateway):
    gateway.answers.append(Answer(422, b'{"code": "rude", "detail": "Too rude."}'))
    conversation = await shop.conversation()

    first = (await shop.reply(conversation["id"], "one")).json()
    second = (await shop.reply(conversation["id"], "two")).json()
    failed = await shop.until_status(conversation["id"], first["id"], "failed")
    await shop.until_status(conversation["id"], second["id"], "sent")

    assert failed["delivery"]["reason"] == "Too rude."
    assert failed["delivery"]["code"] == "rude"


async def test_a_refused_signature_pauses_the_inbox_until_its_settings_are_mended(shop: Live, gateway: Gateway):
    gateway.answers.append(Answer(401))
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    async with asyncio.timeout(30):
        while True:
            health = (await shop.client.get(f"/api/v1/inboxes/{shop.inbox_id}")).json()["health"]
            if health["state"] == "paused":
                break
            await asyncio.sleep(0.02)
    waiting = await shop.message(conversation["id"], posted["id"])
    assert waiting["delivery"]["status"] == "queued"
    assert "settings" in health["reason"]

    mended = await shop.client.patch(f"/api/v1/inboxes/{shop.inbox_id}", json={"secrets": {"signing_secret": SECRET}})
    assert mended.json()["health"]["state"] == "ok"
    await shop.until_status(conversation["id"], posted["id"], "sent")


async def test_a_gateway_that_is_not_there_is_tried_again(shop: Live, gateway: Gateway, allow_log: AllowLog):
    conversation = await shop.conversation()
    await shop.client.patch(f"/api/v1/inboxes/{shop.inbox_id}", json={"name": "x"})
    gateway.answers.append(Answer(cut=True))

    posted = (await shop.reply(conversation["id"])).json()

    assert (await shop.until_status(conversation["id"], posted["id"], "sent"))["delivery"]["attempts"] == 2


async def test_a_note_never_leaves(shop: Live, gateway: Gateway):
    conversation = await shop.conversation()

    note = await shop.reply(conversation["id"], "He sounds angry", kind="note")
    reply = (await shop.reply(conversation["id"], "Hello")).json()
    await shop.until_status(conversation["id"], reply["id"], "sent")

    assert note.status_code == 201
    assert note.json()["delivery"] is None
    assert [call.json["text"] for call in gateway.calls] == ["Hello"]


async def test_receipts_move_the_status_on_and_never_back(shop: Live, gateway: Gateway):
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"])).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")

    for status in ("read", "delivered", "read"):
        receipt = {"type": "receipt", "message_id": posted["id"], "status": status}
        assert (await shop.deliver(receipt)).status_code == 200

    assert (await shop.message(conversation["id"], posted["id"]))["delivery"]["status"] == "read"


async def test_a_reply_quotes_by_the_providers_id(shop: Live, gateway: Gateway):
    await shop.deliver(incoming("u-1", "Which one?", external_id="m-77"))
    conversation = (await shop.client.get("/api/v1/conversations")).json()["items"][0]
    asked = conversation["last_message"]["id"]

    await shop.reply(conversation["id"], "The red one", reply_to={"message_id": asked})

    assert (await gateway.next_call(1)).json["reply_to"] == "m-77"


async def quoting(shop: Live, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """The deliveries' incoming messages in the conversation of the last one, the newest first."""
    assert (await shop.deliver(*items)).status_code == 200
    conversation = (await shop.client.get("/api/v1/conversations")).json()["items"][0]["id"]
    listed = (await shop.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return [one for one in listed if one["kind"] == "incoming"]


async def test_what_a_contact_quotes_is_told_by_our_id_too(shop: Live):
    asked = incoming("u-1", "Which one?", external_id="m-77")
    (first,) = await quoting(shop, asked)

    newest, again, _ = await quoting(
        shop,
        incoming("u-1", "This one.", external_id="m-78", reply_to="m-77"),
        incoming("u-1", "Or that?", external_id="m-79", reply_to="m-78"),
    )

    assert again["reply_to"] == {"message_id": first["id"], "external_id": "m-77"}
    assert newest["reply_to"] == {"message_id": again["id"], "external_id": "m-78"}


async def test_nobody_is_shown_what_another_contact_said_by_naming_it(shop: Live):
    await quoting(shop, incoming("u-1", "Mine", external_id="m-77"))

    (other,) = await quoting(shop, incoming("u-2", "This one?", external_id="m-90", reply_to="m-77"))

    assert other["reply_to"]["message_id"] is None


@pytest.mark.parametrize("answer", [Answer(200, b"<html>"), Answer(200, b"\xff\xfe"), Answer(200, b"[" * 5000)])
async def test_garbage_with_a_good_status_counts_as_taken(shop: Live, gateway: Gateway, answer: Answer):
    gateway.answers.append(answer)
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()

    await shop.until_status(conversation["id"], posted["id"], "sent")
