"""How updates reach us: the webhook's proof, set-up, polling and files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, Action, Poll, Polled, Refused, Response
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.domain.refusal import Refusal
from tests.channels.telegram.made import NOW, SECRET, TOKEN, account, delivery, message, update

ADAPTER = TelegramAdapter()
KINDS = [
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
]
UPDATE = update(message=message(text="hi"))


def test_a_delivery_with_the_secret_token_is_let_in():
    ADAPTER.verify(account(), delivery(UPDATE))


@pytest.mark.parametrize(
    "header",
    [None, "", SECRET[:-1], SECRET + "x", SECRET[:-1] + "x", SECRET.upper(), "tést", TOKEN],
    ids=["missing", "empty", "shortened", "lengthened", "flipped", "other letters", "no ASCII", "the bot's token"],
)
def test_a_missing_or_wrong_secret_token_is_refused(header):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(account(), delivery(UPDATE, header))

    assert refused.value.code == "bad-signature"


def test_another_accounts_secret_is_refused():
    other = Account("inbox-2", {"mode": "webhook"}, {"bot_token": TOKEN, "secret_token": "x" + SECRET[1:]})

    with pytest.raises(Refusal):
        ADAPTER.verify(other, delivery(UPDATE))


@pytest.mark.parametrize("token", [TOKEN, "1:a"])
def test_without_a_secret_of_its_own_a_bot_has_one_made_of_its_token(token):
    mine = Account("inbox-1", {"mode": "webhook"}, {"bot_token": token}, webhook_url="https://hub.example/w")
    (call,) = ADAPTER.connected(mine)
    made = json.loads(call.body)["secret_token"]

    ADAPTER.verify(mine, delivery(UPDATE, made))

    assert len(made) == 64
    for wrong in ("", made[:-1] + ("0" if made[-1] != "0" else "1")):
        with pytest.raises(Refusal):
            ADAPTER.verify(mine, delivery(UPDATE, wrong))


def test_the_address_answers_no_get():
    with pytest.raises(Refusal):
        ADAPTER.handshake(account(), delivery(UPDATE))


def test_webhook_mode_sets_the_webhook_after_saving():
    (call,) = ADAPTER.connected(account())

    assert call.url == f"https://api.telegram.org/bot{TOKEN}/setWebhook"
    assert json.loads(call.body) == {
        "url": "https://hub.example/webhooks/telegram/inbox-1",
        "secret_token": SECRET,
        "allowed_updates": KINDS,
        "drop_pending_updates": False,
    }


@pytest.mark.parametrize("mode", ["polling", ""])
def test_polling_mode_takes_the_webhook_away_and_drops_nothing(mode):
    (call,) = ADAPTER.connected(account(mode))

    assert call.url == f"https://api.telegram.org/bot{TOKEN}/deleteWebhook"
    assert json.loads(call.body) == {"drop_pending_updates": False}


FIELDS = {
    "no token": ({}, {"bot_token": ""}, "secrets.bot_token"),
    "a token with a path in it": ({}, {"bot_token": "1:a/../x"}, "secrets.bot_token"),
    "a token with a line in it": ({}, {"bot_token": "1:abc\nx"}, "secrets.bot_token"),
    "a secret of other signs": ({}, {"bot_token": TOKEN, "secret_token": "a b"}, "secrets.secret_token"),
    "a secret that is too long": ({}, {"bot_token": TOKEN, "secret_token": "a" * 257}, "secrets.secret_token"),
    "an address without host": ({"api_base_url": "http://"}, {"bot_token": TOKEN}, "settings.api_base_url"),
}


@pytest.mark.parametrize(("settings", "secrets", "field"), FIELDS.values(), ids=FIELDS.keys())
def test_the_wrong_field_is_named(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


def test_right_settings_pass():
    ADAPTER.check({"mode": "polling"}, {"bot_token": TOKEN})
    ADAPTER.check({"mode": "webhook"}, {"bot_token": TOKEN, "secret_token": SECRET})


PROBES = {
    "nobody there": (None, "settings.api_base_url"),
    "wrong token": (Response(401, {}, b'{"ok":false,"error_code":401}'), "secrets.bot_token"),
    "no such bot": (Response(404, {}, b'{"ok":false,"error_code":404}'), "secrets.bot_token"),
    "another kind of server": (Response(200, {}, b"<html>"), "settings.api_base_url"),
    "a server in trouble": (Response(502, {}, b""), "settings.api_base_url"),
}


@pytest.mark.parametrize(("response", "field"), PROBES.values(), ids=PROBES.keys())
def test_a_failed_probe_names_the_field(response, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(account(), response)

    assert refused.value.field == field


def test_the_probe_asks_who_the_bot_is():
    call = ADAPTER.probe(account(), NOW)

    assert call.url.endswith("/getMe")
    ADAPTER.judge_probe(account(), Response(200, {}, b'{"ok":true,"result":{"id":4711,"is_bot":true}}'))


def test_polling_asks_from_the_cursor_and_waits_long():
    assert isinstance(ADAPTER, Polled)
    first, later = ADAPTER.next_poll(account("polling"), ""), ADAPTER.next_poll(account("polling"), "900002")

    assert later.url.endswith("/getUpdates")
    assert json.loads(first.body) == {"limit": 100, "timeout": 50, "allowed_updates": KINDS}
    assert json.loads(later.body) == {"limit": 100, "timeout": 50, "allowed_updates": KINDS, "offset": 900002}


def test_webhook_mode_is_not_polled():
    assert ADAPTER.next_poll(account("webhook"), "") is None


def polled(result, cursor=""):
    body = json.dumps({"ok": True, "result": result}).encode()
    return ADAPTER.read_poll(account("polling"), cursor, Response(200, {}, body))


def test_an_answer_brings_each_update_as_a_delivery_and_the_next_place():
    told = polled([{**UPDATE, "update_id": 900001}, {**UPDATE, "update_id": 900002}], "900001")

    assert isinstance(told, Poll)
    assert [json.loads(item)["update_id"] for item in told.items] == [900001, 900002]
    assert told.cursor == "900003"


def test_nothing_new_keeps_the_place():
    assert polled([], "900003") == Poll((), "900003")


def test_numbers_that_begin_anew_are_followed_down():
    """After a week without updates the next number is random."""
    assert polled([{**UPDATE, "update_id": 17}], "900003").cursor == "18"


def test_an_update_without_a_number_is_a_delivery_too():
    told = polled([{"strange": 1}, UPDATE])

    assert len(told.items) == 2
    assert told.cursor == "900002"


REFUSED = {
    "another receiver": (409, "Conflict: terminated by other getUpdates request", Action.REJECTED, "Another program"),
    "a webhook": (409, "Conflict: can't use getUpdates method while webhook is active", Action.REJECTED, "A webhook"),
    "a revoked token": (401, "Unauthorized", Action.SETTINGS, "The bot token is not valid"),
    "no such bot": (404, "Not Found", Action.SETTINGS, "The bot token is not valid"),
    "too many": (429, "Too Many Requests", Action.RETRY, "Telegram does not answer"),
    "trouble": (502, "Bad Gateway", Action.RETRY, "Telegram does not answer"),
}


@pytest.mark.parametrize(("code", "description", "action", "begins"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_poll_says_why(code, description, action, begins):
    body = json.dumps({"ok": False, "error_code": code, "description": description}).encode()

    told = ADAPTER.read_poll(account("polling"), "", Response(code, {}, body))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.reason.startswith(begins)
    assert told.reason.endswith(".")
    if code == 409:
        assert told.retry_after_s >= 5


def test_a_poll_waits_as_long_as_it_is_asked_to():
    body = b'{"ok":false,"error_code":429,"parameters":{"retry_after":9}}'

    assert ADAPTER.read_poll(account("polling"), "", Response(429, {}, body)).retry_after_s == 9


@given(st.binary(max_size=200), st.integers(200, 599), st.sampled_from(["", "5"]))
def test_any_answer_to_a_poll_is_read(body, status, cursor):
    assert isinstance(ADAPTER.read_poll(account("polling"), cursor, Response(status, {}, body)), Poll | Refused)


def test_a_file_takes_two_calls():
    named = Response(200, {}, b'{"ok":true,"result":{"file_id":"L","file_path":"photos/file 1.jpg"}}')

    first = ADAPTER.fetch(account(), "L", [])
    second = ADAPTER.fetch(account(), "L", [named])

    assert (first.url, json.loads(first.body)) == (f"https://api.telegram.org/bot{TOKEN}/getFile", {"file_id": "L"})
    assert (second.method, second.url) == ("GET", f"https://api.telegram.org/file/bot{TOKEN}/photos/file%201.jpg")
    assert ADAPTER.fetch(account(), "L", [named, Response(200, {}, b"jpg")]) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"ok":true,"result":{"file_id":"L"}}',
        b'{"ok":true,"result":{"file_path":"/var/lib/x"}}',
        b'{"ok":true,"result":{"file_path":"a/../../x"}}',
        b'{"ok":true,"result":{"file_path":"a\\nb"}}',
    ],
    ids=["no answer", "no path", "a path on the server's disk", "a path that climbs", "a path with a line in it"],
)
def test_a_file_that_is_not_handed_out_is_a_refusal(body):
    with pytest.raises(Refusal):
        ADAPTER.fetch(account(), "L", [Response(200, {}, body)])


def test_no_address_is_printed():
    calls = [ADAPTER.probe(account(), NOW), *ADAPTER.connected(account()), ADAPTER.next_poll(account("polling"), "")]

    assert TOKEN not in repr(calls)
    assert TOKEN not in repr(account())


def test_half_a_character_in_one_update_stops_neither_it_nor_the_others():
    """Programs cut texts by UTF-16 units; strict readers refuse the whole answer, and would be given it again for ever."""
    told = [{"update_id": n, "message": message(text=text)} for n, text in enumerate(("cut \ud83d", "whole 👋"), 7)]
    body = json.dumps({"ok": True, "result": told}).encode()

    poll = ADAPTER.read_poll(account(), "", Response(200, {}, body))

    assert isinstance(poll, Poll)
    read = [ADAPTER.parse(account(), delivery(json.loads(item))).events[0] for item in poll.items]
    assert [one.text for one in read] == ["cut \ufffd", "whole 👋"]
