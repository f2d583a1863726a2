"""Telegram's updates, kind by kind, as events."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    AccountTold,
    Echo,
    IdentityChanged,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Parsed,
    Picked,
    Place,
    ReachChanged,
    ReactionSeen,
    Sender,
    Unknown,
)
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.domain.message import MessageType
from tests.channels.telegram.made import CHAT, MIA, NOW, OWNER, SAID_AT, account, delivery, message, update

ADAPTER = TelegramAdapter()
SENDER = Sender("7001", "Mia", "@mia", verified=True, language="bg", fields={"username": "mia"})
PHOTO = [
    {"file_id": "s", "file_unique_id": "us", "width": 90, "height": 90},
    {"file_id": "L", "file_unique_id": "uL", "width": 1280, "height": 960, "file_size": 90000},
]
LARGEST = IncomingFile("photo.jpg", "image/jpeg", 90000, external_id="L", width=1280, height=960)
FILE = {"file_id": "F", "file_unique_id": "uF", "file_size": 1234}
QUOTED = {"message_id": 10, "date": 1763789000, "chat": CHAT, "text": "A or B?"}


def said(**more) -> IncomingMessage:
    return IncomingMessage("7001:11", SENDER, SAID_AT, **more)


def events(told):
    return ADAPTER.parse(account(), delivery(told)).events


CASES = {
    "text": (message(text="hello"), said(text="hello")),
    "photo, of which the largest is taken": (
        message(photo=PHOTO, caption="broken"),
        said(
            type=MessageType.IMAGE,
            text="broken",
            files=(IncomingFile("photo.jpg", "image/jpeg", 90000, external_id="L", width=1280, height=960),),
        ),
    ),
    "document": (
        message(document={**FILE, "file_name": "plan.pdf", "mime_type": "application/pdf"}),
        said(type=MessageType.FILE, files=(IncomingFile("plan.pdf", "application/pdf", 1234, external_id="F"),)),
    ),
    "video": (
        message(video={**FILE, "width": 640, "height": 480, "duration": 3}),
        said(
            type=MessageType.VIDEO,
            files=(IncomingFile("video.mp4", "video/mp4", 1234, external_id="F", width=640, height=480),),
        ),
    ),
    "round video": (
        message(video_note={**FILE, "length": 240, "duration": 3}),
        said(type=MessageType.VIDEO, files=(IncomingFile("video_note.mp4", "video/mp4", 1234, external_id="F"),)),
    ),
    "animation, which comes with a document of the same": (
        message(animation=FILE, document=FILE),
        said(type=MessageType.VIDEO, files=(IncomingFile("animation.mp4", "video/mp4", 1234, external_id="F"),)),
    ),
    "audio": (
        message(audio={**FILE, "file_name": "song.mp3", "mime_type": "audio/mpeg"}),
        said(type=MessageType.AUDIO, files=(IncomingFile("song.mp3", "audio/mpeg", 1234, external_id="F"),)),
    ),
    "voice": (
        message(voice={**FILE, "mime_type": "audio/ogg", "duration": 4}),
        said(type=MessageType.VOICE, files=(IncomingFile("voice.ogg", "audio/ogg", 1234, external_id="F"),)),
    ),
    "sticker": (
        message(sticker={**FILE, "emoji": "👍", "is_animated": False, "is_video": False}),
        said(
            type=MessageType.STICKER,
            text="👍",
            files=(IncomingFile("sticker.webp", "image/webp", 1234, external_id="F"),),
            details={"sticker_id": "F"},
        ),
    ),
    "animated sticker": (
        message(sticker={**FILE, "is_animated": True}),
        said(
            type=MessageType.STICKER,
            files=(IncomingFile("sticker.tgs", "application/x-tgsticker", 1234, external_id="F"),),
            details={"sticker_id": "F"},
        ),
    ),
    "video sticker": (
        message(sticker={**FILE, "is_video": True}),
        said(
            type=MessageType.STICKER,
            files=(IncomingFile("sticker.webm", "video/webm", 1234, external_id="F"),),
            details={"sticker_id": "F"},
        ),
    ),
    "location": (
        message(location={"latitude": 42.69, "longitude": 23.32}),
        said(type=MessageType.LOCATION, location=Place(42.69, 23.32)),
    ),
    "venue": (
        message(
            location={"latitude": 42.69, "longitude": 23.32},
            venue={"location": {"latitude": 42.69, "longitude": 23.32}, "title": "Café", "address": "Main Street 1"},
        ),
        said(type=MessageType.LOCATION, location=Place(42.69, 23.32, "Café, Main Street 1")),
    ),
    "another person's contact card": (
        message(contact={"phone_number": "+359881", "first_name": "Ivo", "user_id": 7002}),
        said(type=MessageType.CONTACT_CARD, text="Ivo\n+359881", details={"name": "Ivo", "phone": "+359881"}),
    ),
    "a reply with a quotation": (
        message(text="this one", reply_to_message=QUOTED, quote={"text": "B", "position": 5}),
        said(text="this one", reply_to="7001:10", details={"quote": "B"}),
    ),
    "a forwarded message": (
        message(text="look", forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Al"}),
        said(text="look", details={"forwarded": "once"}),
    ),
    "a poll with what can be answered": (
        message(poll={"id": "1", "question": "Tea?", "options": [{"text": "Black"}, {"text": "Green"}]}),
        said(type=MessageType.UNSUPPORTED, text="Tea?\n• Black\n• Green", details={"kind": "poll"}),
    ),
    "a checklist with what is on it": (
        message(checklist={"title": "To bring", "tasks": [{"id": 1, "text": "Milk"}]}),
        said(type=MessageType.UNSUPPORTED, text="To bring\n• Milk", details={"kind": "checklist"}),
    ),
    "a place that is not on the earth": (
        message(location={"latitude": 142.0, "longitude": 0.0}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "location"}),
    ),
    "a card in a form that we do not know": (
        message(contact={"phone_number": 359881, "first_name": "Ivo"}, date="soon"),
        replace(said(type=MessageType.UNSUPPORTED, details={"kind": "contact"}), occurred_at=NOW),
    ),
    "words beside formatting in a form that we do not know": (
        message(text="hello", entities=[{"type": "bold", "offset": "0"}]),
        said(text="hello"),
    ),
    "a reply to something elsewhere": (
        message(text="and this?", external_reply={"origin": {"type": "user"}}),
        said(text="and this?", details={"quotes_elsewhere": "yes"}),
    ),
    "a reply to a story": (
        message(text="nice", reply_to_story={"chat": CHAT, "id": 3}),
        said(type=MessageType.STORY_REPLY, text="nice"),
    ),
    "a deep link": (message(text="/start order-17"), said(text="/start order-17", details={"start": "order-17"})),
    "one of an album": (
        message(photo=PHOTO[1:], media_group_id="g1"),
        said(
            type=MessageType.IMAGE,
            files=(IncomingFile("photo.jpg", "image/jpeg", 90000, external_id="L", width=1280, height=960),),
            details={"album": "g1"},
        ),
    ),
    "words with an address behind them, counted in UTF-16": (
        message(
            text="👋 see here!", entities=[{"type": "text_link", "offset": 3, "length": 8, "url": "https://a.example"}]
        ),
        said(text="👋 see here (https://a.example)!"),
    ),
    "an entity inside a character is passed over": (
        message(text="👋!", entities=[{"type": "text_link", "offset": 0, "length": 1, "url": "https://a.example"}]),
        said(text="👋!"),
    ),
    "an entity beyond the text is passed over": (
        message(text="hi", entities=[{"type": "text_link", "offset": 9, "length": 90, "url": "https://a.example"}]),
        said(text="hi"),
    ),
    "dice": (
        message(dice={"emoji": "🎲", "value": 4}),
        said(type=MessageType.UNSUPPORTED, text="🎲 4", details={"kind": "dice"}),
    ),
    "poll": (
        message(poll={"id": "1", "question": "Tea?", "options": []}),
        said(type=MessageType.UNSUPPORTED, text="Tea?", details={"kind": "poll"}),
    ),
    "data of a web app": (
        message(web_app_data={"data": "size=L", "button_text": "Choose"}),
        said(type=MessageType.UNSUPPORTED, text="size=L", details={"kind": "web_app_data"}),
    ),
    "content we have never heard of": (
        message(hologram={"file_id": "x"}),
        said(type=MessageType.UNSUPPORTED, details={"kind": "hologram"}),
    ),
    "a time in the far future is when it came": (
        message(text="hi", date=99_999_999_999),
        IncomingMessage("7001:11", SENDER, NOW, text="hi"),
    ),
    "a negative time is when it came": (
        message(text="hi", date=-5),
        IncomingMessage("7001:11", SENDER, NOW, text="hi"),
    ),
}


@pytest.mark.parametrize(("told", "event"), CASES.values(), ids=CASES.keys())
def test_each_message_becomes_its_event(told, event):
    assert events(update(message=told)) == (event,)


def test_the_senders_own_number_is_a_fact_about_them():
    card = {"phone_number": "+359882", "first_name": "Mia", "user_id": 7001}

    (event,) = events(update(message=message(contact=card)))

    assert event.details["own"] == "yes"
    assert event.sender.fields == {"username": "mia", "phone": "+359882"}


@pytest.mark.parametrize("user_id", [7001, 7002])
def test_a_number_without_its_sign_is_whole_when_it_is_the_senders_own(user_id: int):
    """So it is matched with the numbers of other networks; in a card of somebody else it may be a local one."""
    (event,) = events(
        update(message=message(contact={"phone_number": "359888123456", "first_name": "Mia", "user_id": user_id}))
    )

    assert event.sender.fields.get("phone") == ("+359888123456" if user_id == 7001 else None)
    assert event.text == ("Mia\n+359888123456" if user_id == 7001 else "Mia\n359888123456")


def test_large_ids_come_through_whole():
    """Telegram's ids have up to 52 bits; these have 53, more than any float between tells apart."""
    big = (1 << 53) + 1
    told = message(text="hi", chat={"id": big, "type": "private"}, **{"from": {"id": big, "first_name": "A"}})

    (event,) = events(update(message={**told, "message_id": big + 2}))

    assert (event.external_id, event.sender.external_id) == (f"{big}:{big + 2}", str(big))


