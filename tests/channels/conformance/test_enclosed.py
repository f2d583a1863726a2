"""Places, contact cards and stickers on their way out, channel by channel: whole bodies as the contract sheets write them."""

import json
from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import ContactCard, Enclosed, Outgoing, OutgoingFile, Place, Request, Response, Sticker
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.enclosed import Fault, card_problem, in_words, place_problem, sticker_problem
from tests.channels.conformance.test_buttons import NOW, OWN, RECIPIENTS, account

SHOP = Place(42.69, 23.32, "Shop", "1 Main Street")
PIN = Place(42.69, 23.32)
ANA = ContactCard("Ana Silva", ("+359 2 123", "+359 2 456"), ("ana@shop.example",))
LEO = ContactCard("Leo", ("+359000000",))
WEBP = OutgoingFile("f1", "fun.webp", "image/webp", b"RIFF0000WEBP", "https://hub.example/f1")


def outgoing(channel: str, enclosed: Enclosed, text: str = "", files: tuple[OutgoingFile, ...] = ()) -> Outgoing:
    return Outgoing(OWN, RECIPIENTS.get(channel, "AbC"), NOW, text, files, enclosed=enclosed)


def calls(channel: str, message: Outgoing) -> list[Request]:
    answer = Response(200, {}, b'{"room_id": "!r", "id": "media-1", "content_uri": "mxc://matrix.example/m1"}')
    steps = ADAPTERS[channel].render(account(channel), message)
    made = [step if isinstance(step, Request) else step(answer) for step in steps]
    return [one for one in made if not one.url.endswith("createRoom")]


def whatsapp(kind: str, content: Any) -> dict[str, Any]:
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "AbC", "type": kind}
    return {**head, kind: content, "biz_opaque_callback_data": OWN}


def viber(kind: str, **more: Any) -> dict[str, Any]:
    return {"receiver": "AbC", "min_api_version": 1, "sender": {"name": "Brand"}, "type": kind, **more}


def line(**message: Any) -> dict[str, Any]:
    return {"to": "AbC", "messages": [message]}


