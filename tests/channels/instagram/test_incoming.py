"""What comes from Instagram, kind by kind."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    ContactActed,
    Echo,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    ReactionSeen,
    ReadUpTo,
    Unknown,
)
from mim_desk.domain.message import Activity, MessageType
from tests.channels.instagram.made import (
    ACCOUNT,
    ADAPTER,
    LEE,
    OURS,
    PERSON,
    STAMP,
    WRITTEN,
    attached,
    batch,
    delivery,
    event,
    message,
    parsed,
    said,
)

CDN = "https://cdn.example"


def of(kind: str, **payload: object) -> dict[str, Any]:
    return {"type": kind, "payload": payload}


def file(name: str, mime_type: str, url: str) -> IncomingFile:
    return IncomingFile(name, mime_type, url=url)


STORY = (file("story", "application/octet-stream", f"{CDN}/story"),)
SAID = {
    "text": (message(text="Do you ship to Lima?"), said(text="Do you ship to Lima?")),
    "picture and film": (
        attached(of("image", url=f"{CDN}/1.jpg"), of("video", url=f"{CDN}/2.mp4")),
        said(
            type=MessageType.IMAGE,
            files=(
                file("image.jpg", "image/jpeg", f"{CDN}/1.jpg"),
                file("video.mp4", "video/mp4", f"{CDN}/2.mp4"),
            ),
        ),
    ),
    "mentioned in a story": (
        attached(of("story_mention", url=f"{CDN}/story")),
        said(
            type=MessageType.STORY_REPLY,
            files=STORY,
            details={"story": "mention", "story_url": f"{CDN}/story"},
        ),
    ),
    "mentioned in a story that is gone": (
        attached({"type": "story_mention"}),
        said(type=MessageType.STORY_REPLY, details={"story": "mention"}),
    ),
    "answer to our story": (
        message(text="love it", reply_to={"story": {"id": "17900000000000001", "url": f"{CDN}/story"}}),
        said(
            type=MessageType.STORY_REPLY,
            text="love it",
            files=STORY,
            details={"story": "reply", "story_id": "17900000000000001", "story_url": f"{CDN}/story"},
        ),
    ),
    "answer to a message": (
        message(text="this one", reply_to={"mid": "aWdfOUR1"}),
        said(text="this one", reply_to="aWdfOUR1"),
    ),
    "shared post": (
        attached(of("share", url="https://www.instagram.example/p/x")),
        said(text="https://www.instagram.example/p/x", details={"shared": "share"}),
    ),
    "shared reel": (
        attached(of("ig_reel", url=f"{CDN}/r", title="Tour", reel_video_id="7")),
        said(text=f"Tour\n{CDN}/r", details={"shared": "ig_reel"}),
    ),
    "heart": (attached({"type": "like_heart"}), said(text="❤️")),
    "picture that vanishes": (
        attached({"type": "ephemeral"}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "ephemeral"}),
    ),
    "what Instagram itself cannot pass on": (
        message(is_unsupported=True),
        said(type=MessageType.UNSUPPORTED, details={"kind": "unsupported"}),
    ),
    "quick reply": (
        message(text="Small", quick_reply={"payload": "size:s"}),
        said(type=MessageType.CHOICE, text="Small", choice=Picked("size:s", "Small")),
    ),
    "from an ad": (
        message(
            text="price?",
            referral={
                "ref": "r1",
                "ad_id": "120001",
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ads_context_data": {"ad_title": "Sale", "photo_url": f"{CDN}/a.jpg"},
            },
        ),
        said(
            text="price?",
            details={
                "referral": "r1",
                "referral_type": "ADS",
                "referral_id": "120001",
                "referral_headline": "Sale",
                "referral_picture": f"{CDN}/a.jpg",
            },
        ),
    ),
    "about a product": (
        message(text="is this in stock", referral={"product": {"id": "555001"}}),
        said(text="is this in stock", details={"product_id": "555001"}),
    ),
    "button": (
        event(postback={"mid": "aWdfIN1", "title": "Opening hours", "payload": "ice:hours"}),
        said(type=MessageType.CHOICE, text="Opening hours", choice=Picked("ice:hours", "Opening hours")),
    ),
    "new message told as its edit": (
        event(message_edit={"mid": "aWdfIN1", "text": "hi", "num_edit": 0}),
        said(text="hi"),
    ),
    "new message told as its edit, without words": (
        event(message_edit={"mid": "aWdfIN1", "num_edit": 0}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "message_edit"}),
    ),
}
ECHO = {
    "sender": {"id": OURS},
    "recipient": {"id": PERSON},
    "timestamp": STAMP,
    "message": {"mid": "aWdfOUR1", "is_echo": True, "text": "Yes we do"},
}
TOLD = {
    "deleted": (message(is_deleted=True), MessageDeleted("aWdfIN1", WRITTEN)),
    "echo": (ECHO, Echo("aWdfOUR1", LEE, WRITTEN, "Yes we do")),
    "written by us, without saying so": (
        {**ECHO, "message": {"mid": "aWdfOUR1", "text": "Yes we do"}},
        Echo("aWdfOUR1", LEE, WRITTEN, "Yes we do"),
    ),
    "echo deleted": (
        {**ECHO, "message": {"mid": "aWdfOUR1", "is_echo": True, "is_deleted": True}},
        MessageDeleted("aWdfOUR1", WRITTEN),
    ),
    "reaction": (
        event(reaction={"mid": "aWdfOUR1", "action": "react", "reaction": "love", "emoji": "❤️"}),
        ReactionSeen(LEE, WRITTEN, "❤️", external_id="aWdfOUR1"),
    ),
    "laugh by name": (
        event(reaction={"mid": "aWdfOUR1", "action": "react", "reaction": "laugh"}),
        ReactionSeen(LEE, WRITTEN, "😆", external_id="aWdfOUR1"),
    ),
    "reaction taken back": (
        event(reaction={"mid": "aWdfOUR1", "action": "unreact"}),
        ReactionSeen(LEE, WRITTEN, "", external_id="aWdfOUR1"),
    ),
    "edit": (
        event(message_edit={"mid": "aWdfIN1", "text": "Do you ship to Cusco?", "num_edit": 1}),
        MessageEdited("aWdfIN1", WRITTEN, "Do you ship to Cusco?"),
    ),
    "read": (event(read={"mid": "aWdfOUR1"}), ReadUpTo(LEE, WRITTEN, external_id="aWdfOUR1")),
    "to itself": (
        {**message(text="note", is_self=True), "sender": {"id": PERSON}},
        Unknown("message", "the account wrote to itself"),
    ),
    "to itself, on both sides": (
        {**message(text="note", is_self=True), "sender": {"id": OURS}},
        Unknown("message", "nobody is named"),
    ),
    "of another account": (
        {**message(text="hi"), "recipient": {"id": "17841400000000001"}},
        Unknown("other_account", f"{PERSON} 17841400000000001"),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), SAID.values(), ids=SAID.keys())
def test_each_kind_of_message_is_read(item: dict[str, Any], wanted: IncomingMessage):
    assert parsed(item) == (wanted,)


@pytest.mark.parametrize(("item", "wanted"), TOLD.values(), ids=TOLD.keys())
def test_each_kind_of_news_is_read(item: dict[str, Any], wanted: object):
    assert parsed(item) == (wanted,)


def test_an_entry_with_the_customer_s_id_is_ours_by_its_recipient():
    assert parsed(message(text="hi"), id=PERSON) == (said(text="hi"),)


def test_an_event_without_a_recipient_is_of_the_entry_s_account():
    item = {**message(text="hi"), "recipient": None}

    assert parsed(item) == (said(text="hi"),)
    assert [type(one) for one in parsed(item, id="17841400000000001")] == [Unknown]


BODIES = {
    "empty": b"",
    "cut": batch(message(text="hi"))[:-9],
    "deep": b'{"object":"instagram","entry":[' + b"[" * 30_000,
    "of another service": batch(message(text="hi")).replace(b'"instagram"', b'"page"'),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_junk_is_kept_as_unknown(body: bytes):
    assert [type(one) for one in ADAPTER.parse(ACCOUNT, delivery(body)).events] == [Unknown]


def test_broken_neighbours_harm_nothing():
    entries = [{"id": OURS, "messaging": [4, message(mid=None), message(text="1")]}, "x", {"messaging": []}]
    body = json.dumps({"object": "instagram", "entry": entries}).encode()

    events = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert [type(one) for one in events] == [Unknown, Unknown, IncomingMessage, Unknown]


@given(st.binary(max_size=60))
def test_any_piece_in_a_delivery_is_read_without_an_exception(piece: bytes):
    body = batch(message(text="hi")).replace(b'"hi"', piece)

    ADAPTER.parse(ACCOUNT, delivery(body))


def test_who_comes_by_a_link_is_told_without_a_message():
    (told,) = parsed(event(referral={"ref": "flyer", "source": "IGME", "type": "OPEN_THREAD"}))

    assert isinstance(told, ContactActed)
    assert (told.activity, told.details) == (Activity.OPENED_CHAT, {"link": "flyer", "source": "IGME"})
    assert not told.lets_answer
