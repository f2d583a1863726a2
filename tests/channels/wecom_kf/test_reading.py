"""What WeCom brings: sealed callbacks, answers of ``sync_msg``, and each kind of item in them."""

import json
import uuid
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
    Echo,
    Event,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    Nudge,
    Parsed,
    Picked,
    Place,
    Poll,
    RawRequest,
    Receipt,
    Refused,
    Request,
    Response,
    Sender,
    Unknown,
)
from mim_desk.channels.wecom_kf.adapter import WecomKfAdapter
from mim_desk.channels.wecom_kf.callbacks import SUCCESS
from mim_desk.domain.message import Activity, DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.wecom_kf import provider
from tests.channels.wecom_kf.provider import AES_KEY, CORP_ID, NUDGE, OPEN_KFID, TOKEN, body_of, seal, signed

ADAPTER = WecomKfAdapter()
STAMP = 1763790001
AT = datetime.fromtimestamp(STAMP, UTC)
RECEIVED = datetime.fromtimestamp(STAMP + 2, UTC)
SECRETS = {"secret": "s-1", "token": TOKEN, "encoding_aes_key": AES_KEY}
ACCOUNT = Account("inbox-1", {"corp_id": CORP_ID, "open_kfid": OPEN_KFID}, SECRETS, "Brand")
MIA = Sender(provider.MIA, stand_in="WeChat customer …A1B2", verified=True)
SYNC = "https://qyapi.weixin.qq.com/cgi-bin/kf/sync_msg"


def request(body: bytes, query: str = "", method: str = "POST") -> RawRequest:
    return RawRequest(method, "/webhooks/wecom_kf/inbox-1", query, {}, body, RECEIVED)


def events(item: object) -> tuple[Event, ...]:
    body = item if isinstance(item, bytes) else json.dumps(item).encode()
    return ADAPTER.parse(ACCOUNT, request(body)).events


def item(msgtype: str, inside: object, origin: int = 3, **more: object) -> dict[str, Any]:
    told = {"msgid": "m1", "open_kfid": OPEN_KFID, "external_userid": MIA.external_id, "send_time": STAMP}
    return {**told, "origin": origin, "msgtype": msgtype, msgtype: inside, **more}


def event(name: str, **more: object) -> dict[str, Any]:
    told = {"event_type": name, "open_kfid": OPEN_KFID, "external_userid": MIA.external_id, **more}
    return {"msgid": "e1", "send_time": STAMP, "origin": 4, "msgtype": "event", "event": told}


def message(kind: MessageType = MessageType.TEXT, **more: object) -> IncomingMessage:
    return IncomingMessage("m1", MIA, AT, kind, **more)  # type: ignore[arg-type]  # the fields of the case


def file(name: str, mime_type: str) -> tuple[IncomingFile, ...]:
    return (IncomingFile(name, mime_type, external_id="mid-1"),)


def unsupported(kind: str) -> IncomingMessage:
    return message(MessageType.UNSUPPORTED, details={"wecom_type": kind})


def entered(**told: str) -> ContactActed:
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, "wecom:e1"))
    return ContactActed(MIA, AT, Activity.CAME_BY, line_id, {"way": "enter", **told})


def failed(code: int, reason: str) -> Receipt:
    closed = code in (4, 5, 6)
    return Receipt(DeliveryStatus.FAILED, AT, "m0", reason=reason, code=str(code), window_closed=closed)


