"""Replies, the token, the errors, files and set-up: what leaves for WeCom, and what its answers mean."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    AccessToken,
    Account,
    Action,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.wecom_kf.adapter import WecomKfAdapter
from mim_desk.channels.wecom_kf.errors import RULES
from mim_desk.domain.refusal import Refusal
from tests.channels.shared.answers import answer, body

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
ACCOUNT = Account("inbox-1", {"corp_id": "ww1", "open_kfid": "wk1"}, {"secret": "s&1"}, "Brand")
ADAPTER = WecomKfAdapter()
API = "https://qyapi.weixin.qq.com/cgi-bin"
SEND = f"{API}/kf/send_msg"


def steps(text: str = "", *files: OutgoingFile, account: Account = ACCOUNT) -> list[Step]:
    return list(ADAPTER.render(account, Outgoing("id-1", "wm1", NOW, text, files)))


def file(mime_type: str, data: bytes = b"bytes of it") -> OutgoingFile:
    return OutgoingFile("f-1", "plan für Ürümqi.pdf", mime_type, data)


def test_a_text_is_one_message_under_an_id_of_ours():
    (request,) = steps("你好 👋")

    assert isinstance(request, Request)
    assert (request.method, request.url, request.prepares) == ("POST", SEND, False)
    key = body(request)["msgid"]
    assert len(key) == 32
    assert key.isalnum()
    told = f'{{"touser":"wm1","open_kfid":"wk1","msgid":"{key}","msgtype":"text","text":{{"content":"你好 👋"}}}}'
    assert request.body == told.encode()


def test_each_part_has_its_own_id_and_the_same_one_at_each_try():
    text = "我们明天上午十点为您送货。" * 100

    first, again = [[body(step) for step in steps(text)] for _ in range(2)]

    assert first == again
    assert len({one["msgid"] for one in first}) == len(first) == 2
    assert "".join(one["text"]["content"] for one in first) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_the_parts_of_any_text_are_the_text(text: str):
    parts = [body(step)["text"]["content"] for step in steps(text)]

    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part.encode()) <= 2048 for part in parts)


KINDS = {
    "png": ("image/png", b"x", "image", "file.png"),
    "jpeg": ("image/jpeg", b"x", "image", "file.jpg"),
    "amr": ("audio/amr", b"x", "voice", "file.amr"),
    "mp4": ("video/mp4", b"x", "video", "file.mp4"),
    "document": ("application/pdf", b"x", "file", "plan für Ürümqi.pdf"),
    "gif": ("image/gif", b"x", "file", "plan für Ürümqi.pdf"),
    "a recording that is too large to be one": ("audio/amr", b"x" * 2_097_153, "file", "plan für Ürümqi.pdf"),
}


@pytest.mark.parametrize(("mime_type", "data", "kind", "name"), KINDS.values(), ids=KINDS.keys())
def test_a_file_is_uploaded_first_and_then_named(mime_type: str, data: bytes, kind: str, name: str):
    upload, naming, text = steps("Here", file(mime_type, data))

    assert isinstance(upload, Request)
    assert upload.prepares
    assert upload.url == f"{API}/media/upload?type={kind}"
    assert f'name="media"; filename="{name}"\r\nContent-Type: {mime_type}\r\n\r\n'.encode() in upload.body
    assert not isinstance(naming, Request)
    sent = naming(answer({"errcode": 0, "type": kind, "media_id": "m-1", "created_at": "1763790000"}))
    assert (sent.url, sent.prepares) == (SEND, False)
    told = body(sent)
    assert told.pop("msgid") != body(text)["msgid"]
    assert told == {"touser": "wm1", "open_kfid": "wk1", "msgtype": kind, kind: {"media_id": "m-1"}}


@pytest.mark.parametrize("told", [{}, {"media_id": ""}, b"<html>", b"[" * 30_000])
def test_an_upload_that_names_nothing_ends_the_reply(told: object):
    _, naming = steps("", file("image/png"))

    assert not isinstance(naming, Request)
    with pytest.raises(Refusal) as refused:
        naming(answer(told))
    assert refused.value.reason == "WeCom did not take the file. Send it again."


def test_api_base_url_replaces_the_address_of_every_call():
    account = replace(ACCOUNT, settings={**ACCOUNT.settings, "api_base_url": "http://127.0.0.1:9/in/"})
    calls = [
        *steps("x", account=account),
        steps("", file("image/png"), account=account)[0],
        ADAPTER.next_poll(account, ""),
        ADAPTER.token_request(account, NOW),
        ADAPTER.probe(account, NOW),
        ADAPTER.fetch(account, "mid-1", []),
    ]

    for call in calls:
        assert isinstance(call, Request)
        assert call.url.startswith("http://127.0.0.1:9/in/cgi-bin/")


def test_the_token_is_asked_for_and_put_into_calls_to_wecom_alone():
    asked = ADAPTER.token_request(ACCOUNT, NOW)
    told = answer({"errcode": 0, "errmsg": "ok", "access_token": "t/1", "expires_in": 7200})

    assert (asked.method, asked.url) == ("GET", f"{API}/gettoken?corpid=ww1&corpsecret=s%261")
    assert ADAPTER.read_token(ACCOUNT, told) == AccessToken("t/1", 7200)
    assert ADAPTER.authorized(ACCOUNT, Request("POST", SEND), "t/1").url == f"{SEND}?access_token=t%2F1"
    elsewhere = Request("GET", "https://example.com/a")
    assert ADAPTER.authorized(ACCOUNT, elsewhere, "t/1") is elsewhere


TOKENS = {
    "wrong secret": ({"errcode": 40001}, Action.SETTINGS, "secrets.secret"),
    "no secret": ({"errcode": 41004}, Action.SETTINGS, "secrets.secret"),
    "wrong company": ({"errcode": 40013}, Action.SETTINGS, "settings.corp_id"),
    "an address that is not trusted": ({"errcode": 60020}, Action.SETTINGS, "settings.corp_id"),
    "busy": ({"errcode": -1}, Action.RETRY, "settings.corp_id"),
    "a page": (b"<html>", Action.RETRY, "settings.api_base_url"),
    "no life": ({"access_token": "t", "expires_in": 0}, Action.RETRY, "settings.api_base_url"),
}


@pytest.mark.parametrize(("told", "action", "field"), TOKENS.values(), ids=TOKENS.keys())
def test_without_a_token_it_is_said_why_and_which_field(told: object, action: Action, field: str):
    found = ADAPTER.read_token(ACCOUNT, answer(told))

    assert isinstance(found, Refused)
    assert found.action is action
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, answer(told))
    assert refused.value.field == field


def test_the_probe_is_good_with_a_token_and_needs_an_answer():
    ADAPTER.judge_probe(ACCOUNT, answer({"errcode": 0, "access_token": "t", "expires_in": 7200}))
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, None)
    assert refused.value.field == "settings.api_base_url"


ERRORS = {
    -1: Action.RETRY,
    40001: Action.RETRY,
    40003: Action.BLOCKED,
    40004: Action.REJECTED,
    40007: Action.RETRY,
    40009: Action.REJECTED,
    40014: Action.RETRY,
    40058: Action.REJECTED,
    40096: Action.BLOCKED,
    40201: Action.SETTINGS,
    42001: Action.RETRY,
    45002: Action.REJECTED,
    45009: Action.RETRY,
    45033: Action.RETRY,
    48002: Action.SETTINGS,
    60020: Action.SETTINGS,
    95000: Action.SETTINGS,
    95001: Action.WINDOW_CLOSED,
    95002: Action.WINDOW_CLOSED,
    95004: Action.SETTINGS,
    95011: Action.SETTINGS,
    95012: Action.SETTINGS,
    95013: Action.WINDOW_CLOSED,
    95017: Action.SETTINGS,
    95018: Action.REJECTED,
}


@pytest.mark.parametrize(("code", "action"), ERRORS.items())
def test_each_error_asks_for_its_action_in_a_sentence(code: int, action: Action):
    told = ADAPTER.classify(ACCOUNT, answer({"errcode": code, "errmsg": "no"}))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, str(code))
    assert told.reason.endswith(".")
    assert ADAPTER.refuses_token(answer({"errcode": code})) is (code in (40001, 40014, 42001))


def test_the_table_above_is_whole():
    assert set(ERRORS) == set(RULES)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (answer({"errcode": 0, "errmsg": "ok", "msgid": "m1"}), Taken(("m1",))),
        (answer({"errcode": 0}), Taken()),
        (answer(b"", 503, retry_after="7"), Refused(Action.RETRY, "WeCom is busy; trying again.", "503", 7.0)),
        (
            answer(b"", 404),
            Refused(Action.SETTINGS, "WeCom does not accept our calls. Check the inbox's settings.", "404"),
        ),
        (answer(b"", 422), Refused(Action.REJECTED, "WeCom did not take the message.", "422")),
        (answer({"errcode": 7}), Refused(Action.REJECTED, "WeCom did not take the message (error 7).", "7")),
    ],
    ids=["taken", "taken without an id", "down", "not there", "refused", "an unknown code"],
)
def test_other_answers_go_by_their_status(told: Response, outcome: object):
    assert ADAPTER.classify(ACCOUNT, told) == outcome


def test_a_file_is_fetched_by_its_id():
    call = ADAPTER.fetch(ACCOUNT, "mid/1", [])

    assert isinstance(call, Request)
    assert (call.method, call.url) == ("GET", f"{API}/media/get?media_id=mid%2F1")
    assert ADAPTER.fetch(ACCOUNT, "mid/1", [answer(b"\xff\xd8")]) is None
    assert ADAPTER.fetch(ACCOUNT, "mid/1", [answer({"errcode": 5}, content_disposition="attachment")]) is None


@pytest.mark.parametrize(("errcode", "code"), [(40007, "expired"), (-1, "not-ready"), (48002, "no-file")])
def test_a_file_that_is_not_had_says_why(errcode: int, code: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.fetch(ACCOUNT, "mid-1", [answer({"errcode": errcode})])
    assert refused.value.code == code


KEY = "A" * 43
WRONG = {
    "a pause in words": ({"pause_s": "soon"}, {}, "settings.pause_s"),
    "a pause of nothing": ({"pause_s": "0"}, {}, "settings.pause_s"),
    "a key that is too short": ({}, {"token": "t", "encoding_aes_key": "short"}, "secrets.encoding_aes_key"),
    "a token without a key": ({}, {"token": "t"}, "secrets.encoding_aes_key"),
    "a key without a token": ({}, {"encoding_aes_key": KEY}, "secrets.token"),
    "a base address without a host": ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
}


@pytest.mark.parametrize(("settings", "secrets", "field"), WRONG.values(), ids=WRONG.keys())
def test_set_up_names_the_field_that_is_wrong(settings: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)
    assert refused.value.field == field


def test_set_up_takes_what_is_right():
    ADAPTER.check({}, {"secret": "s"})
    ADAPTER.check({"pause_s": "2"}, {"token": "t", "encoding_aes_key": KEY})