CASES: dict[str, tuple[str, Enclosed, str, dict[str, Any]]] = {
    "telegram: a pin": ("telegram", PIN, "sendLocation", {"chat_id": 7001, "latitude": 42.69, "longitude": 23.32}),
    "telegram: a place": (
        "telegram",
        SHOP,
        "sendVenue",
        {"chat_id": 7001, "latitude": 42.69, "longitude": 23.32, "title": "Shop", "address": "1 Main Street"},
    ),
    "telegram: a card": (
        "telegram",
        LEO,
        "sendContact",
        {"chat_id": 7001, "phone_number": "+359000000", "first_name": "Leo"},
    ),
    "telegram: a card with more than one number": (
        "telegram",
        ANA,
        "sendContact",
        {
            "chat_id": 7001,
            "phone_number": "+359 2 123",
            "first_name": "Ana Silva",
            "vcard": "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ana Silva;;;;\r\nFN:Ana Silva\r\nTEL:+359 2 123\r\n"
            "TEL:+359 2 456\r\nEMAIL:ana@shop.example\r\nEND:VCARD",
        },
    ),
    "telegram: a sticker by its file": (
        "telegram",
        Sticker("CAACAgIAAx"),
        "sendSticker",
        {"chat_id": 7001, "sticker": "CAACAgIAAx"},
    ),
    "viber: a place": ("viber", PIN, "send_message", viber("location", location={"lat": 42.69, "lon": 23.32})),
    "viber: a card": (
        "viber",
        LEO,
        "send_message",
        viber("contact", contact={"name": "Leo", "phone_number": "+359000000"}),
    ),
    "viber: a sticker": ("viber", Sticker("40133"), "send_message", viber("sticker", sticker_id=40133)),
    "line: a place": (
        "line",
        SHOP,
        "push",
        line(type="location", title="Shop", address="1 Main Street", latitude=42.69, longitude=23.32),
    ),
    "line: a pin has to have a title and an address": (
        "line",
        PIN,
        "push",
        line(
            type="location",
            title="42.69000, 23.32000",
            address="42.69000, 23.32000",
            latitude=42.69,
            longitude=23.32,
        ),
    ),
    "line: a sticker": (
        "line",
        Sticker("1988", "446"),
        "push",
        line(type="sticker", packageId="446", stickerId="1988"),
    ),
    "whatsapp: a place": (
        "whatsapp",
        SHOP,
        "messages",
        whatsapp("location", {"latitude": 42.69, "longitude": 23.32, "name": "Shop", "address": "1 Main Street"}),
    ),
    "whatsapp: a pin": ("whatsapp", PIN, "messages", whatsapp("location", {"latitude": 42.69, "longitude": 23.32})),
    "whatsapp: a card": (
        "whatsapp",
        ANA,
        "messages",
        whatsapp(
            "contacts",
            [
                {
                    "name": {"formatted_name": "Ana Silva", "first_name": "Ana Silva"},
                    "phones": [{"phone": "+359 2 123"}, {"phone": "+359 2 456"}],
                    "emails": [{"email": "ana@shop.example"}],
                }
            ],
        ),
    ),
    "matrix: a place": (
        "matrix",
        SHOP,
        f"m.room.message/{OWN}",
        {"msgtype": "m.location", "body": in_words("", SHOP), "geo_uri": "geo:42.69,23.32"},
    ),
    "wecom_kf: a place": (
        "wecom_kf",
        SHOP,
        "send_msg",
        {
            "touser": "AbC",
            "open_kfid": "wk1",
            "msgtype": "location",
            "location": {"latitude": 42.69, "longitude": 23.32, "name": "Shop", "address": "1 Main Street"},
        },
    ),
    "custom: a place": (
        "custom",
        SHOP,
        "in",
        {
            "type": "message",
            "id": OWN,
            "to": "AbC",
            "location": {"latitude": 42.69, "longitude": 23.32, "name": "Shop", "address": "1 Main Street"},
        },
    ),
    "custom: a card": (
        "custom",
        LEO,
        "in",
        {
            "type": "message",
            "id": OWN,
            "to": "AbC",
            "contact_card": {"name": "Leo", "phones": ["+359000000"], "emails": []},
        },
    ),
    "instagram: the heart": (
        "instagram",
        Sticker("like_heart"),
        "messages",
        {
            "recipient": {"id": "AbC"},
            "messaging_type": "RESPONSE",
            "message": {"attachment": {"type": "like_heart"}},
        },
    ),
}


@pytest.mark.parametrize(("channel", "enclosed", "method", "body"), CASES.values(), ids=CASES.keys())
def test_places_cards_and_stickers_are_what_they_are(
    channel: str, enclosed: Enclosed, method: str, body: dict[str, Any]
):
    (call,) = calls(channel, outgoing(channel, enclosed))

    assert call.url.partition("?")[0].rstrip("/").endswith(method)
    told = json.loads(call.body)
    told.pop("msgid", None)
    assert told == body


WORDS_BEFORE = {
    "telegram": ["sendMessage", "sendVenue"],
    "viber": ["text", "location"],
    "whatsapp": ["text", "location"],
    "matrix": ["m.text", "m.location"],
    "wecom_kf": ["location", "text"],
}


@pytest.mark.parametrize("channel", WORDS_BEFORE)
def test_a_text_beside_a_place_is_a_message_of_its_own(channel: str):
    made = [json.loads(one.body) | {"call": one.url} for one in calls(channel, outgoing(channel, SHOP, "Here"))]

    kinds = [one.get("type") or one.get("msgtype") or one["call"].rpartition("/")[2] for one in made]
    assert kinds == WORDS_BEFORE[channel]


def test_line_says_both_in_one_call():
    (call,) = calls("line", outgoing("line", SHOP, "Here"))

    assert [one["type"] for one in json.loads(call.body)["messages"]] == ["text", "location"]


def test_viber_tells_the_name_of_a_place_before_it():
    first, _ = calls("viber", outgoing("viber", SHOP))

    assert json.loads(first.body)["text"] == "Shop\n1 Main Street"


def form_of(call: Request) -> dict[str, Any]:
    kind = call.headers["content-type"]
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body).get_payload()
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


def test_telegram_takes_a_picture_as_a_sticker():
    (call,) = calls("telegram", outgoing("telegram", Sticker(attachment="f1"), files=(WEBP,)))

    assert call.url.endswith("/sendSticker")
    assert form_of(call) == {"chat_id": b"7001", "sticker": WEBP.data}