MEDIA = {"media_id": "mid-1"}
PLACE = {"latitude": 31.23, "longitude": 121.47, "name": "Shop", "address": "1 Long Street"}
LINK = {"title": "T", "desc": "D", "url": "https://example.com/a", "pic_url": "p"}
FAILED = {
    0: "WeCom could not deliver the message.",
    1: "The customer service account was removed at WeCom.",
    2: "The app is closed at WeCom.",
    4: "The customer wrote more than 48 hours ago. Wait until they write again.",
    5: "WeCom has closed this conversation. Wait until the customer writes again.",
    6: "The five answers to the customer's last message are used up. Wait for their next one.",
    7: "WeCom could not deliver the message.",
    8: "WeCom has not verified the company yet. Have it verified in WeCom's console.",
    11: "Nobody of the company has signed in to the WeCom app yet. Sign in there once.",
    12: "WeCom does not let customer service send messages of this kind.",
    13: "WeCom held the message back for safety. Write it in other words.",
    10: "The customer refuses messages of this account.",
}
CASES: dict[str, tuple[object, Event | None]] = {
    "text": (item("text", {"content": "你好", "later": 1}, later={}), message(text="你好")),
    "a picked row of a menu": (
        item("text", {"content": "Yes", "menu_id": "101"}),
        message(MessageType.CHOICE, text="Yes", choice=Picked("101", "Yes")),
    ),
    "image": (item("image", MEDIA), message(MessageType.IMAGE, files=file("image-m1.jpg", "image/jpeg"))),
    "voice": (item("voice", MEDIA), message(MessageType.VOICE, files=file("voice-m1.amr", "audio/amr"))),
    "video": (item("video", MEDIA), message(MessageType.VIDEO, files=file("video-m1.mp4", "video/mp4"))),
    "file": (item("file", MEDIA), message(MessageType.FILE, files=file("file", "application/octet-stream"))),
    "image without an id": (item("image", {}), unsupported("image")),
    "location": (
        item("location", PLACE),
        message(MessageType.LOCATION, location=Place(31.23, 121.47, "Shop, 1 Long Street")),
    ),
    "text with fields that are null": (
        item("text", {"content": "你好", "menu_id": None}, servicer_userid=None, image=None),
        message(text="你好"),
    ),
    "numbers written as texts": (
        {
            **item("location", {**PLACE, "latitude": "31.23", "longitude": "121.47"}),
            "origin": "3",
            "send_time": str(STAMP),
        },
        message(MessageType.LOCATION, location=Place(31.23, 121.47, "Shop, 1 Long Street")),
    ),
    "location beyond the pole": (item("location", {**PLACE, "latitude": 91}), unsupported("location")),
    "link": (
        item("link", LINK),
        message(text="T\nD\nhttps://example.com/a", details={"link": "https://example.com/a"}),
    ),
    "card of a colleague": (
        item("business_card", {"userid": "li.na"}),
        message(MessageType.CONTACT_CARD, text="li.na"),
    ),
    "mini program card": (
        item("miniprogram", {"title": "Shoes", "appid": "wx2", "pagepath": "p/1", "thumb_media_id": "mid-1"}),
        message(
            MessageType.UNSUPPORTED,
            text="Shoes",
            files=file("card-m1.jpg", "image/jpeg"),
            details={"app_id": "wx2", "page_path": "p/1"},
        ),
    ),
    "a kind we do not know": (item("hologram", {"content": "x"}), unsupported("hologram")),
    "text of another shape": (item("text", 17), unsupported("text")),
    "a colleague's answer": (item("text", {"content": "Soon"}, origin=5), Echo("m1", MIA, AT, "Soon")),
    "a colleague's picture": (
        item("image", MEDIA, origin=5),
        Echo("m1", MIA, AT, files=file("image-m1.jpg", "image/jpeg"), type=MessageType.IMAGE),
    ),
    "a colleague's place": (
        item("location", PLACE, origin=5),
        Echo("m1", MIA, AT, type=MessageType.LOCATION, location=Place(31.23, 121.47, "Shop, 1 Long Street")),
    ),
    "a colleague's question": (
        item(
            "msgmenu",
            {
                "head_content": "Were we of help?",
                "list": [
                    {"type": "click", "click": {"id": "1", "content": "Yes"}},
                    {"type": "view", "view": {"url": "https://a.example", "content": "Rules"}},
                ],
                "tail_content": "Thank you",
            },
            origin=5,
        ),
        Echo("m1", MIA, AT, "Were we of help?\nYes\nRules\nThank you"),
    ),
    "an origin we do not know": (
        item("text", {"content": "x"}, origin=9),
        Unknown("text", "its origin 9 is not known"),
    ),
    "a message of nobody": (
        item("text", {"content": "x"}, external_userid=""),
        Unknown("text", "there is no sender or no id"),
    ),
    "a far future": (
        item("text", {"content": "x"}, send_time=10**30),
        replace(message(text="x"), occurred_at=RECEIVED),
    ),
    "a negative time": (item("text", {"content": "x"}, send_time=-5), replace(message(text="x"), occurred_at=RECEIVED)),
    "entered the chat by a link": (
        event("enter_session", scene="shop7", scene_param="p", welcome_code="w"),
        entered(referral="shop7", scene_param="p"),
    ),
    "entered the chat by what was added to a link": (
        event("enter_session", scene_param="order=7"),
        entered(referral="order=7", scene_param="order=7"),
    ),
    "entered the chat from a Channels account": (
        event("enter_session", wechat_channels={"nickname": "Shoes live", "scene": 1}),
        entered(referral="Shoes live"),
    ),
    "refused by a colleague": (event("reject_customer_msg_switch_change", reject_switch=1), None),
    "entered the chat": (event("enter_session", welcome_code="w"), None),
    "a colleague's status": (event("servicer_status_change", status=1), None),
    "a session's status": (event("session_status_change", change_type=1, msg_code="c"), None),
    "taken back": (event("user_recall_msg", recall_msgid="m0"), MessageDeleted("m0", AT)),
    "taken back by a colleague": (event("servicer_recall_msg", recall_msgid="m0"), MessageDeleted("m0", AT)),
    "an event we do not know": (event("dance"), Unknown("dance")),
    "an event of no type": (event(""), Unknown("event", "it cannot be read or has no type")),
    **{
        f"failed: {reason}": (event("msg_send_fail", fail_msgid="m0", fail_type=code), failed(code, reason))
        for code, reason in FAILED.items()
    },
}


