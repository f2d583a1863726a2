"""RCS: signatures, events, tokens, replies and what Google's answers mean."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    AccessToken,
    Account,
    Action,
    ConsentChanged,
    IncomingFile,
    IncomingMessage,
    Outgoing,
    OutgoingFile,
    Picked,
    Place,
    RawRequest,
    ReachChanged,
    Receipt,
    Refused,
    Request,
    Response,
    Sender,
    Taken,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.rcs.access import signature
from mim_desk.channels.rcs.adapter import RcsAdapter
from mim_desk.domain.buttons import Button, ButtonLimits
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.rcs.provider import PHONE, key_file, pushed, said

NOW = datetime(2025, 11, 22, 6, 0, tzinfo=UTC)
AT = datetime(2025, 11, 22, 5, 40, 0, 123456, tzinfo=UTC)
TOKEN = "client-token-of-the-tests"
ID = "0192f0c4-1d5e-7c3a-9a55-6f1f6a1c2b7d"
ADAPTER = RcsAdapter()
SENDER = Sender(PHONE, display=PHONE, verified=True, fields={"phone": PHONE})
SET_UP = b'{"clientToken": "client-token-of-the-tests", "secret": "s3"}'


def account(**settings: Any) -> Account:
    secrets = {"service_account": key_file(), "verify_token": TOKEN}
    return Account("inbox-1", {"agent_id": "brand", **settings}, secrets)


def request(body: bytes, header: str | None) -> RawRequest:
    return RawRequest("POST", "/w", "", {} if header is None else {"x-goog-signature": header}, body, NOW)


def read(event: object) -> tuple[Any, ...]:
    return ADAPTER.parse(account(), request(pushed(event)[0], None)).events


def test_the_signature_is_that_of_the_helper_vector():
    told = b"T6nyMEvLyuMJR07iKoXZLi1/Q9DZXQC2cp466wYgcSwG4soJhDs52Cc8siedRgH6SEVDA7aTZVwNOfY3atUz6A=="

    assert signature("0123456789abcdef0123456789abcdef", b'{"a":1}') == told


def test_a_signed_delivery_is_let_in():
    ADAPTER.verify(account(), request(*pushed(said(messageId="1", text="Hi"), TOKEN)))


BODY, SIGNED = pushed(said(messageId="1", text="Hi"), TOKEN)
FORGED = {
    "no header": (BODY, None),
    "an empty header": (BODY, ""),
    "a flipped header": (BODY, ("B" if SIGNED[0] != "B" else "C") + SIGNED[1:]),
    "a foreign header": (BODY, "é"),
    "another body": (pushed(said(messageId="1", text="Ho"))[0], SIGNED),
    "another token": pushed(said(messageId="1", text="Hi"), TOKEN + "x"),
    "no envelope": (b"[]", SIGNED),
    "no Base64": (b'{"message": {"data": "?"}}', SIGNED),
    "a question with another token": (SET_UP.replace(b"tests", b"testz"), None),
    "a question without a token": (b'{"secret": "s"}', None),
}


@pytest.mark.parametrize(("body", "header"), FORGED.values(), ids=FORGED)
def test_what_is_not_googles_is_refused(body: bytes, header: str | None):
    with pytest.raises(Refusal):
        ADAPTER.verify(account(), request(body, header))


def test_the_question_at_set_up_is_answered_with_its_secret():
    ADAPTER.verify(account(), request(SET_UP, None))
    parsed = ADAPTER.parse(account(), request(SET_UP, None))

    assert (parsed.events, parsed.answer.body, parsed.answer.content_type) == ((), b"s3", "text/plain")


FILE = {"mimeType": "image/png", "fileSizeBytes": 1234, "fileUri": "https://files.example/a", "fileName": "a.png"}
EVENTS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "text": (said(messageId="1", text="Hi", foreign={}), (IncomingMessage("1", SENDER, AT, text="Hi"),)),
    "at a time of another zone": (
        said(messageId="1", text="Hi", sendTime="2025-11-22T11:10:00.123456789+05:30"),
        (IncomingMessage("1", SENDER, AT, text="Hi"),),
    ),
    "of the sender under its whole name": (
        said(messageId="1", text="Hi", agentId="brand@rbm.goog"),
        (IncomingMessage("1", SENDER, AT, text="Hi"),),
    ),
    "file without the inner object": (
        said(messageId="1", userFile={**FILE, "fileSizeBytes": "1234"}),
        (
            IncomingMessage(
                "1",
                SENDER,
                AT,
                MessageType.IMAGE,
                files=(IncomingFile("a.png", "image/png", 1234, url="https://files.example/a"),),
            ),
        ),
    ),
    "tap without words": (
        said(messageId="1", suggestionResponse={"postbackData": "size-m"}),
        (IncomingMessage("1", SENDER, AT, MessageType.CHOICE, "size-m", choice=Picked("size-m", "size-m")),),
    ),
    "text with the other name of its id": (
        said(eventId="1", text="Hi"),
        (IncomingMessage("1", SENDER, AT, text="Hi"),),
    ),
    "a file": (
        said(messageId="1", userFile={"payload": FILE, "thumbnail": FILE}),
        (
            IncomingMessage(
                "1",
                SENDER,
                AT,
                MessageType.IMAGE,
                files=(IncomingFile("a.png", "image/png", 1234, url="https://files.example/a"),),
            ),
        ),
    ),
    "a file of which little is told": (
        said(messageId="1", userFile={"payload": {**FILE, "fileSizeBytes": None, "fileName": None}, "thumbnail": None}),
        (
            IncomingMessage(
                "1",
                SENDER,
                AT,
                MessageType.IMAGE,
                files=(IncomingFile("file", "image/png", url="https://files.example/a"),),
            ),
        ),
    ),
    "a contact card": (
        said(messageId="1", userFile={"payload": {**FILE, "mimeType": "text/vcard", "fileName": "mia.vcf"}}),
        (
            IncomingMessage(
                "1",
                SENDER,
                AT,
                MessageType.CONTACT_CARD,
                files=(IncomingFile("mia.vcf", "text/vcard", 1234, url="https://files.example/a"),),
            ),
        ),
    ),
    "a tap": (
        said(messageId="1", suggestionResponse={"postbackData": "m", "text": "M", "type": "REPLY"}),
        (IncomingMessage("1", SENDER, AT, MessageType.CHOICE, "M", choice=Picked("m", "M")),),
    ),
    "a place": (
        said(messageId="1", location={"latitude": 42.5, "longitude": -23.5}),
        (IncomingMessage("1", SENDER, AT, MessageType.LOCATION, location=Place(42.5, -23.5)),),
    ),
    "a place in words": (
        said(messageId="1", location={"latitude": "42.5", "longitude": "-23.5"}),
        (IncomingMessage("1", SENDER, AT, MessageType.LOCATION, location=Place(42.5, -23.5)),),
    ),
    "perhaps stop": (
        said(messageId="1", text="Please stop!"),
        (IncomingMessage("1", SENDER, AT, text="Please stop!", details={"opt_out": "maybe_stop"}),),
    ),
    "a place off the earth": (
        said(messageId="1", location={"latitude": 142.5, "longitude": 0}),
        (IncomingMessage("1", SENDER, AT, MessageType.UNSUPPORTED),),
    ),
    "something new": (said(messageId="1", dance={}), (IncomingMessage("1", SENDER, AT, MessageType.UNSUPPORTED),)),
    "delivered": (
        said(eventType="DELIVERED", eventId="e", messageId=ID),
        (Receipt(DeliveryStatus.DELIVERED, AT, ID, ID),),
    ),
    "read": (said(eventType="READ", eventId="e", messageId=ID), (Receipt(DeliveryStatus.READ, AT, ID, ID),)),
    "typing": (said(eventType="IS_TYPING", eventId="e"), (TypingSeen(Sender(PHONE), AT),)),
    "unsubscribed": (
        said(eventType="UNSUBSCRIBE", eventId="e"),
        (ReachChanged(SENDER, AT, can_reach=False, by_choice=True),),
    ),
    "subscribed": (
        said(eventType="SUBSCRIBE", eventId="e"),
        (ReachChanged(SENDER, AT, can_reach=True, by_choice=True),),
    ),
    "stop": (
        said(messageId="1", text=" stop "),
        (
            IncomingMessage("1", SENDER, AT, text=" stop ", details={"opt_out": "stop"}, wants_answer=False),
            ConsentChanged(SENDER, AT, granted=False, evidence="1", blocks=True),
        ),
    ),
    "start": (
        said(messageId="2", text="START"),
        (
            IncomingMessage("2", SENDER, AT, text="START", details={"opt_out": "start"}, wants_answer=False),
            ConsentChanged(SENDER, AT, granted=True, evidence="2", blocks=True),
        ),
    ),
    "a failed taking back": (
        said(eventType="TTL_EXPIRATION_REVOKE_FAILED"),
        (Unknown("TTL_EXPIRATION_REVOKE_FAILED"),),
    ),
    "an unknown event": (said(eventType="DANCE"), (Unknown("DANCE"),)),
    "another sender's": (said(messageId="1", text="Hi", agentId="other"), (Unknown("event", "of another sender"),)),
    "without an id": (said(text="Hi"), (Unknown("event", "no id or sender"),)),
}


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=EVENTS)
def test_what_is_delivered(event: object, expected: tuple[object, ...]):
    assert read(event) == expected


def test_what_ran_out_has_failed():
    (told,) = read({"eventType": "TTL_EXPIRATION_REVOKED", "messageId": ID, "phoneNumber": PHONE, "agentId": "brand"})

    assert (told.status, told.message_id, told.elsewhere) == (DeliveryStatus.FAILED, ID, True)


@pytest.mark.parametrize("time", ["", "soon", "2099-01-01T00:00:00Z", "2025-13-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_absurd_times_fall_back_to_the_delivery(time: str):
    (told,) = read(said(messageId="1", text="Hi", sendTime=time))

    assert told.occurred_at == NOW


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"message": {"data": "e30"}}', b'{"message":' * 30_000])
def test_broken_deliveries_are_unknown(body: bytes):
    assert all(isinstance(one, Unknown) for one in ADAPTER.parse(account(), request(body, None)).events)


@given(event=st.binary(max_size=200))
def test_any_event_is_read_without_an_exception(event: bytes):
    assert isinstance(read(event), tuple)


def out(**more: Any) -> Outgoing:
    return Outgoing(ID, PHONE, NOW, **more)


def test_a_text_goes_under_our_id():
    (call,) = ADAPTER.render(account(region="europe"), out(text="Hello"))

    assert call == Request(
        "POST",
        "https://europe-rcsbusinessmessaging.googleapis.com/v1/phones/+15550001111/agentMessages"
        f"?messageId={ID}&agentId=brand",
        {"content-type": "application/json"},
        b'{"contentMessage":{"text":"Hello"}}',
    )


def test_a_long_text_and_a_file_are_calls_with_an_id_each():
    file = OutgoingFile("f", "a.pdf", "application/pdf", b"%PDF", "https://hub.example/files/a.pdf")
    calls = ADAPTER.render(account(api_base_url="http://gate.internal/g"), out(text="ab. " * 1000, files=(file,)))
    keys = [parse_qs(call.url.partition("?")[2])["messageId"][0] for call in calls]

    assert keys[0] == ID
    assert len(set(keys)) == 3
    assert all(call.url.startswith("http://gate.internal/g/v1/phones/+15550001111/") for call in calls)
    assert "".join(json.loads(call.body)["contentMessage"]["text"] for call in calls[:2]) == "ab. " * 1000
    assert json.loads(calls[2].body) == {"contentMessage": {"contentInfo": {"fileUrl": file.url}}}


@pytest.mark.parametrize("url", ["", "http://hub.example/a"])
def test_a_file_without_a_public_address_is_refused(url: str):
    with pytest.raises(Refusal):
        ADAPTER.render(account(), out(files=(OutgoingFile("f", "a.pdf", "application/pdf", b"", url),)))


def test_access_is_asked_for_with_a_statement_signed_by_the_key():
    call = ADAPTER.token_request(account(), NOW)
    told = parse_qs(call.body.decode())
    head, stated, proof = told["assertion"][0].split(".")
    key = load_pem_private_key(json.loads(key_file())["private_key"].encode(), None)

    def plain(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    key.public_key().verify(plain(proof), f"{head}.{stated}".encode(), PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr,call-arg,arg-type]  # an RSA key
    assert call.url == "https://oauth2.googleapis.com/token"
    assert told["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert json.loads(plain(stated)) == {
        "iss": "desk@example.test",
        "scope": "https://www.googleapis.com/auth/rcsbusinessmessaging",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }


def test_the_token_goes_to_google_alone():
    (call,) = ADAPTER.render(account(), out(text="Hi"))

    assert ADAPTER.authorized(account(), call, "t").headers["authorization"] == "Bearer t"
    for foreign in ("https://files.example/a", "https://rcsbusinessmessaging.googleapis.com.evil.example/"):
        assert "authorization" not in ADAPTER.authorized(account(), Request("GET", foreign), "t").headers


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [(400, b"{}", Action.SETTINGS), (503, b"", Action.RETRY), (200, b"garbage", Action.RETRY)],
)
def test_access_that_is_not_given(status: int, body: bytes, action: Action):
    told = ADAPTER.read_token(account(), Response(status, {}, body))

    assert isinstance(told, Refused)
    assert told.action is action
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(account(), Response(status, {}, body))
    assert (refused.value.field == "secrets.service_account") is (action is Action.SETTINGS)


def test_access_that_is_given():
    answer = Response(200, {}, b'{"access_token": "t", "expires_in": 3599}')

    assert ADAPTER.read_token(account(), answer) == AccessToken("t", 3599)
    ADAPTER.judge_probe(account(), answer)
    assert ADAPTER.refuses_token(Response(401, {}, b""))


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (400, Action.REJECTED),
        (401, Action.SETTINGS),
        (403, Action.SETTINGS),
        (404, Action.REJECTED),
        (418, Action.REJECTED),
        (429, Action.RETRY),
        (500, Action.RETRY),
        (503, Action.RETRY),
    ],
)
def test_what_errors_ask_for(status: int, action: Action):
    told = ADAPTER.classify(account(), Response(status, {"retry-after": "7"}, b""))

    assert isinstance(told, Refused)
    assert (told.action, told.retry_after_s) == (action, 7 if action is Action.RETRY else None)


def test_what_was_taken():
    body = f'{{"name": "phones/{PHONE}/agentMessages/{ID}"}}'.encode()

    assert ADAPTER.classify(account(), Response(200, {}, body)) == Taken((ID,))
    assert ADAPTER.classify(account(), Response(409, {}, b"")) == Taken()


@pytest.mark.parametrize(
    ("agent_id", "service_account", "field"),
    [
        ("a b", key_file(), "settings.agent_id"),
        ("brand", "{}", "secrets.service_account"),
        ("brand", '{"client_email": "a", "private_key": "b"}', "secrets.service_account"),
    ],
)
def test_settings_of_the_wrong_shape_are_named(agent_id: str, service_account: str, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({"agent_id": agent_id}, {"service_account": service_account})

    assert refused.value.field == field


def file_of(name: str, mime_type: str = "image/png") -> OutgoingFile:
    return OutgoingFile(name, name, mime_type, b"", f"https://hub.example/files/{name}")


YES, SHOP = Button("Yes", "k1"), Button("Shop", "k2", "https://shop.example/")
LIMITS = ButtonLimits(most=11, title_length=25, text_length=3072, most_links=11, most_mixed=11)
SUGGESTED = [
    {"reply": {"text": "Yes", "postbackData": "k1"}},
    {"action": {"text": "Shop", "postbackData": "k2", "openUrlAction": {"url": "https://shop.example/"}}},
]


def contents(**more: Any) -> list[dict[str, Any]]:
    calls = ADAPTER.render(account(), out(button_limits=LIMITS, **more))
    return [json.loads(call.body)["contentMessage"] for call in calls]


def test_a_picture_with_buttons_is_a_card():
    (content,) = contents(text="This one?", files=(file_of("a.png"),), buttons=(YES, SHOP))

    card = content["richCard"]["standaloneCard"]
    assert card["cardContent"] == {
        "description": "This one?",
        "media": {"height": "MEDIUM", "contentInfo": {"fileUrl": "https://hub.example/files/a.png"}},
        "suggestions": SUGGESTED,
    }


def test_several_pictures_with_buttons_are_a_carousel_under_the_text():
    text, carousel = contents(text="Which?", files=tuple(map(file_of, "abc")), buttons=(YES, SHOP))

    assert text == {"text": "Which?"}
    cards = carousel["richCard"]["carouselCard"]["cardContents"]
    assert [one["media"]["contentInfo"]["fileUrl"][-1] for one in cards] == ["a", "b", "c"]
    assert carousel["suggestions"] == SUGGESTED


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        pytest.param({"files": (file_of("a.pdf", "application/pdf"),)}, ["contentInfo", "text"], id="no picture"),
        pytest.param({"text": "a" * 2001, "files": (file_of("a"),)}, ["contentInfo", "text"], id="too long a text"),
        pytest.param({"files": (file_of("a"),), "buttons": (YES,) * 5}, ["contentInfo", "text"], id="five buttons"),
        pytest.param({"files": (file_of("a"),), "buttons": ()}, ["text", "contentInfo"], id="no buttons"),
    ],
)
def test_what_is_no_card_goes_as_it_did(more: dict[str, Any], kinds: list[str]):
    made = contents(**{"text": "Hi", "buttons": (YES,), **more})

    assert [next(name for name in ("contentInfo", "text", "richCard") if name in one) for one in made] == kinds


@pytest.mark.parametrize("files", [(), (file_of("a"),)], ids=["suggestions", "a card"])
def test_what_the_phone_cannot_show_goes_as_plain_text_once_under_another_id(files: tuple[OutgoingFile, ...]):
    (call,) = ADAPTER.render(account(), out(text="Sure?", buttons=(YES,), button_limits=LIMITS, files=files))

    assert call.instead is not None and call.instead.instead is None
    plain = json.loads(call.instead.body)["contentMessage"]
    assert set(plain) == {"text"} and "1. Yes" in plain["text"]
    assert parse_qs(call.instead.url.partition("?")[2])["messageId"] != [ID]


@pytest.mark.parametrize(
    ("settings", "ttl"),
    [
        ({}, None),
        ({"expires_after": "60"}, "3600s"),
        ({"fallback_inbox": "SMS"}, "600s"),
        ({"fallback_inbox": "SMS", "fallback_after": "3", "expires_after": "60"}, "180s"),
        ({"fallback_after": "3"}, None),
    ],
)
def test_a_message_lasts_as_long_as_the_settings_say(settings: dict[str, str], ttl: str | None):
    (call,) = ADAPTER.render(account(**settings), out(text="Offer"))

    assert json.loads(call.body).get("ttl") == ttl


@pytest.mark.parametrize("told", ["0", "-1", "1.5", "soon", "21601", "9" * 40, "٣"])
def test_an_expiry_that_is_no_number_of_minutes_up_to_15_days_is_refused_at_set_up(told: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({"agent_id": "brand", "expires_after": told}, {"service_account": key_file()})

    assert refused.value.field == "settings.expires_after"
