"""What LINE delivers: signatures, every kind of event and message, and what nobody can read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    AccountTold,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Parsed,
    Picked,
    Place,
    ReachChanged,
    Sender,
    Unknown,
)
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.line.made import ACCOUNT, NOW, SECRET, START, batch, delivery, event, message, signature

ADAPTER = LineAdapter()
MIO = Sender("Umio", verified=True)


def parsed(*events: object):
    return ADAPTER.parse(ACCOUNT, delivery(batch(*events))).events


def one(item: object):
    (found,) = parsed(item)
    return found


def test_the_vector_of_the_sheet_is_let_in():
    body = b'{"destination":"U00000000000000000000000000000001","events":[]}'

    ADAPTER.verify(ACCOUNT, delivery(body, "YQU0voYIh8lUA1XaYoIEZg9trJlhjyu9qVt6HqVvWf4="))


BODY = batch(message(text="Hello"))
FORGED = {
    "no header": (BODY, ""),
    "a byte of the body": (BODY.replace(b"Hello", b"Hallo"), signature(BODY)),
    "a byte of the header": (BODY, "A" + signature(BODY)[1:] if signature(BODY)[0] != "A" else "B"),
    "a byte of the secret": (BODY, signature(BODY, "1" + SECRET[1:])),
    "a part of the header": (BODY, signature(BODY)[:-2]),
    "in hexadecimal": (BODY, "00" * 32),
    "foreign characters": (BODY, "ÿ²\udc80"),
    "a space after it": (BODY, signature(BODY) + " "),
}


@pytest.mark.parametrize(("body", "header"), FORGED.values(), ids=FORGED.keys())
def test_a_delivery_that_is_not_truly_from_line_is_refused(body, header):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, delivery(body, header))

    assert refused.value.code == "bad-signature"


def test_without_a_secret_nothing_is_let_in():
    with pytest.raises(Refusal):
        ADAPTER.verify(Account("i", {}, {}), delivery(BODY, signature(BODY, "")))


def test_the_consoles_test_call_brings_nothing_and_hears_ok():
    told = ADAPTER.parse(ACCOUNT, delivery(batch()))

    assert (told.events, told.answer.status) == ((), 200)


def incoming(number: int = 1, kind: MessageType = MessageType.TEXT, **more: object) -> IncomingMessage:
    details = {"reply_token": f"rt{number}", **more.pop("details", {})}
    return IncomingMessage(f"50000000000000000{number}", MIO, START, kind, details=details, **more)


MESSAGES = {
    "text": (message(text="hello"), incoming(text="hello")),
    "text that quotes": (
        message(text="hello", quoteToken="q1", quotedMessageId="500000000000000000", markAsReadToken="m1"),
        incoming(text="hello", reply_to="500000000000000000", details={"quote_token": "q1", "read_token": "m1"}),
    ),
    "text with an emoji by name": (
        message(text="hi (love)", emojis=[{"index": 3, "length": 6, "productId": "p", "emojiId": "1"}]),
        incoming(text="hi (love)"),
    ),
    "picture of an album": (
        message("image", 2, contentProvider={"type": "line"}, imageSet={"id": "is1", "index": 1, "total": 2}),
        incoming(
            2,
            MessageType.IMAGE,
            files=(IncomingFile("500000000000000002.jpg", "image/jpeg", external_id="500000000000000002"),),
            details={"album": "is1", "album_index": "1", "album_total": "2"},
        ),
    ),
    "picture elsewhere": (
        message("image", contentProvider={"type": "external", "originalContentUrl": "https://a.example/p.jpg"}),
        incoming(
            kind=MessageType.IMAGE,
            files=(IncomingFile("500000000000000001.jpg", "image/jpeg", url="https://a.example/p.jpg"),),
        ),
    ),
    "film with fields that are null": (
        message("video", contentProvider={"type": "line", "originalContentUrl": None}, duration=None, imageSet=None),
        incoming(
            kind=MessageType.VIDEO,
            files=(IncomingFile("500000000000000001.mp4", "video/mp4", external_id="500000000000000001"),),
        ),
    ),
    "film": (
        message("video", contentProvider={"type": "line"}, duration=60000),
        incoming(
            kind=MessageType.VIDEO,
            files=(IncomingFile("500000000000000001.mp4", "video/mp4", external_id="500000000000000001"),),
            details={"duration_ms": "60000"},
        ),
    ),
    "sound": (
        message("audio", contentProvider={"type": "line"}, duration=1500),
        incoming(
            kind=MessageType.AUDIO,
            files=(IncomingFile("500000000000000001.m4a", "audio/mp4", external_id="500000000000000001"),),
            details={"duration_ms": "1500"},
        ),
    ),
    "file": (
        message("file", 3, fileName="a.pdf", fileSize=2138),
        incoming(
            3,
            MessageType.FILE,
            files=(IncomingFile("a.pdf", "application/octet-stream", 2138, external_id="500000000000000003"),),
        ),
    ),
    "place": (
        message("location", 4, title="Shop", address="Tokyo", latitude=35.6, longitude=139.7),
        incoming(4, MessageType.LOCATION, location=Place(35.6, 139.7, "Shop, Tokyo")),
    ),
    "place in degrees written as texts": (
        message("location", 4, title="Shop", address="Tokyo", latitude="35.6", longitude="139.7"),
        incoming(4, MessageType.LOCATION, location=Place(35.6, 139.7, "Shop, Tokyo")),
    ),
    "place without words": (
        message("location", 4, latitude=35, longitude=-139),
        incoming(4, MessageType.LOCATION, location=Place(35.0, -139.0)),
    ),
    "sticker": (
        message("sticker", 5, packageId="446", stickerId="1988", stickerResourceType="STATIC", keywords=["hi", "you"]),
        incoming(
            5,
            MessageType.STICKER,
            details={"package_id": "446", "sticker_id": "1988", "sticker_kind": "STATIC", "keywords": "hi, you"},
        ),
    ),
    "sticker with words of its own": (
        message("sticker", 5, packageId="1", stickerId="2", text="See you"),
        incoming(5, MessageType.STICKER, text="See you", details={"package_id": "1", "sticker_id": "2"}),
    ),
    "kind that nobody knows": (
        message("hologram", hologram={"x": 1}),
        incoming(kind=MessageType.UNSUPPORTED, details={"line_type": "hologram"}),
    ),
    "text in a form that nobody knows": (
        message(text={"plain": "hello"}),
        incoming(kind=MessageType.UNSUPPORTED, details={"line_type": "text"}),
    ),
    "place that is none": (
        message("location", latitude=350.0, longitude=1.0),
        incoming(kind=MessageType.UNSUPPORTED, details={"line_type": "location"}),
    ),
    "picture at an address in clear": (
        message("image", contentProvider={"type": "external", "originalContentUrl": "http://a.example/p.jpg"}),
        incoming(kind=MessageType.UNSUPPORTED, details={"line_type": "image"}),
    ),
    "while another module has the chat": (
        {**message(text="hello"), "mode": "standby", "replyToken": None},
        IncomingMessage(
            "500000000000000001", MIO, START, text="hello", details={"mode": "standby"}, wants_answer=False
        ),
    ),
    "with fields that nobody knows": ({**message(text="hello", mood="glad"), "weather": {}}, incoming(text="hello")),
}


@pytest.mark.parametrize(("item", "wanted"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_is_read(item, wanted):
    assert one(item) == wanted


def test_in_a_group_the_answer_goes_to_the_group():
    found = one({**message(text="hi"), "source": {"type": "group", "groupId": "Cgroup", "userId": "Umio"}})
    nameless = one({**message(text="hi"), "source": {"type": "room", "roomId": "Rroom"}})

    assert found.sender == Sender("Cgroup", stand_in="LINE group")
    assert found.details == {"reply_token": "rt1", "group_member": "Umio"}
    assert nameless.sender.external_id == "Rroom"


def test_a_button_is_the_choice_that_was_made():
    found = one(event("postback", 6, replyToken="rt6", postback={"data": "order=77"}))

    assert found == IncomingMessage(
        "01HX0000000000000000000006",
        MIO,
        START,
        MessageType.CHOICE,
        "order=77",
        choice=Picked("order=77", "order=77"),
        details={"reply_token": "rt6"},
    )


def test_a_date_that_was_picked_is_shown():
    found = one(event("postback", postback={"data": "when", "params": {"date": "2026-03-02"}}))

    assert found.choice == Picked("when", "2026-03-02")
    assert found.details == {"param_date": "2026-03-02"}


OTHERS = {
    "unsend": (
        event("unsend", unsend={"messageId": "500000000000000001"}),
        MessageDeleted("500000000000000001", START),
    ),
    "follow": (
        event("follow", replyToken="rt8", follow={"isUnblocked": False}),
        ReachChanged(MIO, START, True, by_choice=True),
    ),
    "unfollow": (event("unfollow"), ReachChanged(MIO, START, False, by_choice=True)),
    "edit": (
        {**event("messageEdited"), "message": {"id": "5001", "type": "text", "text": "Hello!"}},
        MessageEdited("5001", START, "Hello!"),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), OTHERS.values(), ids=OTHERS.keys())
def test_what_is_no_message_is_read(item, wanted):
    assert one(item) == wanted


@pytest.mark.parametrize("kind", ["module", "delivery"])
def test_what_is_of_no_chat_of_ours_is_no_event(kind):
    assert ADAPTER.parse(ACCOUNT, delivery(batch(event(kind)))).events == ()


@pytest.mark.parametrize(
    ("kind", "state", "lasts"),
    [
        ("botSuspended", FigureState.DANGER, None),
        ("deactivated", FigureState.DANGER, None),
        ("botResumed", FigureState.OK, START + timedelta(days=3)),
        ("activated", FigureState.OK, START + timedelta(days=3)),
    ],
)
def test_how_the_account_stands_is_told_in_the_inboxs_health(kind, state, lasts):
    told = one(event(kind))

    assert isinstance(told, AccountTold)
    assert (told.name, told.state, told.until) == ("State at LINE", state, lasts)


def test_what_line_does_not_name_is_kept_and_counted():
    assert one(event("dance")) == Unknown("dance")


BROKEN = {
    "not an object": 17,
    "nothing": None,
    "no type": {"message": {"id": "1"}},
    "no source": {**message(text="x"), "source": None},
    "a source without an id": {**message(text="x"), "source": {"type": "user"}},
    "a message without an id": event("message", message={"type": "text", "text": "x"}),
    "a message with an empty id": event("message", message={"type": "text", "text": "x", "id": ""}),
    "no message": event("message"),
    "an unsend of nothing": event("unsend"),
    "a postback without data": event("postback", postback={}),
    "a postback without its event's id": {**event("postback", postback={"data": "x"}), "webhookEventId": None},
    "an edit without a text": {**event("messageEdited"), "message": {"id": "5001", "type": "image"}},
    "an unfollow of nobody": {**event("unfollow"), "source": None},
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_item_is_unknown_and_costs_no_neighbour(item):
    found = parsed(message(text="before"), item, message(number=2, text="after"))

    assert [type(each) for each in found] == [IncomingMessage, Unknown, IncomingMessage]


ODD_FACTS = {
    "a film's length": message("video", contentProvider={"type": "line"}, duration="12 s"),
    "an album": message("image", contentProvider={"type": "line"}, imageSet={"id": 7, "index": None}),
    "a file's size": message("file", fileName=None, fileSize="2 kB"),
    "a sticker's words": message("sticker", packageId="1", stickerId="2", keywords=None, stickerResourceType=1),
    "what is at a place": message("location", latitude=35.6, longitude=139.7, title=5),
    "who may answer, and how often it was told": {**message(text="x"), "mode": None, "deliveryContext": None},
}


@pytest.mark.parametrize("item", ODD_FACTS.values(), ids=ODD_FACTS.keys())
def test_odd_facts_beside_a_message_cost_nothing_but_themselves(item):
    found = one(item)

    assert isinstance(found, IncomingMessage)
    assert found.type is not MessageType.UNSUPPORTED


def test_a_redelivery_is_the_same_message():
    again = {**message(text="hello"), "deliveryContext": {"isRedelivery": True}}

    assert one(again) == one(message(text="hello"))


@pytest.mark.parametrize("told", [-1, 0, 10**30, 4102444800000, "soon", None, 1.5, True, [1]])
def test_a_time_that_cannot_be_is_that_of_the_delivery(told):
    assert one({**message(text="x"), "timestamp": told}).occurred_at == NOW


def test_times_keep_their_milliseconds():
    assert one({**message(text="x"), "timestamp": 1763790000123}).occurred_at == START + timedelta(milliseconds=123)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b'{"events": 1}',
        BODY[:-9],
        b"[" * 30_000,
        b'{"events":[' + b"[" * 30_000,
        b'{"events":' * 30_000,
        b'{"destination":' + b"[" * 30_000 + b"]" * 30_000 + b',"events":[]}',
    ],
    ids=[
        "empty",
        "cut",
        "null",
        "list",
        "no text",
        "no events",
        "cut late",
        "deep",
        "deep event",
        "deeper",
        "aside",
    ],
)
def test_a_body_that_cannot_be_read_is_unknown_and_no_crash(body):
    told = ADAPTER.parse(ACCOUNT, delivery(body))

    assert all(isinstance(each, Unknown) for each in told.events)


def test_a_text_that_is_nested_without_end_is_a_message_that_cannot_be_shown():
    body = BODY.replace(b'"Hello"', b"[" * 30_000 + b"]" * 30_000)

    (found,) = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert isinstance(found, IncomingMessage)
    assert found.type is MessageType.UNSUPPORTED


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed(body):
    assert isinstance(ADAPTER.parse(ACCOUNT, delivery(body, "")), Parsed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["type", "source", "timestamp", "message", "mode", "postback", "unsend", "deliveryContext"])


@given(st.dictionaries(FIELDS, JSON, min_size=1))
def test_any_value_in_any_field_is_parsed_and_costs_no_neighbour(changes):
    found = parsed({**message(text="x"), **changes}, message(number=2, text="beside"))

    assert len(found) == 2
    assert found[1].text == "beside"


@given(JSON, st.sampled_from(["text", "image", "video", "audio", "file", "location", "sticker"]))
def test_a_message_with_an_id_is_never_lost(value, kind):
    fields = ("text", "contentProvider", "imageSet", "fileName", "latitude", "packageId", "duration", "keywords")
    found = one(message(kind, **dict.fromkeys(fields, value)))

    assert isinstance(found, IncomingMessage)


def test_line_shakes_no_hands():
    with pytest.raises(Refusal):
        ADAPTER.handshake(ACCOUNT, delivery(b""))