@pytest.mark.parametrize(("told", "heard"), CASES.values(), ids=CASES.keys())
def test_each_kind_of_item(told: object, heard: Event | None):
    assert events(told) == (() if heard is None else (heard,))


@pytest.mark.parametrize("body", [b"", b"{", b"17", b"[" * 30_000, b'{"a":' * 30_000, b"<xml>", b"<x>" * 30_000])
def test_what_cannot_be_read_is_unknown(body: bytes):
    (heard,) = events(body)

    assert isinstance(heard, Unknown)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_and_read(body: bytes):
    assert isinstance(ADAPTER.parse(ACCOUNT, request(body)), Parsed)
    assert isinstance(ADAPTER.read_poll(ACCOUNT, "c1", Response(200, {}, body)), Poll | Refused)


def test_a_callback_is_proven_and_brings_nothing_itself():
    sealed = seal(NUDGE.encode())
    asked = request(body_of(sealed), signed(sealed))

    ADAPTER.verify(ACCOUNT, asked)
    told = ADAPTER.parse(ACCOUNT, asked)

    assert (told.events, told.answer.body) == ((), b"success")
    assert told.nudge == Nudge("ENC8", 570.0)


def test_a_callback_of_another_account_of_the_company_asks_for_nothing_here():
    sealed = seal(NUDGE.replace(OPEN_KFID, "wkOther").encode())

    assert ADAPTER.parse(ACCOUNT, request(body_of(sealed), signed(sealed))) == Parsed((), SUCCESS)


def test_another_callback_is_unknown():
    sealed = seal(b"<xml><MsgType>event</MsgType><Event>dance</Event></xml>")

    assert events(body_of(sealed)) == (Unknown("dance"),)


