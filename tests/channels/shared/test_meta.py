"""What WhatsApp, Messenger and Instagram have in common at Meta."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, Action, RawRequest, Response
from mim_desk.channels.shared import meta
from mim_desk.domain.refusal import Refusal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BODY = b'{"object":"page","text":"\\u00e4"}'
SECRETS = {"app_secret": "app-secret-1", "verify_token": "let-me-in", "access_token": "token-1"}
ACCOUNT = Account("inbox", {}, SECRETS)


def signed(body: bytes, secret: str = "app-secret-1") -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(body: bytes, header: str | None) -> RawRequest:
    headers = {} if header is None else {"x-hub-signature-256": header}
    return RawRequest("POST", "/webhooks/x/inbox", "", headers, body, NOW)


def test_a_rightly_signed_delivery_is_let_in():
    meta.verify(ACCOUNT, delivery(BODY, signed(BODY)))


def test_the_previous_secret_still_opens_while_rotating():
    account = Account("inbox", {}, {"app_secret": "new", "previous_app_secret": "app-secret-1"})

    meta.verify(account, delivery(BODY, signed(BODY)))


WRONG = {
    "none": None,
    "empty": "",
    "another method": signed(BODY).replace("sha256", "sha1"),
    "capital letters": signed(BODY).upper(),
    "cut": signed(BODY)[:-1],
    "a space behind": signed(BODY) + " ",
    "a line behind": signed(BODY) + "\n",
    "foreign digits": "sha256=" + "١" * 64,
    "one bit of it": signed(BODY)[:-1] + ("0" if signed(BODY)[-1] != "0" else "1"),
    "another secret": signed(BODY, "app-secret-2"),
    "no secret": signed(BODY, ""),
}


@pytest.mark.parametrize("header", WRONG.values(), ids=WRONG.keys())
def test_a_missing_malformed_or_wrong_signature_is_refused(header: str | None):
    with pytest.raises(Refusal) as refused:
        meta.verify(ACCOUNT, delivery(BODY, header))

    assert refused.value.code == "bad-signature"


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_flipped_byte_of_the_body_is_refused(place: int, flip: int):
    other = BODY[:place] + bytes([BODY[place] ^ flip]) + BODY[place + 1 :]

    with pytest.raises(Refusal):
        meta.verify(ACCOUNT, delivery(other, signed(BODY)))


def test_an_account_without_a_secret_lets_nothing_in():
    with pytest.raises(Refusal):
        meta.verify(Account("inbox", {}, {"app_secret": ""}), delivery(BODY, signed(BODY, "")))


def asked(query: str) -> RawRequest:
    return RawRequest("GET", "/webhooks/x/inbox", query, {}, b"", NOW)


def test_the_challenge_comes_back_as_it_came():
    answer = meta.handshake(
        ACCOUNT, asked("hub.mode=subscribe&hub.verify_token=let-me-in&hub.challenge=0012345678901234567890")
    )

    assert (answer.status, answer.body, answer.content_type) == (200, b"0012345678901234567890", "text/plain")


UNWANTED = {
    "nothing": "",
    "another token": "hub.mode=subscribe&hub.verify_token=let-me-out&hub.challenge=1",
    "no token": "hub.mode=subscribe&hub.challenge=1",
    "another mode": "hub.mode=unsubscribe&hub.verify_token=let-me-in&hub.challenge=1",
    "no challenge": "hub.mode=subscribe&hub.verify_token=let-me-in",
    "a very long challenge": "hub.mode=subscribe&hub.verify_token=let-me-in&hub.challenge=" + "1" * 5000,
    "no text": "hub.mode=subscribe&hub.verify_token=%ff%fe&hub.challenge=1",
    "many fields": "&".join(f"a{number}=1" for number in range(500)),
}


@pytest.mark.parametrize("query", UNWANTED.values(), ids=UNWANTED.keys())
def test_a_handshake_of_somebody_else_is_forbidden(query: str):
    with pytest.raises(Refusal) as refused:
        meta.handshake(ACCOUNT, asked(query))

    assert refused.value.code == "forbidden"


def test_without_a_token_of_ours_nobody_shakes_hands():
    with pytest.raises(Refusal):
        meta.handshake(Account("inbox", {}, {}), asked("hub.mode=subscribe&hub.verify_token=&hub.challenge=1"))


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"graph_version": "25"}, {}, "settings.graph_version"),
        ({"graph_version": "v25.0/../x"}, {}, "settings.graph_version"),
        ({"page_id": "my page"}, {}, "settings.page_id"),
        ({"page_id": "١٢٣"}, {}, "settings.page_id"),
        ({}, {"access_token": "two words"}, "secrets.access_token"),
        ({}, {"app_secret": "line\n"}, "secrets.app_secret"),
        ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
        ({"api_base_url": "http://[::1"}, {}, "settings.api_base_url"),
    ],
)
def test_set_up_names_the_wrong_field(settings: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        meta.check(settings, secrets, "page_id")

    assert refused.value.field == field


def test_right_settings_pass():
    meta.check({"page_id": "701000000000001", "graph_version": "v26.0"}, SECRETS, "page_id")


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, "https://graph.facebook.com/v25.0/701/messages?fields=id%2Cname"),
        ({"graph_version": "v26.0"}, "https://graph.facebook.com/v26.0/701/messages?fields=id%2Cname"),
        ({"api_base_url": "http://127.0.0.1:9/in/"}, "http://127.0.0.1:9/in/v25.0/701/messages?fields=id%2Cname"),
    ],
)
def test_addresses_follow_the_settings(settings: dict[str, str], wanted: str):
    assert meta.address(Account("i", settings, {}), "701", "messages", fields="id,name") == wanted


def test_an_id_cannot_leave_its_place_in_the_address():
    assert meta.address(ACCOUNT, "../7", "?x").endswith("/v25.0/..%2F7/%3Fx")


@pytest.mark.parametrize(
    "url",
    [
        "https://lookaside.fbsbx.com/att?mid=1",
        "https://scontent.fbcdn.net/v/1.jpg",
        "https://graph.facebook.com/1",
        "https://mmg.whatsapp.net/d/f/1",
    ],
)
def test_the_token_goes_to_hosts_of_meta(url: str):
    assert meta.file_address(ACCOUNT, url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://lookaside.fbsbx.com/att",
        "https://fbsbx.com.evil.example/att",
        "https://evilfbsbx.com/att",
        "https://evil.example/fbsbx.com",
        "https://fbsbx.com@evil.example/",
        "http://[::1",
        "file:///etc/passwd",
    ],
)
def test_and_to_no_other_host(url: str):
    with pytest.raises(Refusal):
        meta.file_address(ACCOUNT, url)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://lookaside.fbsbx.com/att?mid=1", "http://127.0.0.1:9/in/att?mid=1"),
        ("http://127.0.0.1:9/in/att?mid=1", "http://127.0.0.1:9/in/att?mid=1"),
        ("https://evil.example/att", "http://127.0.0.1:9/in/att"),
    ],
)
def test_with_a_base_address_files_come_from_there(url: str, wanted: str):
    assert meta.file_address(Account("i", {"api_base_url": "http://127.0.0.1:9/in"}, {}), url) == wanted


RULES = {
    10: meta.Rule(Action.SETTINGS, "The right is missing."),
    (10, 2018278): meta.Rule(Action.WINDOW_CLOSED, "The window is closed."),
    4: meta.Rule(Action.RETRY, "Too many calls; trying again.", 30.0),
    100: meta.Rule(Action.REJECTED, "It cannot be used: {said}"),
}


def answer(code: object, status: int = 400, headers: dict[str, str] | None = None, **more: object) -> Response:
    return Response(status, headers or {}, json.dumps({"error": {"code": code, **more}}).encode())


def test_the_subcode_goes_before_the_code():
    told = meta.refused(RULES, answer(10, error_subcode=2018278), "Meta")

    assert (told.action, told.reason, told.code) == (Action.WINDOW_CLOSED, "The window is closed.", "10/2018278")


def test_a_code_decides_whatever_the_status():
    assert meta.refused(RULES, answer(10, 500), "Meta").action is Action.SETTINGS
    assert meta.refused(RULES, answer("10", 500), "Meta").action is Action.SETTINGS


def test_a_retry_waits_as_long_as_it_is_told_else_as_the_rule_says():
    assert meta.refused(RULES, answer(4, headers={"retry-after": "7"}), "Meta").retry_after_s == 7.0
    assert meta.refused(RULES, answer(4), "Meta").retry_after_s == 30.0
    assert meta.refused(RULES, answer(100, headers={"retry-after": "7"}), "Meta").retry_after_s is None


def test_words_of_meta_are_told_where_they_help():
    told = meta.refused(RULES, answer(100, message="long", error_data={"details": "Param  text\nis empty"}), "Meta")

    assert told.reason == "It cannot be used: Param text is empty."


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (400, Action.REJECTED),
        (401, Action.SETTINGS),
        (403, Action.SETTINGS),
        (404, Action.SETTINGS),
        (408, Action.RETRY),
        (422, Action.REJECTED),
        (429, Action.RETRY),
        (500, Action.RETRY),
        (503, Action.RETRY),
        (302, Action.REJECTED),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":"x"}', b'{"error":{"code":987654}}', b"[" * 30_000])
def test_what_is_in_no_table_is_judged_by_its_status(status: int, action: Action, body: bytes):
    told = meta.refused(RULES, Response(status, {}, body), "Meta")

    assert told.action is action
    assert told.reason.endswith(".")
    assert told.code in (str(status), "987654")
