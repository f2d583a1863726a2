"""Messages that are more than a text or a file, and updates as older servers and gateways write them."""

from typing import Any

import pytest

from mim_desk.channels.base import Echo, Event, IncomingMessage, MessageEdited, Picked, ReactionSeen
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.domain.message import MessageType
from tests.channels.telegram.made import CHAT, MIA, OWNER, account, delivery, message, update

ADAPTER = TelegramAdapter()


def heard(**kind: Any) -> Event:
    (found,) = ADAPTER.parse(account(), delivery(update(**kind))).events
    return found


def said(**content: Any) -> IncomingMessage:
    found = heard(message=message(**content))
    assert isinstance(found, IncomingMessage)
    return found


def picture(name: str, width: int) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": f"u{name}", "width": width, "height": width}


def test_a_rich_message_is_shown_by_its_words_a_line_for_each_block():
    blocks = [
        {"type": "heading", "text": "Order", "size": 1},
        {"type": "paragraph", "text": ["It came ", {"type": "bold", "text": ["broken", "!"]}]},
        {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": "one"}]}, {"blocks": []}]},
        {"type": "table", "cells": [[{"text": "Shoes"}, {"text": "42"}]]},
        {"type": "photo", "photo": [picture("s", 90)], "caption": {"text": "The box", "credit": "Mia"}},
        {"type": "divider"},
    ]

    found = said(rich_message={"blocks": blocks})

    assert (found.type, found.details) == (MessageType.UNSUPPORTED, {"kind": "rich_message"})
    assert found.text == "Order\nIt came broken!\none\nShoes\n42\nThe box\nMia"


@pytest.mark.parametrize(
    ("content", "text", "kind"),
    [
        ({"game": {"title": "Chess", "description": "For two", "photo": []}}, "Chess\nFor two", "game"),
        ({"invoice": {"title": "Shoes", "description": "Size 42", "currency": "EUR"}}, "Shoes\nSize 42", "invoice"),
        ({"gift": {"gift": {"id": "1"}, "text": "Thank you"}}, "Thank you", "gift"),
        ({"story": {"chat": CHAT, "id": 3}, "forward_date": 1763780000}, "", "story"),
    ],
)
def test_what_cannot_be_shown_says_its_words_and_what_it_is(content: dict[str, Any], text: str, kind: str):
    found = said(**content)

    assert (found.type, found.text, found.details["kind"]) == (MessageType.UNSUPPORTED, text, kind)


def test_media_that_were_paid_for_are_files():
    media = [
        {"type": "photo", "photo": [picture("s", 90), picture("L", 1280)]},
        {"type": "video", "video": {"file_id": "v", "mime_type": "video/mp4", "duration": 3}},
        {"type": "preview", "width": 90},
    ]

    found = said(paid_media={"star_count": 5, "paid_media": media}, caption="Look")

    assert (found.type, found.text) == (MessageType.IMAGE, "Look")
    assert [(one.external_id, one.name) for one in found.files] == [("L", "photo.jpg"), ("v", "video.mp4")]


@pytest.mark.parametrize(
    ("song", "name"),
    [
        ({"title": "Waltz", "performer": "Ana"}, "Ana - Waltz.mp3"),
        ({"title": "Waltz"}, "Waltz.mp3"),
        ({"title": "Waltz", "file_name": "w.ogg"}, "w.ogg"),
        ({}, "audio.mp3"),
    ],
)
def test_music_without_a_file_name_is_called_by_its_title(song: dict[str, str], name: str):
    found = said(audio={"file_id": "a", "duration": 243, "mime_type": "audio/mpeg", **song})

    assert [one.name for one in found.files] == [name]


def test_a_message_forwarded_by_an_older_server_is_forwarded():
    assert said(text="hi", forward_from=MIA, forward_date=1763780000).details == {"forwarded": "once"}


def test_numbers_as_texts_and_yes_as_one_cost_nothing():
    sticker = {"file_id": "st", "emoji": "👍", "is_animated": 1, "width": "512", "height": "512"}

    found = said(sticker=sticker, date="1763790000")

    assert (found.type, found.text, found.files[0].name) == (MessageType.STICKER, "👍", "sticker.tgs")
    assert found.occurred_at.timestamp() == 1763790000


def test_fields_that_are_null_are_fields_that_are_not_there():
    person = {**MIA, "last_name": None, "username": None}
    nothing = dict.fromkeys(("pinned_message", "photo", "caption", "reply_to_message", "forward_origin"))

    found = heard(message={**message(text="null and void", **nothing), "from": person}, edited_message=None)
    pressed = heard(callback_query={"id": "cq1", "from": person, "data": "k=refund", "message": None})

    assert isinstance(found, IncomingMessage)
    assert isinstance(pressed, IncomingMessage)
    assert (found.type, found.text, found.sender.language) == (MessageType.TEXT, "null and void", "bg")
    assert (pressed.choice, pressed.sender.name) == (Picked("k=refund", "k=refund"), "Mia")


def test_an_edit_with_an_odd_part_changes_the_words_all_the_same():
    found = heard(edited_message=message(text="hello!", edit_date=1763790050, quote=17))

    assert isinstance(found, MessageEdited)
    assert found.text == "hello!"


def test_a_reaction_whose_chat_has_no_type_is_one_of_a_private_chat():
    told = {"chat": {"id": 7001}, "message_id": 11, "user": MIA, "date": 1763790000, "old_reaction": []}

    found = heard(message_reaction={**told, "new_reaction": [{"type": "emoji", "emoji": "👍"}]})

    assert isinstance(found, ReactionSeen)
    assert (found.external_id, found.emoji) == ("7001:11", "👍")


@pytest.mark.parametrize(("told", "opens"), [({}, True), ({"is_from_offline": True}, False)])
def test_a_greeting_that_leaves_by_itself_answers_nobody(told: dict[str, bool], opens: bool):
    greeting = {**message(text="We are back at nine"), "from": OWNER, "business_connection_id": "bc1", **told}

    found = heard(business_message=greeting)

    assert isinstance(found, Echo)
    assert (found.opens, "automatic" in found.details) == (opens, not opens)
