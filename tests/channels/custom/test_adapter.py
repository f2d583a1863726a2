"""The custom channel's contract, row by row."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Outgoing,
    OutgoingFile,
    RawRequest,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Refused,
    Response,
    Taken,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.custom.adapter import CustomAdapter, sign
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT = Account("inbox-1", {"callback_url": "https://gateway.example/in?x=1"}, {"signing_secret": SECRET})
ADAPTER = CustomAdapter()


def delivery(body: bytes, header: str | None = None) -> RawRequest:
    signature = sign(SECRET, int(NOW.timestamp()), body) if header is None else header
    return RawRequest("POST", "/webhooks/custom/inbox-1", "", {"x-mim-signature": signature}, body, NOW)


def batch(*items: object) -> bytes:
    return json.dumps({"events": items}).encode()


MESSAGE = {"type": "message", "id": "m-1", "contact": {"id": "u-1", "name": "Ana"}, "text": "Olá 👋"}


def test_the_signature_of_the_guide_is_the_one_that_is_made():
    assert sign("k" * 16, 1769790600, b'{"events": []}') == (
        "t=1769790600,v1=" + hmac.new(b"k" * 16, b'1769790600.{"events": []}', "sha256").hexdigest()
    )


def test_a_rightly_signed_delivery_is_let_in():
    ADAPTER.verify(ACCOUNT, delivery(batch(MESSAGE)))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1,v1=",
        "v1=abc",
        "t=1769790600",
        "t=1769790600,v1=00",
        "t=abc,v1=00",
        "t=1769790600,t=1769790600,v1=00",
        "t=²,v1=00",
        sign("another-secret-16", int(NOW.timestamp()), batch(MESSAGE)),
        sign(SECRET, int((NOW - timedelta(minutes=6)).timestamp()), batch(MESSAGE)),
        sign(SECRET, int((NOW + timedelta(minutes=6)).timestamp()), batch(MESSAGE)),
        sign(SECRET, int(NOW.timestamp()), batch(MESSAGE) + b" "),
    ],
)
def test_a_missing_wrong_or_old_signature_is_refused(header):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, delivery(batch(MESSAGE), header))

    assert refused.value.code == "bad-signature"


def test_a_signature_of_half_a_character_is_refused_like_any_other():
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, delivery(batch(MESSAGE), f"t={int(NOW.timestamp())},v1=\udcff"))


def test_the_previous_secret_still_opens_while_rotating():
    body = batch(MESSAGE)
    account = Account("inbox-1", {}, {"signing_secret": "n" * 16, "previous_signing_secret": SECRET})

    ADAPTER.verify(account, delivery(body))


CASES = {
    "text": (MESSAGE, IncomingMessage),
    "receipt": ({"type": "receipt", "message_id": "r-1", "status": "delivered"}, Receipt),
    "read": ({"type": "read", "contact": {"id": "u-1"}, "up_to": "r-1"}, ReadUpTo),
    "typing": ({"type": "typing", "contact": {"id": "u-1"}}, TypingSeen),
    "edit": ({"type": "edit", "id": "m-1", "text": "Olá!"}, MessageEdited),
    "delete": ({"type": "delete", "id": "m-1"}, MessageDeleted),
    "reaction": ({"type": "reaction", "contact": {"id": "u-1"}, "id": "m-1", "emoji": "👍"}, ReactionSeen),
    "unknown type": ({"type": "dance"}, Unknown),
    "no id": ({"type": "message", "contact": {"id": "u-1"}}, Unknown),
    "empty id": ({**MESSAGE, "id": ""}, Unknown),
    "no contact id": ({**MESSAGE, "contact": {"id": ""}}, Unknown),
    "time without offset": ({**MESSAGE, "at": "2026-01-30T16:30:00"}, Unknown),
    "receipt of a status there is not": ({"type": "receipt", "id": "x", "status": "eaten"}, Unknown),
    "receipt of nothing": ({"type": "receipt", "status": "read"}, Unknown),
    "broken base64": ({**MESSAGE, "attachments": [{"name": "a", "mime_type": "b", "data": "%"}]}, Unknown),
    "not an object": (17, Unknown),
}


@pytest.mark.parametrize(("item", "kind"), CASES.values(), ids=CASES.keys())
def test_each_item_becomes_its_event(item, kind):
    parsed = ADAPTER.parse(ACCOUNT, delivery(batch(item)))

    assert [type(event) for event in parsed.events] == [kind]


def test_a_broken_item_never_loses_its_neighbours():
    parsed = ADAPTER.parse(ACCOUNT, delivery(batch(MESSAGE, {"type": 3}, {**MESSAGE, "id": "m-2"})))

    assert [type(event) for event in parsed.events] == [IncomingMessage, Unknown, IncomingMessage]
    assert parsed.unknown == 1


def test_a_message_carries_its_file_time_and_place():
    item = {
        **MESSAGE,
        "at": "2026-01-30T17:30:00+01:00",
        "attachments": [{"name": "a.png", "mime_type": "image/png", "data": base64.b64encode(b"png").decode()}],
    }

    (event,) = ADAPTER.parse(ACCOUNT, delivery(batch(item))).events

    assert isinstance(event, IncomingMessage)
    assert event.occurred_at == NOW
    assert event.type is MessageType.IMAGE
    assert event.files[0].data == b"png"


@pytest.mark.parametrize(("text", "kind"), [("Meet here", MessageType.TEXT), ("", MessageType.UNSUPPORTED)])
def test_a_place_that_is_nowhere_costs_no_message(text: str, kind: MessageType):
    item = {**MESSAGE, "text": text, "location": {"latitude": 999, "longitude": 0}}

    (found,) = ADAPTER.parse(ACCOUNT, delivery(batch(item))).events

    assert (found.type, found.text, found.location) == (kind, text, None)


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_without_an_exception(body):
    ADAPTER.parse(ACCOUNT, delivery(body, ""))


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"events":[' + b"[" * 200_000, b'{"events":[{"type":' * 9000])
def test_deep_nesting_is_unknown_and_no_crash(body):
    assert all(isinstance(event, Unknown) for event in ADAPTER.parse(ACCOUNT, delivery(body, "")).events)


def test_a_reply_is_posted_signed_and_keyed():
    message = Outgoing("id-1", "u-1", NOW, "Hello", (OutgoingFile("f", "a.pdf", "application/pdf", b"pdf"),), "m-1")

    (request,) = ADAPTER.render(ACCOUNT, message)

    assert request.url == "https://gateway.example/in?x=1"
    assert request.headers["idempotency-key"] == "id-1"
    assert request.headers["x-mim-signature"] == sign(SECRET, int(NOW.timestamp()), request.body)
    assert json.loads(request.body) == {
        "type": "message",
        "id": "id-1",
        "to": "u-1",
        "text": "Hello",
        "attachments": [{"name": "a.pdf", "mime_type": "application/pdf", "data": "cGRm"}],
        "reply_to": "m-1",
    }


def test_api_base_url_replaces_the_provider_address():
    account = Account("i", {**ACCOUNT.settings, "api_base_url": "http://127.0.0.1:9/base/"}, {"signing_secret": SECRET})

    (request,) = ADAPTER.render(account, Outgoing("id", "u", NOW))

    assert request.url == "http://127.0.0.1:9/base/in?x=1"


ANSWERS = {
    "taken with id": (200, b'{"id": "p-1"}', Taken(("p-1",))),
    "taken without a word": (204, b"", Taken()),
    "taken with nonsense": (200, b"<html>", Taken()),
    "busy": (429, b"", Action.RETRY),
    "down": (503, b"<html>", Action.RETRY),
    "token": (401, b"", Action.SETTINGS),
    "address": (404, b"", Action.SETTINGS),
    "gone": (410, b"", Action.BLOCKED),
    "rejected": (422, b'{"detail": "Too rude."}', Action.REJECTED),
    "redirect": (302, b"", Action.REJECTED),
}


@pytest.mark.parametrize(("status", "body", "wanted"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_tells_the_sender_what_to_do(status, body, wanted):
    told = ADAPTER.classify(ACCOUNT, Response(status, {"retry-after": "7"}, body))

    if isinstance(wanted, Taken):
        assert told == wanted
        return
    assert isinstance(told, Refused)
    assert told.action is wanted
    assert told.reason.endswith(".")
    assert told.retry_after_s == (7.0 if wanted is Action.RETRY else None)


def test_an_impossible_receipt_status_is_kept_out_but_a_real_one_is_read():
    (event,) = ADAPTER.parse(ACCOUNT, delivery(batch({"type": "receipt", "id": "x", "status": "read"}))).events

    assert isinstance(event, Receipt)
    assert event.status is DeliveryStatus.READ


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"callback_url": "https://"}, {"signing_secret": SECRET}, "settings.callback_url"),
        ({"callback_url": "http://[::1"}, {"signing_secret": SECRET}, "settings.callback_url"),
        ({"callback_url": "https://a.example"}, {"signing_secret": "short"}, "secrets.signing_secret"),
    ],
)
def test_set_up_names_the_wrong_field(settings, secrets, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("response", "field"),
    [
        (None, "settings.callback_url"),
        (Response(500, {}, b""), "settings.callback_url"),
        (Response(401, {}, b""), "secrets.signing_secret"),
    ],
)
def test_the_test_call_names_the_wrong_field(response, field):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "at",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z"],
)
def test_a_time_that_cannot_be_is_that_of_the_delivery(at: str):
    (event,) = ADAPTER.parse(ACCOUNT, delivery(batch({**MESSAGE, "at": at}))).events

    assert isinstance(event, IncomingMessage)
    assert event.occurred_at == NOW
