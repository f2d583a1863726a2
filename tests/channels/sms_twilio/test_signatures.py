"""Twilio's signatures; the vectors are those of its own Python package (9.13.0) for a made-up account."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.sms_twilio import signatures
from mim_desk.domain.refusal import Refusal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
HUB = "https://hub.example.test/hooks/twilio/desk1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
SHA_256 = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
HELLO = urlencode(
    {
        "To": "+15550002222",
        "Body": "Hi there",
        "From": "+15550001111",
        "MessageSid": "SM00000000000000000000000000000001",
        "NumMedia": "0",
    }
).encode()
DELIVERED = urlencode({"MessageStatus": "delivered", "MessageSid": "SM00000000000000000000000000000002"}).encode()
UNICODE = urlencode({"Body": "Grüße 👋", "From": "whatsapp:+15550001111", "MediaUrl0": ""}).encode()
JSON_HASH = "bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def account(called: str = HUB, **secrets: str) -> Account:
    return Account("inbox", {}, secrets or {"auth_token": KEY}, "Brand", called)


def call(body: bytes, signature: str, query: str = "", content_type: str = FORM, **more: str) -> RawRequest:
    headers = {"content-type": content_type, "x-twilio-signature": signature}
    return RawRequest("POST", "/webhooks/sms_twilio/inbox", query, {**headers, **more}, body, NOW)


VECTORS = {
    "a form": (HUB, call(HELLO, "7O3jeHsncbXd/nGiXNWE5ofpTtQ=", "x=1")),
    "by SHA-256": (HUB, call(HELLO, "oIIYIgkgaVN2PQYZ2jbQ0G/G0AHc4WX1OlmGhhMz6eA=", "x=1", **SHA_256)),
    "emoji and an empty value": (HUB, call(UNICODE, "Kb0MBbO3wGF8Zj/e6yxJX67HnFE=", "x=1")),
    "a query in the public address that a proxy took away": (
        f"{HUB}?x=1#part",
        call(HELLO, "7O3jeHsncbXd/nGiXNWE5ofpTtQ="),
    ),
    "no query": (HUB, call(HELLO, "upDSx4i4ebFXzOofWopQ4I2wx80=")),
    "Twilio adds the port": (HUB, call(HELLO, "EeVKVX9dvz9wEa7xsgA4n4DHlt4=")),
    "Twilio leaves the port out": (HUB.replace(".test", ".test:443"), call(HELLO, "upDSx4i4ebFXzOofWopQ4I2wx80=")),
    "another port, signed": (HUB.replace(".test", ".test:8443"), call(HELLO, "i78AtAJsJbMNcC5srgp6Jx6dhQU=")),
    "another port, left out": (HUB.replace(".test", ".test:8443"), call(HELLO, "upDSx4i4ebFXzOofWopQ4I2wx80=")),
    "http": (HUB.replace("https", "http"), call(HELLO, "/D9ykzDWCjuq4qifY8PBdsgZmAA=")),
    "http, Twilio adds the port": (HUB.replace("https", "http"), call(HELLO, "XWEWVyKc1J59pNmB+a8JdKB9L0Y=")),
    "a name again, each value once, capital letters first": (
        HUB,
        call(b"b=2&a=x&b=1&B=&b=2", "Gk+co5bxQBJwBxNhCyThxkXUaHU="),
    ),
    "spaces, lines and signs as they are": (
        HUB,
        call(
            urlencode({"a": "b", "Z": "", "Body": "  two\nlines & = % + é  "}).encode(), "rU2OM2/QyT5Ws/UQCqPT40lPDeU="
        ),
    ),
    "our message in the query": (
        HUB,
        call(DELIVERED, "SHs75DoLTfhGsVyWzH+y9uqGKXI=", "message=9d8a6d3e-3f5b-4c1e-9a53-1f0f6d6c0001"),
    ),
    "JSON": (
        "https://hub.example.test/hooks/twilio/json",
        call(b'{"a":1}', "m8Zhyw48rfIcDC3SmenLknxAYOM=", JSON_HASH, "application/json"),
    ),
}


@pytest.mark.parametrize(("called", "request_"), VECTORS.values(), ids=VECTORS.keys())
def test_what_twilio_signs_is_let_in(called: str, request_: RawRequest):
    signatures.verify(account(called), request_)


@pytest.mark.parametrize("name", ["auth_token", "previous_auth_token", "webhook_key"])
def test_each_secret_that_may_be_current_opens(name: str):
    others = dict.fromkeys(("auth_token", "previous_auth_token", "webhook_key"), "another")

    signatures.verify(account(**{**others, name: KEY}), VECTORS["a form"][1])


def flipped(text: str, at: int = 3) -> str:
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


GOOD = "7O3jeHsncbXd/nGiXNWE5ofpTtQ="
WRONG = {
    "none": call(HELLO, "", "x=1"),
    "one bit of the body": call(HELLO.replace(b"Hi", b"Hj"), GOOD, "x=1"),
    "one bit of the header": call(HELLO, flipped(GOOD), "x=1"),
    "cut": call(HELLO, GOOD[:-1], "x=1"),
    "a space behind": call(HELLO, GOOD + " ", "x=1"),
    "no ASCII": call(HELLO, "ü\udcff", "x=1"),
    "another query": call(HELLO, GOOD, "x=2"),
    "no query": call(HELLO, GOOD),
    "one field more": call(HELLO + b"&Extra=1", GOOD, "x=1"),
    "the other hash": call(HELLO, GOOD, "x=1", **SHA_256),
    "an unknown hash": call(HELLO, GOOD, "x=1", **{"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_MD5"}),
    "too many fields": call(b"&a=" * 1000, GOOD, "x=1"),
    "JSON without the hash of its body": call(b'{"a":1}', "m8Zhyw48rfIcDC3SmenLknxAYOM=", "", "application/json"),
    "another JSON body": call(b'{"a":2}', "m8Zhyw48rfIcDC3SmenLknxAYOM=", JSON_HASH, "application/json"),
    "the hash of another body": call(
        b'{"a":2}',
        "m8Zhyw48rfIcDC3SmenLknxAYOM=",
        f"bodySHA256={hashlib.sha256(b'x').hexdigest()}",
        "application/json",
    ),
}


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_refused(request_: RawRequest):
    with pytest.raises(Refusal) as refused:
        signatures.verify(account(), request_)

    assert refused.value.code == "bad-signature"


@pytest.mark.parametrize(
    "account_",
    [account(auth_token=flipped(KEY)), account(auth_token=""), account("")],
    ids=["one bit of the secret", "no secret", "no known address"],
)
def test_another_secret_or_none_opens_nothing(account_: Account):
    with pytest.raises(Refusal):
        signatures.verify(account_, VECTORS["a form"][1])


@given(st.binary(max_size=200), st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_bytes_are_let_in_without_a_signature(body: bytes, signature: str, query: str, content_type: str):
    with pytest.raises(Refusal):
        signatures.verify(account(), call(body, signature, query, content_type))
