"""WhatsApp through a running hub: the handshake, files both ways, and what settles a reply in doubt."""

import asyncio
import json
from typing import Any

import pytest

from tests.channels.conformance.canary import CANARY
from tests.channels.whatsapp.provider import WhatsappProvider
from tests.hub.conftest import gateway, hub
from tests.hub.file_server import Given, serving_files
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

NUMBER, USER = "310555000111222", "US.40917723865102"
TAKEN = Answer(body=b'{"messages": [{"id": "wamid.OUR1"}]}')


@pytest.fixture
async def meta(hub: Live, gateway: Gateway) -> WhatsappProvider:
    """A connected number whose customer wrote."""
    provider = WhatsappProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    assert await provider.write(hub, "IN1", "Is it in stock?") == 200
    return provider


async def conversations(live: Live) -> list[dict[str, Any]]:
    return list((await live.client.get("/api/v1/conversations")).json()["items"])


async def messages(live: Live) -> list[dict[str, Any]]:
    (conversation,) = await conversations(live)
    return list((await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"])


async def replied(live: Live, *wanted: str, **more: Any) -> dict[str, Any]:
    (conversation,) = await conversations(live)
    posted = (await live.reply(conversation["id"], **more)).raise_for_status().json()
    return await live.until_status(conversation["id"], posted["id"], *wanted)


def status(told: str, external_id: str = "wamid.OUR1", **more: Any) -> dict[str, Any]:
    return {"id": external_id, "status": told, "timestamp": "1795305600", **more}


async def now(live: Live, message_id: str) -> tuple[str, str]:
    (conversation,) = await conversations(live)
    message = await live.message(conversation["id"], message_id)
    return message["delivery"]["status"], message["external_id"]


async def test_meta_shakes_hands_with_the_token_that_was_made(hub: Live, gateway: Gateway):
    body = {
        "name": "WhatsApp",
        "channel": "whatsapp",
        "settings": {"phone_number_id": NUMBER, "api_base_url": gateway.url},
        "secrets": {"access_token": CANARY + "t", "app_secret": CANARY},
    }
    made = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
    asked = {"hub.mode": "subscribe", "hub.verify_token": made["verify_token"], "hub.challenge": "1158201444"}
    path = f"/webhooks/whatsapp/{made['id']}"

    right = await hub.client.get(path, params=asked)
    wrong = await hub.client.get(path, params={**asked, "hub.verify_token": "guess"})

    assert (right.status_code, right.text) == (200, "1158201444")
    assert wrong.status_code == 403


async def test_set_up_says_that_the_token_is_wrong(hub: Live, gateway: Gateway):
    gateway.ping = Answer(401, b'{"error": {"code": 190, "message": "expired"}}')
    body = {
        "name": "WhatsApp",
        "channel": "whatsapp",
        "settings": {"phone_number_id": NUMBER, "api_base_url": gateway.url},
        "secrets": {"access_token": "old", "app_secret": CANARY},
    }

    refused = await hub.client.post("/api/v1/inboxes", json=body)

    assert (refused.status_code, refused.json()["field"]) == (400, "secrets.access_token")


async def test_statuses_move_a_reply_whatever_their_order(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(TAKEN)
    message = await replied(hub, "sent")

    for told in ("read", "sent", "delivered"):
        assert await meta._post(hub, meta._change(statuses=[status(told)])) == 200

    assert await now(hub, message["id"]) == ("read", "wamid.OUR1")


async def test_a_reply_in_doubt_is_settled_by_the_status_that_names_it(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    gateway.answers.append(Answer(cut=True))
    message = await replied(hub, "unknown")

    named = status("delivered", biz_opaque_callback_data=gateway.calls[0].json["biz_opaque_callback_data"])
    await meta._post(hub, meta._change(statuses=[named]))

    assert await now(hub, message["id"]) == ("delivered", "wamid.OUR1")
    assert len(gateway.calls) == 1


async def test_a_first_part_in_doubt_is_not_taken_for_the_whole(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(Answer(cut=True))
    message = await replied(hub, "unknown", text="a" * 4000 + ". " + "b" * 4000)

    assert "biz_opaque_callback_data" not in gateway.calls[0].json
    await meta._post(hub, meta._change(statuses=[status("delivered")]))

    assert (await now(hub, message["id"]))[0] == "unknown"


async def test_a_status_that_comes_before_the_answer_loses_no_part(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers += [TAKEN, Answer(body=b'{"messages": [{"id": "wamid.OUR2"}]}', wait_s=0.5)]
    (conversation,) = await conversations(hub)
    posted = (await hub.reply(conversation["id"], "a" * 4000 + ". " + "b" * 4000)).json()
    last = (await gateway.next_call(2)).json

    early = status("sent", "wamid.OUR2", biz_opaque_callback_data=last["biz_opaque_callback_data"])
    await meta._post(hub, meta._change(statuses=[early]))
    await asyncio.sleep(0.8)
    await meta._post(hub, meta._change(statuses=[status("failed", "wamid.OUR1", errors=[{"code": 131026}])]))

    message = await hub.message(conversation["id"], posted["id"])
    assert (message["delivery"]["status"], message["delivery"]["code"]) == ("failed", "131026")


async def test_a_closed_window_fails_the_reply_with_the_reason(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(Answer(400, b'{"error": {"code": 131047, "message": "Re-engagement message"}}'))

    message = await replied(hub, "failed")

    assert message["delivery"]["code"] == "131047"
    assert "24 hours" in message["delivery"]["reason"]


async def test_a_file_is_uploaded_then_named(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    form = {"file": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")}
    uploaded = (await hub.client.post("/api/v1/attachments", files=form)).raise_for_status().json()["attachment"]
    gateway.answers += [Answer(body=b'{"id": "880000000000001"}'), TAKEN]

    await replied(hub, "sent", text="Here", attachments=[uploaded["id"]])

    upload, sent = gateway.calls
    assert upload.path.endswith(f"/v25.0/{NUMBER}/media")
    assert b"%PDF-1.7 plan" in upload.body
    assert sent.json["document"] == {"id": "880000000000001", "filename": "plan.pdf", "caption": "Here"}
    assert sent.json["recipient"] == USER


async def test_a_file_of_a_customer_is_fetched_with_the_token(hub: Live):
    async with serving_files() as files:
        files.give(f"/v25.0/{NUMBER}?fields=id%2Cdisplay_phone_number%2Cverified_name", Given(b"{}"))
        address = files.give("/att?mid=1", Given(b"%PDF-1.7 bill", headers={"content-type": "application/pdf"}))
        asked = f"/v25.0/990000000000004?phone_number_id={NUMBER}"
        files.give(asked, Given(json.dumps({"url": address, "id": "990000000000004"}).encode()))
        provider = WhatsappProvider()
        hub.inbox_id = await provider.connect(hub, files)  # type: ignore[arg-type]  # it has an address too
        document = {"id": "990000000000004", "mime_type": "application/pdf", "filename": "bill.pdf"}
        item = {**provider._message("IN1", ""), "type": "document", "document": document}

        assert await provider._post(hub, provider._change(messages=[item])) == 200

        async with asyncio.timeout(30):
            while (await messages(hub))[0]["attachments"][0]["state"] != "ok":
                await asyncio.sleep(0.05)
        file = (await messages(hub))[0]["attachments"][0]
        assert (file["name"], (await hub.client.get(file["url"])).content) == ("bill.pdf", b"%PDF-1.7 bill")
        assert [one.headers["authorization"] for one in files.asked[1:]] == [f"Bearer {CANARY}t"] * 2


async def test_a_customer_keeps_their_conversation_under_a_new_number(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    moved = {"type": "user_changed_number", "wa_id": "14155550777", "user_id": "US.77001122334455"}
    item = {**meta._message("SYS1", ""), "type": "system", "system": moved}
    later = {**meta._message("IN2", "Still me"), "from": "14155550777", "from_user_id": "US.77001122334455"}

    await meta._post(hub, meta._change(messages=[item]))
    await meta._post(hub, meta._change(messages=[later]))
    await replied(hub, "sent")

    told = [one["details"] if one["kind"] == "activity" else one["text"] for one in reversed(await messages(hub))]
    assert told[:3] == ["Is it in stock?", {"change": "id", "number": "+14155550777"}, "Still me"]
    assert gateway.calls[0].json["recipient"] == "US.77001122334455"


async def test_news_of_the_account_are_counted_and_kept(hub: Live, meta: WhatsappProvider):
    await meta._post(hub, meta._change("message_template_status_update", event="PAUSED"))

    inbox = (await hub.client.get(f"/api/v1/inboxes/{hub.inbox_id}")).json()
    assert inbox["health"]["unparsed_deliveries"] == 1
