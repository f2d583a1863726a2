"""WhatsApp through a running hub: news of the account, chats from before, what was written on the phone."""

from time import time
from typing import Any

import pytest

from tests.channels.whatsapp.provider import WhatsappProvider
from tests.channels.whatsapp.test_at_the_hub import TAKEN, conversations, messages, meta, replied
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub", "meta"]

PERSON, OURS = "14155550123", "15555550100"
WABA = "210987654321098"


async def health(live: Live) -> dict[str, Any]:
    return dict((await live.client.get(f"/api/v1/inboxes/{live.inbox_id}")).json()["health"])


def seconds(ago: float = 0) -> str:
    return str(int(time() - ago))


def news(field: str, **told: Any) -> dict[str, Any]:
    return {"field": field, "value": told}


async def test_news_of_the_account_are_shown_with_the_inbox(hub: Live, meta: WhatsappProvider):
    violation = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}
    flagged = {"display_phone_number": OURS, "event": "FLAGGED", "current_limit": "TIER_250"}

    await meta._post(hub, news("account_update", **violation), news("phone_number_quality_update", **flagged))

    told = await health(hub)
    assert [(one["name"], one["value"], one["state"]) for one in told["notices"]] == [
        ("Business account", "Meta says that it broke a rule: spam", "danger"),
        ("Number of 15555550100", "flagged; people it may write to first in a day: 250", "warning"),
    ]
    assert told["unparsed_deliveries"] == 0


async def test_a_later_word_takes_the_place_of_an_earlier_one(hub: Live, meta: WhatsappProvider):
    ban = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    for told in (ban, ban, {"event": "ACCOUNT_RECONNECTED"}):
        await meta._post(hub, news("account_update", **told))

    (one,) = (await health(hub))["notices"]
    assert (one["value"], one["state"]) == ("it is connected again", "ok")


async def test_a_refusal_that_is_of_the_account_is_shown_with_the_inbox(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    gateway.answers.append(TAKEN)
    await replied(hub, "sent")
    failed = {"id": "wamid.OUR1", "status": "failed", "timestamp": seconds(), "errors": [{"code": 131042}]}

    await meta._post(hub, meta._change(statuses=[failed]))

    (one,) = (await health(hub))["notices"]
    assert (one["name"], one["state"]) == ("Sending", "danger")
    assert "payment" in one["value"]


def history(*items: dict[str, Any], person: str = PERSON) -> dict[str, Any]:
    return {"history": [{"metadata": {"phase": 0}, "threads": [{"id": person, "messages": list(items)}]}]}


def said(author: str, external_id: str, text: str, ago: float, **more: Any) -> dict[str, Any]:
    body = {"type": "text", "text": {"body": text}}
    return {"from": author, "id": external_id, "timestamp": seconds(ago), **body, **more}


async def test_chats_from_before_are_read_below_what_is_new_and_change_nothing(hub: Live, meta: WhatsappProvider):
    (before,) = await conversations(hub)
    old = [
        said(PERSON, "wamid.P1", "Long ago", 90_000),
        said(OURS, "wamid.P2", "We answered", 80_000, to=PERSON, history_context={"status": "READ"}),
        said(PERSON, "wamid.P3", "", 70_000, type="media_placeholder"),
    ]

    for _ in range(2):
        await meta._post(hub, meta._change("history", **history(*old)))

    (after,) = await conversations(hub)
    assert [one["text"] for one in reversed(await messages(hub))] == ["Long ago", "We answered", "", "Is it in stock?"]
    unchanged = ("status", "unread", "waiting_since", "clocks", "reply_window_until", "last_message", "version")
    assert {name: after.get(name) for name in unchanged} == {name: before.get(name) for name in unchanged}
    assert next(one for one in await messages(hub) if one["text"] == "We answered")["delivery"]["status"] == "read"


async def test_a_file_that_is_told_later_takes_its_place(hub: Live, meta: WhatsappProvider):
    await meta._post(
        hub, meta._change("history", **history(said(PERSON, "wamid.P1", "", 90, type="media_placeholder")))
    )
    image = {"type": "image", "image": {"id": "99", "mime_type": "image/png", "caption": "the label"}}

    await meta._post(hub, meta._change("history", messages=[{**said(PERSON, "wamid.P1", "", 90), **image}]))

    (one,) = [one for one in await messages(hub) if one["external_id"] == "wamid.P1"]
    assert (one["type"], one["text"], [file["mime_type"] for file in one["attachments"]]) == (
        "image",
        "the label",
        ["image/png"],
    )


async def test_a_chat_from_before_with_somebody_new_opens_nothing(hub: Live, meta: WhatsappProvider):
    await meta._post(
        hub, meta._change("history", **history(said("4915550001", "wamid.N1", "Hi", 90_000), person="4915550001"))
    )

    new = next(one for one in await conversations(hub) if one["last_message"]["text"] == "Hi")
    assert (new["status"], new["unread"], new.get("clocks", [])) == ("resolved", 0, [])


async def test_what_was_written_on_the_phone_is_shown_as_what_it_is(hub: Live, meta: WhatsappProvider):
    head = {"from": OURS, "to": PERSON, "timestamp": seconds()}
    echoes = [
        {**head, "id": "wamid.E1", "type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": "Shop"}},
        {**head, "id": "wamid.E2", "type": "text", "text": {"body": "That one"}, "context": {"id": "wamid.IN1"}},
        {**head, "id": "wamid.E3", "type": "unsupported", "unsupported": {"type": "poll_creation"}},
        {**head, "id": "wamid.E4", "type": "reaction", "reaction": {"message_id": "wamid.IN1", "emoji": "🙏"}},
    ]

    await meta._post(hub, meta._change("smb_message_echoes", message_echoes=echoes))

    told = {one["external_id"]: one for one in await messages(hub)}
    assert (told["wamid.E1"]["type"], told["wamid.E1"]["location"]["name"]) == ("location", "Shop")
    assert told["wamid.E2"]["reply_to"]["message_id"] == told["wamid.IN1"]["id"]
    assert (told["wamid.E3"]["type"], told["wamid.E3"]["details"]) == ("unsupported", {"kind": "poll_creation"})
    assert told["wamid.IN1"]["reactions"] == [{"emoji": "🙏", "by": "brand"}]


