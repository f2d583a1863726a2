"""Twilio and a running hub: what comes back, and how far a reply got."""

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

import httpx
import pytest

from mim_desk.channels.base import Receipt
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub import inquiring, sent_again
from mim_desk.hub.sent_again import LaterTries
from mim_desk.hub.store import driver, journal
from mim_desk.hub.store.journal import Entry, JournalState
from tests.channels.conformance.canary import CANARY
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
    assert failed["delivery"]["reason"].startswith("The phone is off or out of reach. A text is sent again after")
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


async def called_by_get(hub: Live, fields: dict[str, str]) -> httpx.Response:
    """As Twilio calls where the admin chose GET: everything stands in the address, and nothing else is signed."""
    path = f"/webhooks/sms_twilio/{hub.inbox_id}?{urlencode(fields)}"
    signed = hmac.new(CANARY.encode(), (SmsTwilioProvider.called + path).encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(signed).decode(), "authorization": ""}
    return await hub.client.get(path, headers=headers)


TEXT = {"MessageSid": SID, "From": "+15550001111", "To": "+15550002222", "Body": "Grüße 👋 & mehr", "NumMedia": "0"}


async def test_a_message_that_comes_by_get_is_taken_like_one_by_post(hub: Live, twilio: SmsTwilioProvider):
    first = await called_by_get(hub, TEXT)
    again = await twilio.post(hub, TEXT)

    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    assert (first.status_code, first.text, again.status_code) == (200, "<Response></Response>", 200)
    assert (conversation["unread"], conversation["last_message"]["text"]) == (1, "Grüße 👋 & mehr")


async def test_a_status_that_comes_by_get_reaches_its_reply(hub: Live, twilio: SmsTwilioProvider):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")

    await called_by_get(hub, {"message": message, "MessageSid": SID, "MessageStatus": "delivered"})

    assert (await hub.until_status(conversation, message, "delivered"))["external_id"] == SID


async def test_a_call_by_get_with_one_letter_changed_is_refused(hub: Live, twilio: SmsTwilioProvider):
    path = f"/webhooks/sms_twilio/{hub.inbox_id}?{urlencode(TEXT)}"
    signed = hmac.new(CANARY.encode(), (SmsTwilioProvider.called + path).encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(signed).decode(), "authorization": ""}

    answer = await hub.client.get(path.replace("mehr", "Meer"), headers=headers)

    assert answer.status_code == 401
    assert (await hub.client.get("/api/v1/conversations")).json()["items"] == []


async def test_a_kept_status_that_is_read_again_still_names_its_reply(hub: Live, twilio: SmsTwilioProvider):
    """The status is of a new kind, so it is kept; which reply it is of stands in the query of the address alone."""
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")
    query = f"message={message}"
    await twilio.post(hub, {"MessageSid": SID, "MessageStatus": "teleported"}, query)
    store = hub.running.hub.store
    (kept,) = await store.read(lambda conn: journal.unsettled(conn, hub.inbox_id))
    understood = Entry(
        hub.inbox_id, "sms_twilio", kept.received_at, kept.headers, kept.body.replace(b"teleported", b"delivered")
    )
    await store.writer.run(lambda unit: journal.record(unit, [replace(understood, state=JournalState.UNPARSED)]))

    await hub.client.post(f"/api/v1/inboxes/{hub.inbox_id}/replay")

    assert (await hub.message(conversation, message))["delivery"]["status"] == "delivered"


async def failed(hub: Live, twilio: SmsTwilioProvider, message: str, code: str, sid: str = SID) -> None:
    fields = {"MessageSid": sid, "MessageStatus": "undelivered", "ErrorCode": code}
    assert (await twilio.post(hub, fields, f"message={message}")).status_code == 200


async def aged(hub: Live, message: str, by: timedelta) -> None:
    """As if the reply had failed so long ago."""
    text = "UPDATE delivery_times SET at = at - ? WHERE message_id = ? AND status = 'failed'"
    values = (int(by.total_seconds() * 1000), message)
    await hub.running.hub.store.writer.run(lambda unit: driver.execute(unit.conn, text, values))


async def sent_again_now(hub: Live, message: str) -> bool:
    return await hub.running.hub.store.writer.run(lambda unit: sent_again.send(unit, message))


@pytest.mark.parametrize(
    ("code", "after", "most"),
    [("30003", timedelta(hours=3), 2), ("30008", timedelta(minutes=15), 1), ("30001", timedelta(minutes=10), 2)],
)
async def test_a_text_that_may_arrive_later_is_sent_again_as_often_as_the_sheet_says(
    hub: Live, twilio: SmsTwilioProvider, gateway: Gateway, code: str, after: timedelta, most: int
):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")

    for number in range(most):
        await failed(hub, twilio, message, code, f"{SID[:-1]}{number}")
        assert not await sent_again_now(hub, message)
        await aged(hub, message, after)
        assert await sent_again_now(hub, message)
        assert not await sent_again_now(hub, message)
        message = sent_again.next_id(message)
        await hub.until_status(conversation, message, "sent")
    await failed(hub, twilio, message, code)
    await aged(hub, message, after)

    assert not await sent_again_now(hub, message)
    assert len([call for call in gateway.calls if b"Body=" in call.body]) == 1 + most


@pytest.mark.parametrize("what", ["late", "answered", "written", "resolved", "arrived after all", "another code"])
async def test_no_text_is_sent_again_by_mistake(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway, what: str):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")
    await failed(hub, twilio, message, "30007" if what == "another code" else "30003")
    await aged(hub, message, timedelta(hours=13 if what == "late" else 4))
    match what:
        case "answered":
            other = (await hub.reply(conversation, "I write it myself")).json()["id"]
            await hub.until_status(conversation, other, "sent")
        case "written":
            await twilio.write(hub, "second", "Never mind")
        case "resolved":
            await hub.client.patch(f"/api/v1/conversations/{conversation}", json={"status": "resolved"})
        case "arrived after all":
            await twilio.post(hub, {"MessageSid": SID, "MessageStatus": "delivered"}, f"message={message}")

    assert not await sent_again_now(hub, message)


async def test_a_hub_finds_again_what_is_due_when_it_starts(hub: Live, twilio: SmsTwilioProvider, gateway: Gateway):
    conversation, message = await replied(hub, twilio)
    await hub.until_status(conversation, message, "sent")
    await failed(hub, twilio, message, "30003")
    await aged(hub, message, timedelta(hours=3))

    async with asyncio.TaskGroup() as group:
        starting = group.create_task(LaterTries(hub.running.hub).run())
        await hub.until_status(conversation, sent_again.next_id(message), "sent")
        starting.cancel()

    assert len([call for call in gateway.calls if b"Body=" in call.body]) == 2
