"""What RCS cannot deliver goes by SMS: once, only after it was taken back, and shown in the timeline as such."""

import json

import pytest

from tests.channels.conformance.providers import SmsTwilioProvider
from tests.channels.rcs.provider import PHONE, RcsProvider, said
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]
NO_RCS = Answer(404, b'{"error": {"code": 404, "status": "NOT_FOUND"}}')
SENT_SMS = Answer(201, b'{"sid": "SM00000000000000000000000000000001", "status": "queued"}')


@pytest.fixture
async def phone(hub: Live, gateway: Gateway) -> RcsProvider:
    """A phone that wrote by RCS to a brand that has an SMS inbox too."""
    sms_id = await SmsTwilioProvider().connect(hub, gateway)
    rcs = RcsProvider()
    hub.inbox_id = await rcs.connect(hub, gateway)
    settings = {"fallback_inbox": sms_id, "fallback_after": "5"}
    (await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json={"settings": settings})).raise_for_status()
    await rcs.write(hub, "first", "Hello")
    return rcs


async def conversation_of(hub: Live) -> str:
    return str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def timeline(hub: Live, conversation: str) -> list[dict]:
    found = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return list(reversed(found))


async def by_sms(hub: Live, conversation: str, text: str) -> dict:
    """The reply that went by SMS."""
    (one,) = [
        message
        for message in await timeline(hub, conversation)
        if message["text"] == text and message["inbox_id"] != hub.inbox_id
    ]
    return one


def sms_calls(gateway: Gateway) -> list[str]:
    return [call.path for call in gateway.calls if call.path.endswith("Messages.json")]


async def test_a_phone_without_rcs_gets_the_reply_by_sms_at_once(hub: Live, gateway: Gateway, phone: RcsProvider):
    conversation = await conversation_of(hub)
    gateway.answers += [NO_RCS, SENT_SMS]

    first = (await hub.reply(conversation, "Good day")).json()

    failed = await hub.until_status(conversation, first["id"], "failed")
    sms = await by_sms(hub, conversation, "Good day")
    await hub.until_status(conversation, sms["id"], "sent")
    assert failed["delivery"]["code"] == "404"
    assert f"To=%2B{PHONE[1:]}" in gateway.calls[-1].body.decode()
    (line,) = [one for one in await timeline(hub, conversation) if one["activity"] == "sent_elsewhere"]
    assert (line["details"]["instead_of"], line["details"]["message_id"]) == (first["id"], sms["id"])


async def test_a_reply_that_was_taken_back_goes_by_sms_once_however_often_that_is_told(
    hub: Live, gateway: Gateway, phone: RcsProvider
):
    conversation = await conversation_of(hub)
    first = (await hub.reply(conversation, "Your table is free")).json()
    await hub.until_status(conversation, first["id"], "sent")
    assert json.loads(gateway.calls[-1].body)["ttl"] == "300s"
    gateway.answers.append(SENT_SMS)

    told = said(eventType="TTL_EXPIRATION_REVOKED", messageId=first["id"], eventId="e1", phoneNumber=PHONE)
    for _ in range(3):
        await phone._post(hub, told)

    sms = await by_sms(hub, conversation, "Your table is free")
    await hub.until_status(conversation, sms["id"], "sent")
    assert len(sms_calls(gateway)) == 1


@pytest.mark.parametrize("first_told", ["DELIVERED", "READ"])
async def test_what_arrived_never_goes_by_sms_as_well(hub: Live, gateway: Gateway, phone: RcsProvider, first_told: str):
    conversation = await conversation_of(hub)
    first = (await hub.reply(conversation, "Here it is")).json()
    await hub.until_status(conversation, first["id"], "sent")

    await phone._post(hub, said(eventType=first_told, messageId=first["id"], eventId="e1"))
    await phone._post(hub, said(eventType="TTL_EXPIRATION_REVOKED", messageId=first["id"], eventId="e2"))
    await phone._post(hub, said(eventType="TTL_EXPIRATION_REVOKE_FAILED", messageId=first["id"], eventId="e3"))

    assert sms_calls(gateway) == []


async def test_who_said_stop_by_sms_gets_none_instead(hub: Live, gateway: Gateway, phone: RcsProvider):
    conversation = await conversation_of(hub)
    row = (await hub.client.get(f"/api/v1/conversations/{conversation}")).json()
    gateway.answers += [NO_RCS, Answer(400, b'{"code": 21610}')]
    first = (await hub.reply(conversation, "One")).json()
    await hub.until_status(conversation, first["id"], "failed")
    sms = await by_sms(hub, conversation, "One")
    await hub.until_status(conversation, sms["id"], "failed")
    gateway.answers.append(NO_RCS)

    second = (await hub.reply(conversation, "Two")).json()
    await hub.until_status(conversation, second["id"], "failed")

    told = (await hub.client.get(f"/api/v1/contacts/{row['contact_id']}")).json()
    assert [one["granted"] for one in told["consents"]] == [False]
    assert len(sms_calls(gateway)) == 1


async def test_without_an_sms_inbox_it_stays_failed(hub: Live, gateway: Gateway):
    rcs = RcsProvider()
    hub.inbox_id = await rcs.connect(hub, gateway)
    await rcs.write(hub, "first", "Hello")
    conversation = await conversation_of(hub)
    gateway.answers.append(NO_RCS)

    first = (await hub.reply(conversation, "Good day")).json()

    await hub.until_status(conversation, first["id"], "failed")
    assert [one["text"] for one in await timeline(hub, conversation) if one["kind"] == "reply"] == ["Good day"]
