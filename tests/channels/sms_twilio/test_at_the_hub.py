"""Twilio and a running hub: what comes back, and how far a reply got."""

import json

import pytest

from tests.channels.conformance.providers import SmsTwilioProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]
SID = "SM00000000000000000000000000000009"


@pytest.fixture
async def twilio(hub: Live, gateway: Gateway) -> SmsTwilioProvider:
    provider = SmsTwilioProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    return provider


async def replied(hub: Live, twilio: SmsTwilioProvider) -> tuple[str, str]:
    await twilio.write(hub, "first", "Hello")
    conversation = str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])
    return conversation, str((await hub.reply(conversation)).json()["id"])


async def test_a_delivery_hears_that_nothing_is_to_be_sent_back(hub: Live, twilio: SmsTwilioProvider):
    answer = await twilio.post(hub, {"MessageSid": SID, "From": "+15550001111", "Body": "STOP", "NumMedia": "0"})

    assert (answer.status_code, answer.text) == (200, "<Response></Response>")
    assert answer.headers["content-type"] == "text/xml"


async def test_the_address_of_the_status_settles_a_reply_in_doubt(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway
):
    gateway.answers.append(Answer(500, b"<html>broken</html>"))
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "unknown")

    await twilio.post(hub, {"MessageSid": SID, "MessageStatus": "delivered"}, f"message={message}")

    assert (await hub.until_status(conversation, message, "delivered"))["external_id"] == SID
    assert len(gateway.calls) == 1


async def test_a_reply_that_was_not_delivered_says_why(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway):
    gateway.answers.append(Answer(201, json.dumps({"sid": SID, "status": "queued"}).encode()))
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")

    told = {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    await twilio.post(hub, told, f"message={message}")

    failed = await hub.until_status(conversation, message, "failed")
    assert failed["delivery"]["reason"] == "The phone is off or out of reach. Send the message again in some hours."
    assert failed["delivery"]["code"] == "30003"


async def test_an_opt_out_reopens_nothing_and_ends_our_replies(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")
    await hub.client.patch(f"/api/v1/conversations/{conversation}", json={"status": "resolved"})

    await twilio.write(hub, "stop", "Stop")

    (row,) = (await hub.client.get("/api/v1/conversations?status=resolved")).json()["items"]
    assert (row["id"], row["last_message"]["text"]) == (conversation, "Stop")
    failed = (await hub.reply(conversation, "But why?")).json()
    await hub.until_status(conversation, failed["id"], "failed")
    assert len(gateway.calls) == 1
