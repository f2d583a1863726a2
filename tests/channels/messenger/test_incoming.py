"""What comes from Messenger, kind by kind, with batches and junk."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    AccountTold,
    DeliveredUpTo,
    Echo,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    Place,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Unknown,
)
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import DeliveryStatus, MessageType
from tests.channels.messenger.made import (
    ACCOUNT,
    ADAPTER,
    NOOR,
    NOW,
    PAGE,
    PERSON,
    SECRETS,
    STAMP,
    WRITTEN,
    attached,
    batch,
    delivery,
    echo,
    event,
    message,
    parsed,
    said,
)

OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
CDN = "https://cdn.example"


def of(kind: str, **payload: object) -> dict[str, Any]:
    return {"type": kind, "payload": payload}


def file(name: str, mime_type: str, url: str) -> IncomingFile:
    return IncomingFile(name, mime_type, url=url)


SAID = {
    "text": (message(text="Where is my parcel?"), said(text="Where is my parcel?")),
    "text that quotes": (
        message(text="this one", reply_to={"mid": "m_OUR9"}),
        said(text="this one", reply_to="m_OUR9"),
    ),
    "two pictures": (
        attached(of("image", url=f"{CDN}/1.jpg"), of("image", url=f"{CDN}/2.png?x=1")),
        said(
            type=MessageType.IMAGE,
            files=(
                file("image.jpg", "image/jpeg", f"{CDN}/1.jpg"),
                file("image.png", "image/png", f"{CDN}/2.png?x=1"),
            ),
        ),
    ),
    "picture without an ending": (
        attached(of("image", url=f"{CDN}/v/t39")),
        said(type=MessageType.IMAGE, files=(file("image", "image/jpeg", f"{CDN}/v/t39"),)),
    ),
    "film with words": (
        attached(of("video", url=f"{CDN}/a.mp4"), text="look"),
        said(type=MessageType.VIDEO, text="look", files=(file("video.mp4", "video/mp4", f"{CDN}/a.mp4"),)),
    ),
    "sound": (
        attached(of("audio", url=f"{CDN}/a.mp4")),
        said(type=MessageType.AUDIO, files=(file("audio.mp4", "audio/mp4", f"{CDN}/a.mp4"),)),
    ),
    "document": (
        attached(of("file", url=f"{CDN}/bill.pdf")),
        said(type=MessageType.FILE, files=(file("file.pdf", "application/pdf", f"{CDN}/bill.pdf"),)),
    ),
    "sticker": (
        attached(of("image", url=f"{CDN}/s.png", sticker_id=1234567890123456789)),
        said(
            type=MessageType.STICKER,
            files=(file("sticker.png", "image/png", f"{CDN}/s.png"),),
            details={"sticker_id": "1234567890123456789"},
        ),
    ),
    "thumbs up": (
        attached(of("image", url=f"{CDN}/s.png", sticker_id=369239263222822)),
        said(text="👍", details={"sticker_id": "369239263222822"}),
    ),
    "sticker of its own kind": (
        attached(of("sticker", url=f"{CDN}/s.png", sticker_id=77)),
        said(
            type=MessageType.STICKER,
            files=(file("sticker.png", "image/png", f"{CDN}/s.png"),),
            details={"sticker_id": "77"},
        ),
    ),
    "sticker told twice": (
        attached(of("image", url=f"{CDN}/s.png"), of("sticker", url=f"{CDN}/s.png", sticker_id=77)),
        said(
            type=MessageType.STICKER,
            files=(file("image.png", "image/png", f"{CDN}/s.png"),),
            details={"sticker_id": "77"},
        ),
    ),
    "thumbs up told twice": (
        attached(
            of("image", url=f"{CDN}/s.png", sticker_id=369239263222822),
            of("sticker", url=f"{CDN}/s.png", sticker_id=369239263222822),
        ),
        said(text="👍", details={"sticker_id": "369239263222822"}),
    ),
    "place": (
        attached({"type": "location", "title": "Pinned", "payload": {"coordinates": {"lat": 37.5, "long": 126.9}}}),
        said(type=MessageType.LOCATION, location=Place(37.5, 126.9, "Pinned")),
    ),
    "no such place": (
        attached(of("location", coordinates={"lat": 137.5, "long": 126.9})),
        said(type=MessageType.UNSUPPORTED, details={"kind": "location"}),
    ),
    "link with its preview": (
        attached(
            {"type": "fallback", "title": "Shop", "payload": {"url": "https://shop.example/x", "title": "Shop"}},
            text="https://shop.example/x",
        ),
        said(text="https://shop.example/x\nShop", details={"shared": "fallback"}),
    ),
    "link without a payload": (
        attached({"type": "fallback", "title": "Shop", "URL": "https://shop.example/x", "payload": None}),
        said(text="Shop\nhttps://shop.example/x", details={"shared": "fallback"}),
    ),
    "reel": (
        attached(of("reel", url="/reel/7", title="Our tour")),
        said(text="Our tour\n/reel/7", details={"shared": "reel"}),
    ),
    "a kind we do not know, with a file": (
        attached(of("hologram", url=f"{CDN}/h.bin")),
        said(
            type=MessageType.FILE,
            files=(file("attachment", "application/octet-stream", f"{CDN}/h.bin"),),
            details={"kind": "hologram"},
        ),
    ),
    "a kind we do not know": (
        attached(of("hologram")),
        said(type=MessageType.UNSUPPORTED, details={"kind": "hologram"}),
    ),
    "words beside a kind we do not know": (
        attached(of("hologram"), text="see"),
        said(text="see", details={"kind": "hologram"}),
    ),
    "picture nowhere": (attached(of("image")), said(type=MessageType.UNSUPPORTED, details={"kind": "image"})),
    "an address that is none": (
        attached(of("image", url="javascript:alert(1)")),
        said(type=MessageType.UNSUPPORTED, details={"kind": "image"}),
    ),
    "attachments that cannot be read": (
        attached(17, of("image", url=f"{CDN}/1.jpg")),
        said(
            type=MessageType.IMAGE,
            files=(file("image.jpg", "image/jpeg", f"{CDN}/1.jpg"),),
            details={"kind": "attachment"},
        ),
    ),
    "nothing": (message(), said(type=MessageType.UNSUPPORTED)),
    "quick reply": (
        message(text="Green", quick_reply={"payload": "pick:green"}),
        said(type=MessageType.CHOICE, text="Green", choice=Picked("pick:green", "Green")),
    ),
    "quick reply that cannot be read": (message(text="Green", quick_reply=[]), said(text="Green")),
    "from an ad": (
        message(
            text="price?",
            referral={
                "ref": "promo",
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ad_id": 120001,
                "ads_context_data": {"ad_title": "Sale", "photo_url": f"{CDN}/ad.jpg", "post_id": "p1"},
            },
        ),
        said(
            text="price?",
            details={
                "referral": "promo",
                "referral_type": "ADS",
                "referral_id": "120001",
                "referral_headline": "Sale",
                "referral_picture": f"{CDN}/ad.jpg",
                "referral_post": "p1",
            },
        ),
    ),
    "postback": (
        event(
            postback={
                "mid": "m_IN1",
                "title": "Get started",
                "payload": "GET_STARTED",
                "referral": {"ref": "flyer", "source": "SHORTLINK", "type": "OPEN_THREAD"},
            }
        ),
        said(
            type=MessageType.CHOICE,
            text="Get started",
            choice=Picked("GET_STARTED", "Get started"),
            details={"referral": "flyer", "referral_type": "SHORTLINK"},
        ),
    ),
    "fields that are new": (message(text="hi", nlp={"intent": 1}, is_spam=False), said(text="hi")),
}

READ_AT = datetime(2026, 11, 22, 0, 0, 9, tzinfo=UTC)
TOLD = {
    "reaction": (
        event(reaction={"mid": "m_OUR9", "action": "react", "reaction": "love", "emoji": "❤️"}),
        (ReactionSeen(NOOR, WRITTEN, "❤️", external_id="m_OUR9", lets_answer=True),),
    ),
    "reaction by name": (
        event(reaction={"mid": "m_OUR9", "action": "react", "reaction": "sad"}),
        (ReactionSeen(NOOR, WRITTEN, "😢", external_id="m_OUR9", lets_answer=True),),
    ),
    "reaction of another kind": (
        event(reaction={"mid": "m_OUR9", "action": "react", "reaction": "other"}),
        (ReactionSeen(NOOR, WRITTEN, "❔", external_id="m_OUR9", lets_answer=True),),
    ),
    "reaction taken back": (
        event(reaction={"mid": "m_OUR9", "action": "unreact"}),
        (ReactionSeen(NOOR, WRITTEN, "", external_id="m_OUR9"),),
    ),
    "edit": (
        event(message_edit={"mid": "m_IN1", "text": "Where is my parcel 77?", "num_edit": "1"}),
        (MessageEdited("m_IN1", WRITTEN, "Where is my parcel 77?"),),
    ),
    "deleted": (message(is_deleted=True), (MessageDeleted("m_IN1", WRITTEN),)),
    "delivered": (
        event(delivery={"mids": ["m_OUR9", 4, ""], "watermark": 1795305609000}),
        (Receipt(DeliveryStatus.DELIVERED, READ_AT, external_id="m_OUR9"), DeliveredUpTo(NOOR, READ_AT)),
    ),
    "delivered, nothing named": (event(delivery={"watermark": 1795305609000}), (DeliveredUpTo(NOOR, READ_AT),)),
    "delivered without a watermark": (
        event(delivery={"mids": ["m_OUR9"]}),
        (Receipt(DeliveryStatus.DELIVERED, WRITTEN, external_id="m_OUR9"),),
    ),
    "read": (event(read={"watermark": 1795305609000}), (ReadUpTo(NOOR, READ_AT),)),
    "read, of nothing": (event(read={}), (Unknown("read", "nothing is named"),)),
    "echo of our own": (
        echo(text="It ships today", metadata=OWN),
        (Echo("m_OUR9", NOOR, WRITTEN, "It ships today", message_id=OWN),),
    ),
    "echo of a part of our own": (
        echo(text="It", metadata=f"{OWN}+0"),
        (Echo("m_OUR9", NOOR, WRITTEN, "It", message_id=OWN, partial=True),),
    ),
    "echo of another tool": (echo(text="Hi", metadata="crm:7"), (Echo("m_OUR9", NOOR, WRITTEN, "Hi"),)),
    "echo with odd metadata": (echo(text="Hi", metadata={"x": 1}), (Echo("m_OUR9", NOOR, WRITTEN, "Hi"),)),
    "echo of Meta's own inbox": (
        echo(app_id=263902037430900, attachments=[of("image", url=f"{CDN}/1.jpg")]),
        (
            Echo(
                "m_OUR9",
                NOOR,
                WRITTEN,
                files=(file("image.jpg", "image/jpeg", f"{CDN}/1.jpg"),),
                type=MessageType.IMAGE,
            ),
        ),
    ),
    "echo of a place": (
        echo(attachments=[of("location", coordinates={"lat": 1.5, "long": 2.5})]),
        (Echo("m_OUR9", NOOR, WRITTEN, type=MessageType.LOCATION, location=Place(1.5, 2.5)),),
    ),
    "echo of a quote": (
        echo(text="This one", reply_to={"mid": "m_IN0"}),
        (Echo("m_OUR9", NOOR, WRITTEN, "This one", reply_to="m_IN0"),),
    ),
    "echo of a template with buttons": (
        echo(attachments=[of("template", template_type="button", text="Choose", buttons=[{"title": "Track"}])]),
        (Echo("m_OUR9", NOOR, WRITTEN, "Choose"),),
    ),
    "echo of a template with cards": (
        echo(attachments=[of("template", elements=[{"title": "Shirt", "subtitle": "30 EUR"}, {"title": "Hat"}])]),
        (Echo("m_OUR9", NOOR, WRITTEN, "Shirt\n30 EUR\nHat"),),
    ),
    "echo of what cannot be shown": (
        echo(attachments=[{"type": "ephemeral"}]),
        (Echo("m_OUR9", NOOR, WRITTEN, type=MessageType.UNSUPPORTED, details={"kind": "ephemeral"}),),
    ),
    "reaction put there with another tool": (
        {**echo(), "message": None, "reaction": {"mid": "m_IN1", "action": "react", "emoji": "🙏"}},
        (ReactionSeen(NOOR, WRITTEN, "🙏", external_id="m_IN1", ours=True),),
    ),
    "a referral that names nothing": (
        event(referral={"type": "OPEN_THREAD"}),
        (Unknown("referral", "nothing is named"),),
    ),
    "policy": (
        {"recipient": {"id": PAGE}, "timestamp": STAMP, "policy_enforcement": {"action": "block", "reason": "spam"}},
        (AccountTold("Policy", "Meta blocked sending: spam", WRITTEN, FigureState.DANGER),),
    ),
    "policy that lets go": (
        {"recipient": {"id": PAGE}, "timestamp": STAMP, "policy_enforcement": {"action": "unblock"}},
        (AccountTold("Policy", "Meta told: unblock", WRITTEN, until=WRITTEN + timedelta(days=7)),),
    ),
    "nothing at all": (event(), (Unknown("event", "not used yet"),)),
    "null beside a message": (
        {**message(text="hi"), "reaction": None, "postback": None},
        (said(text="hi"),),
    ),
    "of the checkbox plug-in": (
        {**message(text="hi"), "sender": {"user_ref": "u1"}},
        (Unknown("message", "nobody is named"),),
    ),
    "no id": (message(mid=""), (Unknown("message", "a message needs an id"),)),
    "of another page": (
        {**message(text="hi"), "recipient": {"id": "702"}},
        (Unknown("other_account", f"{PERSON} 702"),),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), SAID.values(), ids=SAID.keys())
def test_each_kind_of_message_is_read(item: dict[str, Any], wanted: IncomingMessage):
    assert parsed(item) == (wanted,)


@pytest.mark.parametrize(("item", "wanted"), TOLD.values(), ids=TOLD.keys())
def test_each_kind_of_news_is_read(item: dict[str, Any], wanted: tuple[object, ...]):
    events = parsed(item)

    assert [type(one) for one in events] == [type(one) for one in wanted]
    assert events == wanted


def test_a_postback_without_an_id_is_known_again_by_its_bytes():
    item = event(postback={"title": "Hours", "payload": "hours"})

    (first,), (again,), (later,) = parsed(item), parsed(item), parsed({**item, "timestamp": STAMP + 1})

    assert isinstance(first, IncomingMessage)
    assert isinstance(later, IncomingMessage)
    assert first == again
    assert first.external_id != later.external_id


def test_what_comes_for_another_page_is_kept_and_not_shown():
    assert parsed(message(text="hi"), id="702000000000001") == (Unknown("other_account", "702000000000001"),)


def test_comments_at_posts_are_left_to_their_own_channel():
    assert parsed(changes=[{"field": "feed", "value": {}}, 4]) == (
        Unknown("feed", "not used yet"),
        Unknown("change", "not used yet"),
    )


def test_entries_and_events_are_read_in_their_order_and_broken_ones_harm_no_neighbour():
    entries = [
        {"id": PAGE, "messaging": [message(text="1"), None, {"sender": 5}, message(mid=7), message(text="2")]},
        17,
        {"id": PAGE, "messaging": None},
        {"id": int(PAGE), "messaging": [message(text="3")]},
    ]

    events = ADAPTER.parse(ACCOUNT, delivery(json.dumps({"object": "page", "entry": entries}).encode())).events

    assert [one.text for one in events if isinstance(one, IncomingMessage)] == ["1", "2", "3"]
    assert sum(isinstance(one, Unknown) for one in events) == 4


TIMES = {
    "milliseconds": (STAMP, WRITTEN),
    "seconds": (1795305600, WRITTEN.replace(microsecond=0)),
    "missing": (None, NOW),
    "negative": (-5, NOW),
    "in the far future": (99999999999999, NOW),
    "overflowing": (10**40, NOW),
    "a word": ("noon", NOW),
}


@pytest.mark.parametrize(("stamp", "wanted"), TIMES.values(), ids=TIMES.keys())
def test_times_are_those_of_meta_unless_they_cannot_be(stamp: object, wanted: datetime):
    (told,) = parsed({**message(text="hi"), "timestamp": stamp})

    assert isinstance(told, IncomingMessage)
    assert told.occurred_at == wanted


def test_ids_beyond_floats_stay_as_they_are():
    item = {**message(text="hi"), "sender": {"id": 9100000000000000077}}

    (told,) = parsed(item)

    assert isinstance(told, IncomingMessage)
    assert told.sender.external_id == "9100000000000000077"


BODIES = {
    "empty": b"",
    "a list": b"[]",
    "cut": batch(message(text="hi"))[:-9],
    "deep": b'{"object":"page","entry":[{"id":"1","messaging":[' + b"[" * 30_000,
    "deep inside": batch(message(text="hi")).replace(b'"hi"', b'{"a":' * 30_000 + b"1" + b"}" * 30_000),
    "bad letters": b'{"object":"page","entry":[{"id":"\xff"}]}',
    "of another service": b'{"object":"user","entry":[]}',
    "of nothing": b'{"entry":[]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_junk_is_kept_as_unknown(body: bytes):
    events = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert [type(one) for one in events] == [Unknown]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["referral", "optin", "pass_thread_control", "request_thread_control"]
NAMES += ["message", "postback", "reaction", "message_edit", "delivery", "read", "sender", "recipient"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.dictionaries(st.sampled_from(["mid", "text"]), JSON))
def test_any_event_is_read_without_an_exception(odd: dict[str, object], told: dict[str, object]):
    parsed({**message(**told), **odd}, message(attachments=list(odd.values())))


def test_an_inbox_without_its_page_applies_nothing():
    account = Account("inbox-1", {}, SECRETS)

    (told,) = ADAPTER.parse(account, delivery(batch(message(text="hi")))).events

    assert isinstance(told, Unknown)
