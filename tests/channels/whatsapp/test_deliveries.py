"""Deliveries as they come: who wrote, when, in what order; news of the account, echoes, and junk."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Echo, IncomingMessage, MessageDeleted, MessageEdited, Place, ReactionSeen, Unknown
from mim_desk.domain.message import MessageType
from tests.channels.whatsapp.made import (
    ACCOUNT,
    ADAPTER,
    CONTACT,
    NOOR,
    NOW,
    PHONE,
    STAMP,
    USER,
    WRITTEN,
    batch,
    change,
    delivery,
    file,
    message,
    parsed,
    read,
    value,
)
from tests.channels.whatsapp.test_incoming import SAID

WHO = {
    "both ids": ({"from": PHONE, "from_user_id": USER}, [CONTACT], USER, f"+{PHONE}"),
    "number hidden": (
        {"from_user_id": USER},
        [{"profile": {"name": "Noor", "username": "noorh"}, "user_id": USER}],
        USER,
        "@noorh",
    ),
    "number hidden as it was drafted": (
        {"from": "", "from_user_id": USER},
        [{"profile": {"name": "Noor"}, "wa_id": "", "user_id": USER}],
        USER,
        "",
    ),
    "number in the contact alone": ({"from_user_id": USER}, [CONTACT], USER, f"+{PHONE}"),
    "no user id": ({"from": PHONE}, [{"profile": {"name": "Noor"}, "wa_id": PHONE}], PHONE, f"+{PHONE}"),
    "user id where the number belongs": ({"from": USER}, [{"wa_id": USER}], USER, ""),
    "of a group of businesses": ({"from": "US.ENT.7"}, [], "US.ENT.7", ""),
    "no contact": ({"from": PHONE, "from_user_id": USER}, [], USER, f"+{PHONE}"),
    "the contact of another": ({"from": PHONE}, [{"wa_id": "4915550001", "user_id": "DE.1"}], PHONE, f"+{PHONE}"),
    "a contact that cannot be read": ({"from": PHONE}, [17, {"profile": 3}, CONTACT], USER, f"+{PHONE}"),
}


@pytest.mark.parametrize(("ids", "contacts", "external_id", "display"), WHO.values(), ids=WHO.keys())
def test_a_customer_is_who_meta_says_with_or_without_a_number(ids, contacts, external_id, display):
    item = {"id": "wamid.IN1", "timestamp": STAMP, "type": "text", "text": {"body": "hi"}, **ids}

    (event,) = parsed(change(messages=[item], contacts=contacts))

    assert isinstance(event, IncomingMessage)
    assert (event.sender.external_id, event.sender.display) == (external_id, display)


def test_two_customers_in_one_delivery_keep_their_names():
    other = {"profile": {"name": "Ida"}, "wa_id": "4915550001", "user_id": "DE.1"}
    second = {**message(), "from": "4915550001", "from_user_id": "DE.1", "id": "wamid.IN2"}

    events = parsed(change(messages=[second, message()], contacts=[CONTACT, other]))

    assert [event.sender.name for event in events if isinstance(event, IncomingMessage)] == ["Ida", "Noor Haddad"]


def test_a_message_of_nobody_is_kept_unread():
    (event,) = parsed(change(messages=[{"id": "wamid.IN1", "type": "text", "text": {"body": "x"}}]))

    assert event == Unknown("message", "nobody is named")


@pytest.mark.parametrize("identity", [{"id": ""}, {"id": None}, {"id": 17}, {"type": None}, {"from": []}])
def test_a_message_whose_head_cannot_be_read_harms_no_neighbour(identity: dict[str, object]):
    events = parsed(change(messages=[{**message(), **identity}, message()]))

    assert [type(event) for event in events] == [Unknown, IncomingMessage]


TIMES = {
    "seconds": ("1795305600", WRITTEN),
    "a number": (1795305600, WRITTEN),
    "milliseconds": ("1795305600000", WRITTEN),
    "missing": (None, NOW),
    "negative": ("-5", NOW),
    "in the far future": ("99999999999", NOW),
    "overflowing": ("9" * 40, NOW),
    "a word": ("noon", NOW),
}


@pytest.mark.parametrize(("stamp", "wanted"), TIMES.values(), ids=TIMES.keys())
def test_times_are_those_of_meta_unless_they_cannot_be(stamp: object, wanted: datetime):
    event = read(timestamp=stamp)

    assert isinstance(event, IncomingMessage)
    assert event.occurred_at == wanted
    assert event.occurred_at.tzinfo is UTC


def test_a_batch_of_entries_and_changes_is_read_in_its_order():
    entries = [
        {"id": "1", "changes": [change(messages=[message(id="wamid.A"), message(id="wamid.B")])]},
        {"id": "1", "changes": [change(messages=[message(id="wamid.C")]), change(messages=[message(id="wamid.D")])]},
    ]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()

    events = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert [event.external_id for event in events if isinstance(event, IncomingMessage)] == [
        "wamid.A",
        "wamid.B",
        "wamid.C",
        "wamid.D",
    ]


def test_broken_parts_at_every_level_harm_no_neighbour():
    good = change(messages=[message()])
    entries = [17, {"changes": 3}, {"id": "1", "changes": [None, {"field": "messages"}, {"field": 1}, good]}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()

    events = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert [type(event) for event in events] == [Unknown] * 5 + [IncomingMessage]


@pytest.mark.parametrize("part", ["contacts", "statuses", "metadata", "errors"])
def test_a_part_of_another_form_costs_no_message_beside_it(part: str):
    events = parsed({"field": "messages", "value": {**value(messages=[message()]), part: "of another form"}})

    assert [type(event) for event in events] == [Unknown, IncomingMessage]
    assert events[0] == Unknown(part, "cannot be read")


def test_a_message_of_another_number_of_the_same_app_is_not_ours():
    other = value(messages=[message()], metadata={"phone_number_id": "310555000111999"})

    assert parsed({"field": "messages", "value": other}) == (Unknown("other_number", "310555000111999"),)


def test_a_large_number_in_an_id_is_not_rounded():
    event = read("image", {"id": "12345678901234567890123", "mime_type": "image/png"})

    assert isinstance(event, IncomingMessage)
    assert event.files[0].external_id == "12345678901234567890123"


UNUSED = {"calls": {"anything": 1}, "smb_app_state_sync": {"state_sync": []}, "brand_new": {}}


@pytest.mark.parametrize("field", UNUSED)
def test_fields_without_a_known_shape_are_kept_unread(field: str):
    assert parsed({"field": field, "value": UNUSED[field]}, change(messages=[message()]))[0] == Unknown(
        field, "not used yet"
    )


@pytest.mark.parametrize("field", ["account_update", "message_template_status_update", "messages"])
def test_news_of_another_business_account_are_not_ours(field: str):
    body = {"object": "whatsapp_business_account", "entry": [{"id": "99", "changes": [{"field": field, "value": {}}]}]}

    events = ADAPTER.parse(ACCOUNT, delivery(json.dumps(body).encode())).events

    assert events == (Unknown("other_account", "99"),)


def test_an_error_without_a_message_is_kept():
    errors = [{"code": 130429, "title": "Rate limit hit", "message": "Rate limit hit"}]

    assert parsed(change(errors=errors)) == (Unknown("error", "130429: Rate limit hit."),)


ECHOES = {
    "text": (message(to=PHONE, to_user_id=USER), Echo("wamid.IN1", NOOR, WRITTEN, "Is it in stock?")),
    "picture": (
        message("image", {"id": "9", "mime_type": "image/png", "caption": "here"}, to=PHONE, to_user_id=USER),
        Echo("wamid.IN1", NOOR, WRITTEN, "here", files=file("image.png", "image/png", "9"), type=MessageType.IMAGE),
    ),
    "place": (
        message("location", {"latitude": 1.5, "longitude": 2, "name": "Shop"}, to=PHONE, to_user_id=USER),
        Echo("wamid.IN1", NOOR, WRITTEN, type=MessageType.LOCATION, location=Place(1.5, 2.0, "Shop")),
    ),
    "quote": (
        message(to=PHONE, to_user_id=USER, context={"id": "wamid.Q"}),
        Echo("wamid.IN1", NOOR, WRITTEN, "Is it in stock?", reply_to="wamid.Q"),
    ),
    "what cannot be shown": (
        message("unsupported", {"type": "poll_creation"}, to=PHONE, to_user_id=USER),
        Echo("wamid.IN1", NOOR, WRITTEN, type=MessageType.UNSUPPORTED, details={"kind": "poll_creation"}),
    ),
    "edit": (
        message("edit", {"original_message_id": "wamid.O", "message": {"type": "text", "text": {"body": "Yes"}}}),
        MessageEdited("wamid.O", WRITTEN, "Yes"),
    ),
    "revoke": (message("revoke", {"original_message_id": "wamid.O"}), MessageDeleted("wamid.O", WRITTEN)),
    "reaction": (
        message("reaction", {"message_id": "wamid.I", "emoji": "👍"}, to=PHONE),
        ReactionSeen(NOOR, WRITTEN, "👍", external_id="wamid.I", ours=True),
    ),
}


@pytest.mark.parametrize(("item", "wanted"), ECHOES.values(), ids=ECHOES.keys())
def test_what_was_written_on_the_phone_is_told_as_ours(item: dict[str, object], wanted: object):
    item = {**item, "from": "15555550100", "from_user_id": None}

    assert parsed(change("smb_message_echoes", message_echoes=[item])) == (wanted,)


BODIES = {
    "empty": b"",
    "no JSON": b"<html>",
    "cut": batch(change(messages=[message()]))[:-9],
    "another object": b'{"object":"page","entry":[]}',
    "no list": b'{"object":"whatsapp_business_account","entry":{}}',
    "foreign encoding": b'{"object":"whatsapp_business_account","entry":["\xff"]}',
    "thirty thousand lists": b"[" * 30_000,
    "thirty thousand lists in it": b'{"entry":[' + b"[" * 30_000,
    "thirty thousand closed lists in it": b'{"entry":[' + b"[" * 30_000 + b"]" * 30_000 + b"]}",
    "thirty thousand objects": b'{"entry":' * 30_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_is_no_delivery_is_unknown_and_no_crash(body: bytes):
    events = ADAPTER.parse(ACCOUNT, delivery(body)).events

    assert len(events) == 1
    assert isinstance(events[0], Unknown)


def test_a_message_nested_without_end_is_one_that_cannot_be_shown_and_costs_no_neighbour():
    body = batch(change(messages=[message("text", "X"), message("text", {"body": "Hello"})]))
    events = ADAPTER.parse(ACCOUNT, delivery(body.replace(b'"X"', b"[" * 30_000 + b"]" * 30_000))).events

    assert [one.text for one in events if isinstance(one, IncomingMessage)][-1] == "Hello"
    assert len(events) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SAID)), st.sampled_from(["messages", "statuses", "message_echoes", "errors"]), JSON, JSON)
def test_anything_in_the_place_of_anything_is_read_without_an_exception(name, place, first, second):
    item = {**SAID[name][0], **dict(zip(sorted(SAID[name][0]), (first, second), strict=False))}
    good = message(id="wamid.GOOD")

    events = parsed(change(**{place: [item, first]}, contacts=[second]), change(messages=[good]))

    assert isinstance(events[-1], IncomingMessage)
    assert events[-1].external_id == "wamid.GOOD"
