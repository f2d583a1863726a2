"""Twilio and a running hub: what comes back, and how far a reply got."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from mim_desk.channels.base import Receipt
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub import inquiring
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


def listed(sid: str, body: str, **more: object) -> dict[str, object]:
    """A message as Twilio lists it."""
    head = {"sid": sid, "to": "+15550001111", "from": "+15550002222", "direction": "outbound-api", "num_media": "0"}
    return {**head, "body": body, "status": "sent", "date_created": format_datetime(datetime.now(UTC)), **more}


async def test_a_reply_in_doubt_is_looked_for_in_twilios_list_and_never_sent_again(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway
):
    old = format_datetime(datetime(2026, 1, 1, tzinfo=UTC))
    found = [
        listed("SM0000000000000000000000000000000a", "Something else"),
        listed(SID, "Good day", status="delivered"),
        listed("SM0000000000000000000000000000000b", "Good day", date_created=old),
        listed("SM0000000000000000000000000000000c", "Good day", to="+15550003333"),
        listed("SM0000000000000000000000000000000d", "Good day", direction="inbound"),
    ]
    gateway.ping = Answer(200, json.dumps({"messages": found}).encode())
    gateway.answers.append(Answer(500, b"<html>broken</html>"))
    await twilio.write(hub, "first", "Hello")
    conversation = str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])
    reply = (await hub.reply(conversation, "Good day")).json()

    settled = await hub.until_status(conversation, reply["id"], "delivered")

    assert settled["external_id"] == SID
    assert len([call for call in gateway.calls if call.method == "POST"]) == 1


async def test_what_twilio_lists_of_another_reply_settles_none(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway):
    gateway.answers += [Answer(201, json.dumps({"sid": SID, "status": "queued"}).encode()), Answer(500, b"broken")]
    gateway.ping = Answer(200, json.dumps({"messages": [listed(SID, "Good day")]}).encode())
    await twilio.write(hub, "first", "Hello")
    conversation = str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])
    first = (await hub.reply(conversation, "Good day")).json()
    await hub.until_status(conversation, first["id"], "sent")
    second = (await hub.reply(conversation, "Good day")).json()
    await hub.until_status(conversation, second["id"], "unknown")

    rows = await hub.running.hub.store.read(lambda conn: inquiring.question(conn, second["id"]))
    told = [Receipt(DeliveryStatus.SENT, datetime.now(UTC), SID)]
    is_settled = await hub.running.hub.store.writer.run(lambda unit: inquiring.settled(unit, rows.message, told))

    assert not is_settled
    assert (await hub.message(conversation, second["id"]))["delivery"]["status"] == "unknown"


async def test_a_reply_that_was_not_delivered_says_why(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway):
    gateway.answers.append(Answer(201, json.dumps({"sid": SID, "status": "queued"}).encode()))
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")

    told = {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    await twilio.post(hub, told, f"message={message}")

    failed = await hub.until_status(conversation, message, "failed")
    assert failed["delivery"]["reason"] == "The phone is off or out of reach. Send the message again in some hours."
    assert failed["delivery"]["code"] == "30003"


async def test_an_opt_out_reopens_nothing_and_ends_our_replies_until_start(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway
):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")
    await hub.client.patch(f"/api/v1/conversations/{conversation}", json={"status": "resolved"})

    await twilio.write(hub, "stop", "Stop")

    (row,) = (await hub.client.get("/api/v1/conversations?status=resolved")).json()["items"]
    assert (row["id"], row["last_message"]["text"]) == (conversation, "Stop")
    refused = await hub.reply(conversation, "But why?")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent-withdrawn")
    assert len(gateway.calls) == 1
    await twilio.write(hub, "start", "START")
    again = (await hub.reply(conversation, "Welcome back")).json()
    await hub.until_status(conversation, again["id"], "sent")


async def test_a_send_that_twilio_refuses_as_opted_out_withdraws_consent(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway
):
    conversation, first = await replied(hub, twilio)
    await hub.until_status(conversation, first, "sent")
    gateway.answers.append(Answer(400, b'{"code": 21610, "message": "Attempt to send to unsubscribed recipient"}'))

    failed = (await hub.reply(conversation, "An offer")).json()

    await hub.until_status(conversation, failed["id"], "failed")
    row = (await hub.client.get(f"/api/v1/conversations/{conversation}")).json()
    told = (await hub.client.get(f"/api/v1/contacts/{row['contact_id']}/consents")).json()
    (only,) = told["standing"]
    assert (only["granted"], only["source"], only["blocks"]) == (False, "provider", True)
    assert only["evidence"] == f"{failed['id']}:21610"
    assert (await hub.reply(conversation, "Another")).json()["code"] == "consent-withdrawn"


async def test_an_agent_notes_consent_with_a_reason_and_never_over_the_customers_own_word(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway
):
    conversation, _ = await replied(hub, twilio)
    row = (await hub.client.get(f"/api/v1/conversations/{conversation}")).json()
    address = f"/api/v1/contacts/{row['contact_id']}/consents"

    empty = await hub.client.post(address, json={"granted": False, "reason": " "})
    noted = await hub.client.post(address, json={"granted": False, "reason": "told me so", "purpose": "marketing"})
    await twilio.write(hub, "stop", "STOP")
    over = await hub.client.post(address, json={"granted": True, "reason": "please", "inbox_id": hub.inbox_id})

    assert (empty.status_code, empty.json()["field"]) == (400, "reason")
    assert [(one["purpose"], one["granted"]) for one in noted.json()["consents"]] == [("marketing", False)]
    assert over.json()["code"] == "their-own-word"
    told = (await hub.client.get(address)).json()
    assert {(one["purpose"], one["source"]) for one in told["standing"]} == {
        ("marketing", "agent"),
        ("messages", "keyword"),
    }
