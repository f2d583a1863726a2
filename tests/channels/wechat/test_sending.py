"""Replies, the token, the errors and files: what leaves for WeChat, and what its answers mean."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    AccessToken,
    Account,
    Action,
    FetchesMedia,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    UsesAccessToken,
)
from mim_desk.channels.wechat.adapter import WeChatAdapter
from mim_desk.domain.refusal import Refusal
from tests.channels.shared.answers import answer, body

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
ACCOUNT = Account("inbox-1", {"app_id": "wx1"}, {"app_secret": "s-1", "token": "t"}, "Brand")
ADAPTER = WeChatAdapter()
API = "https://api.weixin.qq.com/cgi-bin"
SEND = f"{API}/message/custom/send"


def steps(text: str = "", *files: OutgoingFile, account: Account = ACCOUNT) -> list[Step]:
    return list(ADAPTER.render(account, Outgoing("id-1", "oA1", NOW, text, files)))


def file(mime_type: str, url: str = "") -> OutgoingFile:
    return OutgoingFile("f-1", "holiday in Ürümqi.bin", mime_type, b"bytes of it", url)


def test_a_text_is_one_message_in_raw_utf_8_and_names_no_agent():
    (request,) = steps("你好 👋")

    assert isinstance(request, Request)
    assert (request.method, request.url) == ("POST", SEND)
    assert request.body == '{"touser":"oA1","msgtype":"text","text":{"content":"你好 👋"}}'.encode()
    assert request.headers == {"content-type": "application/json"}
    assert not request.prepares


def test_a_long_text_is_cut_at_sentences_into_parts_of_600_chinese_characters():
    text = ("我们明天上午十点为您送货。" * 100)[:1200]

    parts = [body(step)["text"]["content"] for step in steps(text)]

    assert "".join(parts) == text
    assert len(parts) == 3
    assert all(len(part.encode()) <= 1800 for part in parts)
    assert all(part.endswith("。") for part in parts[:-1])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_the_parts_of_any_text_are_the_text(text: str):
    parts = [body(step)["text"]["content"] for step in steps(text)]

    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part.encode()) <= 1800 for part in parts)


KINDS = {
    "image/png": ("image", "png"),
    "image/jpeg": ("image", "jpg"),
    "image/gif": ("image", "gif"),
    "audio/amr": ("voice", "amr"),
    "audio/mpeg": ("voice", "mp3"),
    "video/mp4": ("video", "mp4"),
}


@pytest.mark.parametrize(("mime_type", "kind"), KINDS.items(), ids=KINDS.keys())
def test_a_file_is_uploaded_first_and_then_named(mime_type: str, kind: tuple[str, str]):
    upload, naming = steps("", file(mime_type))

    assert isinstance(upload, Request)
    assert upload.prepares
    assert upload.url == f"{API}/media/upload?type={kind[0]}"
    boundary = upload.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    assert (
        upload.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="file.{kind[1]}"\r\n'
            f"Content-Type: {mime_type}\r\n\r\nbytes of it\r\n--{boundary}--\r\n"
        ).encode()
    )
    assert not isinstance(naming, Request)
    sent = naming(answer({"type": kind[0], "media_id": "m-1", "created_at": 1763790000}))
    assert sent.url == SEND
    assert not sent.prepares
    assert json.loads(sent.body) == {"touser": "oA1", "msgtype": kind[0], kind[0]: {"media_id": "m-1"}}


def test_a_file_goes_before_its_text_so_that_one_that_is_not_taken_leaves_no_half_reply():
    upload, _, text = steps("Here it is", file("image/png"))

    assert isinstance(upload, Request)
    assert upload.prepares
    assert body(text)["text"] == {"content": "Here it is"}


@pytest.mark.parametrize("told", [{}, {"media_id": ""}, b"<html>", b"[" * 30_000])
def test_an_upload_that_names_nothing_ends_the_reply(told: object):
    _, naming = steps("", file("image/png"))

    assert not isinstance(naming, Request)
    with pytest.raises(Refusal) as refused:
        naming(answer(told))
    assert refused.value.reason == "WeChat did not take the file. Send it again."


def test_another_kind_of_file_is_an_article_that_leads_to_it():
    (request,) = steps("", file("application/pdf", "https://hub.example/f/1"))

    article = {"title": "holiday in Ürümqi.bin", "description": "", "url": "https://hub.example/f/1", "picurl": ""}
    assert body(request) == {"touser": "oA1", "msgtype": "news", "news": {"articles": [article]}}


def test_without_a_public_address_it_is_refused_in_plain_words():
    with pytest.raises(Refusal) as refused:
        steps("", file("application/pdf"))

    assert "no public address" in refused.value.reason


def test_api_base_url_replaces_the_address_of_every_call():
    account = Account("i", {"app_id": "wx1", "api_base_url": "http://127.0.0.1:9/in/"}, ACCOUNT.secrets)
    calls = [steps("x", account=account)[0], steps("", file("image/png"), account=account)[0]]
    calls += [ADAPTER.token_request(account, NOW), ADAPTER.fetch(account, "m-1", [])]

    assert all(isinstance(one, Request) and one.url.startswith("http://127.0.0.1:9/in/cgi-bin/") for one in calls)


ERRORS = {
    -1: (Action.RETRY, None),
    40001: (Action.RETRY, None),
    40014: (Action.RETRY, None),
    42001: (Action.RETRY, None),
    40003: (Action.BLOCKED, None),
    40004: (Action.REJECTED, None),
    40007: (Action.RETRY, None),
    40009: (Action.REJECTED, None),
    40010: (Action.REJECTED, None),
    40011: (Action.REJECTED, None),
    40164: (Action.SETTINGS, None),
    40200: (Action.SETTINGS, None),
    43004: (Action.BLOCKED, None),
    43019: (Action.BLOCKED, None),
    43101: (Action.REJECTED, None),
    45002: (Action.REJECTED, None),
    45007: (Action.REJECTED, None),
    45008: (Action.REJECTED, None),
    45009: (Action.RETRY, 7200.0),
    45011: (Action.RETRY, 60.0),
    45015: (Action.WINDOW_CLOSED, None),
    45047: (Action.WINDOW_CLOSED, None),
    45080: (Action.REJECTED, None),
    45081: (Action.REJECTED, None),
    47003: (Action.REJECTED, None),
    48001: (Action.SETTINGS, None),
    48002: (Action.BLOCKED, None),
    48004: (Action.SETTINGS, None),
    50002: (Action.SETTINGS, None),
    50005: (Action.BLOCKED, None),
    87014: (Action.REJECTED, None),
    99999: (Action.REJECTED, None),
}


@pytest.mark.parametrize(("code", "wanted"), ERRORS.items())
def test_each_error_asks_for_something_and_says_why(code: int, wanted: tuple[Action, float | None]):
    told = ADAPTER.classify(ACCOUNT, answer({"errcode": code, "errmsg": "words of theirs"}))

    assert isinstance(told, Refused)
    assert (told.action, told.retry_after_s) == wanted
    assert told.code == str(code)
    assert told.reason.endswith(".")
    assert "theirs" not in told.reason


def test_the_errors_table_is_tested_whole():
    from mim_desk.channels.wechat.errors import RULES

    assert set(RULES) == set(ERRORS) - {99999}


def test_the_address_for_the_ip_list_is_named():
    said = "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist hint: [x1]"

    told = ADAPTER.classify(ACCOUNT, answer({"errcode": 40164, "errmsg": said}))

    assert isinstance(told, Refused)
    assert "Add 203.0.113.9 to" in told.reason


STATUSES = {
    "busy": (429, Action.RETRY),
    "timed out": (408, Action.RETRY),
    "down": (502, Action.RETRY),
    "not let in": (403, Action.SETTINGS),
    "no such address": (404, Action.SETTINGS),
    "moved": (302, Action.REJECTED),
    "wrong": (400, Action.REJECTED),
}


@pytest.mark.parametrize(("status", "action"), STATUSES.values(), ids=STATUSES.keys())
def test_an_answer_without_a_code_is_judged_by_its_status(status: int, action: Action):
    told = ADAPTER.classify(ACCOUNT, answer(b"<html>", status, retry_after="7"))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.retry_after_s == (7.0 if action is Action.RETRY else None)


TAKEN = {
    "the usual": ({"errcode": 0, "errmsg": "ok"}, Taken()),
    "a template's id of 64 bits": ({"errcode": 0, "msgid": 9223372036854775807}, Taken(("9223372036854775807",))),
    "a code in quotes": ({"errcode": "0"}, Taken()),
    "an upload": ({"type": "image", "media_id": "m"}, Taken()),
}


@pytest.mark.parametrize(("told", "wanted"), TAKEN.values(), ids=TAKEN.keys())
def test_what_is_taken(told: object, wanted: Taken):
    assert ADAPTER.classify(ACCOUNT, answer(told)) == wanted


def test_the_token_is_asked_for_with_id_and_secret_and_never_forced():
    request = ADAPTER.token_request(ACCOUNT, NOW)

    assert isinstance(ADAPTER, UsesAccessToken)
    assert (request.method, request.url) == ("POST", f"{API}/stable_token")
    assert json.loads(request.body) == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": "s-1",
        "force_refresh": False,
    }
    assert ADAPTER.probe(ACCOUNT, NOW) == request


TOKENS = {
    "given": ({"access_token": "a" * 512, "expires_in": 7200}, AccessToken("a" * 512, 7200.0)),
    "wrong secret": ({"errcode": 40125, "errmsg": ""}, Action.SETTINGS),
    "secret reset": ({"errcode": 40001, "errmsg": ""}, Action.SETTINGS),
    "wrong id": ({"errcode": 40013, "errmsg": ""}, Action.SETTINGS),
    "address not on the list": ({"errcode": 40164, "errmsg": "invalid ip 203.0.113.9"}, Action.SETTINGS),
    "busy": ({"errcode": -1, "errmsg": ""}, Action.RETRY),
    "used up": ({"errcode": 45009, "errmsg": ""}, Action.RETRY),
    "something new": ({"errcode": 12345, "errmsg": ""}, Action.RETRY),
    "empty token": ({"access_token": "", "expires_in": 7200}, Action.RETRY),
    "token without an end": ({"access_token": "a"}, Action.RETRY),
    "token that has ended": ({"access_token": "a", "expires_in": 0}, Action.RETRY),
    "garbage": (b"<html>", Action.RETRY),
}


@pytest.mark.parametrize(("told", "wanted"), TOKENS.values(), ids=TOKENS.keys())
def test_the_answer_to_the_token_call(told: object, wanted: AccessToken | Action):
    found = ADAPTER.read_token(ACCOUNT, answer(told))

    assert (found if isinstance(found, AccessToken) else found.action) == wanted


def test_the_token_goes_into_the_address_of_wechats_own_calls_alone():
    plain = Request("POST", SEND)
    asked = Request("GET", f"{API}/media/get?media_id=m")
    elsewhere = Request("GET", "https://cdn.example/v.mp4")
    alike = Request("GET", "https://api.weixin.qq.com.example/v.mp4")

    assert ADAPTER.authorized(ACCOUNT, plain, "a+b").url == f"{SEND}?access_token=a%2Bb"
    assert ADAPTER.authorized(ACCOUNT, asked, "t").url == f"{API}/media/get?media_id=m&access_token=t"
    assert ADAPTER.authorized(ACCOUNT, elsewhere, "t") is elsewhere
    assert ADAPTER.authorized(ACCOUNT, alike, "t") is alike


@pytest.mark.parametrize(
    ("told", "wanted"),
    [({"errcode": code}, code in (40001, 40014, 42001)) for code in (0, -1, 40001, 40013, 40014, 42001, 45015)]
    + [(b"<html>", False), (b'{"errcode": 40001}' + b" " * 9999, False)],
)
def test_only_an_old_token_is_renewed(told: object, wanted: bool):
    assert ADAPTER.refuses_token(answer(told)) is wanted


PROBES: dict[str, tuple[Response | None, str]] = {
    "nobody there": (None, "settings.api_base_url"),
    "wrong secret": (answer({"errcode": 40125}), "secrets.app_secret"),
    "wrong secret, said otherwise": (answer({"errcode": 40001}), "secrets.app_secret"),
    "frozen secret": (answer({"errcode": 40243}), "secrets.app_secret"),
    "wrong id": (answer({"errcode": 40013}), "settings.app_id"),
    "address not on the list": (answer({"errcode": 40164, "errmsg": "invalid ip 203.0.113.9,"}), "settings.app_id"),
    "something new": (answer({"errcode": 12345}), "settings.app_id"),
    "no token": (answer(b"<html>", 404), "settings.api_base_url"),
}


@pytest.mark.parametrize(("response", "field"), PROBES.values(), ids=PROBES.keys())
def test_set_up_names_the_wrong_field(response: Response | None, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field
    assert refused.value.reason.endswith(".")


def test_set_up_is_content_with_a_token():
    ADAPTER.judge_probe(ACCOUNT, answer({"access_token": "a", "expires_in": 7200}))


SHAPES = {
    "token too short": ({}, {"token": "ab"}, "secrets.token"),
    "token with a space": ({}, {"token": "mimdesk token"}, "secrets.token"),
    "key too short": ({"mode": "aes"}, {"encoding_aes_key": "A" * 42}, "secrets.encoding_aes_key"),
    "key with signs": ({"mode": "aes"}, {"encoding_aes_key": "A" * 42 + "!"}, "secrets.encoding_aes_key"),
    "secure mode without a key": ({"mode": "aes"}, {}, "secrets.encoding_aes_key"),
    "no address": ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
    "short replies in words": ({"short_replies": "few"}, {}, "settings.short_replies"),
    "a short window of nothing": ({"short_window_s": "0"}, {}, "settings.short_window_s"),
}


@pytest.mark.parametrize(("settings", "secrets", "field"), SHAPES.values(), ids=SHAPES.keys())
def test_the_shape_of_the_settings_is_checked(settings: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({"app_id": "wx1", **settings}, {"app_secret": "s", "token": "token1", **secrets})

    assert refused.value.field == field


def test_a_file_is_fetched_by_its_media_id():
    request = ADAPTER.fetch(ACCOUNT, "m/1+2", [])

    assert isinstance(ADAPTER, FetchesMedia)
    assert request == Request("GET", f"{API}/media/get?media_id=m%2F1%2B2")
    assert ADAPTER.fetch(ACCOUNT, "m", [answer(b"\xff\xd8 a picture")]) is None


def test_a_video_is_fetched_from_where_wechat_says():
    told = answer({"video_url": "https://cdn.example/v.mp4?x=1"})

    second = ADAPTER.fetch(ACCOUNT, "m", [told])

    assert second == Request("GET", "https://cdn.example/v.mp4?x=1")
    assert ADAPTER.fetch(ACCOUNT, "m", [told, answer(b"\x00\x00 a video")]) is None


ENDS = {
    "gone after three days": ([answer({"errcode": 40007})], "expired"),
    "busy": ([answer({"errcode": -1})], "not-ready"),
    "not allowed": ([answer({"errcode": 48001})], "no-file"),
    "an address that is none": ([answer({"video_url": "ftp://x"})], "no-file"),
    "an address of an address": ([answer({"video_url": "https://a.example"})] * 2, "no-file"),
}


@pytest.mark.parametrize(("answered", "code"), ENDS.values(), ids=ENDS.keys())
def test_the_way_to_a_file_may_end(answered: list[Response], code: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.fetch(ACCOUNT, "m", answered)

    assert refused.value.code == code
    assert refused.value.reason.endswith(".")


def test_a_file_that_happens_to_be_json_is_a_file():
    large = b'{"errcode": 1, "x": "' + b"x" * 9000 + b'"}'

    assert ADAPTER.fetch(ACCOUNT, "m", [answer(large)]) is None
    assert ADAPTER.fetch(ACCOUNT, "m", [answer(b'{"a": 1}')]) is None


def test_the_calls_of_a_reply_with_everything_stand_in_order():
    rendered = steps("x" * 2000, file("image/png"), file("video/mp4"))

    kinds = [urlsplit(one.url).path.rpartition("/")[2] if isinstance(one, Request) else "named" for one in rendered]
    assert kinds == ["upload", "named", "upload", "named", "send", "send"]
    assert all(a != b for a, b in pairwise(kinds[:4]))
