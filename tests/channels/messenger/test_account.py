"""Connecting a Page: settings, the test call, the handshake and the signature."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, RawRequest, Response
from mim_desk.channels.registry import manifest
from mim_desk.domain.refusal import Refusal
from tests.channels.messenger.made import (
    ACCOUNT,
    ADAPTER,
    NOW,
    PAGE,
    SECRETS,
    batch,
    delivery,
    message,
    signed,
)

BODY = batch(message(text="hi"))


def test_what_the_sheet_shows_is_accepted():
    manifest("messenger").check(ACCOUNT.settings, SECRETS)
    ADAPTER.check(ACCOUNT.settings, SECRETS)


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"page_id": "acme"}, {}, "settings.page_id"),
        ({"graph_version": "latest"}, {}, "settings.graph_version"),
        ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
        ({}, {"access_token": "EAA with a space"}, "secrets.access_token"),
    ],
)
def test_set_up_names_the_wrong_field(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**ACCOUNT.settings, **settings}, {**SECRETS, **secrets})

    assert refused.value.field == field


def test_the_test_call_asks_for_our_own_page():
    probe = ADAPTER.probe(ACCOUNT, NOW)

    assert probe is not None
    assert (probe.method, probe.body) == ("GET", b"")
    assert probe.url == f"https://graph.facebook.com/v25.0/{PAGE}?fields=id%2Cname"
    assert probe.headers == {"authorization": f"Bearer {SECRETS['access_token']}"}


def answer(status: int, **body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize("response", [answer(200, id=PAGE, name="Acme"), answer(200), Response(200, {}, b"")])
def test_a_page_that_answers_is_ours(response: Response):
    ADAPTER.judge_probe(ACCOUNT, response)


ANSWERS = {
    "nobody there": (None, "settings.api_base_url"),
    "another page": (answer(200, id="1"), "settings.page_id"),
    "token ended": (answer(401, error={"code": 190, "error_subcode": 463}), "secrets.access_token"),
    "token of nobody": (Response(401, {}, b""), "secrets.access_token"),
    "no permission": (answer(403, error={"code": 200}), "secrets.access_token"),
    "no such object": (answer(400, error={"code": 100, "error_subcode": 33}), "settings.page_id"),
    "not found": (Response(404, {}, b"<html>"), "settings.page_id"),
    "no such version": (answer(400, error={"code": 2635}), "settings.graph_version"),
    "busy": (Response(503, {}, b""), ""),
    "too fast": (answer(400, error={"code": 4}), ""),
}


@pytest.mark.parametrize(("response", "field"), ANSWERS.values(), ids=ANSWERS.keys())
def test_the_test_call_names_the_wrong_field(response: Response | None, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field
    assert refused.value.reason.endswith(".")


def test_a_rightly_signed_delivery_is_let_in():
    ADAPTER.verify(ACCOUNT, delivery(BODY))


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_flipped_byte_of_the_body_is_refused(place: int, flip: int):
    other = BODY[:place] + bytes([BODY[place] ^ flip]) + BODY[place + 1 :]

    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, delivery(other, signed(BODY)))


@given(st.integers(0, 70), st.integers(1, 127))
def test_one_flipped_byte_of_the_header_is_refused(place: int, flip: int):
    header = signed(BODY)
    other = header[:place] + chr(ord(header[place]) ^ flip) + header[place + 1 :]

    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, delivery(BODY, other))


@given(st.integers(0, len(SECRETS["app_secret"]) - 1), st.integers(1, 127))
def test_one_flipped_byte_of_the_secret_is_refused(place: int, flip: int):
    secret = SECRETS["app_secret"]
    other = secret[:place] + chr(ord(secret[place]) ^ flip) + secret[place + 1 :]

    with pytest.raises(Refusal):
        ADAPTER.verify(Account("inbox-1", {}, {"app_secret": other}), delivery(BODY))


@pytest.mark.parametrize(("token", "is_ours"), [("let-me-in", True), ("guess", False)])
def test_the_handshake_gives_the_challenge_back_to_who_knows_the_token(token: str, is_ours: bool):
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444"
    request = RawRequest("GET", "/webhooks/messenger/inbox-1", query, {}, b"", NOW)

    if is_ours:
        assert ADAPTER.handshake(ACCOUNT, request).body == b"1158201444"
    else:
        with pytest.raises(Refusal):
            ADAPTER.handshake(ACCOUNT, request)


def test_people_may_answer_for_seven_days():
    assert manifest("messenger").capabilities.reply_window_s == 7 * 24 * 3600
