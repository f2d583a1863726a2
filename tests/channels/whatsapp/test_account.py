"""Connecting: settings, the test call, the handshake and the signature."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, RawRequest, Response
from mim_desk.channels.registry import manifest
from mim_desk.domain.refusal import Refusal
from tests.channels.whatsapp.made import (
    ACCOUNT,
    ADAPTER,
    NOW,
    NUMBER,
    SECRETS,
    batch,
    change,
    delivery,
    message,
    signed,
)

BODY = batch(change(messages=[message()]))


def test_what_the_sheet_shows_is_accepted():
    manifest("whatsapp").check(ACCOUNT.settings, SECRETS)
    ADAPTER.check(ACCOUNT.settings, SECRETS)


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"phone_number_id": "+15555550100"}, {}, "settings.phone_number_id"),
        ({"waba_id": "acme"}, {}, "settings.waba_id"),
        ({"graph_version": "latest"}, {}, "settings.graph_version"),
        ({"api_base_url": "https://"}, {}, "settings.api_base_url"),
        ({}, {"access_token": "EAA with a space"}, "secrets.access_token"),
    ],
)
def test_set_up_names_the_wrong_field(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**ACCOUNT.settings, **settings}, {**SECRETS, **secrets})

    assert refused.value.field == field


def test_the_test_call_asks_for_our_own_number():
    probe = ADAPTER.probe(ACCOUNT, NOW)

    assert probe is not None
    assert (probe.method, probe.body) == ("GET", b"")
    assert probe.url == f"https://graph.facebook.com/v25.0/{NUMBER}?fields=id%2Cdisplay_phone_number%2Cverified_name"
    assert probe.headers == {"authorization": f"Bearer {SECRETS['access_token']}"}


def answer(status: int, **body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    "response", [answer(200, id=NUMBER, verified_name="Acme"), answer(200), Response(200, {}, b"")]
)
def test_a_number_that_answers_is_ours(response: Response):
    ADAPTER.judge_probe(ACCOUNT, response)


ANSWERS = {
    "nobody there": (None, "settings.api_base_url"),
    "another number": (answer(200, id="1"), "settings.phone_number_id"),
    "token ended": (answer(401, error={"code": 190, "error_subcode": 463}), "secrets.access_token"),
    "token of nobody": (Response(401, {}, b""), "secrets.access_token"),
    "no permission": (answer(403, error={"code": 200}), "secrets.access_token"),
    "no such object": (answer(400, error={"code": 100, "error_subcode": 33}), "settings.phone_number_id"),
    "not found": (Response(404, {}, b"<html>"), "settings.phone_number_id"),
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


def test_the_body_is_hashed_as_it_came():
    """Meta signs the escaped form: writing the same JSON anew is another body."""
    escaped = b'{"object":"whatsapp_business_account","entry":[],"x":"\\u00e4"}'
    again = json.dumps(json.loads(escaped), ensure_ascii=False).encode()

    ADAPTER.verify(ACCOUNT, delivery(escaped))
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, delivery(again, signed(escaped)))


def test_the_handshake_gives_the_challenge_back():
    query = "hub.mode=subscribe&hub.verify_token=let-me-in&hub.challenge=1158201444"

    told = ADAPTER.handshake(ACCOUNT, RawRequest("GET", "/webhooks/whatsapp/inbox-1", query, {}, b"", NOW))

    assert (told.status, told.body) == (200, b"1158201444")


def test_a_handshake_of_somebody_else_is_refused():
    query = "hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1158201444"

    with pytest.raises(Refusal):
        ADAPTER.handshake(ACCOUNT, RawRequest("GET", "/webhooks/whatsapp/inbox-1", query, {}, b"", NOW))


def test_a_delivery_of_three_megabytes_may_come():
    assert manifest("whatsapp").max_body_bytes >= 4 << 20


def test_answering_is_free_for_a_day():
    assert manifest("whatsapp").capabilities.reply_window_s == 24 * 3600
