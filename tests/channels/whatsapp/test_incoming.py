"""What customers send, kind by kind."""

import pytest

from mim_desk.channels.base import (
    ContactActed,
    IdentityChanged,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    Place,
    ReactionSeen,
    Sender,
    Unknown,
)
from mim_desk.domain.message import Activity, MessageType
from tests.channels.whatsapp.made import NOOR, PHONE, STAMP, USER, WRITTEN, change, file, message, parsed, said

SHARED_CARDS = [
    {
        "name": {"formatted_name": "Leo Ruiz", "first_name": "Leo"},
        "org": {"company": "Ruiz Ltd"},
        "phones": [{"phone": "+1 415 555 0142", "wa_id": "14155550142", "type": "CELL"}],
        "emails": [{"email": "leo@ruiz.example"}],
        "vcard": "BEGIN:VCARD",
    },
    {"name": {"first_name": "Ida", "last_name": "Berg"}, "org": None},
]
ORDER = {
    "catalog_id": "555001",
    "text": "please hurry",
    "product_items": [
        {"product_retailer_id": "SKU-1", "quantity": 2, "item_price": 30, "currency": "EUR"},
        {"product_retailer_id": "SKU-2", "quantity": 1, "item_price": 9.95, "currency": "EUR"},
    ],
}
AD = {
    "source_type": "ad",
    "source_id": "120000000000001",
    "source_url": "https://fb.example/ad",
    "headline": "Spring sale",
    "body": "20 % off",
    "media_type": "image",
    "image_url": "https://cdn.example/a.jpg",
    "ctwa_clid": "AbC123",
    "welcome_message": {"text": "Hi!"},
}
FLOW = {"name": "flow", "body": "Sent", "response_json": '{"flow_token":"t1","rating":"4","days":["mon","tue"]}'}
UNSUPPORTED = [{"code": 131051, "title": "Message type unknown", "error_data": {"details": "not supported"}}]