def test_whatsapp_takes_a_picture_as_a_sticker():
    upload, call = calls("whatsapp", outgoing("whatsapp", Sticker(attachment="f1"), files=(WEBP,)))

    assert form_of(upload)["type"] == b"image/webp"
    assert json.loads(call.body) == whatsapp("sticker", {"id": "media-1"})


def test_a_matrix_room_shows_a_picture_as_a_sticker():
    _, call = calls("matrix", outgoing("matrix", Sticker(attachment="f1"), files=(WEBP,)))

    assert "/send/m.sticker/" in call.url
    assert json.loads(call.body) == {
        "body": "fun.webp",
        "url": "mxc://matrix.example/m1",
        "info": {"mimetype": "image/webp", "size": len(WEBP.data)},
    }


@pytest.mark.parametrize("channel", ["telegram", "line"])
def test_a_sticker_alone_quotes(channel: str):
    message = outgoing(channel, Sticker("1988", "446"))
    message = replace(message, reply_to=f"{message.recipient}:11", reply_to_details={"quote_token": "q1"})

    (call,) = calls(channel, message)

    body = json.loads(call.body)
    quotes = body.get("reply_parameters", {}).get("message_id") or body.get("messages", [{}])[0].get("quoteToken")
    assert quotes in (11, "q1")


@pytest.mark.parametrize("channel", sorted(ADAPTERS))
def test_what_a_manifest_announces_is_rendered(channel: str):
    can = manifest(channel).capabilities
    offered: list[tuple[Enclosed, tuple[OutgoingFile, ...]]] = []
    if can.location is not None:
        offered.append((SHOP, ()))
    if can.contact_card is not None:
        offered.append((LEO, ()))
    if can.sticker is not None and can.sticker.ids:
        offered.append((Sticker("1988" if can.sticker.digits else "like_heart", "446"), ()))
    if can.sticker is not None and can.sticker.types:
        offered.append((Sticker(attachment="f1"), (WEBP,)))

    for enclosed, files in offered:
        assert calls(channel, outgoing(channel, enclosed, files=files))


PROBLEMS = {
    "north of the pole": (place_problem(Place(90.1, 0), None), Fault.NOT_ON_EARTH),
    "no number at all": (place_problem(Place(float("nan"), 0), None), Fault.NOT_ON_EARTH),
    "a long name": (place_problem(Place(0, 0, "x" * 101), manifest("line").capabilities.location), Fault.PLACE_NAME),
    "a card without a name": (card_problem(ContactCard(" ", ("+1 23",)), None), Fault.CARD_NAME),
    "a card without a way": (card_problem(ContactCard("Leo"), None), Fault.NO_WAY),
    "a card by mail alone where a number is needed": (
        card_problem(ContactCard("Leo", (), ("leo@x.example",)), manifest("telegram").capabilities.contact_card),
        Fault.NO_WAY,
    ),
    "letters as a number": (card_problem(ContactCard("Leo", ("call me",)), None), Fault.NUMBER),
    "two numbers in viber": (card_problem(ANA, manifest("viber").capabilities.contact_card), Fault.NUMBERS),
    "a sticker where there are none": (sticker_problem(Sticker("1"), None), Fault.NO_STICKERS),
    "a line sticker without its pack": (
        sticker_problem(Sticker("1988"), manifest("line").capabilities.sticker),
        Fault.PACK,
    ),
    "words as a viber sticker": (
        sticker_problem(Sticker("smile"), manifest("viber").capabilities.sticker),
        Fault.STICKER,
    ),
    "a heart that is none": (
        sticker_problem(Sticker("like_star"), manifest("instagram").capabilities.sticker),
        Fault.STICKER,
    ),
}


@pytest.mark.parametrize(("found", "fault"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_cannot_go_is_known_before(found: Any, fault: Fault):
    assert found is not None
    assert found.fault is fault


@given(st.text(max_size=80))
def test_a_vcard_has_no_line_that_nobody_wrote_as_one(name: str):
    body = json.loads(calls("telegram", outgoing("telegram", replace(ANA, name=f"x{name}")))[0].body)

    assert len(body["vcard"].split("\r\n")) == 8
