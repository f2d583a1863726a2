"""Replies on their way to LINE: bodies, keys, the reply token, files, answers, set-up."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Refused,
    Response,
    Taken,
)
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.channels.registry import manifest
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal
from tests.channels.line.made import ACCOUNT, NOW, TOKEN
from tests.channels.shared.test_lengths import m4a, mp3

ADAPTER = LineAdapter()
ID = "0199aa00-0000-7000-8000-000000000001"
PUSH, REPLY = "https://api.line.me/v2/bot/message/push", "https://api.line.me/v2/bot/message/reply"
HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


def outgoing(text: str = "How can we help?", **more: object) -> Outgoing:
    return Outgoing(ID, "Umio", NOW, text, **more)


def heard(seconds: float) -> LastIncoming:
    return LastIncoming(NOW - timedelta(seconds=seconds), "5001", {"reply_token": "rt1"})


def picture(mime_type: str = "image/jpeg", size: int = 3, url: str = "https://h.example/f/1", name: str = "p.jpg"):
    return OutgoingFile("f", name, mime_type, b"x" * size, url, f"{url}/preview" if url else "")


def bodies(message: Outgoing, account: Account = ACCOUNT):
    return [json.loads(one.body) for one in ADAPTER.render(account, message)]


def test_a_text_is_pushed_under_our_key():
    (request,) = ADAPTER.render(ACCOUNT, outgoing())

    assert (request.method, request.url, request.once, request.instead) == ("POST", PUSH, False, None)
    assert request.headers == {**HEADERS, "x-line-retry-key": ID}
    assert json.loads(request.body) == {"to": "Umio", "messages": [{"type": "text", "text": "How can we help?"}]}


def test_a_place_is_asked_for_by_a_quick_reply():
    (told,) = bodies(outgoing("Where to?", buttons=(Button("Send location", "k1", asks_place=True),)))

    action = {"type": "location", "label": "Send location"}
    assert told["messages"][0]["quickReply"] == {"items": [{"type": "action", "action": action}]}


def test_soon_after_the_customer_the_reply_token_goes_first_and_a_push_follows():
    (request,) = ADAPTER.render(ACCOUNT, outgoing(last_incoming=heard(20)))

    assert (request.url, request.once) == (REPLY, True)
    assert request.headers == HEADERS
    assert json.loads(request.body) == {
        "replyToken": "rt1",
        "messages": [{"type": "text", "text": "How can we help?"}],
    }
    assert [request.instead] == ADAPTER.render(ACCOUNT, outgoing())


NO_TOKEN = {
    "too late": outgoing(last_incoming=heard(51)),
    "from the future": outgoing(last_incoming=heard(-5)),
    "without a token": outgoing(last_incoming=LastIncoming(NOW, "5001")),
    "after nothing": outgoing(),
    "in several calls": outgoing("x" * 26_000, last_incoming=heard(1)),
}


@pytest.mark.parametrize("message", NO_TOKEN.values(), ids=NO_TOKEN.keys())
def test_otherwise_replies_are_pushed(message):
    assert {one.url for one in ADAPTER.render(ACCOUNT, message)} == {PUSH}


def test_a_quote_goes_with_the_first_part():
    (body,) = bodies(outgoing("a" * 5001, reply_to="5001", reply_to_details={"quote_token": "q1"}))

    assert body["messages"] == [
        {"type": "text", "text": "a" * 5000, "quoteToken": "q1"},
        {"type": "text", "text": "a"},
    ]


def test_a_quote_without_its_token_leaves_without_the_quote():
    assert "quoteToken" not in bodies(outgoing(reply_to="5001"))[0]["messages"][0]


def test_more_than_five_messages_are_several_calls_with_keys_of_their_own():
    requests = ADAPTER.render(ACCOUNT, outgoing("word " * 5500))
    again = ADAPTER.render(ACCOUNT, outgoing("word " * 5500))

    assert [len(json.loads(one.body)["messages"]) for one in requests] == [5, 1]
    keys = [one.headers["x-line-retry-key"] for one in requests]
    assert len(set(keys)) == 2
    assert [str(UUID(key)) for key in keys] == keys
    assert requests == again


def test_the_key_of_an_id_that_is_no_uuid_is_one():
    (request,) = ADAPTER.render(ACCOUNT, Outgoing("id", "Umio", NOW, "Hello"))

    UUID(request.headers["x-line-retry-key"])


@given(st.text(min_size=1, max_size=12_000).map(lambda text: text * 3))
def test_the_parts_of_a_text_fit_and_are_the_text(text):
    parts = [one["text"] for body in bodies(outgoing(text)) for one in body["messages"]]

    assert "".join(parts) == text
    assert all(utf16_units(part) <= 5000 for part in parts)


LINK = {
    "type": "buttons",
    "text": "p.jpg",
    "actions": [{"type": "uri", "label": "p.jpg", "uri": "https://h.example/f/1"}],
}
FILES = {
    "a picture": (
        picture(),
        {
            "type": "image",
            "originalContentUrl": "https://h.example/f/1",
            "previewImageUrl": "https://h.example/f/1",
        },
    ),
    "a picture too large for a preview": (
        picture(size=1_000_001),
        {
            "type": "image",
            "originalContentUrl": "https://h.example/f/1",
            "previewImageUrl": "https://h.example/f/1/preview",
        },
    ),
    "a picture too large for LINE": (
        picture(size=10_000_001),
        {"type": "template", "altText": "p.jpg", "template": LINK},
    ),
    "a film": (
        picture("video/mp4"),
        {
            "type": "video",
            "originalContentUrl": "https://h.example/f/1",
            "previewImageUrl": "https://h.example/f/1/preview",
        },
    ),
    "a sound": (
        OutgoingFile("f", "note.m4a", "audio/mp4", m4a(6_500), "https://h.example/f/1"),
        {"type": "audio", "originalContentUrl": "https://h.example/f/1", "duration": 6_500},
    ),
    "a sound of no known length": (
        picture("audio/mp4"),
        {"type": "template", "altText": "p.jpg", "template": LINK},
    ),
    "a document": (picture("application/pdf"), {"type": "template", "altText": "p.jpg", "template": LINK}),
}


MP3 = OutgoingFile("f", "note.mp3", "audio/mpeg", mp3(100), "https://h.example/f/1")


def test_an_mp3_is_a_link_unless_the_settings_say_that_line_plays_it():
    playing = Account(ACCOUNT.inbox_id, {"mp3": "sound"}, ACCOUNT.secrets, "Brand")

    (as_link,) = bodies(outgoing("", files=(MP3,)))
    (as_sound,) = bodies(outgoing("", files=(MP3,)), playing)

    assert [one["type"] for one in as_link["messages"]] == ["template"]
    assert as_sound["messages"] == [
        {"type": "audio", "originalContentUrl": "https://h.example/f/1", "duration": 2_612},
    ]


@pytest.mark.parametrize("settings", [{}, {"mp3": "sound"}], ids=["as set up", "mp3 plays"])
@pytest.mark.parametrize("name", [*(name for name in FILES if name != "a sound of no known length"), "an mp3"])
def test_the_manifest_says_which_files_go_as_links(name: str, settings: dict[str, str]):
    file = MP3 if name == "an mp3" else FILES[name][0]
    rules = manifest("line").capabilities_of(settings).media

    (body,) = bodies(outgoing("", files=(file,)), Account(ACCOUNT.inbox_id, settings, ACCOUNT.secrets, "Brand"))

    as_itself = any(rule.carries(file.mime_type, len(file.data)) for rule in rules)
    assert (body["messages"][0]["type"] != "template") is as_itself


@pytest.mark.parametrize(("file", "wanted"), FILES.values(), ids=FILES.keys())
def test_a_file_follows_the_text(file, wanted):
    (body,) = bodies(outgoing("See", files=(file,)))

    assert body["messages"] == [{"type": "text", "text": "See"}, wanted]


def test_a_long_name_keeps_its_end():
    (body,) = bodies(outgoing("", files=(picture("application/pdf", name="a-very-long-name-of-a-file.pdf"),)))

    (action,) = body["messages"][0]["template"]["actions"]
    assert action["label"] == "a-very-lon…-file.pdf"
    assert len(action["label"]) == 20


@pytest.mark.parametrize("url", ["", "http://h.example/f/1", "https://h.example/" + "x" * 2000])
def test_a_file_that_line_cannot_fetch_is_refused_in_a_sentence(url):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, outgoing(files=(picture(url=url),)))

    assert refused.value.reason.endswith(".")


def test_nothing_is_not_sent():
    with pytest.raises(Refusal):
        ADAPTER.render(ACCOUNT, outgoing(""))


def test_every_call_goes_to_the_base_address():
    account = Account("i", {"api_base_url": "http://127.0.0.1:9/line/"}, ACCOUNT.secrets)
    (request,) = ADAPTER.render(account, outgoing(last_incoming=heard(1)))

    assert request.url == "http://127.0.0.1:9/line/v2/bot/message/reply"
    assert request.instead is not None
    assert request.instead.url == "http://127.0.0.1:9/line/v2/bot/message/push"
    assert ADAPTER.probe(account, NOW).url == "http://127.0.0.1:9/line/v2/bot/info"
    assert ADAPTER.fetch(account, "5001", ()).url == "http://127.0.0.1:9/line/v2/bot/message/5001/content"


SENT = b'{"sentMessages": [{"id": "461", "quoteToken": "q"}, {"id": "462"}]}'
ANSWERS = {
    "taken": (200, SENT, Taken(("461", "462"), details={"quote_token": "q"})),
    "taken before": (409, SENT, Taken(("461", "462"), details={"quote_token": "q"})),
    "taken before, ids unknown": (409, b'{"message": "The retry key is already accepted"}', Taken()),
    "taken before, without a word": (409, b"", Taken()),
    "reply token gone": (400, b'{"message": "Invalid reply token"}', (Action.REJECTED, "reply-token")),
    "nobody there": (400, b'{"message": "Failed to send messages"}', (Action.BLOCKED, "400")),
    "bad body": (400, b'{"message": "The request body has 1 error(s)"}', (Action.REJECTED, "400")),
    "token": (401, b'{"message": "Authentication failed"}', (Action.SETTINGS, "401")),
    "plan": (403, b'{"message": "Access to this API is not available"}', (Action.SETTINGS, "403")),
    "left or blocked": (404, b'{"message": "Not found"}', (Action.BLOCKED, "404")),
    "gone": (410, b"", (Action.REJECTED, "410")),
    "too large": (413, b"", (Action.REJECTED, "413")),
    "media type": (415, b"", (Action.REJECTED, "415")),
    "not processable": (422, b"", (Action.REJECTED, "422")),
    "rate": (429, b'{"message": "API rate limit exceeded"}', (Action.RETRY, "429")),
    "month's messages": (
        429,
        b'{"message": "You have reached your monthly limit."}',
        (Action.SETTINGS, "monthly-limit"),
    ),
    "at once": (429, b'{"message": "Too many concurrent operations"}', (Action.RETRY, "429")),
    "broken": (500, b'{"message": "Internal"}', (Action.RETRY, "500")),
    "down": (503, b"<html>", (Action.RETRY, "503")),
    "redirect": (302, b"", (Action.REJECTED, "302")),
    "teapot": (418, b"\xff", (Action.REJECTED, "418")),
}


@pytest.mark.parametrize(("status", "body", "wanted"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_tells_the_sender_what_to_do(status, body, wanted):
    told = ADAPTER.classify(ACCOUNT, Response(status, {"retry-after": "7"}, body))

    if isinstance(wanted, Taken):
        assert told == wanted
        return
    assert isinstance(told, Refused)
    assert (told.action, told.code) == wanted
    assert told.reason.endswith(".")
    assert told.retry_after_s == (7.0 if told.action is Action.RETRY else None)


def test_the_details_of_a_refusal_are_told():
    body = json.dumps(
        {
            "message": "The request body has 1 error(s)",
            "details": [{"message": "Empty", "property": "messages[0].text"}],
        }
    ).encode()

    told = ADAPTER.classify(ACCOUNT, Response(400, {}, body))

    assert told.reason == "LINE did not take the message: The request body has 1 error(s): messages[0].text: Empty."


def test_a_file_is_fetched_with_the_token_by_its_messages_id():
    request = ADAPTER.fetch(ACCOUNT, "5001", ())

    assert request.url == "https://api-data.line.me/v2/bot/message/5001/content"
    assert request.headers == {"authorization": f"Bearer {TOKEN}"}
    assert ADAPTER.fetch(ACCOUNT, "5001", (Response(200, {}, b"jpeg"),)) is None


def test_a_file_elsewhere_is_fetched_without_the_token():
    request = ADAPTER.fetch(ACCOUNT, "https://a.example/p.jpg", ())

    assert (request.url, request.headers) == ("https://a.example/p.jpg", {})


def test_a_file_that_is_being_prepared_is_asked_for_later():
    with pytest.raises(Refusal) as refused:
        ADAPTER.fetch(ACCOUNT, "5001", (Response(202, {}, b""),))

    assert refused.value.code == "not-ready"


@pytest.mark.parametrize("source", ["", "../../bot/info", "http://a.example/p.jpg", "5001/x"])
def test_no_other_address_is_called_for_a_file(source):
    with pytest.raises(Refusal):
        ADAPTER.fetch(ACCOUNT, source, ())


def test_the_test_call_asks_who_the_token_is():
    request = ADAPTER.probe(ACCOUNT, NOW)

    assert (request.method, request.url) == ("GET", "https://api.line.me/v2/bot/info")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    ADAPTER.judge_probe(ACCOUNT, Response(200, {}, b'{"userId": "Ubot"}'))


@pytest.mark.parametrize(
    ("response", "field"),
    [
        (None, "settings.api_base_url"),
        (Response(503, {}, b""), "settings.api_base_url"),
        (Response(401, {}, b""), "secrets.channel_access_token"),
        (Response(404, {}, b""), "secrets.channel_access_token"),
    ],
)
def test_the_test_call_names_the_wrong_field(response, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
        ({}, {"channel_access_token": "two words"}, "secrets.channel_access_token"),
        ({}, {"channel_access_token": "ÿ"}, "secrets.channel_access_token"),
        ({}, {"channel_secret": "a\n"}, "secrets.channel_secret"),
    ],
)
def test_set_up_names_the_wrong_field(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


def test_the_manifest_says_what_the_adapter_can_carry():
    can = manifest("line").capabilities

    assert (can.reply_window_s, can.receipts, can.quoting, can.editing) == (None, False, True, False)