SAID = {
    "text": (message(), said(text="Is it in stock?")),
    "image with words": (
        message(
            "image",
            {
                "id": "990000000000001",
                "mime_type": "image/jpeg",
                "sha256": "q0Zt=",
                "caption": "the label",
                "url": "https://lookaside.example/att?mid=990000000000001",
            },
        ),
        said(type=MessageType.IMAGE, text="the label", files=file("image.jpg", "image/jpeg", "990000000000001")),
    ),
    "image by address alone": (
        message("image", {"url": "https://lookaside.fbsbx.com/att", "mime_type": "image/png"}),
        said(
            type=MessageType.IMAGE,
            files=(IncomingFile("image.png", "image/png", url="https://lookaside.fbsbx.com/att"),),
        ),
    ),
    "voice message": (
        message("audio", {"id": "990000000000002", "mime_type": "audio/ogg; codecs=opus", "voice": True}),
        said(type=MessageType.VOICE, files=file("audio.ogg", "audio/ogg", "990000000000002")),
    ),
    "sound file": (
        message("audio", {"id": "990000000000002", "mime_type": "audio/mpeg", "voice": False}),
        said(type=MessageType.AUDIO, files=file("audio.mp3", "audio/mpeg", "990000000000002")),
    ),
    "video": (
        message("video", {"id": "990000000000003", "mime_type": "video/mp4", "caption": "noise"}),
        said(type=MessageType.VIDEO, text="noise", files=file("video.mp4", "video/mp4", "990000000000003")),
    ),
    "document": (
        message(
            "document",
            {"id": "990000000000004", "mime_type": "application/pdf", "filename": "invoice-77.pdf", "caption": "bill"},
        ),
        said(type=MessageType.FILE, text="bill", files=file("invoice-77.pdf", "application/pdf", "990000000000004")),
    ),
    "document without a name or type": (
        message("document", {"id": "990000000000004", "filename": None}),
        said(type=MessageType.FILE, files=file("document", "application/octet-stream", "990000000000004")),
    ),
    "sticker": (
        message("sticker", {"id": "990000000000005", "mime_type": "image/webp", "animated": False}),
        said(type=MessageType.STICKER, files=file("sticker.webp", "image/webp", "990000000000005")),
    ),
    "place with a name": (
        message(
            "location",
            {
                "latitude": 37.5665,
                "longitude": 126.978,
                "name": "City Hall",
                "address": "110 Sejong-daero",
                "url": "https://maps.example/x",
            },
        ),
        said(
            type=MessageType.LOCATION,
            location=Place(37.5665, 126.978, "City Hall"),
            details={"address": "110 Sejong-daero", "url": "https://maps.example/x"},
        ),
    ),
    "pin": (
        message("location", {"latitude": -33, "longitude": 151}),
        said(type=MessageType.LOCATION, location=Place(-33.0, 151.0)),
    ),
    "contact cards": (
        message("contacts", SHARED_CARDS),
        said(
            type=MessageType.CONTACT_CARD,
            text="Leo Ruiz\nRuiz Ltd\n+1 415 555 0142\nleo@ruiz.example\n\nIda Berg",
        ),
    ),
    "quote": (
        message(context={"from": "15555550100", "id": "wamid.OUR1"}),
        said(text="Is it in stock?", reply_to="wamid.OUR1"),
    ),
    "forwarded": (message(context={"forwarded": True}), said(text="Is it in stock?", details={"forwarded": "once"})),
    "forwarded often": (
        message(context={"forwarded": True, "frequently_forwarded": True}),
        said(text="Is it in stock?", details={"forwarded": "often"}),
    ),
    "question about a product": (
        message(context={"referred_product": {"catalog_id": "555001", "product_retailer_id": "SKU-1"}}),
        said(text="Is it in stock?", details={"product_id": "SKU-1", "product_catalog_id": "555001"}),
    ),
    "odd context": (message(context="yes"), said(text="Is it in stock?")),
    "from an ad": (
        message(referral=AD),
        said(
            text="Is it in stock?",
            details={
                "referral_type": "ad",
                "referral_id": "120000000000001",
                "referral_url": "https://fb.example/ad",
                "referral_headline": "Spring sale",
                "referral_text": "20 % off",
                "referral_click": "AbC123",
                "referral_picture": "https://cdn.example/a.jpg",
                "referral_greeting": "Hi!",
            },
        ),
    ),
    "button": (
        message(
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "act:track", "title": "Track order"}},
            context={"id": "wamid.OUR2"},
        ),
        said(
            type=MessageType.CHOICE,
            text="Track order",
            choice=Picked("act:track", "Track order"),
            reply_to="wamid.OUR2",
        ),
    ),
    "row of a list": (
        message(
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "slot:2", "title": "14:00", "description": "Tuesday"}},
        ),
        said(
            type=MessageType.CHOICE,
            text="14:00",
            choice=Picked("slot:2", "14:00"),
            details={"description": "Tuesday"},
        ),
    ),
    "form": (
        message("interactive", {"type": "nfm_reply", "nfm_reply": FLOW}),
        said(text='Sent\nrating: 4\ndays: ["mon","tue"]'),
    ),
    "form that cannot be read": (
        message("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{"}}),
        said(text="Sent"),
    ),
    "button of a template": (
        message("button", {"payload": "STOP_PROMO", "text": "Stop offers"}),
        said(type=MessageType.CHOICE, text="Stop offers", choice=Picked("STOP_PROMO", "Stop offers")),
    ),
    "order": (
        message("order", ORDER),
        said(
            type=MessageType.ORDER,
            text="2 × SKU-1 (30 EUR)\n1 × SKU-2 (9.95 EUR)\nplease hurry",
            details={"catalog_id": "555001"},
        ),
    ),
    "what Meta cannot pass on": (
        {
            **message("unsupported", {"type": "poll_creation"}),
            "errors": UNSUPPORTED,
        },
        said(type=MessageType.UNSUPPORTED, details={"kind": "poll_creation", "code": "131051"}),
    ),
    "what Meta cannot pass on, without a word": (
        {"from": PHONE, "from_user_id": USER, "id": "wamid.IN1", "timestamp": STAMP, "type": "unsupported"},
        said(type=MessageType.UNSUPPORTED, details={"kind": "unsupported"}),
    ),
    "a file too large to pass on": (
        {**message("errors", []), "type": "errors", "errors": [{"code": 131052, "title": "Media download error"}]},
        said(type=MessageType.UNSUPPORTED, details={"kind": "errors", "code": "131052"}),
    ),
    "a kind that is newer than this": (
        message("hologram", {"depth": 3}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "hologram"}),
    ),
    "a kind without its body": (
        {"from": PHONE, "from_user_id": USER, "id": "wamid.IN1", "timestamp": STAMP, "type": "text"},
        said(type=MessageType.UNSUPPORTED, details={"kind": "text"}),
    ),
    "a body of another shape": (
        message("text", {"body": 7}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "text"}),
    ),
    "a file without an id": (
        message("image", {"mime_type": "image/jpeg"}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "image"}),
    ),
    "a place that is none": (
        message("location", {"latitude": 137.0, "longitude": 1}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "location"}),
    ),
    "an edit of nothing": (
        message("edit", {"message": {}}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "edit"}),
    ),
    "fields we do not know": (
        message(novelty={"a": [1]}, text={"body": "Is it in stock?", "tone": "calm"}),
        said(text="Is it in stock?"),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), SAID.values(), ids=SAID.keys())
