"""Consultation talk through Infobip, row by row."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    Event,
    IncomingFile,
    IncomingMessage,
    Outgoing,
    OutgoingFile,
    Picked,
    RawRequest,
    ReachChanged,
    Receipt,
    Refused,
    Response,
    Taken,
    Unknown,
)
from mim_desk.channels.kakaotalk.adapter import KakaotalkAdapter
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal

NOW = datetime(2026, 11, 22, 5, 0, 10, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TOKEN = "verify-token-1"
HOOK = "https://hub.example.test/webhooks/kakaotalk/inbox"
SETTINGS = {"dealer": "infobip", "sender_key": "@brand", "api_base_url": "https://acme.api.example.test/"}
ACCOUNT = Account("inbox", SETTINGS, {"api_key": "key-1", "verify_token": TOKEN}, "Brand", HOOK)
ADAPTER = KakaotalkAdapter()
ARRIVED = {
    "sender": "user-key-1",
    "to": "@brand",
    "integrationType": "KAKAO_SANGDAM",
    "receivedAt": "2026-11-22T05:00:03.000+0000",
    "messageId": "ib-1",
    "pairedMessageId": None,
    "callbackData": None,
    "message": {"type": "TEXT", "text": "환불해 주세요", "sentAt": "2026-11-22T05:00:00.000+0000"},
}


def call(body: bytes, query: str = f"token={TOKEN}", **headers: str) -> RawRequest:
    return RawRequest("POST", "/webhooks/kakaotalk/inbox", query, headers, body, NOW)


def events(*results: object) -> tuple[Event, ...]:
    body = {"results": results, "messageCount": len(results), "pendingMessageCount": 0}
    return ADAPTER.parse(ACCOUNT, call(json.dumps(body).encode())).events


def message(**content: object) -> IncomingMessage:
    (event,) = events({**ARRIVED, "message": {"sentAt": "2026-11-22T05:00:00.000+0000", **content}})
    assert isinstance(event, IncomingMessage)
    return event


def test_a_text():
    event = message(type="TEXT", text="환불해 주세요", new={"x": 1})

    assert (event.external_id, event.sender.external_id) == ("ib-1", "user-key-1")
    assert (event.type, event.text, event.occurred_at) == (MessageType.TEXT, "환불해 주세요", WRITTEN)


def test_a_text_with_a_file():
    event = message(type="TEXT", text="Look", attachmentUrl="https://files.example.test/a/plan.PDF?x=1")

    assert event.type is MessageType.TEXT
    assert event.files == (
        IncomingFile("file.pdf", "application/octet-stream", url="https://files.example.test/a/plan.PDF?x=1"),
    )


def test_a_button_that_was_chosen():
    event = message(type="TEXT", text="Yes", extra="order-7")

    assert (event.type, event.choice) == (MessageType.CHOICE, Picked("order-7", "Yes"))


FILES = {
    "picture": ("IMAGE", MessageType.IMAGE, "image.png", "image/jpeg"),
    "film": ("VIDEO", MessageType.VIDEO, "video.png", "video/mp4"),
    "sound": ("AUDIO", MessageType.AUDIO, "audio.png", "audio/mpeg"),
    "file": ("FILE", MessageType.FILE, "file.png", "application/octet-stream"),
}


@pytest.mark.parametrize(("kind", "wanted", "name", "mime_type"), FILES.values(), ids=FILES.keys())
def test_each_kind_of_file(kind: str, wanted: MessageType, name: str, mime_type: str):
    url = "https://files.example.test/a.png"
    event = message(type=kind, url=url, urlsDetails=[{"url": url}])

    assert event.type is wanted
    assert event.files == (IncomingFile(name, mime_type, url=url),)


@pytest.mark.parametrize("url", ["https://[::1/a", "https://files.example.test/none", "x" * 5000])
def test_an_odd_address_of_a_file_costs_no_message(url: str):
    assert message(type="IMAGE", url=url).files[0].url == url


@pytest.mark.parametrize(
    "content",
    [{"type": "DANCE"}, {"type": "IMAGE"}, {"type": "IMAGE", "url": None}],
    ids=["a kind there is not", "a picture without its address", "an address that is null"],
)
def test_what_cannot_be_shown_is_kept_as_unsupported(content: dict[str, object]):
    event = message(**content)

    assert (event.type, event.details) == (MessageType.UNSUPPORTED, {"kind": content["type"]})


def test_the_end_of_a_session_says_that_the_customer_may_begin_another():
    ended = {"type": "EXPIRED_SESSION", "sessionId": "s-1", "sentAt": "2026-11-22T05:00:00.000+0000"}
    (event,) = events({**ARRIVED, "message": ended})

    assert isinstance(event, ReachChanged)
    assert (event.sender.external_id, event.at, event.can_reach) == ("user-key-1", WRITTEN, False)
    assert event.session


TIMES = {
    "with an offset": ("2026-11-22T14:00:00.000+0900", WRITTEN),
    "with a Z": ("2026-11-22T05:00:00Z", WRITTEN),
    "without an offset": ("2026-11-22T05:00:00", NOW),
    "far ahead": ("2926-11-22T05:00:00.000+0000", NOW),
    "long ago": ("0001-01-01T00:00:00.000+0000", NOW),
    "no time": ("yesterday", NOW),
}


@pytest.mark.parametrize(("told", "wanted"), TIMES.values(), ids=TIMES.keys())
def test_times_are_infobip_s_unless_they_are_absurd(told: str, wanted: datetime):
    assert message(type="TEXT", text="a", sentAt=told).occurred_at == wanted


def test_without_the_time_of_writing_that_of_its_arrival_at_infobip_counts():
    (event,) = events({**ARRIVED, "message": {"type": "TEXT", "text": "a"}})

    assert isinstance(event, IncomingMessage)
    assert event.occurred_at == WRITTEN + timedelta(seconds=3)


def report(group: str, **more: object) -> dict[str, object]:
    return {
        "bulkId": "b-1",
        "messageId": "our-id.1",
        "to": "user-key-1",
        "sender": "@brand",
        "sentAt": "2026-11-22T04:59:59.000+0000",
        "doneAt": "2026-11-22T05:00:00.000+0000",
        "status": {"groupId": 3, "groupName": group, "id": 5, "name": f"{group}_X", "description": "Said by Infobip"},
        "error": {"id": 0, "name": "NO_ERROR", "permanent": False},
        "callbackData": "our-id",
        "price": {"pricePerMessage": 0.1, "currency": "EUR"},
        **more,
    }


STATUSES = {
    "ACCEPTED": DeliveryStatus.SENT,
    "PENDING": DeliveryStatus.SENT,
    "DELIVERED": DeliveryStatus.DELIVERED,
    "UNDELIVERABLE": DeliveryStatus.FAILED,
    "EXPIRED": DeliveryStatus.FAILED,
    "REJECTED": DeliveryStatus.FAILED,
}


@pytest.mark.parametrize(("group", "wanted"), STATUSES.items())
def test_how_far_a_message_got(group: str, wanted: DeliveryStatus):
    (event,) = events(report(group))

    assert isinstance(event, Receipt)
    assert (event.status, event.external_id, event.message_id) == (wanted, "our-id.1", "our-id")
    assert event.at == WRITTEN
    assert event.reason.endswith("Said by Infobip.") is (wanted is DeliveryStatus.FAILED)


FAULTS = {
    "for good": ({"name": "EC_USER_LEFT", "permanent": True}, "It will not reach this customer.", "EC_USER_LEFT"),
    "session": (
        {"name": "EC_NO_ACTIVE_SESSION", "permanent": True},
        "only the customer can open",
        "EC_NO_ACTIVE_SESSION",
    ),
    "none": (None, "KakaoTalk did not deliver the message.", "UNDELIVERABLE_X"),
}


@pytest.mark.parametrize(("error", "said", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_why_it_was_not_delivered(error: dict[str, object] | None, said: str, code: str):
    (event,) = events(report("UNDELIVERABLE", error=error))

    assert isinstance(event, Receipt)
    assert said in event.reason
    assert event.code == code


BROKEN = {
    "neither a message nor a report": {"dance": 1},
    "a number": 17,
    "nothing": None,
    "no id": {**ARRIVED, "messageId": ""},
    "no customer": {**ARRIVED, "sender": ""},
    "a message of another shape": {**ARRIVED, "message": 3},
    "a status there is not": report("EATEN"),
    "a report of nothing": report("DELIVERED", messageId=""),
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_item_is_unknown_and_never_loses_its_neighbours(item: object):
    found = events(ARRIVED, item, report("DELIVERED"))

    assert [type(event) for event in found] == [IncomingMessage, Unknown, Receipt]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"results": 3}', b'{"results":[{"sen', b"[" * 30_000, b'{"results":[' + b"[" * 30_000]
)
def test_bodies_that_cannot_be_read_are_unknown(body: bytes):
    assert all(isinstance(event, Unknown) for event in ADAPTER.parse(ACCOUNT, call(body)).events)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from([*ARRIVED, "status", "type", "text", "url", "extra"]), inner)
        ),
    )
)
def test_any_item_is_read_without_an_exception(item: object):
    assert len(events(item)) == 1


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"infobip:{password}".encode()).decode()


PROOFS = {
    "in the address": call(b"{}"),
    "beside more in the address": call(b"{}", f"x=1&token={TOKEN}"),
    "as a bearer": call(b"{}", "", authorization=f"Bearer {TOKEN}"),
    "as a key": call(b"{}", "", authorization=f"App {TOKEN}"),
    "as a password": call(b"{}", "", authorization=basic(TOKEN)),
}


@pytest.mark.parametrize("request_", PROOFS.values(), ids=PROOFS.keys())
def test_who_brings_the_token_is_let_in(request_: RawRequest):
    ADAPTER.verify(ACCOUNT, request_)


NO_PROOFS = {
    "none": call(b"{}", ""),
    "one bit off": call(b"{}", "token=verify-token-0"),
    "cut": call(b"{}", "token=verify-token"),
    "empty": call(b"{}", "token=", authorization="Bearer "),
    "another password": call(b"{}", "", authorization=basic("guessed")),
    "no base64": call(b"{}", "", authorization="Basic ü"),
    "the key we send": call(b"{}", "", authorization="App key-1"),
    "too many questions": call(b"{}", "a=1&" * 50 + f"token={TOKEN}"),
}


@pytest.mark.parametrize("request_", NO_PROOFS.values(), ids=NO_PROOFS.keys())
def test_anybody_else_is_refused(request_: RawRequest):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, request_)

    assert refused.value.code == "bad-signature"


def test_without_a_token_nobody_is_let_in():
    with pytest.raises(Refusal):
        ADAPTER.verify(Account("inbox", SETTINGS, {"api_key": "key-1"}), call(b"{}", "token="))


def outbound(own_id: str, content: dict[str, str]) -> dict[str, object]:
    return {
        "messages": [
            {
                "sender": "@brand",
                "destinations": [{"to": "user-key-1", "messageId": own_id}],
                "content": content,
                "webhooks": {"delivery": {"url": f"{HOOK}?token={TOKEN}"}, "callbackData": "our-id"},
            }
        ]
    }


PICTURE = OutgoingFile("f1", "cat.png", "image/png", b"png", "https://hub.example.test/files/1")


def test_a_text_leaves():
    (request,) = ADAPTER.render(ACCOUNT, Outgoing("our-id", "user-key-1", NOW, "안녕하세요"))

    assert (request.method, request.url) == ("POST", "https://acme.api.example.test/kakao-sangdam/1/messages")
    assert request.headers == {
        "authorization": "App key-1",
        "accept": "application/json",
        "content-type": "application/json",
    }
    assert json.loads(request.body) == outbound("our-id", {"type": "TEXT", "text": "안녕하세요"})
    assert request.once


def test_a_long_text_and_a_picture_are_messages_of_their_own():
    text = "Where is my parcel? " * 60
    sent = ADAPTER.render(ACCOUNT, Outgoing("our-id", "user-key-1", NOW, text, (PICTURE,)))
    bodies = [json.loads(one.body) for one in sent]

    assert bodies[0] == outbound("our-id", {"type": "TEXT", "text": text[:1000]})
    assert bodies[1] == outbound("our-id.1", {"type": "TEXT", "text": text[1000:]})
    assert bodies[2] == outbound("our-id.2", {"type": "IMAGE", "url": "https://hub.example.test/files/1"})


def test_the_report_s_address_keeps_its_query_and_is_left_out_while_unknown():
    with_query = Account("inbox", SETTINGS, ACCOUNT.secrets, "Brand", HOOK + "?x=1#part")
    unknown = Account("inbox", SETTINGS, ACCOUNT.secrets, "Brand")
    message_ = Outgoing("our-id", "user-key-1", NOW, "Hi")

    told = [
        json.loads(ADAPTER.render(one, message_)[0].body)["messages"][0]["webhooks"] for one in (with_query, unknown)
    ]
    assert told == [
        {"delivery": {"url": f"{HOOK}?x=1&token={TOKEN}"}, "callbackData": "our-id"},
        {"callbackData": "our-id"},
    ]


NOT_CARRIED = {
    "no picture": OutgoingFile("f", "a.pdf", "application/pdf", b"x", "https://hub.example.test/files/2"),
    "no public address": OutgoingFile("f", "a.png", "image/png", b"x"),
    "a long address": OutgoingFile("f", "a.png", "image/png", b"x", "https://hub.example.test/" + "x" * 1000),
}


@pytest.mark.parametrize("file", NOT_CARRIED.values(), ids=NOT_CARRIED.keys())
def test_files_that_cannot_go_are_refused_in_a_sentence(file: OutgoingFile):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, Outgoing("our-id", "user-key-1", NOW, "", (file,)))

    assert refused.value.reason.endswith(".")


def answer(group: str, name: str = "PENDING_ENROUTE") -> bytes:
    status = {"groupId": 1, "groupName": group, "id": 7, "name": name, "description": "Said by Infobip", "action": "x"}
    return json.dumps(
        {"bulkId": "b-1", "messages": [{"messageId": "our-id", "destination": "user-key-1", "status": status}]}
    ).encode()


TAKEN = {
    "pending": (answer("PENDING"), ("our-id",)),
    "accepted": (answer("ACCEPTED"), ("our-id",)),
    "delivered": (answer("DELIVERED"), ("our-id",)),
}


@pytest.mark.parametrize(("body", "ids"), TAKEN.values(), ids=TAKEN.keys())
def test_what_was_taken(body: bytes, ids: tuple[str, ...]):
    assert ADAPTER.classify(ACCOUNT, Response(200, {}, body)) == Taken(ids)


REFUSED = {
    "rejected in a good answer": (200, answer("REJECTED", "REJECTED_SENDER"), Action.REJECTED, "REJECTED_SENDER"),
    "undeliverable": (200, answer("UNDELIVERABLE", "UNDELIVERABLE_X"), Action.REJECTED, "UNDELIVERABLE_X"),
    "expired": (200, answer("EXPIRED", "EXPIRED_X"), Action.REJECTED, "EXPIRED_X"),
    "no session": (200, answer("REJECTED", "REJECTED_NO_SESSION"), Action.WINDOW_CLOSED, "REJECTED_NO_SESSION"),
    "no session by words": (400, b'{"errorCode":"E400","description":"Session ended"}', Action.WINDOW_CLOSED, "E400"),
    "bad request": (400, b'{"errorCode":"E400","description":"Request cannot be processed."}', Action.REJECTED, "E400"),
    "key": (401, b'{"errorCode":"E401"}', Action.SETTINGS, "E401"),
    "scope": (403, b"{}", Action.SETTINGS, "403"),
    "address": (404, b"", Action.SETTINGS, "404"),
    "busy": (429, b"", Action.RETRY, "429"),
    "down": (503, b"<html>", Action.RETRY, "503"),
    "redirect": (302, b"", Action.REJECTED, "302"),
    "nested deep": (400, b"[" * 30_000, Action.REJECTED, "400"),
}


@pytest.mark.parametrize(("status", "body", "action", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_each_refusal_tells_what_to_do(status: int, body: bytes, action: Action, code: str):
    told = ADAPTER.classify(ACCOUNT, Response(status, {"retry-after": "7"}, body))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, code)
    assert told.reason.endswith(".")
    assert told.retry_after_s == (7.0 if action is Action.RETRY else None)


PROBED = {
    "nobody there": (None, "settings.api_base_url"),
    "another service": (Response(404, {}, b""), "settings.api_base_url"),
    "down": (Response(503, {}, b""), "settings.api_base_url"),
    "wrong key": (Response(401, {}, b""), "secrets.api_key"),
    "no scope": (Response(403, {}, b""), "secrets.api_key"),
}


@pytest.mark.parametrize(("response", "field"), PROBED.values(), ids=PROBED.keys())
def test_the_test_call_names_the_wrong_field(response: Response | None, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, response)

    assert refused.value.field == field


def test_the_test_call_of_a_working_key_is_fine():
    request = ADAPTER.probe(ACCOUNT, NOW)

    assert request is not None
    assert request.url == "https://acme.api.example.test/kakao-sangdam/1/logs?limit=1"
    ADAPTER.judge_probe(ACCOUNT, Response(200, {}, b'{"results": []}'))


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({**SETTINGS, "api_base_url": "https://"}, {"api_key": "k"}, "settings.api_base_url"),
        (SETTINGS, {"api_key": "k\n"}, "secrets.api_key"),
        (SETTINGS, {"api_key": "k", "verify_token": "a b"}, "secrets.verify_token"),
    ],
)
def test_set_up_names_the_wrong_field(settings: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


def test_a_file_is_fetched_without_our_key():
    request = ADAPTER.fetch(ACCOUNT, "https://files.example.test/a.png", ())

    assert request is not None
    assert request.headers == {}
    assert ADAPTER.fetch(ACCOUNT, "https://files.example.test/a.png", (Response(200, {}, b"png"),)) is None
    with pytest.raises(Refusal):
        ADAPTER.fetch(ACCOUNT, "http://127.0.0.1/a.png", ())
