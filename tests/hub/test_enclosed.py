"""Places, contact cards and stickers at a running hub: refused in plain words, sent, kept in the row and in the event."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.channels.conformance.providers import SmsTwilioProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

PLACE = {"latitude": 42.69, "longitude": 23.32, "name": "Shop"}
CARD = {"name": "Leo", "phones": ["+359000000"]}


async def test_a_place_goes_out_and_stays_in_the_message(shop: Live, gateway: Gateway):
    conversation = (await shop.conversation("ana"))["id"]

    sent = (await shop.reply(conversation, "", location=PLACE)).json()
    await shop.until_status(conversation, sent["id"], "sent")

    assert (sent["type"], sent["location"], sent["text"]) == ("location", PLACE, "")
    assert gateway.calls[-1].json["location"] == {**PLACE, "address": ""}


async def test_an_address_travels_where_one_is_given(shop: Live):
    conversation = (await shop.conversation("ana"))["id"]

    sent = (await shop.reply(conversation, "", location={**PLACE, "address": " 1 Main\nStreet "})).json()

    assert sent["location"] == {**PLACE, "address": "1 Main Street"}


async def test_a_card_goes_out_and_stays_in_the_message(shop: Live, gateway: Gateway):
    conversation = (await shop.conversation("ana"))["id"]

    sent = (await shop.reply(conversation, "Ask him", contact_card=CARD)).json()
    await shop.until_status(conversation, sent["id"], "sent")

    assert (sent["type"], sent["text"]) == ("contact_card", "Ask him")
    assert sent["contact_card"] == {**CARD, "emails": []}
    assert gateway.calls[-1].json["contact_card"] == {**CARD, "emails": []}


async def test_the_same_id_with_another_place_is_a_conflict(shop: Live):
    conversation = (await shop.conversation("ana"))["id"]
    message_id = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
    await shop.reply(conversation, "", id=message_id, location=PLACE)

    same = await shop.reply(conversation, "", id=message_id, location=PLACE)
    other = await shop.reply(conversation, "", id=message_id, location={**PLACE, "latitude": 1.0})

    assert (same.status_code, other.status_code) == (200, 409)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"location": {"latitude": 91, "longitude": 0}}, "location", "latitude from -90 to 90"),
        ({"location": {**PLACE, "name": "x" * 201}}, "location", "at most 200 characters"),
        ({"contact_card": {"name": "Leo"}}, "contact_card", "needs a phone number"),
        ({"contact_card": {"name": "", "phones": ["+1 23"]}}, "contact_card", "needs a name"),
        ({"sticker": {"id": "1988", "pack": "446"}}, "sticker", "has no stickers"),
        ({"location": PLACE, "contact_card": CARD}, "contact_card", "Send the others by themselves"),
        ({"location": PLACE, "kind": "note"}, "location", "Only a reply"),
    ],
)
async def test_what_cannot_go_is_refused_in_plain_words(shop: Live, given: dict[str, Any], field: str, words: str):
    conversation = await shop.conversation()

    refused = await shop.reply(conversation["id"], "", **given)

    assert refused.status_code == 400
    assert refused.json()["field"] == field
    assert words in refused.json()["detail"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"location": PLACE},
            "Here\n\nShop\nhttps://www.openstreetmap.org/?mlat=42.69000&mlon=23.32000#map=16/42.69000/23.32000",
        ),
        ({"contact_card": CARD}, "Here\n\nLeo\n+359000000"),
    ],
    ids=["a place", "a card"],
)
async def test_a_channel_without_them_gets_lines_of_text(hub: Live, gateway: Gateway, given: dict[str, Any], told: str):
    provider = SmsTwilioProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    gateway.calls.clear()
    await provider.write(hub, "first", "Hello")
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"]
    gateway.answers.append(Answer(201, b'{"sid": "SM1", "status": "queued"}'))

    sent = (await hub.reply(conversation, "Here", **given)).json()
    await hub.until_status(conversation, sent["id"], "sent")

    assert parse_qs(gateway.calls[-1].body.decode())["Body"] == [told]