SEALED = seal(NUDGE.encode())
OTHERS = seal(NUDGE.encode(), "ww-another")
FORGED = {
    "a flipped character in the body": request(body_of(SEALED[:-8] + "AAAAAAA="), signed(SEALED)),
    "a flipped character in the signature": request(body_of(SEALED), signed(SEALED).replace("882014", "882015")),
    "another token": request(body_of(SEALED), signed(SEALED, "guessed")),
    "no signature": request(body_of(SEALED)),
    "a signature that is none": request(body_of(SEALED), "msg_signature=%FF&timestamp=1&nonce=2"),
    "for another company": request(body_of(OTHERS), signed(OTHERS)),
    "nothing sealed": request(NUDGE.encode(), signed("")),
    "an item in place of a callback": request(json.dumps(item("text", {"content": "x"})).encode(), signed("")),
    "a truncated body": request(body_of(SEALED)[:60], signed(SEALED)),
    "empty": request(b"", signed("")),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_callback_is_refused(forged: RawRequest):
    with pytest.raises(Refusal) as refused:
        ADAPTER.verify(ACCOUNT, forged)

    assert refused.value.code == "bad-signature"


def test_without_token_and_key_no_callback_is_taken():
    with pytest.raises(Refusal):
        ADAPTER.verify(replace(ACCOUNT, secrets={"secret": "s"}), request(body_of(SEALED), signed(SEALED, "")))


def test_the_token_and_key_before_them_serve_while_they_are_changed():
    before = {"previous_token": TOKEN, "previous_encoding_aes_key": AES_KEY}
    secrets = {"secret": "s", "token": "newtoken", "encoding_aes_key": "B" * 42 + "A", **before}

    ADAPTER.verify(replace(ACCOUNT, secrets=secrets), request(body_of(SEALED), signed(SEALED)))


def test_the_handshake_opens_the_sealed_word():
    word = seal(b"5837164")

    assert ADAPTER.handshake(ACCOUNT, request(b"", signed(word, echostr=word), "GET")).body == b"5837164"


@pytest.mark.parametrize("query", ["", "echostr=1", signed("x", "guessed", echostr="x"), signed("x", echostr="x")])
def test_a_handshake_of_somebody_else_is_refused(query: str):
    with pytest.raises(Refusal):
        ADAPTER.handshake(ACCOUNT, request(b"", query, "GET"))


def question(cursor: str) -> Request:
    asked = ADAPTER.next_poll(ACCOUNT, cursor)
    assert isinstance(asked, Request)
    assert (asked.method, asked.url) == ("POST", SYNC)
    return asked


def polled(body: object, cursor: str = "c1", status: int = 200, **headers: str) -> Poll | Refused:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return ADAPTER.read_poll(ACCOUNT, cursor, Response(status, told, data))


def test_it_is_asked_from_the_place_reached():
    first = {"open_kfid": OPEN_KFID, "limit": 200, "voice_format": 0}

    assert json.loads(question("").body) == first
    assert json.loads(question("c1").body) == {**first, "cursor": "c1"}
    with_word = ADAPTER.next_poll_with(ACCOUNT, "c1", "ENC8")
    assert json.loads(with_word.body) == {**first, "cursor": "c1", "token": "ENC8"}
    assert "token" not in json.loads(ADAPTER.next_poll_with(ACCOUNT, "", "x" * 129).body)


def test_items_come_one_by_one_and_a_bad_one_costs_no_other():
    said = item("text", {"content": "Hi"})
    told = polled({"errcode": 0, "next_cursor": "c2", "has_more": 0, "msg_list": [3, {"msgtype": 1}, said]})

    assert isinstance(told, Poll)
    assert (told.cursor, told.wait_s) == ("c2", 15.0)
    assert [type(events(one)[0]) for one in told.items] == [Unknown, Unknown, IncomingMessage]


def test_it_is_asked_on_at_once_while_there_is_more_even_after_an_empty_list():
    assert polled({"errcode": 0, "next_cursor": "c2", "has_more": 1, "msg_list": []}) == Poll((), "c2", 0.0)


def test_without_a_new_place_the_old_one_stays():
    assert polled({"errcode": 0, "errmsg": "ok"}) == Poll((), "c1", 15.0)


def test_the_pause_is_a_setting():
    account = replace(ACCOUNT, settings={**ACCOUNT.settings, "pause_s": "60"})

    told = ADAPTER.read_poll(account, "c1", Response(200, {}, b'{"errcode": 0}'))

    assert isinstance(told, Poll)
    assert told.wait_s == 60.0


@pytest.mark.parametrize(
    ("body", "status", "action"),
    [
        ({"errcode": 45009}, 200, Action.RETRY),
        ({"errcode": 95000}, 200, Action.SETTINGS),
        ({"errcode": 48002, "msg_list": 3}, 200, Action.SETTINGS),
        (b"<html>", 200, Action.RETRY),
        (b"<html>", 503, Action.RETRY),
        ({"next_cursor": "c9"}, 500, Action.RETRY),
    ],
    ids=["too often", "unknown account", "not allowed", "a page", "down", "broken"],
)
def test_a_refused_question_says_why(body: object, status: int, action: Action):
    told = polled(body, status=status)

    assert isinstance(told, Refused)
    assert told.action is action
