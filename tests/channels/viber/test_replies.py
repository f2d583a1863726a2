"""Replies on their way to Viber: bodies, the brand's name, files, the table of status codes, set-up."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    OK,
    Account,
    Action,
    ContactCard,
    HearsOfInboxes,
    InDoubt,
    Outgoing,
    OutgoingFile,
    Place,
    Refused,
    Response,
    Taken,
)
from mim_desk.channels.registry import manifest
from mim_desk.channels.viber.adapter import ViberAdapter
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal
from tests.channels.viber.made import ACCOUNT, MIA, NOW, TOKEN, WEBHOOK, delivery, event, message, raw

ADAPTER = ViberAdapter()
SEND = "https://chatapi.viber.com/pa/send_message"
BRAND = {"name": "Nordlicht", "avatar": "https://b.example/a.png"}
ENVELOPE = {"receiver": "AbC==", "min_api_version": 1, "sender": BRAND}


def outgoing(text: str = "Hello", *files: OutgoingFile) -> Outgoing:
    return Outgoing("id-1", "AbC==", NOW, text, files)


def file(mime_type: str, size: int = 3, name: str = "a.bin", url: str = "https://h.example/f/1") -> OutgoingFile:
    return OutgoingFile("f", name, mime_type, b"x" * size, url)


def bodies(message: Outgoing, account: Account = ACCOUNT):
    return [json.loads(one.body) for one in ADAPTER.render(account, message)]


@pytest.mark.parametrize("body", [b"{}", b'{"message_token": 7}', b"ok"])
def test_an_answer_without_a_status_says_nothing(body: bytes):
    assert isinstance(ADAPTER.classify(ACCOUNT, Response(200, {}, body)), InDoubt)


def test_a_text_is_sent_in_the_brands_name():
    (request,) = ADAPTER.render(ACCOUNT, outgoing())

    assert (request.method, request.url, request.once) == ("POST", SEND, True)
    assert request.headers == {"x-viber-auth-token": TOKEN, "content-type": "application/json"}
    assert json.loads(request.body) == {**ENVELOPE, "type": "text", "text": "Hello"}


def test_without_a_name_of_its_own_the_inbox_sends_in_the_brands():
    account = Account("i", {}, {"auth_token": TOKEN}, "The brand with a very long name indeed")

    (body,) = bodies(outgoing(), account)

    assert body["sender"] == {"name": "The brand with a very long"}


def test_nothing_is_sent_without_a_name():
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(Account("i", {}, {"auth_token": TOKEN}), outgoing())

    assert refused.value.code == "no-sender-name"


PICTURE = {**ENVELOPE, "type": "picture", "text": "See", "media": "https://h.example/f/1"}
FILES = {
    "a picture with its caption": (outgoing("See", file("image/jpeg")), [PICTURE]),
    "a picture alone": (outgoing("", file("image/png")), [{**PICTURE, "text": ""}]),
    "a picture whose words are too long for a caption": (
        outgoing("x" * 513, file("image/gif")),
        [{**ENVELOPE, "type": "text", "text": "x" * 513}, {**PICTURE, "text": ""}],
    ),
    "a picture that is too large": (
        outgoing("", file("image/jpeg", (1 << 20) + 1, "p.jpg")),
        [
            {
                **ENVELOPE,
                "type": "file",
                "media": "https://h.example/f/1",
                "size": (1 << 20) + 1,
                "file_name": "p.jpg",
            }
        ],
    ),
    "a film": (
        outgoing("See", file("video/mp4", 9)),
        [
            {**ENVELOPE, "type": "text", "text": "See"},
            {**ENVELOPE, "type": "video", "media": "https://h.example/f/1", "size": 9},
        ],
    ),
    "a document": (
        outgoing("", file("application/pdf", 7, "plan.pdf")),
        [{**ENVELOPE, "type": "file", "media": "https://h.example/f/1", "size": 7, "file_name": "plan.pdf"}],
    ),
    "two pictures": (outgoing("See", file("image/jpeg"), file("image/jpeg")), [PICTURE, {**PICTURE, "text": ""}]),
}


@pytest.mark.parametrize(("message", "wanted"), FILES.values(), ids=FILES.keys())
def test_a_reply_with_files(message, wanted):
    assert bodies(message) == wanted


def test_a_long_file_name_keeps_its_ending():
    (body,) = bodies(outgoing("", file("application/pdf", name="x" * 300 + ".pdf")))

    assert len(body["file_name"]) == 256
    assert body["file_name"].endswith("x.pdf")


@pytest.mark.parametrize("url", ["", "https://h.example/" + "x" * 2000])
def test_a_file_that_viber_cannot_fetch_is_refused_in_a_sentence(url):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, outgoing("See", file("image/jpeg", url=url)))

    assert refused.value.reason.endswith(".")


def test_nothing_is_not_sent():
    with pytest.raises(Refusal):
        ADAPTER.render(ACCOUNT, outgoing(""))


@given(st.text(min_size=1, max_size=10_000).map(lambda text: text * 2))
def test_the_parts_of_a_text_fit_and_are_the_text(text):
    parts = [body["text"] for body in bodies(outgoing(text))]

    assert "".join(parts) == text
    assert all(len(part) <= 7000 for part in parts)


def test_the_largest_text_fits_into_viber():
    assert all(len(one.body) < 30_000 for one in ADAPTER.render(ACCOUNT, outgoing("👍" * 7001)))


def test_every_call_goes_to_the_base_address():
    account = Account("i", {"api_base_url": "http://127.0.0.1:9/x"}, {"auth_token": TOKEN}, "Brand", WEBHOOK)

    calls = [*ADAPTER.render(account, outgoing()), ADAPTER.probe(account, NOW), *ADAPTER.connected(account)]
    assert [one.url for one in calls] == [
        "http://127.0.0.1:9/x/pa/send_message",
        "http://127.0.0.1:9/x/pa/get_account_info",
        "http://127.0.0.1:9/x/pa/set_webhook",
    ]


def said(status: object, **more: object) -> bytes:
    return json.dumps({"status": status, "status_message": "words", **more}).encode()


STATUSES = {
    0: Taken(),
    1: Action.REJECTED,
    2: Action.SETTINGS,
    3: Action.REJECTED,
    4: Action.REJECTED,
    5: Action.BLOCKED,
    6: Action.BLOCKED,
    7: Action.SETTINGS,
    8: Action.SETTINGS,
    9: Action.SETTINGS,
    10: Action.RETRY,
    11: Action.REJECTED,
    12: Action.RETRY,
    13: Action.REJECTED,
    14: Action.REJECTED,
    15: Action.SETTINGS,
    16: Action.REJECTED,
    17: Action.REJECTED,
    18: Action.REJECTED,
    19: Action.REJECTED,
    20: Action.REJECTED,
    21: Action.REJECTED,
    22: Action.REJECTED,
    23: Action.WINDOW_CLOSED,
    24: Action.WINDOW_CLOSED,
    99: Action.RETRY,
    -1: Action.RETRY,
}


@pytest.mark.parametrize(("status", "wanted"), STATUSES.items())
def test_each_status_inside_an_answer_tells_the_sender_what_to_do(status, wanted):
    told = ADAPTER.classify(ACCOUNT, Response(200, {}, said(status)))

    if isinstance(wanted, Taken):
        assert told == wanted
        return
    assert isinstance(told, Refused)
    assert (told.action, told.code) == (wanted, str(status))
    assert told.reason.endswith(".")


ANSWERS = {
    "taken with its token": (
        200,
        b'{"status":0,"status_message":"ok","message_token":6000000000000000011,"billing_status":1}',
        Taken(("6000000000000000011",)),
    ),
    "a token that lost digits": (200, b'{"status":0,"message_token":6.0e18}', Taken()),
    "busy": (429, b"", Action.RETRY),
    "down": (503, b"<html>", Action.RETRY),
    "token": (401, b"", Action.SETTINGS),
    "address": (404, b"", Action.SETTINGS),
    "redirect": (302, b"", Action.REJECTED),
    "rejected": (422, b"", Action.REJECTED),
}


@pytest.mark.parametrize(("status", "body", "wanted"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_tells_the_sender_what_to_do(status, body, wanted):
    told = ADAPTER.classify(ACCOUNT, Response(status, {"retry-after": "7"}, body))

    if isinstance(wanted, Taken):
        assert told == wanted
        return
    assert isinstance(told, Refused)
    assert told.action is wanted
    assert told.reason.endswith(".")
    assert told.retry_after_s == (7.0 if wanted is Action.RETRY else None)


def test_what_viber_says_of_bad_data_is_told():
    told = ADAPTER.classify(ACCOUNT, Response(200, {}, b'{"status":3,"status_message":"badData: size"}'))

    assert told.reason == "Viber did not understand the message: badData: size."


def test_set_up_asks_viber_whether_the_token_is_right():
    request = ADAPTER.probe(ACCOUNT, NOW)

    assert (request.method, request.url, request.body) == (
        "POST",
        "https://chatapi.viber.com/pa/get_account_info",
        b"{}",
    )
    assert request.headers["x-viber-auth-token"] == TOKEN
    ADAPTER.judge_probe(ACCOUNT, Response(200, {}, b'{"status":0,"id":"pa:1","name":"Bot"}'))


@pytest.mark.parametrize(
    ("response", "field"),
    [
        (None, "settings.api_base_url"),
        (Response(503, {}, b""), "settings.api_base_url"),
        (Response(200, {}, b"<html>"), "settings.api_base_url"),
        (Response(404, {}, said(0)), "settings.api_base_url"),
        (Response(200, {}, said(2)), "secrets.auth_token"),
        (Response(200, {}, said(8)), "secrets.auth_token"),
    ],
)
def test_the_test_call_names_the_wrong_field(response, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field
    assert refused.value.reason.endswith(".")


def test_once_it_is_connected_viber_is_told_where_to_deliver():
    assert isinstance(ADAPTER, HearsOfInboxes)
    (request,) = ADAPTER.connected(ACCOUNT)

    assert request.url == "https://chatapi.viber.com/pa/set_webhook"
    assert json.loads(request.body) == {
        "url": WEBHOOK,
        "event_types": ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"],
        "send_name": True,
        "send_photo": True,
    }


def test_an_inbox_without_an_address_is_told_to_nobody():
    assert ADAPTER.connected(Account("i", {}, {"auth_token": TOKEN})) == ()


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
        ({"sender_name": "x" * 29}, {}, "settings.sender_name"),
        ({}, {"auth_token": "two words"}, "secrets.auth_token"),
        ({}, {"auth_token": "ÿ"}, "secrets.auth_token"),
    ],
)
def test_set_up_names_the_wrong_field(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


def test_the_manifest_says_what_the_adapter_can_carry():
    can = manifest("viber").capabilities

    assert (can.reply_window_s, can.receipts, can.quoting, can.typing) == (None, True, False, False)


def test_a_forgotten_webhook_is_set_again_and_the_reply_tried_again():
    told = ADAPTER.classify(ACCOUNT, Response(200, {}, said(10)))

    assert isinstance(told, Refused)
    (mending,) = told.mended_by
    assert mending.url.endswith("/set_webhook")
    assert json.loads(mending.body)["url"] == WEBHOOK


def test_without_an_address_of_ours_a_forgotten_webhook_is_a_matter_of_settings():
    account = Account("i", {}, {"auth_token": TOKEN}, "Brand")

    told = ADAPTER.classify(account, Response(200, {}, said(10)))

    assert isinstance(told, Refused)
    assert (told.action, told.mended_by) == (Action.SETTINGS, ())


OLD_PHONES = {
    "buttons": (
        replace(outgoing("Sure?"), buttons=(Button("Yes", "k1"), Button("Shop", url="https://s.example"))),
        "Sure?\n\n1. Yes\nShop: https://s.example",
    ),
    "a place": (replace(outgoing(""), enclosed=Place(42.69, 23.32)), Place(42.69, 23.32).map_url),
    "a card": (replace(outgoing(""), enclosed=ContactCard("Leo", ("+359",))), "Leo\n+359"),
}


@pytest.mark.parametrize(("message", "words"), OLD_PHONES.values(), ids=OLD_PHONES.keys())
def test_a_viber_that_is_too_old_gets_plain_text_instead(message, words):
    (call,) = ADAPTER.render(ACCOUNT, message)

    assert call.instead is not None
    assert call.instead.once
    assert json.loads(call.instead.body) == {**ENVELOPE, "type": "text", "text": words}


def test_a_place_is_asked_for_and_older_vibers_get_the_question_alone():
    (call,) = ADAPTER.render(
        ACCOUNT, replace(outgoing("Where to?"), buttons=(Button("Send location", "k1", asks_place=True),))
    )

    told = json.loads(call.body)
    assert told["min_api_version"] == 3
    assert [(key["ActionType"], key["Text"]) for key in told["keyboard"]["Buttons"]] == [
        ("location-picker", "Send location")
    ]
    assert call.instead is not None
    assert json.loads(call.instead.body) == {**ENVELOPE, "type": "text", "text": "Where to?"}


def test_what_is_larger_than_viber_takes_at_once_is_refused_in_a_sentence():
    buttons = tuple(Button('"' * 40, f"k{place}") for place in range(12))

    with pytest.raises(Refusal, match="30 kB"):
        ADAPTER.render(ACCOUNT, replace(outgoing("😀" * 7000), buttons=buttons))


GREETING = replace(ACCOUNT, settings={**ACCOUNT.settings, "welcome_text": "Welcome!"})


def test_who_opens_the_chat_is_greeted_in_the_answer_to_the_call():
    opened = raw(event("conversation_started", type="open", context="shop7", user=MIA, subscribed=False))

    answer = ADAPTER.parse(GREETING, delivery(opened)).answer

    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"sender": BRAND, "text": "Welcome!", "type": "text", "min_api_version": 1}


@pytest.mark.parametrize("told", [message(text="hi"), event("subscribed", user=MIA), event("webhook"), ["x"]])
def test_nobody_else_is_greeted(told):
    assert ADAPTER.parse(GREETING, delivery(raw(told))).answer == OK


def test_without_a_greeting_nobody_is_greeted():
    opened = raw(event("conversation_started", type="open", user=MIA, subscribed=False))

    assert ADAPTER.parse(ACCOUNT, delivery(opened)).answer == OK


def test_a_greeting_longer_than_viber_takes_is_refused_by_its_field():
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({"welcome_text": "x" * 7001}, {"auth_token": TOKEN})

    assert refused.value.field == "settings.welcome_text"
