"""What we send and what we take as proven, held against Twilio's own description and package."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, RawRequest, Request
from mim_desk.channels.sms_twilio.adapter import SmsTwilioAdapter
from mim_desk.channels.sms_twilio.signatures import signature
from mim_desk.domain.refusal import Refusal
from tests.channels.sms_twilio.test_adapter import HOOK, NOW, PAPER, PICTURE, SERVICE, SETTINGS

pytestmark = pytest.mark.timeout(120)
ADAPTER = SmsTwilioAdapter()
TWILIO = "twilio_api_v2010.json"
KEY = "0123456789abcdef0123456789abcdef"


def text(said: str = "Hi", to: str = "+15550001111", *files: OutgoingFile) -> Outgoing:
    return Outgoing("id-1", to, NOW, said, files)


REPLIES: dict[str, tuple[Outgoing, dict[str, str]]] = {
    "text": (text("Hi & bye 👋"), {}),
    "service": (text(), {"from": SERVICE}),
    "files": (text("Look", "+15550001111", PICTURE, PAPER), {}),
    "files alone": (text("", "+15550001111", PICTURE), {}),
    "long": (text("x" * 4000), {}),
    "WhatsApp": (text("Hi", "whatsapp:+15550001111"), {}),
}


def calls(name: str, address: str) -> list[Request]:
    message, settings = REPLIES[name]
    account = Account(
        "inbox", {**SETTINGS, **settings, "api_base_url": address}, {"auth_token": "token"}, "Brand", HOOK
    )
    return [ADAPTER.probe(account, NOW) or Request("", ""), *ADAPTER.render(account, message)]


async def told(request: Request) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    return answer.status_code


@pytest.mark.parametrize("name", REPLIES)
async def test_every_reply_is_as_twilio_describes_it(prism: Any, name: str) -> None:
    for request in calls(name, prism(TWILIO)):
        # Prism reads a list in a form only where its name says that it is one; Twilio's package writes it as we do (below).
        written = request.body.replace(b"MediaUrl=", b"MediaUrl%5B%5D=")
        assert await told(replace(request, body=written)) in (200, 201)


async def test_a_wrong_reply_is_refused(prism: Any) -> None:
    """So the test above can fail."""
    _, request = calls("text", prism(TWILIO))
    wrong = [
        replace(request, body=request.body.replace(b"To=", b"Too=")),
        replace(request, url=request.url.replace("AC0", "AC")),
        replace(request, headers={"content-type": request.headers["content-type"]}),
    ]

    assert [await told(one) for one in wrong] == [422, 422, 401]


@pytest.mark.parametrize("name", ["text", "service", "files", "WhatsApp"])
def test_a_form_says_what_twilios_own_package_would_write(
    asked_of_clients: Callable[[str, object], Any], name: str
) -> None:
    _, request = calls(name, "https://api.twilio.com")
    fields = parse_qs(request.body.decode())
    program = """
import requests
from urllib.parse import parse_qs
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
answer = None
class Seen(TwilioHttpClient):
    def request(self, method, url, params=None, data=None, **more):
        global answer
        answer = [url, parse_qs(requests.Request(method, url, data=data).prepare().body)]
        raise StopIteration
try:
    Client(told["sid"], "token", http_client=Seen()).messages.create(**told["message"])
except StopIteration:
    pass
"""
    names = {
        "To": "to",
        "From": "from_",
        "MessagingServiceSid": "messaging_service_sid",
        "Body": "body",
        "MediaUrl": "media_url",
        "StatusCallback": "status_callback",
    }
    message = {names[key]: values if key == "MediaUrl" else values[0] for key, values in fields.items()}

    assert asked_of_clients(program, {"sid": SETTINGS["account_sid"], "message": message}) == [request.url, fields]


SIGNED = {
    "plain": {"Body": "Hi there", "From": "+15550001111", "MessageSid": "SM1", "NumMedia": "0"},
    "every script": {"Body": "Grüße 👋\n  你好", "From": "whatsapp:+15550001111", "MediaUrl0": ""},
    "order of letters": {"a": "1", "A": "2", "_": "3", "Z": ""},
}
SHARED_KEY = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
_SIGN = """
from twilio.request_validator import RequestValidator, get_signature_algorithm
validator, algorithm = RequestValidator(told["key"]), get_signature_algorithm(told["settings"])
answer = validator.compute_signature(told["url"], told["fields"], algorithm)
"""


@pytest.mark.parametrize("settings", ["", SHARED_KEY], ids=["SHA-1", "SHA-256 by a shared key"])
@pytest.mark.parametrize("fields", SIGNED.values(), ids=SIGNED.keys())
@pytest.mark.parametrize("url", ["https://hub.example.test/hook?x=1", "https://hub.example.test:443/hook"])
def test_what_twilios_own_package_signs_is_proven_and_nothing_else(
    asked_of_clients: Callable[[str, object], Any], fields: dict[str, str], url: str, settings: str
) -> None:
    signed = asked_of_clients(_SIGN, {"key": KEY, "url": url, "fields": fields, "settings": settings})
    body, headers = urlencode(fields).encode(), {"x-twilio-signature": signed}
    if settings:
        headers["x-twilio-webhooks-signature-settings"] = settings
    prove(url, body, headers)

    for wrong in (body + b"x", body.replace(b"=", b"=1", 1)):
        with pytest.raises(Refusal):
            prove(url, wrong, headers)


@pytest.mark.parametrize("body", ['{"a":1}', '{"name":"Grüße 👋"}'])
def test_a_body_that_is_no_form_is_proven_by_its_hash(
    asked_of_clients: Callable[[str, object], Any], body: str
) -> None:
    url = f"https://hub.example.test/hook?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signed = asked_of_clients(_SIGN, {"key": KEY, "url": url, "fields": {}, "settings": ""})
    headers = {"x-twilio-signature": signed, "content-type": "application/json"}
    prove(url, body.encode(), headers)

    with pytest.raises(Refusal):
        prove(url, body.encode() + b" ", headers)


def test_the_package_takes_what_we_would_sign(asked_of_clients: Callable[[str, object], Any]) -> None:
    url, fields = "https://hub.example.test/hook?x=1", SIGNED["every script"]
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    program = """
from twilio.request_validator import RequestValidator
validator = RequestValidator(told["key"])
answer = [validator.validate(told["url"], told["fields"], told[each], each) for each in ("HMAC_SHA1", "HMAC_SHA256")]
"""
    ours = {
        name: signature(KEY, method, url.encode(), pairs).decode()
        for name, method in (("HMAC_SHA1", "sha1"), ("HMAC_SHA256", "sha256"))
    }

    assert asked_of_clients(program, {"key": KEY, "url": url, "fields": fields, **ours}) == [True, True]


def prove(url: str, body: bytes, headers: dict[str, str]) -> None:
    base, _, query = url.partition("?")
    account = Account("inbox", SETTINGS, {"auth_token": KEY, "webhook_key": KEY}, "", base)
    headers = {"content-type": "application/x-www-form-urlencoded", **headers}
    ADAPTER.verify(account, RawRequest("POST", "/hook", query, headers, body, NOW))
