"""What goes as one card, and what stands above buttons: whole bodies as Meta's pages write them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mim_desk.channels.base import Outgoing, OutgoingFile, Request, Response
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.buttons import Button
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
