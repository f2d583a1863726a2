"""Events in the rarer shapes of Meta's pages: as changes, shared products, shared stories."""

import json

import pytest

from mim_desk.channels.base import (
    ContactActed,
    Event,
    IncomingMessage,
    Picked,
    Place,
    ReactionSeen,
    ThreadMoved,
    Unknown,
)
from mim_desk.domain.message import Activity, MessageType
from tests.channels.instagram import made as instagram
from tests.channels.messenger.made import attached, event, message, parsed

SIDES = {"sender": {"id": instagram.PERSON}, "recipient": {"id": instagram.OURS}, "timestamp": "1795305600"}


def told_as_a_change(field: str, value: object, *, flat: bool = False) -> tuple[Event, ...]:
    change = {"field": field, "value": value}
    entry = {"id": instagram.OURS, "time": 1795305600, **(change if flat else {"changes": [change]})}
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    return instagram.ADAPTER.parse(instagram.ACCOUNT, instagram.delivery(body)).events


@pytest.mark.parametrize("flat", [False, True], ids=["in changes", "flat"])
def test_instagram_login_may_tell_messages_as_changes(flat: bool):
    (said,) = told_as_a_change("messages", {**SIDES, "message": {"mid": "m_1", "text": "Hi"}}, flat=flat)

    assert isinstance(said, IncomingMessage)
    assert (said.external_id, said.sender.external_id, said.text) == ("m_1", instagram.PERSON, "Hi")


def test_a_reaction_may_be_told_as_a_change():
    value = {**SIDES, "reaction": {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤️"}}
    (seen,) = told_as_a_change("message_reactions", value)

    assert isinstance(seen, ReactionSeen)
    assert (seen.external_id, seen.emoji) == ("m_1", "❤️")


def test_what_another_app_is_told_may_come_as_a_change():
    said, moved = told_as_a_change("standby", {**SIDES, "message": {"mid": "m_1", "text": "Hi"}})

    assert isinstance(said, IncomingMessage)
    assert (said.details, said.wants_answer) == ({"standby": "yes"}, False)
    assert isinstance(moved, ThreadMoved)
    assert moved.ours is False


def test_a_change_of_another_account_stays_unread():
    strangers = {"sender": {"id": "12334"}, "recipient": {"id": "23245"}, "message": {"mid": "m_1", "text": "Hi"}}

    assert [type(one) for one in told_as_a_change("messages", strangers)] == [Unknown]
    assert [type(one) for one in told_as_a_change("messages", {"text": "?"})] == [Unknown]


def test_a_product_of_the_shop_is_named():
    product = {"elements": [{"id": "1", "retailer_id": "r1", "title": "Blue shirt", "subtitle": "30 EUR"}]}
    (said,) = parsed(attached({"type": "template", "payload": {"product": product}}))

    assert isinstance(said, IncomingMessage)
    assert said.text == "Blue shirt\n30 EUR"


def test_cards_that_another_tool_sent_are_told_by_their_words():
    cards = {
        "generic": {"elements": [{"title": "Spring sale", "subtitle": "Until Sunday", "buttons": [{"type": "?"}]}]}
    }
    (said,) = parsed(attached({"type": "template", "payload": cards}))
    (odd,) = parsed(attached({"type": "template", "payload": {"generic": 7, "text": "Sale"}}))

    assert isinstance(said, IncomingMessage)
    assert isinstance(odd, IncomingMessage)
    assert (said.text, odd.text) == ("Spring sale\nUntil Sunday", "Sale")


CART = [
    {"id": "p1", "retailer_id": "SKU-1", "name": "Blue shirt", "unit_price": 30, "currency": "EUR", "quantity": 2},
    {"retailer_id": 77, "unit_price": "9.95", "currency": "EUR"},
    None,
]


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ({"products": CART, "note": "please hurry"}, "2 × Blue shirt (30 EUR)\n1 × 77 (9.95 EUR)\nplease hurry"),
        ({"products": None, "note": "please hurry", "source": "?"}, "please hurry"),
        ({"products": CART[:1]}, "2 × Blue shirt (30 EUR)"),
    ],
    ids=["with a note", "a note alone", "one product"],
)
def test_a_cart_is_an_order(order: dict[str, object], text: str):
    item = event(order=order)
    (said,), (again,) = parsed(item), parsed(item)

    assert isinstance(said, IncomingMessage)
    assert isinstance(again, IncomingMessage)
    assert (said.type, said.text) == (MessageType.ORDER, text)
    assert said.external_id == again.external_id


def test_figures_may_be_texts_and_texts_figures():
    place = {"type": "location", "payload": {"coordinates": {"lat": "37.5", "long": "126.9"}}}
    (there,), (pressed,) = parsed(attached(place)), parsed(event(postback={"mid": "m_1", "title": 5, "payload": 7}))

    assert isinstance(there, IncomingMessage)
    assert isinstance(pressed, IncomingMessage)
    assert there.location == Place(37.5, 126.9)
    assert pressed.choice == Picked("7", "5")


def test_a_story_that_somebody_shares_is_shown():
    payload = {"story_media_id": "17", "story_media_url": "https://cdn.example/story.jpg"}
    (said,) = parsed(attached({"type": "ig_story", "payload": payload}))

    assert isinstance(said, IncomingMessage)
    assert (said.type, [one.url for one in said.files]) == (MessageType.STORY_REPLY, [payload["story_media_url"]])


def test_fields_that_nobody_knows_cost_nothing():
    (said,) = parsed(message(text="Hi", nlp={"intents": []}, commands=[{"name": "x"}], tags={"source": "plugin"}))

    assert isinstance(said, IncomingMessage)
    assert said.text == "Hi"


def test_a_shared_card_says_where_it_leads():
    card = {"template_type": "generic", "elements": [{"title": "Blue shirt"}]}
    (said,) = parsed(attached({"type": "template", "url": "https://shop.example/1", "payload": card}))

    assert isinstance(said, IncomingMessage)
    assert said.text == "Blue shirt\nhttps://shop.example/1"


def test_a_picture_of_a_kind_that_is_newer_than_this_is_shown():
    moving = {"type": "animated_image", "payload": {"url": "https://cdn.example/a.gif"}}
    (said,) = parsed(attached(moving))

    assert isinstance(said, IncomingMessage)
    assert (said.type, said.files[0].mime_type) == (MessageType.IMAGE, "image/gif")


@pytest.mark.parametrize(("feedback", "emoji"), [("Good response", "👍"), ("Bad response", "👎")])
def test_what_somebody_thinks_of_an_answer_is_a_reaction(feedback: str, emoji: str):
    (seen,) = parsed(event(response_feedback={"feedback": feedback, "mid": "m_OUR9"}))

    assert isinstance(seen, ReactionSeen)
    assert (seen.external_id, seen.emoji) == ("m_OUR9", emoji)


def test_an_account_that_is_linked_is_a_line():
    (line,) = parsed(event(account_linking={"status": "linked", "authorization_code": "c"}))

    assert isinstance(line, ContactActed)
    assert (line.activity, line.details) == (Activity.ACCOUNT_LINKED, {"result": "ok"})


@pytest.mark.parametrize(
    "told", [{"account_linking": {"status": "unlinked"}}, {"response_feedback": {"feedback": "?", "mid": "m_1"}}]
)
def test_what_says_nothing_to_people_is_counted(told: dict[str, object]):
    (kept,) = parsed(event(**told))

    assert isinstance(kept, Unknown)