async def test_a_number_is_the_same_person_once_a_status_names_the_user_id(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    item = {**meta._message("N1", "Hello"), "from": "14155550777"}
    del item["from_user_id"]
    await meta._post(hub, meta._change(messages=[item]))
    both = {"recipient_id": "14155550777", "recipient_user_id": "US.77001122334455"}
    told = {"id": "wamid.X", "status": "sent", "timestamp": seconds(), **both}

    await meta._post(hub, meta._change(statuses=[told]))
    hidden = {**meta._message("N2", "Still me"), "from_user_id": "US.77001122334455"}
    del hidden["from"]
    await meta._post(hub, meta._change(messages=[hidden]))

    assert sorted(one["last_message"]["text"] for one in await conversations(hub)) == ["Is it in stock?", "Still me"]


async def test_who_is_named_by_the_number_alone_is_who_wrote_with_both(hub: Live, meta: WhatsappProvider):
    head = {"from": OURS, "timestamp": seconds(), "type": "text", "text": {"body": "From the phone"}}
    wish = {"wa_id": PERSON, "category": "marketing_messages", "value": "stop", "timestamp": seconds()}

    await meta._post(hub, meta._change("smb_message_echoes", message_echoes=[{**head, "id": "wamid.E1", "to": PERSON}]))
    await meta._post(hub, meta._change("user_preferences", user_preferences=[wish]))

    assert "From the phone" in [one["text"] for one in await messages(hub)]
    (conversation,) = await conversations(hub)
    contact = (await hub.client.get(f"/api/v1/contacts/{conversation['contact_id']}")).json()
    assert [(one["purpose"], one["granted"]) for one in contact["consents"]] == [("marketing", False)]


async def test_a_number_that_went_to_somebody_else_names_them(hub: Live, meta: WhatsappProvider):
    await meta._post(
        hub, meta._change(messages=[{**meta._message("N1", "I am new here"), "from_user_id": "US.77001122334455"}])
    )
    head = {"from": OURS, "timestamp": seconds(), "type": "text", "text": {"body": "Welcome"}}

    await meta._post(hub, meta._change("smb_message_echoes", message_echoes=[{**head, "id": "wamid.E1", "to": PERSON}]))

    assert sorted(one["last_message"]["text"] for one in await conversations(hub)) == ["Is it in stock?", "Welcome"]


async def test_a_number_that_was_given_up_names_nobody_any_more(hub: Live, meta: WhatsappProvider):
    moved = {"type": "user_changed_number", "wa_id": "14155550777", "user_id": "US.77001122334455"}
    await meta._post(hub, meta._change(messages=[{**meta._message("S1", ""), "type": "system", "system": moved}]))
    head = {"from": OURS, "timestamp": seconds(), "type": "text", "text": {"body": "Hello"}}

    for place, number in enumerate((PERSON, "14155550777")):
        echo = {**head, "id": f"wamid.E{place}", "to": number}
        await meta._post(hub, meta._change("smb_message_echoes", message_echoes=[echo]))

    assert len({one["contact_id"] for one in await conversations(hub)}) == 2


@pytest.mark.parametrize(("tries", "wanted"), [(1, "sent"), (2, "failed")])
async def test_a_file_that_failed_at_meta_is_uploaded_once_more(
    hub: Live, gateway: Gateway, meta: WhatsappProvider, tries: int, wanted: str
):
    form = {"file": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")}
    uploaded = (await hub.client.post("/api/v1/attachments", files=form)).raise_for_status().json()["attachment"]
    refusal = Answer(400, b'{"error": {"code": 131053, "message": "Media upload error"}}', {"retry-after": "0"})
    for _ in range(tries):
        gateway.answers += [Answer(body=b'{"id": "880000000000001"}'), refusal]
    gateway.answers += [Answer(body=b'{"id": "880000000000002"}'), TAKEN]

    message = await replied(hub, wanted, text="Here", attachments=[uploaded["id"]])

    assert len(gateway.calls) == 4
    assert message["delivery"]["code"] == ("131053" if wanted == "failed" else "")