def test_a_button_press_is_a_choice_and_is_answered():
    markup = {"inline_keyboard": [[{"text": "Money back", "callback_data": "k=refund"}]]}
    told = {"id": "cq1", "from": MIA, "chat_instance": "ci", "data": "k=refund"}

    parsed = ADAPTER.parse(
        account(), delivery(update(callback_query={**told, "message": {**QUOTED, "reply_markup": markup}}))
    )

    assert parsed.events == (
        IncomingMessage(
            "cq:cq1",
            SENDER,
            NOW,
            MessageType.CHOICE,
            "Money back",
            reply_to="7001:10",
            choice=Picked("k=refund", "Money back"),
        ),
    )
    (call,) = parsed.calls
    assert call.url.endswith("/answerCallbackQuery")
    assert json.loads(call.body) == {"callback_query_id": "cq1"}


def test_a_button_whose_words_are_not_told_is_called_by_its_data():
    (event,) = events(update(callback_query={"id": "cq2", "from": MIA, "data": "k=refund"}))

    assert (event.text, event.reply_to) == ("k=refund", None)


def test_only_a_button_press_asks_for_a_call():
    assert ADAPTER.parse(account(), delivery(update(message=message(text="hi")))).calls == ()


def member(status, chat=CHAT):
    told = {"status": status, "until_date": 0, "user": {"id": 4711}}
    return update(my_chat_member={"chat": chat, "from": MIA, "date": 1763790000, "new_chat_member": told})


