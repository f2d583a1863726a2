"""What goes as one card, and what stands above buttons: whole bodies as Meta's pages write them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mim_desk.channels.base import Outgoing, OutgoingFile, Request, Response
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.buttons import Button, Fault, Frame, framed_in_words, in_words, problem
from tests.channels.conformance.test_buttons import K1, K2, OWN, SHOP, SLOTS, account, interactive, meta, outgoing

PICTURE = OutgoingFile("f1", "hat.jpg", "image/jpeg", b"jpeg", "https://hub.example/f1")
INVOICE = OutgoingFile("f2", "invoice.pdf", "application/pdf", b"pdf", "https://hub.example/f2")
SPOKEN = OutgoingFile("f3", "memo.ogg", "audio/ogg; codecs=opus", b"OggS" + bytes(24) + b"OpusHead")
UPLOADED = Response(200, {}, b'{"id": "880", "attachment_id": "990"}')
YES, NO = Button("Yes"), Button("No")


def bodies(channel: str, message: Outgoing) -> list[dict[str, Any]]:
    """What is said to the customer, uploads left out."""
    steps = ADAPTERS[channel].render(account(channel), message)
    made = [step if isinstance(step, Request) else step(UPLOADED) for step in steps]
    return [json.loads(one.body) for one in made if not one.prepares]


def card(**more: Any) -> dict[str, Any]:
    payload = {"template_type": "generic", "elements": [{**more, "image_url": PICTURE.url}]}
    return {"attachment": {"type": "template", "payload": payload}}


BUTTONS = [
    {"type": "postback", "title": "Yes", "payload": K1},
    {"type": "web_url", "title": "Shop", "url": SHOP.url},
]


def test_messenger_sends_picture_text_and_buttons_as_one_card():
    message = replace(outgoing("messenger", "A hat\nOnly today", YES, SHOP), files=(PICTURE,))

    (body,) = bodies("messenger", message)

    assert body == meta({**card(title="A hat\nOnly today", buttons=BUTTONS), "metadata": OWN})


def test_a_long_text_has_its_first_line_as_title():
    message = replace(outgoing("messenger", "A hat\n" + "o" * 80, YES, SHOP), files=(PICTURE,))

    (body,) = bodies("messenger", message)

    assert body["message"]["attachment"]["payload"]["elements"][0] == {
        "title": "A hat",
        "subtitle": "o" * 80,
        "image_url": PICTURE.url,
        "buttons": BUTTONS,
    }


def test_instagram_sends_a_card_too():
    (body,) = bodies("instagram", replace(outgoing("instagram", "A hat", YES), files=(PICTURE,)))

    assert body == meta(card(title="A hat", buttons=BUTTONS[:1]))


@pytest.mark.parametrize(
    "message",
    [
        replace(outgoing("messenger", "x" * 81, YES), files=(PICTURE,)),
        replace(outgoing("messenger", "A hat", *(Button(str(n)) for n in range(4))), files=(PICTURE,)),
        replace(outgoing("messenger", "A hat", YES), files=(replace(PICTURE, url=""),)),
        replace(outgoing("messenger", "A bill", YES), files=(INVOICE,)),
        replace(outgoing("messenger", "Two hats", YES), files=(PICTURE, PICTURE)),
    ],
    ids=["a long text", "many buttons", "no public address", "no picture", "two pictures"],
)
def test_what_fits_on_no_card_goes_apart(message: Outgoing):
    kinds = [next(iter(body["message"].keys() & {"text", "attachment"})) for body in bodies("messenger", message)]

    assert kinds == ["attachment"] * len(message.files) + ["text"]


@pytest.mark.parametrize(
    ("file", "header"),
    [
        (PICTURE, {"type": "image", "image": {"id": "880"}}),
        (INVOICE, {"type": "document", "document": {"id": "880", "filename": "invoice.pdf"}}),
        (OutgoingFile("f4", "a.mp4", "video/mp4", b"mp4"), {"type": "video", "video": {"id": "880"}}),
    ],
    ids=["picture", "document", "film"],
)
def test_whatsapp_shows_a_file_above_text_and_buttons(file: OutgoingFile, header: dict[str, Any]):
    message = replace(outgoing("whatsapp", "Confirm?", YES, NO), files=(file,))

    replies = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in ((K1, "Yes"), (K2, "No"))]
    told = {"type": "button", "header": header, "body": {"text": "Confirm?"}, "action": {"buttons": replies}}
    assert bodies("whatsapp", message) == [interactive(told)]


def test_above_an_address_stands_a_file_and_above_a_list_none():
    linked = bodies("whatsapp", replace(outgoing("whatsapp", "Look", SHOP), files=(PICTURE,)))
    listed = bodies("whatsapp", replace(outgoing("whatsapp", "When?", *SLOTS), files=(PICTURE,)))

    assert linked[0]["interactive"]["header"] == {"type": "image", "image": {"id": "880"}}
    assert [one["type"] for one in listed] == ["image", "interactive"]
    assert "header" not in listed[1]["interactive"]


@pytest.mark.parametrize(("data", "told"), [(SPOKEN.data, {"id": "880", "voice": True}), (b"OggS", {"id": "880"})])
def test_speech_in_opus_goes_as_a_voice_message(data: bytes, told: dict[str, Any]):
    (body,) = bodies("whatsapp", replace(outgoing("whatsapp", ""), files=(replace(SPOKEN, data=data),)))

    assert body["audio"] == told


def test_whatsapp_shows_lines_above_and_below_the_text():
    buttons = replace(outgoing("whatsapp", "Confirm?", YES), frame=Frame("Tuesday", "Acme"))
    listed = replace(outgoing("whatsapp", "When?", *SLOTS), frame=Frame("", "Acme"))

    (told,), (rows,) = bodies("whatsapp", buttons), bodies("whatsapp", listed)

    assert told["interactive"]["header"] == {"type": "text", "text": "Tuesday"}
    assert told["interactive"]["footer"] == rows["interactive"]["footer"] == {"text": "Acme"}
    assert "header" not in rows["interactive"]


def test_a_file_goes_before_where_words_stand_above():
    message = replace(outgoing("whatsapp", "Confirm?", YES), files=(PICTURE,), frame=Frame("Tuesday"))

    assert [one["type"] for one in bodies("whatsapp", message)] == ["image", "interactive"]


def test_whatsapp_asks_for_the_customers_place():
    message = outgoing("whatsapp", "Where shall we come?", Button("Send location", asks_place=True))

    told = {"type": "location_request_message", "body": {"text": "Where shall we come?"}}
    assert bodies("whatsapp", message) == [interactive({**told, "action": {"name": "send_location"}})]


PLACE = Button("Send location", asks_place=True)
FAULTS = {
    "a heading that is too long": ((YES,), Frame("x" * 61), Fault.HEADER_LENGTH),
    "a footer that is too long": ((YES,), Frame("", "👍" * 31), Fault.FOOTER_LENGTH),
    "words around a question for a place": ((PLACE,), Frame("", "Acme"), Fault.NO_FRAME),
    "a question for a place beside a button": ((PLACE, YES), Frame(), Fault.ASKS_ALONE),
    "words around nothing": ((), Frame("Tuesday"), Fault.NO_FRAME),
}


@pytest.mark.parametrize(("buttons", "frame", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_what_whatsapp_does_not_carry_around_buttons_is_said(buttons: tuple[Button, ...], frame: Frame, fault: Fault):
    found = problem(buttons, manifest("whatsapp").capabilities.button_limits, "Text", frame)

    assert found is not None
    assert found.fault is fault


@pytest.mark.parametrize("channel", ["messenger", "sms_twilio"])
def test_other_channels_refuse_both(channel: str):
    limits = manifest(channel).capabilities.button_limits

    around, asked = problem((YES,), limits, "Text", Frame("Tuesday")), problem((PLACE,), limits, "Text")

    assert around is not None
    assert asked is not None
    assert (around.fault, asked.fault) == (Fault.NO_FRAME, Fault.NO_PLACE_REQUESTS)


def test_what_stands_around_a_text_is_kept_where_there_are_words_alone():
    assert framed_in_words("Text", Frame("Above", "Below")) == "Above\n\nText\n\nBelow"
    assert in_words("Where?", [PLACE, YES]) == "Where?\n\n1. Yes"
