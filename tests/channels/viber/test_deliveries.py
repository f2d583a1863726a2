"""What Viber delivers: signatures, every kind of event and message, tokens beyond 53 bits, and what nobody can read."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    ContactActed,
    IncomingFile,
    IncomingMessage,
    Parsed,
    Place,
    ReachChanged,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.viber.adapter import ViberAdapter
from mim_desk.domain.message import Activity, DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.viber.made import ACCOUNT, FIRST, NOW, START, TOKEN, delivery, event, message, raw, signature

ADAPTER = ViberAdapter()
FACTS = {"country": "BG"}
SENDER = Sender("AbC==", "Mia", verified=True, language="bg", fields=FACTS, picture="https://a.example/1")


def parsed(item: object):
    return ADAPTER.parse(ACCOUNT, delivery(raw(item))).events


def one(item: object):
    (found,) = parsed(item)
    return found


def test_the_vector_of_the_sheet_is_let_in():
    body = b'{"event":"webhook","timestamp":1763790000000,"chat_hostname":"SN-CHAT-00_","message_token":6000000000000000001}'

    ADAPTER.verify(ACCOUNT, delivery(body, "3d8091cf0aa6f34df9e40a4c47016a96957e6201621d348baa01339a3e37315c"))
    assert ADAPTER.parse(ACCOUNT, delivery(body)).events == ()


BODY = raw(message(text="Hello"))
GOOD = signature(BODY)
FORGED = {
    "no header": (BODY, ""),
    "a byte of the body": (BODY.replace(b"Hello", b"Hallo"), GOOD),
    "a byte of the header": (BODY, ("0" if GOOD[0] != "0" else "1") + GOOD[1:]),
    "a byte of the token": (BODY, signature(BODY, "5" + TOKEN[1:])),
    "a part of the header": (BODY, GOOD[:-1]),
    "capitals": (BODY, "A" * 64),
    "foreign characters": (BODY, "²" * 64),
    "a line after it": (BODY, GOOD + "\n"),
}


@pytest.mark.parametrize(("body", "header"), FORGED.values(), ids=FORGED.keys())
def test_a_delivery_that_is_not_truly_from_viber_is_refused(body, header):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, delivery(body, header))

    assert refused.value.code == "bad-signature"


ODD_FACTS = {
    "a film's length": message("video", media="https://m.example/v", size="5 kB", duration=12.5),
    "a picture's name": message("picture", media="https://m.example/p", file_name=7, text=None),
    "what came back with it": message(text="hi", tracking_data={"a": 1}),
    "the sender's country": {**message(text="hi"), "sender": {"id": "AbC==", "name": 5, "country": 359}},
    "whether it was shown": {**message(text="hi"), "silent": "no"},
}


@pytest.mark.parametrize("item", ODD_FACTS.values(), ids=ODD_FACTS.keys())
def test_odd_facts_beside_a_message_cost_nothing_but_themselves(item):
    found = one(item)

    assert isinstance(found, IncomingMessage)
    assert found.type is not MessageType.UNSUPPORTED


def test_without_a_token_nothing_is_let_in():
    with pytest.raises(Refusal):
        ADAPTER.verify(Account("i", {}, {}), delivery(BODY, signature(BODY, "")))


def incoming(kind: MessageType = MessageType.TEXT, **more: object) -> IncomingMessage:
    return IncomingMessage(str(FIRST), SENDER, START, kind, **more)


def at(url: str, name: str, mime_type: str, size: int = 0) -> IncomingFile:
    return IncomingFile(name, mime_type, size, url=url)


MESSAGES = {
    "text": (
        message(text="hi", tracking_data="conv9"),
        incoming(text="hi", details={"tracking_data": "conv9"}),
    ),
    "a button's text that was not shown": (
        {**message(text="yes"), "silent": True},
        incoming(text="yes", details={"silent": "yes"}),
    ),
    "picture": (
        message(
            "picture",
            media="https://m.example/p.jpg",
            thumbnail="https://m.example/t.jpg",
            text="see",
            file_name="p.jpg",
            size=5120,
        ),
        incoming(MessageType.IMAGE, text="see", files=(at("https://m.example/p.jpg", "p.jpg", "image/jpeg", 5120),)),
    ),
    "picture without a name": (
        message("picture", media="https://m.example/p"),
        incoming(MessageType.IMAGE, files=(at("https://m.example/p", "picture.jpg", "image/jpeg"),)),
    ),
    "film": (
        message("video", media="https://m.example/v", size=9, duration=12),
        incoming(
            MessageType.VIDEO,
            files=(at("https://m.example/v", "video.mp4", "video/mp4", 9),),
            details={"duration_s": "12"},
        ),
    ),
    "file": (
        message("file", media="https://m.example/f", file_name="a.pdf", size=2138),
        incoming(MessageType.FILE, files=(at("https://m.example/f", "a.pdf", "application/octet-stream", 2138),)),
    ),
    "sticker": (
        message("sticker", sticker_id=40133),
        incoming(MessageType.STICKER, details={"sticker_id": "40133"}),
    ),
    "sticker whose picture is at no address": (
        message("sticker", sticker_id=40133, media="s.png"),
        incoming(MessageType.STICKER, details={"sticker_id": "40133"}),
    ),
    "sticker with its picture": (
        message("sticker", sticker_id=40133, media="https://m.example/s.png"),
        incoming(
            MessageType.STICKER,
            files=(at("https://m.example/s.png", "sticker.png", "image/png"),),
            details={"sticker_id": "40133"},
        ),
    ),
    "contact card": (
        message("contact", contact={"name": "Al", "phone_number": "+359000000", "avatar": "https://a.example/2"}),
        incoming(MessageType.CONTACT_CARD, text="Al\n+359000000"),
    ),
    "contact card with its number as a number": (
        message("contact", contact={"name": "Al", "phone_number": 359000000}),
        incoming(MessageType.CONTACT_CARD, text="Al\n359000000"),
    ),
    "place": (
        message("location", location={"lat": 42.69, "lon": 23.32}),
        incoming(MessageType.LOCATION, location=Place(42.69, 23.32)),
    ),
    "place with its address": (
        message("location", location={"lat": 42, "lon": 23, "address": "Sofia"}),
        incoming(MessageType.LOCATION, location=Place(42.0, 23.0, "Sofia")),
    ),
    "link": (message("url", media="https://x.example/"), incoming(text="https://x.example/")),
    "kind that nobody knows": (
        message("hologram"),
        incoming(MessageType.UNSUPPORTED, details={"viber_type": "hologram"}),
    ),
    "text in a form that nobody knows": (
        message(text=7),
        incoming(MessageType.UNSUPPORTED, details={"viber_type": "text"}),
    ),
    "place that is none": (
        message("location", location={"lat": 420, "lon": 23}),
        incoming(MessageType.UNSUPPORTED, details={"viber_type": "location"}),
    ),
    "picture without an address": (
        message("picture", media="file:///etc/passwd"),
        incoming(MessageType.UNSUPPORTED, details={"viber_type": "picture"}),
    ),
    "message that says nothing": ({**message(), "message": None}, incoming(MessageType.UNSUPPORTED)),
    "with fields that nobody knows": ({**message(text="hi", mood="glad"), "weather": {}}, incoming(text="hi")),
}


@pytest.mark.parametrize(("item", "wanted"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_is_read(item, wanted):
    assert one(item) == wanted


def test_a_sender_without_a_name_is_one_too():
    assert one({**message(text="hi"), "sender": {"id": "AbC=="}}).sender == Sender("AbC==", verified=True)


EVENTS = {
    "delivered": (
        event("delivered", user_id="AbC=="),
        Receipt(DeliveryStatus.DELIVERED, START, str(FIRST)),
    ),
    "seen": (event("seen", user_id="AbC=="), Receipt(DeliveryStatus.READ, START, str(FIRST))),
    "failed": (
        event("failed", user_id="AbC==", desc="bad keyboard"),
        Receipt(
            DeliveryStatus.FAILED,
            START,
            str(FIRST),
            reason="Viber could not deliver it: bad keyboard.",
            code="failed",
        ),
    ),
    "failed without a word": (
        event("failed", user_id="AbC=="),
        Receipt(DeliveryStatus.FAILED, START, str(FIRST), reason="Viber could not deliver it.", code="failed"),
    ),
    "subscribed": (
        event("subscribed", user={"id": "AbC==", "name": "Mia"}),
        ReachChanged(Sender("AbC==", "Mia", verified=True), START, True, by_choice=True),
    ),
    "unsubscribed": (
        event("unsubscribed", user_id="AbC=="),
        ReachChanged(Sender("AbC==", verified=True), START, False, by_choice=True),
    ),
    "the chat was opened again": (
        event("conversation_started", type="open", user={"id": "AbC=="}, subscribed=True),
        ReachChanged(Sender("AbC==", verified=True), START, True),
    ),
    "a kind that nobody knows": (event("dance"), Unknown("dance")),
}


@pytest.mark.parametrize(("item", "wanted"), EVENTS.values(), ids=EVENTS.keys())
def test_what_is_no_message_is_read(item, wanted):
    assert one(item) == wanted


CAME = Sender("AbC==", "Mia", verified=True, fields={"claimed.context": "shop7"})
LINE_ID = str(uuid.uuid5(uuid.NAMESPACE_OID, f"viber:{FIRST}"))
LINE = ContactActed(CAME, START, Activity.CAME_BY, LINE_ID, {"way": "enter", "referral": "shop7"})


def opened(**more: object) -> dict[str, object]:
    return event("conversation_started", type="open", user={"id": "AbC==", "name": "Mia"}, **more)


def test_who_opens_the_chat_by_a_link_is_said_to_have_come_by_it():
    assert parsed(opened(context="shop7", subscribed=False)) == (ReachChanged(CAME, START, False), LINE)


def test_where_viber_does_not_say_who_is_subscribed_nobody_loses_the_right_to_an_answer():
    assert parsed(opened()) == ()
    assert parsed(opened(context="shop7")) == (LINE,)


@pytest.mark.parametrize(
    ("kind", "carried", "text"),
    [
        ("contact", {"contact": {"name": "Al", "phone_number": "+359000000"}}, "My number\nAl\n+359000000"),
        ("location", {"location": {"lat": "42.69", "lon": "23.32"}}, "My number"),
        ("sticker", {"sticker_id": "40133"}, "My number"),
        ("url", {"media": "https://x.example/"}, "My number\nhttps://x.example/"),
        ("hologram", {}, "My number"),
    ],
)
def test_words_beside_something_else_are_kept(kind: str, carried: dict[str, object], text: str):
    assert one(message(kind, text="My number", **carried)).text == text


def test_degrees_written_as_texts_are_a_place():
    found = one(message("location", location={"lat": "42.69", "lon": "23.32"}))

    assert (found.type, found.location) == (MessageType.LOCATION, Place(42.69, 23.32))


def test_the_size_of_a_file_may_have_its_longer_name():
    found = one(message("file", media="https://m.example/f", file_name="a.pdf", file_size=2138))

    assert found.files[0].size == 2138


@pytest.mark.parametrize("number", [2**53 + 1, 6_000_000_000_000_000_001, 2**63 - 1, 2**64 - 1])
def test_a_token_keeps_every_digit(number):
    assert one(message(token=number, text="x")).external_id == str(number)
    assert one(message(token=str(number), text="x")).external_id == str(number)
    assert one(event("seen", token=number)).external_id == str(number)


@pytest.mark.parametrize("value", [6.0e18, -1, 0, 10**30, "12.5", "", "²", None, True, [1]])
def test_what_is_no_token_is_none(value):
    assert isinstance(one(message(token=value, text="x")), Unknown)
    assert isinstance(one(event("delivered", token=value)), Unknown)


BROKEN = {
    "a list": [event("webhook")],
    "a number": 17,
    "nothing": None,
    "no event": {"timestamp": 1},
    "a message of nobody": event("message", message={"type": "text", "text": "x"}),
    "a sender without an id": {**message(text="x"), "sender": {"id": ""}},
    "an unsubscribed nobody": event("unsubscribed"),
    "a subscribed nobody": event("subscribed"),
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_unknown(item):
    assert isinstance(one(item), Unknown)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        BODY[:-5],
        b"[" * 30_000,
        b'{"event":' * 30_000,
        b'{"event":"message","message":' + b"[" * 30_000,
    ],
    ids=["empty", "cut", "no text", "cut late", "deep", "deeper", "deep message"],
)
def test_a_body_that_cannot_be_read_is_unknown_and_no_crash(body):
    assert all(isinstance(each, Unknown) for each in ADAPTER.parse(ACCOUNT, delivery(body)).events)


@pytest.mark.parametrize("told", [-1, 0, 10**30, 4102444800000, "soon", None, True, {}])
def test_a_time_that_cannot_be_is_that_of_the_delivery(told):
    assert one({**message(text="x"), "timestamp": told}).occurred_at == NOW


def test_the_same_delivery_again_is_the_same_event():
    assert parsed(message(text="x")) == parsed(message(text="x"))


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed(body):
    assert isinstance(ADAPTER.parse(ACCOUNT, delivery(body, "")), Parsed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KINDS = ["message", "delivered", "failed", "subscribed", "unsubscribed", "conversation_started", "dance"]
FIELDS = st.sampled_from(["timestamp", "message_token", "sender", "user", "user_id", "message", "desc", "context"])


@given(st.sampled_from(KINDS), st.dictionaries(FIELDS, JSON, min_size=1))
def test_any_value_in_any_field_is_parsed(kind, changes):
    assert len(parsed({**message(text="x"), "event": kind, **changes})) == 1


@given(JSON, st.sampled_from(["text", "picture", "video", "file", "sticker", "contact", "location", "url"]))
def test_a_message_with_a_token_is_never_lost(value, kind):
    fields = ("text", "media", "file_name", "size", "sticker_id", "contact", "location")

    assert isinstance(one(message(kind, **dict.fromkeys(fields, value))), IncomingMessage)


def test_viber_shakes_no_hands():
    with pytest.raises(Refusal):
        ADAPTER.handshake(ACCOUNT, delivery(b""))
