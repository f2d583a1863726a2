"""What the events of a room become."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Echo,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Place,
    RawRequest,
    ReachChanged,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.matrix.adapter import MatrixAdapter
from mim_desk.channels.matrix.contents import ENCRYPTED
from mim_desk.domain.message import DeliveryStatus, MessageType

NOW = datetime(2025, 11, 22, 6, 0, tzinfo=UTC)
AT = datetime.fromtimestamp(1763790000.123, UTC)
ROOM = "!room-without-a-server"
MIA = "@mia:example.test"
BRAND = "@shop:example.test"
OWN = "0192f0c4-1d5e-7c3a-9a55-6f1f6a1c2b7d"
ACCOUNT = Account("inbox-1", {"homeserver": "https://hs.example", "user_id": BRAND}, {"access_token": "t"})
ADAPTER = MatrixAdapter()
SENDER = Sender(MIA, name="Mia", display=MIA, verified=True)
INFO = {"mimetype": "image/png", "size": 1234, "w": 64, "h": 48}


def event(content: object, kind: str = "m.room.message", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "event_id": "$1",
        "sender": MIA,
        "origin_server_ts": 1763790000123,
        "content": content,
        "unsigned": {"age": 5, "foreign": {}},
        "foreign": [1],
        **more,
    }


def read(told: object, **more: Any) -> tuple[Any, ...]:
    item = {"room_id": ROOM, "event": told, "name": "Mia", **more}
    return parsed(json.dumps(item).encode())


def parsed(body: bytes) -> tuple[Any, ...]:
    return ADAPTER.parse(ACCOUNT, RawRequest("POST", "", "", {}, body, NOW)).events


def message(**more: Any) -> IncomingMessage:
    details = {"room": ROOM, **more.pop("details", {})}
    return IncomingMessage("$1", SENDER, more.pop("at", AT), details=details, **more)


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def a_file(msgtype: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": msgtype, "body": "cat.png", "url": "mxc://example.test/abc", "info": INFO, **more}


CAT = IncomingFile("cat.png", "image/png", 1234, external_id="mxc://example.test/abc", width=64, height=48)
REPLY = {"m.in_reply_to": {"event_id": "$0"}}
SAID = {
    "text": (text("Hello", formatted_body="<b>Hello</b>"), message(text="Hello")),
    "a bot's notice": (
        {"msgtype": "m.notice", "body": "Beep"},
        message(text="Beep", details={"notice": "yes"}),
    ),
    "an emote": ({"msgtype": "m.emote", "body": "waves"}, message(text="waves", details={"emote": "yes"})),
    "a quote with its lines": (
        text("> <@shop:example.test> Which?\n> size\n\nThe red one", **{"m.relates_to": REPLY}),
        message(text="The red one", reply_to="$0"),
    ),
    "a quote without lines": (text("> 5", **{"m.relates_to": {}}), message(text="> 5")),
    "said in a side line": (
        text("Yes", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$t", "is_falling_back": True, **REPLY}}),
        message(text="Yes", details={"thread": "$t"}),
    ),
    "a picture": (a_file("m.image"), message(type=MessageType.IMAGE, files=(CAT,))),
    "a picture with words": (
        a_file("m.image", body="My cat", filename="cat.png"),
        message(type=MessageType.IMAGE, text="My cat", files=(CAT,)),
    ),
    "a film": (a_file("m.video"), message(type=MessageType.VIDEO, files=(CAT,))),
    "a sound": (a_file("m.audio"), message(type=MessageType.AUDIO, files=(CAT,))),
    "a voice message": (
        a_file("m.audio", **{"org.matrix.msc3245.voice": {}}),
        message(type=MessageType.VOICE, files=(CAT,)),
    ),
    "a file": (a_file("m.file"), message(type=MessageType.FILE, files=(CAT,))),
    "an encrypted file": (
        {"msgtype": "m.file", "body": "a.pdf", "file": {"url": "mxc://example.test/a"}},
        message(type=MessageType.UNSUPPORTED, text="a.pdf", details={"kind": "m.file"}),
    ),
    "a file at a foreign address": (
        a_file("m.file", url="https://evil.example/a"),
        message(type=MessageType.UNSUPPORTED, text="cat.png", details={"kind": "m.file"}),
    ),
    "a place": (
        {"msgtype": "m.location", "body": "Here", "geo_uri": "geo:42.69,-23.32;u=35"},
        message(type=MessageType.LOCATION, text="Here", location=Place(42.69, -23.32)),
    ),
    "a place off the earth": (
        {"msgtype": "m.location", "body": "There", "geo_uri": "geo:142.69,23.32"},
        message(type=MessageType.UNSUPPORTED, text="There", details={"kind": "m.location"}),
    ),
    "an unknown kind of message": (
        {"msgtype": "org.example.dance", "body": "dances"},
        message(type=MessageType.UNSUPPORTED, text="dances", details={"kind": "org.example.dance"}),
    ),
}


@pytest.mark.parametrize(("content", "expected"), SAID.values(), ids=SAID)
def test_what_a_customer_says(content: object, expected: IncomingMessage):
    assert read(event(content)) == (expected,)


OTHERS = {
    "a sticker": (
        event({"body": "wow", "url": "mxc://example.test/s", "info": INFO}, "m.sticker"),
        message(
            type=MessageType.STICKER,
            text="wow",
            files=(
                IncomingFile("sticker", "image/png", 1234, external_id="mxc://example.test/s", width=64, height=48),
            ),
        ),
    ),
    "a poll": (
        event({"org.matrix.msc3381.poll.start": {"question": {"org.matrix.msc1767.text": "Red?"}}}, "m.poll.start"),
        message(type=MessageType.UNSUPPORTED, text="Red?", details={"kind": "poll"}),
    ),
    "a poll of the newest form": (
        event(
            {"m.poll": {"question": {"m.text": [{"body": "Red?"}]}}, "m.text": [{"body": "Red? 1. Yes"}]},
            "m.poll.start",
        ),
        message(type=MessageType.UNSUPPORTED, text="Red?", details={"kind": "poll"}),
    ),
    "a poll with its answers": (
        event(
            {
                "org.matrix.msc3381.poll.start": {
                    "question": {"org.matrix.msc1767.text": "Which?"},
                    "answers": [{"id": "a", "org.matrix.msc1767.text": "Red"}, {"id": "b", "m.text": "Blue"}],
                }
            },
            "org.matrix.msc3381.poll.start",
        ),
        message(type=MessageType.UNSUPPORTED, text="Which?\n1. Red\n2. Blue", details={"kind": "poll"}),
    ),
    "an answer that begins with a quote of its own": (
        event({"msgtype": "m.text", "body": "> Red\nNo", "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}),
        message(text="> Red\nNo", reply_to="$0"),
    ),
    "fields that are not of their kind": (
        event({"msgtype": "m.text", "body": "Hi", "info": None, "filename": 5, "m.relates_to": {"rel_type": None}}),
        message(text="Hi"),
    ),
    "a text without words": (
        event({"msgtype": "m.text", "body": None}),
        message(type=MessageType.UNSUPPORTED, details={"kind": "m.text"}),
    ),
    "a poll in words alone": (
        event({"m.text": [{"mimetype": "text/plain", "body": "Red? 1. Yes"}]}, "m.poll.start"),
        message(type=MessageType.UNSUPPORTED, text="Red? 1. Yes", details={"kind": "poll"}),
    ),
    "a call": (event({}, "m.call.invite"), message(type=MessageType.UNSUPPORTED, details={"kind": "call"})),
    "encrypted": (
        event({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}, "m.room.encrypted"),
        message(type=MessageType.UNSUPPORTED, text=ENCRYPTED, details={"kind": "encrypted", "encrypted": "yes"}),
    ),
    "an edit": (
        event(
            text(
                "* Helo!",
                **{"m.new_content": text("Hello!"), "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}},
            )
        ),
        MessageEdited("$0", AT, "Hello!", by=MIA),
    ),
    "an edit with its fallback alone": (
        event(text("* Hello!", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}})),
        MessageEdited("$0", AT, "Hello!", by=MIA),
    ),
    "a reaction": (
        event({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$0", "key": "👍"}}, "m.reaction"),
        ReactionSeen(SENDER, AT, "👍", external_id="$0", reaction_id="$1"),
    ),
    "a reaction by a picture": (
        event({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$0", "key": "mxc://a/b"}}, "m.reaction"),
        ReactionSeen(SENDER, AT, "❔", external_id="$0", reaction_id="$1"),
    ),
    "a deletion named above": (event({}, "m.room.redaction", redacts="$0"), MessageDeleted("$0", AT)),
    "a deletion named in the content": (event({"redacts": "$0"}, "m.room.redaction"), MessageDeleted("$0", AT)),
    "our own reply": (
        event(text("Hi"), sender=BRAND, unsigned={"transaction_id": f"{OWN}.1"}),
        Echo("$1", Sender(BRAND), AT, message_id=OWN),
    ),
    "said by us elsewhere, nobody knows to whom": (
        event(text("Hi"), sender=BRAND),
        Receipt(DeliveryStatus.SENT, AT, external_id="$1"),
    ),
    "changed by us elsewhere": (
        event(
            text(
                "* Hello",
                **{"m.new_content": text("Hello"), "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}},
            ),
            sender=BRAND,
        ),
        MessageEdited("$0", AT, "Hello"),
    ),
    "taken back by us": (event({"redacts": "$0"}, "m.room.redaction", sender=BRAND), MessageDeleted("$0", AT)),
    "the customer leaves": (
        event({"membership": "leave"}, "m.room.member", state_key=MIA),
        ReachChanged(Sender(MIA), AT, can_reach=False, by_choice=True),
    ),
    "the customer comes": (
        event({"membership": "join", "displayname": "Mia"}, "m.room.member", state_key=MIA),
        ReachChanged(SENDER, AT, can_reach=True),
    ),
    "the customer puts us out": (
        event({"membership": "ban"}, "m.room.member", state_key=BRAND),
        ReachChanged(Sender(MIA), AT, can_reach=False, by_choice=True),
    ),
    "an unknown event": (event({}, "org.example.dance"), Unknown("org.example.dance")),
    "a deletion of nothing": (event({}, "m.room.redaction"), Unknown("m.room.redaction", "no message")),
    "a reaction to nothing": (event({}, "m.reaction"), Unknown("m.reaction", "no message or key")),
    "keys to be verified": (
        event({"msgtype": "m.key.verification.request", "body": "x"}),
        Unknown("m.key.verification.request"),
    ),
    "a message without an id": (event(text("x"), event_id=""), Unknown("m.room.message", "no id or sender")),
}


@pytest.mark.parametrize(("told", "expected"), OTHERS.values(), ids=OTHERS)
def test_what_else_happens_in_a_room(told: object, expected: object):
    assert read(told) == (expected,)


QUIET = {
    "the room was made": event({"creator": MIA}, "m.room.create", state_key=""),
    "a new name of who is there": event(
        {"membership": "join"}, "m.room.member", state_key=MIA, unsigned={"prev_content": {"membership": "join"}}
    ),
    "we leave": event({"membership": "leave"}, "m.room.member", state_key=BRAND, sender=BRAND),
    "we join": event({"membership": "join"}, "m.room.member", state_key=BRAND, sender=BRAND),
    "our own edit comes back": event(
        text("* Hi", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}),
        sender=BRAND,
        unsigned={"transaction_id": OWN},
    ),
    "our own reaction": event(
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$0", "key": "👍"}}, "m.reaction", sender=BRAND
    ),
    "said by us elsewhere and taken back": event(
        {}, sender=BRAND, unsigned={"redacted_because": {"type": "m.room.redaction"}}
    ),
    "already deleted": event({}, unsigned={"redacted_because": {"type": "m.room.redaction"}}),
    "a call rings on": event({}, "m.call.candidates"),
}


@pytest.mark.parametrize("told", QUIET.values(), ids=QUIET)
def test_what_says_nothing(told: object):
    assert read(told) == ()


def test_what_we_said_in_another_program_is_an_echo_to_the_other_person():
    (shown,) = read(event(text("Hi"), sender=BRAND), whom=MIA)
    picture = event({"msgtype": "m.image", "body": "a.png", "url": "mxc://example.test/a", "info": INFO}, sender=BRAND)
    (with_file,) = read(picture, whom=MIA)

    assert shown == Echo("$1", SENDER, AT, "Hi")
    assert [file.external_id for file in with_file.files] == ["mxc://example.test/a"]


def test_a_larger_room_is_marked_and_leaving_it_stops_nothing():
    (said,) = read(event(text("Hi")), group=True)

    assert said.details == {"room": ROOM, "group": "yes"}
    assert read(event({"membership": "leave"}, "m.room.member", state_key=MIA), group=True) == ()


@pytest.mark.parametrize("ts", [None, -5, 10**30, "soon", 9999999999999, 1e300, [1]])
def test_absurd_times_fall_back_to_the_delivery(ts: object):
    (said,) = read(event(text("Hi"), origin_server_ts=ts))

    assert said.occurred_at == NOW


def test_who_types_and_who_has_read():
    typing = {"type": "m.typing", "content": {"user_ids": [MIA, BRAND]}}
    receipt = {
        "type": "m.receipt",
        "content": {
            "$9": {"m.read": {MIA: {"ts": 1763790000123, "thread_id": "main"}, BRAND: {"ts": 1}}, "m.other": {}}
        },
    }

    (types,) = read(typing, kind="ephemeral")
    assert isinstance(types, TypingSeen)
    assert types.sender == Sender(MIA)
    assert read(receipt, kind="ephemeral") == (ReadUpTo(Sender(MIA), AT, external_id="$9"),)


def test_reading_and_typing_that_a_customer_writes_into_the_timeline_is_neither():
    (told,) = read(event({"$9": {"m.read": {"@bob:example.test": {"ts": 1}}}}, "m.receipt"))

    assert told == Unknown("m.receipt")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"room_id": 1}', b'{"room_id": "!r", "event": 5}', b'{"a":' * 30_000, b"\xff" * 9],
)
def test_broken_items_are_unknown(body: bytes):
    (told,) = parsed(body)

    assert isinstance(told, Unknown)


def test_a_very_deep_content_is_unknown():
    deep = b"[" * 30_000 + b"]" * 30_000
    item = b'{"room_id": "!r", "event": {"type": "m.room.message", "content": ' + deep + b"}}"

    assert all(isinstance(one, Unknown) for one in parsed(item))


@given(
    content=st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(
            st.sampled_from(["msgtype", "body", "url", "info", "m.relates_to", "event_id", "key", "geo_uri"]), inner
        ),
    ),
    kind=st.sampled_from(["m.room.message", "m.reaction", "m.sticker", "m.room.encrypted", "m.poll.start"]),
)
def test_any_content_is_read_without_an_exception(content: object, kind: str):
    assert isinstance(read(event(content, kind)), tuple)
