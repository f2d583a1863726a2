"""Consultation talk through Happytalk, row by row: what it posts, what leaves for it, what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    ContactActed,
    Event,
    IncomingFile,
    IncomingMessage,
    Outgoing,
    OutgoingFile,
    OutgoingTemplate,
    Parsed,
    Picked,
    RawRequest,
    Refused,
    Request,
    Response,
    Sender,
    Step,
    Taken,
    Unknown,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.kakaotalk.adapter import KakaotalkAdapter
from mim_desk.channels.registry import manifest
from mim_desk.domain.buttons import Button, ButtonLimits
from mim_desk.domain.message import Activity, MessageType
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Filling, Template

ADAPTER = KakaotalkAdapter()
NOW = datetime(2026, 11, 22, 5, 0, 10, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
STAMP = int(WRITTEN.timestamp() * 1000)
SENDER_KEY = "4c9591f37822ae1ed5b572f278af08b1e2d922ce"
SETTINGS = {"dealer": "happytalk", "sender_key": SENDER_KEY, "client_id": "id-1"}
SECRETS = {"api_key": "secret-1", "verify_token": "verify-token-1"}
ACCOUNT = Account("inbox", SETTINGS, SECRETS, "Brand", "https://hub.example.test/webhooks/kakaotalk/inbox")
API = "https://kakao-api.happytalk.io"
CUSTOMER = Sender("Xj1bW5wlE5SR", verified=True)
HEAD = {"user_key": CUSTOMER.external_id, "sender_key": SENDER_KEY, "session_id": "163755146", "time": STAMP}


def call(body: object, path: str = "/webhooks/kakaotalk/inbox/verify-token-1/message", **headers: str) -> RawRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawRequest("POST", path, "", headers, raw, NOW)


def event(body: object, account: Account = ACCOUNT) -> Event:
    (found,) = ADAPTER.parse(account, call(body)).events
    return found


def message(kind: MessageType = MessageType.TEXT, **more: Any) -> IncomingMessage:
    return IncomingMessage("kt1", CUSTOMER, WRITTEN, kind, **more)


def file(name: str, mime_type: str, url: str = "http://talk.kakao.com/dn/1") -> tuple[IncomingFile, ...]:
    return (IncomingFile(name, mime_type, url=url),)


WHERE = "http://talk.kakao.com/dn/1"
READ: dict[str, tuple[dict[str, object], IncomingMessage]] = {
    "text": ({"message_type": "TX", "message": "환불해 주세요"}, message(text="환불해 주세요")),
    "text under other names": ({"type": "text", "content": "환불"}, message(text="환불")),
    "text without a kind": ({"message": "환불"}, message(text="환불")),
    "picture": (
        {"message_type": "IM", "image_url": WHERE},
        message(MessageType.IMAGE, files=file("image.jpg", "image/jpeg")),
    ),
    "picture of the third generation": (
        {"chat_bubble_type": "IMAGE", "attachment": {"image": {"img_url": WHERE}}},
        message(MessageType.IMAGE, files=file("image.jpg", "image/jpeg")),
    ),
    "file": (
        {"message_type": "FI", "file_url": WHERE, "file_name": "plan.pdf", "file_size": 9},
        message(MessageType.FILE, files=file("plan.pdf", "application/octet-stream")),
    ),
    "film with words": (
        {"message_type": "VI", "video_url": WHERE, "message": "여기"},
        message(MessageType.VIDEO, text="여기", files=file("video.mp4", "video/mp4")),
    ),
    "a button that was chosen": (
        {"message_type": "TX", "message": "예", "extra": "order-7"},
        message(MessageType.CHOICE, text="예", choice=Picked("order-7", "예")),
    ),
    "a kind that is not known": (
        {"message_type": "DANCE", "message": "la"},
        message(MessageType.UNSUPPORTED, text="la", details={"kind": "DANCE"}),
    ),
    "nothing that can be shown": ({}, message(MessageType.UNSUPPORTED)),
}


@pytest.mark.parametrize(("told", "read"), READ.values(), ids=READ.keys())
def test_each_kind_of_message(told: dict[str, object], read: IncomingMessage):
    assert event({**HEAD, "serial_number": "kt1", **told}) == read


def test_a_field_of_another_name_is_a_setting():
    account = replace(ACCOUNT, settings={**SETTINGS, "happytalk_fields": {"text": "body.words", "customer": "who"}})
    told = {"who": CUSTOMER.external_id, "time": STAMP, "message_id": "kt1", "body": {"words": "안녕"}}

    assert event(told, account) == message(text="안녕")


def test_a_message_without_an_id_is_known_again_by_customer_time_and_words():
    told = {**HEAD, "message_type": "TX", "message": "안녕"}
    others = ({**told, "message": "또"}, {**told, "time": STAMP + 1}, {**told, "user_key": "another"})

    first, again, *different = [event(one) for one in (told, told, *others)]

    ids = [one.external_id for one in (first, *different) if isinstance(one, IncomingMessage)]
    assert first == again
    assert len(set(ids)) == 4


REFERENCE = {
    **HEAD,
    "app_user_id": None,
    "reference": {"extra": "shop7", "text": "", "lastText": "", "lastTextDate": "2022-06-07T11:53:32.431"},
    "last_reference": {"extra": "shop6", "bot": "true", "bot_event": "", "created_at": "2022-06-07T11:53:32.431"},
}


def test_where_a_customer_came_from_is_told_once():
    told, again = event(REFERENCE), event(REFERENCE)

    assert isinstance(told, ContactActed)
    assert (told.sender, told.at, told.activity) == (CUSTOMER, WRITTEN, Activity.CAME_BY)
    assert told.details == {"referral": "shop7", "way": "link"}
    assert told == again
    elder = event({**REFERENCE, "reference": {"extra": ""}})
    assert isinstance(elder, ContactActed)
    assert elder.details["referral"] == "shop6"


UNKNOWN = {
    "no customer": {**HEAD, "user_key": ""},
    "another channel": {**HEAD, "sender_key": "another", "message": "x"},
    "a reference that says nothing": {**HEAD, "reference": None},
    "a list": [],
    "empty": b"",
    "cut": b'{"user_key": "x',
    "nested deep": b'{"a":' * 30_000,
}


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_read_is_unknown(body: object):
    assert isinstance(event(body), Unknown)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*HEAD, "message", "reference", "image"]), inner)
        ),
    )
)
def test_any_body_is_read(body: object):
    assert isinstance(ADAPTER.parse(ACCOUNT, call(body)), Parsed)


PROOFS = {
    "in the path": call(b"{}"),
    "in the path, of where they came from": call(b"{}", "/webhooks/kakaotalk/inbox/verify-token-1/reference"),
    "in a header": call(b"{}", "/webhooks/kakaotalk/inbox/message", authorization="Bearer verify-token-1"),
}


@pytest.mark.parametrize("request_", PROOFS.values(), ids=PROOFS.keys())
def test_who_brings_the_token_is_let_in(request_: RawRequest):
    ADAPTER.verify(ACCOUNT, request_)


NO_PROOFS = {
    "none": call(b"{}", "/webhooks/kakaotalk/inbox/message"),
    "one letter off": call(b"{}", "/webhooks/kakaotalk/inbox/verify-token-2/message"),
    "our own key": call(b"{}", "/webhooks/kakaotalk/inbox/secret-1/message"),
    "the inbox": call(b"{}", "/webhooks/kakaotalk/inbox"),
}


@pytest.mark.parametrize("request_", NO_PROOFS.values(), ids=NO_PROOFS.keys())
def test_anybody_else_is_refused(request_: RawRequest):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, request_)

    assert refused.value.code == "bad-signature"


def steps(text: str = "", *files: OutgoingFile, **more: Any) -> list[Step]:
    return list(ADAPTER.render(ACCOUNT, Outgoing("our-id", "user-1", NOW, text, files, **more)))


def body(step: Step, path: str = "/v1/chat/write") -> dict[str, Any]:
    assert isinstance(step, Request)
    assert (step.method, step.url, step.once) == ("POST", API + path, True)
    assert step.headers == {
        "ht-client-id": "id-1",
        "ht-client-secret": "secret-1",
        "content-type": "application/json",
    }
    told = dict(json.loads(step.body))
    assert len(told.pop("serial_number")) == 30
    assert (told.pop("user_key"), told.pop("sender_key")) == ("user-1", SENDER_KEY)
    return told


def test_a_text_leaves_under_a_serial_number_that_is_the_same_at_each_try():
    (sent,), (again,) = steps("안녕하세요"), steps("안녕하세요")

    assert body(sent) == {"message_type": "TX", "message": "안녕하세요"}
    assert sent == again


def test_a_long_text_is_several_messages_each_with_a_number_of_its_own():
    sent = steps("Where is my parcel? " * 60)
    serials = {json.loads(one.body)["serial_number"] for one in sent if isinstance(one, Request)}

    texts = [body(one)["message"] for one in sent]
    assert "".join(texts) == "Where is my parcel? " * 60
    assert all(len(one) <= 1000 for one in texts)
    assert len(serials) == len(sent) == 2


def test_buttons_go_as_links_and_as_words_of_the_customer():
    limits = ButtonLimits(most=5, title_length=28, text_length=1000, most_links=5, most_mixed=5)
    buttons = (Button("예", "b1"), Button("보기", "b2", url="https://acme.example/o/7"))

    (sent,) = steps("맞나요?", buttons=buttons, button_limits=limits)

    link = {
        "name": "보기",
        "type": "WL",
        "url_mobile": "https://acme.example/o/7",
        "url_pc": "https://acme.example/o/7",
    }
    assert body(sent, "/kakaoWebhook/v3/bzc/chat/send/rich") == {
        "chat_bubble_type": "TEXT",
        "message": "맞나요?",
        "attachment": {"buttons": [{"name": "예", "type": "MD"}, link]},
    }


PICTURE = OutgoingFile("f1", "cat of ours.png", "image/png", b"png")
PAPER = OutgoingFile("f2", "plan.pdf", "application/pdf", b"%PDF")
SOUND = OutgoingFile("f3", "voice.m4a", "audio/mp4", b"m4a")


def test_a_picture_is_uploaded_to_kakaotalk_first_and_goes_before_the_words():
    upload, naming, text = steps("이것", PICTURE)

    assert isinstance(upload, Request)
    assert (upload.prepares, upload.url) == (True, f"{API}/kakaoWebhook/v3/bzc/image/upload")
    assert b'name="image"; filename="image.png"' in upload.body
    assert SENDER_KEY.encode() in upload.body
    assert not isinstance(naming, Request)
    sent = naming(Response(200, {}, b'{"code": "0000", "image": "http://api1-kage.kakao.com/img_l.jpg"}'))
    assert body(sent) == {"message_type": "IM", "image_url": "http://api1-kage.kakao.com/img_l.jpg"}
    assert body(text)["message"] == "이것"
    assert isinstance(text, Request)
    assert json.loads(sent.body)["serial_number"] != json.loads(text.body)["serial_number"]


@pytest.mark.parametrize(
    ("one", "kind"), [(PAPER, b""), (SOUND, b'name="file_type"\r\n\r\naudio')], ids=["pdf", "sound"]
)
def test_a_file_is_uploaded_first_and_named_with_its_size(one: OutgoingFile, kind: bytes):
    upload, naming = steps("", one)

    assert isinstance(upload, Request)
    assert upload.url == f"{API}/kakaoWebhook/v3/bzc/file/upload"
    assert kind in upload.body
    assert not isinstance(naming, Request)
    told = {"code": "0000", "file": "http://kage/f_1.pdf", "name": one.name, "size": 9513}
    sent = body(naming(Response(200, {}, json.dumps(told).encode())))
    assert sent == {"message_type": "FI", "file_url": "http://kage/f_1.pdf", "file_name": one.name, "file_size": 9513}


@pytest.mark.parametrize("told", [b"{}", b"<html>", b'{"code": "0000", "image": ""}'])
def test_an_upload_that_names_nothing_ends_the_reply(told: bytes):
    _, naming = steps("", PICTURE)

    assert not isinstance(naming, Request)
    with pytest.raises(Refusal, match="did not take the file"):
        naming(Response(200, {}, told))


def test_no_notices_go_through_happytalk():
    template = OutgoingTemplate(Template("order_ready", "ko", ()), Filling({}))

    assert ADAPTER.written_templates(replace(ACCOUNT, settings={**SETTINGS, "templates": {"a": {"text": "x"}}})) == ()
    with pytest.raises(Refusal, match="do not go through Happytalk"):
        steps("", template=template)


ANSWERED = {
    "taken": (200, {"code": 0, "session_id": "163755146"}, None, ""),
    "taken, in digits": (200, {"code": "0000"}, None, ""),
    "unknown sender": (200, {"code": -501, "message": "InvalidSenderException"}, Action.SETTINGS, "-501"),
    "kakaotalk's own word of it": (200, {"code": "1003"}, Action.SETTINGS, "1003"),
    "suspended": (200, {"code": 1007}, Action.SETTINGS, "1007"),
    "no session": (200, {"code": -502, "message": "SessionNotFoundException"}, Action.WINDOW_CLOSED, "-502"),
    "an upload": (200, {"code": -505, "message": "InvalidImageSizeException"}, Action.REJECTED, "-505"),
    "a bad request": (400, {"code": -1, "message": "Bad"}, Action.REJECTED, "-1"),
    "key": (401, b"", Action.SETTINGS, "401"),
    "address": (404, b"", Action.SETTINGS, "404"),
    "busy": (429, b"", Action.RETRY, "429"),
    "down": (503, b"<html>", Action.RETRY, "503"),
}


@pytest.mark.parametrize(("status", "told", "action", "code"), ANSWERED.values(), ids=ANSWERED.keys())
def test_what_the_answers_mean(status: int, told: object, action: Action | None, code: str):
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    found = ADAPTER.classify(ACCOUNT, Response(status, {"retry-after": "7"}, raw))

    if action is None:
        assert found == Taken()
        return
    assert isinstance(found, Refused)
    assert (found.action, found.code) == (action, code)
    assert found.reason.endswith(".")
    assert found.retry_after_s == (7.0 if action is Action.RETRY else None)


TARGET = Target("user-1", NOW, "act-1")
WHOM = {"user_key": "user-1", "sender_key": SENDER_KEY}


@pytest.mark.parametrize(
    ("settings", "path", "told"),
    [
        ({}, "/v1/chat/end", WHOM),
        ({"bot_event": "start_bot"}, "/kakaoWebhook/v3/bzc/chat/endWithBot", {**WHOM, "bot_event": "start_bot"}),
    ],
    ids=["plain", "with the bot's event"],
)
def test_a_consultation_is_ended_as_the_settings_say(settings: dict[str, str], path: str, told: dict[str, str]):
    account = replace(ACCOUNT, settings={**SETTINGS, "end_sessions": "yes", **settings})

    request = ADAPTER.end_session(account, TARGET)

    assert request is not None
    assert (request.url, json.loads(request.body)) == (API + path, told)
    assert ADAPTER.end_session(ACCOUNT, TARGET) is None
    assert ADAPTER.end_session(account, replace(TARGET, recipient="bot:user-1")) is None


def test_the_test_host_stands_in_the_settings():
    account = replace(ACCOUNT, settings={**SETTINGS, "api_base_url": "https://patch-kakao-api.happytalk.io"})
    (sent,) = ADAPTER.render(account, Outgoing("our-id", "user-1", NOW, "x"))

    assert isinstance(sent, Request)
    assert sent.url == "https://patch-kakao-api.happytalk.io/v1/chat/write"


WRONG = {
    "a dealer there is not": ({**SETTINGS, "dealer": "nexus"}, "settings.dealer"),
    "no client id": ({**SETTINGS, "client_id": ""}, "settings.client_id"),
    "a long event": ({**SETTINGS, "bot_event": "x" * 101}, "settings.bot_event"),
    "a fact there is not": ({**SETTINGS, "happytalk_fields": {"dance": "x"}}, "settings.happytalk_fields"),
    "a field that is none": ({**SETTINGS, "happytalk_fields": {"text": 3}}, "settings.happytalk_fields"),
}


@pytest.mark.parametrize(("settings", "field"), WRONG.values(), ids=WRONG.keys())
def test_set_up_names_the_wrong_field(settings: dict[str, Any], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, SECRETS)

    assert refused.value.field == field


def test_set_up_asks_of_each_dealer_only_what_it_needs():
    asked = manifest("kakaotalk")

    asked.check({**SETTINGS}, SECRETS)
    asked.check({"dealer": "infobip", "sender_key": "@brand"}, SECRETS)
    asked.check({"sender_key": "@brand"}, SECRETS)
    with pytest.raises(Refusal) as refused:
        asked.check({"dealer": "happytalk", "sender_key": "x"}, SECRETS)
    assert refused.value.field == "settings.client_id"


def test_what_it_carries_is_the_dealers():
    infobip, happytalk = (manifest("kakaotalk").capabilities_of({"dealer": one}) for one in ("infobip", "happytalk"))

    assert [any(rule.allows("application/pdf") for rule in one.media) for one in (infobip, happytalk)] == [False, True]
    assert (infobip.receipts, happytalk.receipts) == (True, False)
    assert (infobip.templates, happytalk.templates) == (True, False)
    assert manifest("kakaotalk").capabilities_of({}) == infobip
