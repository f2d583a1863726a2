"""A delivery of an app of Meta is cut by whose account each item is of; nothing is lost, nothing comes twice."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account
from mim_desk.channels.shared.meta_sharing import shared_out

PAGE, OTHER_PAGE, IG, WABA, NUMBER = "701", "702", "1784", "501", "601"
MESSENGER = "messenger", Account("m", {"page_id": PAGE}, {})
OTHER_MESSENGER = "messenger", Account("m2", {"page_id": OTHER_PAGE}, {})
COMMENTS = "facebook_comments", Account("c", {"page_id": PAGE}, {})
INSTAGRAM = "instagram", Account("i", {"account_id": IG}, {})
WHATSAPP = "whatsapp", Account("w", {"phone_number_id": NUMBER, "waba_id": WABA}, {})
OTHER_NUMBER = "whatsapp", Account("w2", {"phone_number_id": "602", "waba_id": WABA}, {})
EVERYBODY = [MESSENGER, COMMENTS, INSTAGRAM, WHATSAPP, OTHER_MESSENGER, OTHER_NUMBER]


def said(account: str, mid: str) -> dict[str, Any]:
    return {"sender": {"id": "77"}, "recipient": {"id": account}, "timestamp": 1, "message": {"mid": mid}}


def body(object_: str, *entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": object_, "entry": list(entries)}).encode()


def whatsapp(number: str, mid: str) -> dict[str, Any]:
    value = {"metadata": {"phone_number_id": number}, "messages": [{"id": mid}]}
    return {"field": "messages", "value": value}


def test_a_delivery_of_one_account_stays_byte_for_byte():
    told = body("page", {"id": PAGE, "messaging": [said(PAGE, "m1")]})

    assert shared_out(told, EVERYBODY) == [told, b"", b"", b"", b"", b""]


def test_messages_and_comments_of_a_page_part():
    comment = {"field": "feed", "value": {"item": "comment"}}
    template = {"field": "message_template_status_update", "value": {}}
    told = body("page", {"id": PAGE, "time": 5, "messaging": [said(PAGE, "m1")], "changes": [comment, template]})

    parts = shared_out(told, [COMMENTS, MESSENGER])

    assert [json.loads(part)["entry"] for part in parts] == [
        [{"id": PAGE, "time": 5, "changes": [comment]}],
        [{"id": PAGE, "time": 5, "messaging": [said(PAGE, "m1")], "changes": [template]}],
    ]


def test_each_page_gets_its_own_entries():
    entries = [{"id": one, "messaging": [said(one, one)]} for one in (PAGE, OTHER_PAGE, PAGE)]

    mine, others = shared_out(body("page", *entries), [MESSENGER, OTHER_MESSENGER])

    assert [entry["id"] for entry in json.loads(mine)["entry"]] == [PAGE, PAGE]
    assert [entry["id"] for entry in json.loads(others)["entry"]] == [OTHER_PAGE]


def test_numbers_of_one_business_account_part():
    told = body("whatsapp_business_account", {"id": WABA, "changes": [whatsapp("602", "b"), whatsapp(NUMBER, "a")]})

    first, second = shared_out(told, [WHATSAPP, OTHER_NUMBER])

    assert b'"a"' in first
    assert b'"b"' not in first
    assert b'"b"' in second


def test_news_of_a_business_account_are_told_to_all_of_its_numbers():
    news = {"field": "account_update", "value": {"event": "ACCOUNT_RECONNECTED"}}
    told = body("whatsapp_business_account", {"id": WABA, "changes": [news, whatsapp("602", "b")]})

    first, second, page = shared_out(told, [WHATSAPP, OTHER_NUMBER, MESSENGER])

    assert [json.loads(part)["entry"][0]["changes"] for part in (first, second)] == [
        [news],
        [news, whatsapp("602", "b")],
    ]
    assert page == b""


def test_an_instagram_event_is_known_by_its_recipient_where_the_entry_names_the_customer():
    told = body("instagram", {"id": "77", "messaging": [said(IG, "i1")]})
    flat = body("instagram", {"id": IG, "field": "comments", "value": {"id": "1"}})

    assert shared_out(told, [MESSENGER, INSTAGRAM])[0] == b""
    assert json.loads(shared_out(flat, [MESSENGER, INSTAGRAM])[1])["entry"][0]["field"] == "comments"


def test_what_is_nobodys_stays_where_it_was_brought():
    told = body(
        "page", {"id": "799", "messaging": [said("799", "x")]}, {"id": OTHER_PAGE, "messaging": [said("702", "y")]}
    )

    mine, others = shared_out(told, [MESSENGER, OTHER_MESSENGER])

    assert [entry["id"] for entry in json.loads(mine)["entry"]] == ["799"]
    assert b'"y"' in others


@given(st.binary(max_size=300))
def test_bytes_that_are_no_delivery_stay_whole(told: bytes):
    assert shared_out(told, EVERYBODY)[0] == told


_ITEMS = st.lists(
    st.sampled_from([PAGE, OTHER_PAGE, "799"]).flatmap(
        lambda page: st.fixed_dictionaries(
            {
                "id": st.just(page),
                "messaging": st.lists(st.integers(0, 9).map(lambda n: said(page, f"m{n}")), max_size=3),
            }
        )
    ),
    max_size=5,
)


@given(entries=_ITEMS)
def test_every_item_is_given_to_exactly_one(entries: list[dict[str, Any]]):
    parts = shared_out(body("page", *entries), [MESSENGER, OTHER_MESSENGER, COMMENTS])
    given_out = [
        item for part in parts if part for entry in json.loads(part)["entry"] for item in entry.get("messaging", ())
    ]
    wanted = [item for entry in entries for item in entry.get("messaging", ())]

    assert sorted(map(json.dumps, given_out)) == sorted(map(json.dumps, wanted))