def test_each_kind_of_message_is_shown_as_what_it_is(item: dict[str, object], wanted: IncomingMessage):
    assert parsed(change(messages=[item])) == (wanted,)


TOLD = {
    "reaction": (
        message("reaction", {"message_id": "wamid.OUR1", "emoji": "👍"}),
        ReactionSeen(NOOR, WRITTEN, "👍", external_id="wamid.OUR1"),
    ),
    "reaction taken back": (
        message("reaction", {"message_id": "wamid.OUR1", "emoji": ""}),
        ReactionSeen(NOOR, WRITTEN, "", external_id="wamid.OUR1"),
    ),
    "reaction taken back by leaving it out": (
        message("reaction", {"message_id": "wamid.OUR1"}),
        ReactionSeen(NOOR, WRITTEN, "", external_id="wamid.OUR1"),
    ),
    "edit": (
        message(
            "edit",
            {"original_message_id": "wamid.IN0", "message": {"type": "text", "text": {"body": "In stock today?"}}},
        ),
        MessageEdited("wamid.IN0", WRITTEN, "In stock today?"),
    ),
    "edit of the words below a picture": (
        message(
            "edit",
            {"original_message_id": "wamid.IN0", "message": {"type": "image", "image": {"id": "9", "caption": "new"}}},
        ),
        MessageEdited("wamid.IN0", WRITTEN, "new"),
    ),
    "revoke": (message("revoke", {"original_message_id": "wamid.IN0"}), MessageDeleted("wamid.IN0", WRITTEN)),
    "news of a kind we do not know": (message("system", {"type": "moved_to_mars"}), Unknown("system", "moved_to_mars")),
    "a group": (message(group_id="g1"), Unknown("group", "messages of groups are not taken")),
}


@pytest.mark.parametrize(("item", "wanted"), TOLD.values(), ids=TOLD.keys())
def test_news_of_messages_and_people_are_told(item: dict[str, object], wanted: object):
    assert parsed(change(messages=[item])) == (wanted,)


MOVED = {
    "new number": (
        message(
            "system",
            {"type": "user_changed_number", "body": "changed", "wa_id": "14155550777", "user_id": "US.77001122334455"},
        ),
        IdentityChanged(
            Sender(
                "US.77001122334455",
                display="+14155550777",
                verified=True,
                fields={"phone": "+14155550777"},
                formerly=("14155550777", USER, PHONE),
                aliases=("14155550777",),
            ),
            WRITTEN,
        ),
    ),
    "new number, as it was told before": (
        {**message("system", {"type": "customer_changed_number", "new_wa_id": "14155550777"}), "from_user_id": None},
        IdentityChanged(
            Sender(
                "14155550777",
                display="+14155550777",
                verified=True,
                fields={"phone": "+14155550777"},
                formerly=(USER, PHONE),
            ),
            WRITTEN,
        ),
    ),
    "new user id": (
        message("system", {"type": "user_changed_user_id", "user_id": "US.77001122334455"}),
        IdentityChanged(Sender("US.77001122334455", verified=True, formerly=(USER, PHONE)), WRITTEN),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), MOVED.values(), ids=MOVED.keys())
def test_who_is_called_by_another_id_is_the_same_person_and_a_line_says_so(item: dict[str, object], wanted: object):
    told, line = parsed(change(messages=[item]))

    assert told == wanted
    assert isinstance(line, ContactActed)
    assert (line.sender, line.activity) == (told.sender, Activity.IDENTITY)
    assert line.details == {"change": "id", **({"number": told.sender.display} if told.sender.display else {})}


def test_new_keys_of_the_same_person_are_a_line_alone():
    identity = {"acknowledged": True, "created_timestamp": STAMP, "hash": "h4sh="}
    item = {**message("system", {"type": "customer_identity_changed", "body": "changed"}), "identity": identity}

    (first,), (again,) = parsed(change(messages=[item])), parsed(change(messages=[item]))

    assert isinstance(first, ContactActed)
    assert (first.activity, first.details) == (Activity.IDENTITY, {"change": "keys"})
    assert first.line_id == again.line_id