NEWS = {
    "edit": (
        update(edited_message=message(text="hello!", edit_date=1763790000)),
        (MessageEdited("7001:11", SAID_AT, "hello!"),),
    ),
    "edit of a caption": (
        update(edited_message=message(photo=PHOTO, caption="whole", edit_date=1763790000)),
        (MessageEdited("7001:11", SAID_AT, "whole", type=MessageType.IMAGE, files=(LARGEST,)),),
    ),
    "a live location that moves": (
        update(edited_message=message(location={"latitude": 1, "longitude": 2, "live_period": 60})),
        (),
    ),
    "deletions in a business chat": (
        update(deleted_business_messages={"business_connection_id": "bc1", "chat": CHAT, "message_ids": [11, 12]}),
        (MessageDeleted("bc1:7001:11", NOW), MessageDeleted("bc1:7001:12", NOW)),
    ),
    "reaction": (
        update(
            message_reaction={
                "chat": CHAT,
                "message_id": 11,
                "user": MIA,
                "date": 1763790000,
                "old_reaction": [],
                "new_reaction": [{"type": "emoji", "emoji": "👍"}],
            }
        ),
        (ReactionSeen(SENDER, SAID_AT, "👍", external_id="7001:11"),),
    ),
    "several reactions of one person": (
        update(
            message_reaction={
                "chat": CHAT,
                "message_id": 11,
                "user": MIA,
                "date": 1763790000,
                "new_reaction": [{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "🔥"}],
            }
        ),
        (ReactionSeen(SENDER, SAID_AT, "👍🔥", external_id="7001:11"),),
    ),
    "reaction taken back": (
        update(message_reaction={"chat": CHAT, "message_id": 11, "user": MIA, "date": 1763790000, "new_reaction": []}),
        (ReactionSeen(SENDER, SAID_AT, "", external_id="7001:11"),),
    ),
    "reaction of a sticker set": (
        update(
            message_reaction={
                "chat": CHAT,
                "message_id": 11,
                "user": MIA,
                "date": 1763790000,
                "new_reaction": [{"type": "custom_emoji", "custom_emoji_id": "5"}],
            }
        ),
        (ReactionSeen(SENDER, SAID_AT, "❔", external_id="7001:11"),),
    ),
    "the bot was blocked": (
        member("kicked"),
        (ReachChanged(Sender("7001"), SAID_AT, can_reach=False, by_choice=True),),
    ),
    "the bot was let in again": (member("member"), (ReachChanged(SENDER, SAID_AT, can_reach=True, by_choice=True),)),
    "the bot was put into a group": (member("member", {"id": -5, "type": "group"}), ()),
    "a group that moves": (
        update(message=message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-1005)),
        (IdentityChanged(Sender("-1005", formerly=("-5",)), SAID_AT),),
    ),
    "a group that came from another": (
        update(message=message(chat={"id": -1005, "type": "supergroup"}, migrate_from_chat_id=-5)),
        (IdentityChanged(Sender("-1005", formerly=("-5",)), SAID_AT),),
    ),
    "a line of Telegram's own": (update(message=message(pinned_message=QUOTED)), ()),
}


