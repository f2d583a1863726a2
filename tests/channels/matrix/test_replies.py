"""Replies, files, set-up, and what the homeserver's answers mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Polled,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.matrix.adapter import MatrixAdapter
from mim_desk.domain.refusal import Refusal

NOW = datetime(2025, 11, 22, 6, 0, tzinfo=UTC)
MIA = "@mia:example.test"
SETTINGS = {"homeserver": "https://hs.example", "user_id": "@shop:example.test"}
ACCOUNT = Account("inbox-1", SETTINGS, {"access_token": "t"})
ADAPTER = MatrixAdapter()
LAST = LastIncoming(NOW, "$1", {"room": "!room:x"})
SEND = "https://hs.example/_matrix/client/v3/rooms/%21room%3Ax/send/m.room.message/"
JSON = {"authorization": "Bearer t", "content-type": "application/json"}
FILE = OutgoingFile("f1", "plan ü.pdf", "application/pdf", b"%PDF")


def out(**more: Any) -> Outgoing:
    return Outgoing("m-1", MIA, NOW, last_incoming=more.pop("last", LAST), **more)


def told(request: Request) -> dict[str, Any]:
    return dict(json.loads(request.body))


def rendered(message: Outgoing, *answers: object) -> list[Request]:
    """All calls, each written from the answer before it."""
    made: list[Request] = []
    for number, step in enumerate(ADAPTER.render(ACCOUNT, message)):
        body = json.dumps(answers[number - 1] if number and number <= len(answers) else {}).encode()
        made.append(step if isinstance(step, Request) else step(Response(200, {}, body)))
    return made


def test_a_text_goes_to_the_room_of_the_last_message_under_our_id():
    (call,) = rendered(out(text="Hello"))

    assert call == Request("PUT", f"{SEND}m-1", JSON, b'{"msgtype":"m.text","body":"Hello"}')


def test_marks_go_as_html_beside_the_text_as_it_was_typed():
    (call,) = rendered(out(text="*Bold* & _<i>_\n~gone~ `x`"))

    assert told(call) == {
        "msgtype": "m.text",
        "body": "*Bold* & _<i>_\n~gone~ `x`",
        "format": "org.matrix.custom.html",
        "formatted_body": "<strong>Bold</strong> &amp; <em>&lt;i&gt;</em><br><del>gone</del> <code>x</code>",
    }


def test_what_is_too_long_for_one_event_with_html_goes_as_it_was_typed():
    calls = rendered(out(text="*a*" + " <" * 12_000))

    assert all("formatted_body" not in told(call) and len(call.body) < 65_536 for call in calls)


def test_a_quote_is_named_where_it_was_said():
    (call,) = rendered(out(text="Yes", reply_to="$0", reply_to_details={"room": "!room:x"}))
    (elsewhere,) = rendered(out(text="Yes", reply_to="$0", reply_to_details={"room": "!other"}))

    assert told(call)["m.relates_to"] == {"m.in_reply_to": {"event_id": "$0"}}
    assert "m.relates_to" not in told(elsewhere)


def test_a_long_text_goes_in_parts_with_a_key_each():
    calls = rendered(out(text="ш" * 40_000, reply_to="$0"))

    assert [call.url for call in calls] == [f"{SEND}m-1", f"{SEND}m-1.1", f"{SEND}m-1.2"]
    assert all(len(call.body) < 60_000 for call in calls)
    assert ["m.relates_to" in told(call) for call in calls] == [True, False, False]


@given(text=st.text(min_size=1, max_size=300).map(lambda part: part * 400).filter(lambda text: text != ""))
def test_the_parts_are_the_text_again_and_fit(text: str):
    calls = rendered(out(text=text))

    assert "".join(told(call)["body"] for call in calls) == text


def test_a_file_is_brought_there_first():
    text, upload, sent = rendered(out(text="Here", files=(FILE,)), {}, {"content_uri": "mxc://hs.example/abc"})

    assert told(text)["body"] == "Here"
    assert upload == Request(
        "POST",
        "https://hs.example/_matrix/media/v3/upload?filename=plan+%C3%BC.pdf",
        {"authorization": "Bearer t", "content-type": "application/pdf"},
        b"%PDF",
        prepares=True,
    )
    assert sent.url == f"{SEND}m-1.1"
    assert told(sent) == {
        "msgtype": "m.file",
        "body": "plan ü.pdf",
        "filename": "plan ü.pdf",
        "url": "mxc://hs.example/abc",
        "info": {"mimetype": "application/pdf", "size": 4},
    }


@pytest.mark.parametrize("uri", ["", "https://x.example/a", "mxc://only"])
def test_a_file_that_was_not_taken_is_not_sent(uri: str):
    with pytest.raises(Refusal):
        rendered(out(files=(FILE,)), {"content_uri": uri})


def test_who_has_written_nowhere_gets_a_room():
    new, first, upload, second = rendered(
        out(text="Hi", files=(FILE,), last=None), {"room_id": "!made"}, {}, {"content_uri": "mxc://a/b"}
    )

    assert new.once
    assert new.url == "https://hs.example/_matrix/client/v3/createRoom"
    assert told(new) == {"is_direct": True, "invite": [MIA], "preset": "trusted_private_chat"}
    assert first.url.endswith("/rooms/%21made/send/m.room.message/m-1")
    assert upload.prepares
    assert second.url.endswith("/rooms/%21made/send/m.room.message/m-1.1")


def test_a_file_alone_may_be_the_first_in_a_new_room():
    calls = rendered(out(files=(FILE,), last=None), {"room_id": "!made"}, {"content_uri": "mxc://a/b"})

    assert calls[2].url.endswith("/rooms/%21made/send/m.room.message/m-1")


def test_without_a_room_nothing_goes():
    with pytest.raises(Refusal):
        rendered(out(text="Hi", last=None), {})
    with pytest.raises(Refusal):
        rendered(out())


def test_the_base_address_stands_in_for_the_homeserver():
    mine = Account("inbox-1", {**SETTINGS, "api_base_url": "http://gate.internal/m/"}, {"access_token": "t"})
    (call,) = ADAPTER.render(mine, out(text="Hi"))

    assert isinstance(call, Request)
    assert call.url.startswith("http://gate.internal/m/_matrix/client/v3/rooms/")


ERRORS = {
    "limit": (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}, Action.RETRY, 2.0),
    "token": (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, Action.SETTINGS, None),
    "no token": (401, {"errcode": "M_MISSING_TOKEN"}, Action.SETTINGS, None),
    "not in the room": (403, {"errcode": "M_FORBIDDEN"}, Action.BLOCKED, None),
    "not found": (404, {"errcode": "M_NOT_FOUND"}, Action.REJECTED, None),
    "unrecognized": (404, {"errcode": "M_UNRECOGNIZED"}, Action.REJECTED, None),
    "bad JSON": (400, {"errcode": "M_BAD_JSON"}, Action.REJECTED, None),
    "invalid parameter": (400, {"errcode": "M_INVALID_PARAM"}, Action.REJECTED, None),
    "too large": (413, {"errcode": "M_TOO_LARGE"}, Action.REJECTED, None),
    "consent": (403, {"errcode": "M_CONSENT_NOT_GIVEN"}, Action.SETTINGS, None),
    "deactivated": (403, {"errcode": "M_USER_DEACTIVATED"}, Action.SETTINGS, None),
    "gateway": (502, b"<html>", Action.RETRY, None),
    "down": (503, b"", Action.RETRY, None),
    "timeout": (504, b"", Action.RETRY, None),
    "limit without a code": (429, b"x", Action.RETRY, None),
    "too large at a gateway": (413, b"<html>", Action.REJECTED, None),
    "unknown": (400, {"errcode": "M_DANCE"}, Action.REJECTED, None),
    "foreign shape": (400, [1], Action.REJECTED, None),
}


@pytest.mark.parametrize(("status", "body", "action", "wait_s"), ERRORS.values(), ids=ERRORS)
def test_what_errors_ask_for(status: int, body: object, action: Action, wait_s: float | None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = ADAPTER.classify(ACCOUNT, Response(status, {}, raw))

    assert isinstance(answer, Refused)
    assert (answer.action, answer.retry_after_s) == (action, wait_s)
    assert answer.reason.endswith(".")


def test_retry_after_goes_before_the_body():
    answer = ADAPTER.classify(ACCOUNT, Response(429, {"retry-after": "7"}, b'{"retry_after_ms": 1}'))

    assert isinstance(answer, Refused)
    assert answer.retry_after_s == 7


@pytest.mark.parametrize(("body", "ids"), [(b'{"event_id": "$e"}', ("$e",)), (b'{"room_id": "!r"}', ())])
def test_what_was_taken(body: bytes, ids: tuple[str, ...]):
    assert ADAPTER.classify(ACCOUNT, Response(200, {}, body)) == Taken(ids)


def test_a_file_is_fetched_with_the_token():
    call = ADAPTER.fetch(ACCOUNT, "mxc://other.test:8448/a_B-1", [])

    assert call == Request(
        "GET",
        "https://hs.example/_matrix/client/v1/media/download/other.test%3A8448/a_B-1",
        {"authorization": "Bearer t"},
    )
    assert ADAPTER.fetch(ACCOUNT, "mxc://other.test/a", [Response(200, {}, b"")]) is None
    for foreign in ("https://evil.example/a", "mxc://x/../../y", "mxc:///a", ""):
        with pytest.raises(Refusal):
            ADAPTER.fetch(ACCOUNT, foreign, [])


def test_set_up_asks_whose_token_it_is():
    call = ADAPTER.probe(ACCOUNT, NOW)

    assert call == Request("GET", "https://hs.example/_matrix/client/v3/account/whoami", {"authorization": "Bearer t"})
    ADAPTER.judge_probe(ACCOUNT, Response(200, {}, b'{"user_id": "@shop:example.test"}'))


@pytest.mark.parametrize("response", [Response(404, {}, b"<html>"), Response(200, {}, b"{}")])
def test_an_address_that_is_no_homeservers_is_told_where_the_right_one_stands(response: Response):
    with pytest.raises(Refusal, match=r"/\.well-known/matrix/client: enter that one") as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == "settings.homeserver"


@pytest.mark.parametrize(
    ("response", "field"),
    [
        (None, "settings.homeserver"),
        (Response(401, {}, b""), "secrets.access_token"),
        (Response(404, {}, b""), "settings.homeserver"),
        (Response(200, {}, b"<html>"), "settings.homeserver"),
        (Response(200, {}, b'{"user_id": "@other:example.test"}'), "settings.user_id"),
    ],
    ids=["nobody", "wrong token", "no homeserver", "a web page", "somebody else's token"],
)
def test_the_wrong_field_is_named(response: Response | None, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "token", "field"),
    [
        ({"homeserver": "example"}, "t", "settings.homeserver"),
        ({"homeserver": "https://"}, "t", "settings.homeserver"),
        ({"user_id": "shop"}, "t", "settings.user_id"),
        ({"allowed_servers": ["a b"]}, "t", "settings.allowed_servers"),
        ({}, "t t", "secrets.access_token"),
        ({}, "", "secrets.access_token"),
        ({"api_base_url": "https://["}, "t", "settings.api_base_url"),
    ],
)
def test_settings_of_the_wrong_shape_are_named(changes: dict[str, Any], token: str, field: str):
    ADAPTER.check(SETTINGS, {"access_token": "t"})
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**SETTINGS, **changes}, {"access_token": token})

    assert refused.value.field == field


def test_it_is_asked_and_its_sends_may_be_repeated():
    assert isinstance(ADAPTER, Polled)
    assert ADAPTER.keyed