@pytest.mark.parametrize(("told", "found"), NEWS.values(), ids=NEWS.keys())
def test_news_become_their_events(told, found):
    assert events(told) == found


def connection(**more):
    told = {"id": "bc1", "user": OWNER, "user_chat_id": 9009, "date": 1763790000, "is_enabled": True}
    (event,) = events(update(business_connection=told | more))
    assert isinstance(event, AccountTold)
    return event.state.value, event.closes


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"rights": {"can_reply": True}}, ("ok", "")),
        ({"can_reply": True}, ("ok", "")),
        ({"rights": {"can_read_messages": True}}, ("warning", "bc1:")),
        ({"can_reply": False}, ("warning", "bc1:")),
        ({"is_enabled": False, "rights": {"can_reply": True}}, ("danger", "bc1:")),
    ],
    ids=["with rights", "as it was before", "may only read", "may only read, as it was before", "switched off"],
)
def test_what_an_owner_lets_the_bot_do_is_news_of_the_account(told, wanted):
    assert connection(**told) == wanted


def test_a_business_chat_has_a_window_of_a_day():
    (business,) = events(update(business_message=message(text="hi", business_connection_id="bc1")))
    (private,) = events(update(message=message(text="hi")))

    assert (business.details, private.details) == ({"own_window_s": "86400"}, {})


def test_a_customer_of_a_business_account_is_a_contact_of_that_connection():
    (event,) = events(update(business_message=message(text="hi", business_connection_id="bc1")))

    assert (event.external_id, event.sender.external_id, event.sender.name) == ("bc1:7001:11", "bc1:7001", "Mia")


def test_a_changed_checklist_is_told_with_what_is_on_it_now():
    changed = message(checklist={"title": "To bring", "tasks": [{"id": 1, "text": "Tea"}]}, edit_date=1763790050)

    (event,) = events(update(edited_message=changed))

    assert isinstance(event, MessageEdited)
    assert event.text == "To bring\n• Tea"


def test_an_edit_whose_words_cannot_be_read_takes_none_away():
    (event,) = events(update(edited_message=message(text=["hello"], edit_date=1763790050)))

    assert isinstance(event, Unknown)


def test_an_edit_in_a_business_chat_names_its_connection():
    told = message(text="hi!", business_connection_id="bc1", edit_date=1763790000)

    assert events(update(edited_business_message=told)) == (MessageEdited("bc1:7001:11", SAID_AT, "hi!"),)


def test_what_the_owner_writes_by_hand_is_an_echo():
    told = message(text="On my way", business_connection_id="bc1") | {"from": OWNER}

    (event,) = events(update(business_message=told))

    assert isinstance(event, Echo)
    assert (event.external_id, event.sender.external_id, event.text) == ("bc1:7001:11", "bc1:7001", "On my way")


def test_what_the_owner_sends_by_hand_keeps_its_kind_and_what_it_answers():
    content = {"location": {"latitude": 42.69, "longitude": 23.32}, "reply_to_message": QUOTED}
    told = message(business_connection_id="bc1", media_group_id="a1", **content) | {"from": OWNER}

    (event,) = events(update(business_message=told))

    assert isinstance(event, Echo)
    assert (event.type, event.location) == (MessageType.LOCATION, Place(42.69, 23.32))
    assert (event.reply_to, event.details) == ("bc1:7001:10", {"album": "a1"})


def test_what_this_bot_sent_for_the_owner_is_known_already():
    told = message(text="Hi", business_connection_id="bc1", sender_business_bot={"id": 4711}) | {"from": OWNER}

    assert events(update(business_message=told)) == ()


UNKNOWN = {
    "a kind we do not know": update(teleport={"to": "moon"}),
    "a group's message": update(message=message(text="hi", chat={"id": -5, "type": "group"})),
    "a group's edit": update(edited_message=message(text="hi", chat={"id": -5, "type": "supergroup"})),
    "a group's button": update(
        callback_query={
            "id": "c",
            "from": MIA,
            "data": "d",
            "message": {"message_id": 1, "chat": {"id": -5, "type": "group"}},
        }
    ),
    "a reaction without a person": update(message_reaction={"chat": CHAT, "message_id": 1, "new_reaction": []}),
    "a channel's post": update(channel_post=message(text="news")),
    "a button press without data": update(callback_query={"id": "c", "from": MIA, "game_short_name": "g"}),
    "an update without content": update(),
    "a message without a number": update(message={"chat": CHAT, "date": 1, "text": "hi"}),
    "a message that is a number": update(message=17),
    "a list": [],
    "nothing": b"",
    "a half": b'{"update_id": 900001, "message": {"message_id"',
    "deep nesting": b'{"update_id":1,"message":' + b"[" * 30_000,
    "deep nesting in a content we do not know": b'{"update_id":1,"message":{"x":' + b'{"a":' * 30_000,
    "no UTF-8": b'{"update_id":1,"message":{"text":"\xff"}}',
}


@pytest.mark.parametrize("told", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_shown_is_unknown(told):
    (event,) = events(told)

    assert isinstance(event, Unknown)


def test_a_broken_kind_never_costs_its_neighbour():
    found = events(update(teleport=1, message=message(text="hi")))

    assert [type(event) for event in found] == [Unknown, IncomingMessage]


def test_fields_we_do_not_know_are_passed_over():
    told = message(text="hi", brand_new={"deep": [1]})

    assert events({**update(message=told), "another": 1})[0] == said(text="hi")


def test_the_same_update_twice_has_the_same_ids():
    told = update(message=message(text="hi"))

    assert events(told) == events(told)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed(body):
    assert isinstance(ADAPTER.parse(account(), delivery(body)), Parsed)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = ("message_id", "date", "chat", "from", "text", "entities", "photo", "location", "contact", "reply_to_message")


@given(
    st.dictionaries(st.sampled_from(_FIELDS), _JSON), st.sampled_from(["message", "callback_query", "message_reaction"])
)
def test_any_values_in_known_fields_are_parsed(changes, kind):
    assert isinstance(ADAPTER.parse(account(), delivery({"update_id": 1, kind: {**message(), **changes}})), Parsed)
