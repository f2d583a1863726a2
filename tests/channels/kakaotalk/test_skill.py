"""What people tell the bot: kept, answered at once, never answered by people through the bot's door."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, IncomingMessage, Outgoing, RawRequest, Sender, Unknown
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.kakaotalk.test_adapter import ACCOUNT, ADAPTER, NOW, SETTINGS, TOKEN

ASKED = {
    "timezone": "Asia/Seoul",
    "lang": "ko",
    "utterance": "배송 언제 와요?\n",
    "block": {"id": "blk1", "name": "Ask"},
    "user": {"id": "bot-user-1", "type": "botUserKey", "properties": {"plusfriendUserKey": "pf1"}},
}
CALL = {
    "intent": {"id": "blk1", "name": "Ask", "extra": {}},
    "userRequest": ASKED,
    "contexts": [],
    "bot": {"id": "bot1!", "name": "Demo"},
    "action": {"id": "act1", "name": "intake", "params": {"order": "77"}, "detailParams": {}, "clientExtra": {}},
}


def call(body: object, **headers: str) -> RawRequest:
    raw = json.dumps(body).encode()
    return RawRequest("POST", "/webhooks/kakaotalk/inbox", f"token={TOKEN}", headers, raw, NOW)


def account(**settings: str) -> Account:
    return replace(ACCOUNT, settings={**SETTINGS, **settings})


def answer(of: Account, body: object = CALL) -> dict[str, Any]:
    told = ADAPTER.parse(of, call(body)).answer
    assert (told.status, told.content_type) == (200, "application/json")
    return dict(json.loads(told.body))


def test_a_question_to_the_bot_is_kept_and_opens_nothing():
    (message,) = ADAPTER.parse(ACCOUNT, call(CALL, **{"x-request-id": "r-1"})).events

    assert message == IncomingMessage(
        "skill:r-1",
        Sender("bot:bot-user-1", language="ko", time_zone="Asia/Seoul", fields={"claimed.order": "77"}),
        NOW,
        text="배송 언제 와요?",
        details={"kind": "bot", "block": "Ask", "bot": "Demo"},
        wants_answer=False,
    )


def test_the_same_call_has_the_same_id_and_another_one_not():
    ids = [ADAPTER.parse(ACCOUNT, call(CALL, **{"x-request-id": one})).events[0] for one in ("a", "a", "b")]

    assert [one.external_id for one in ids if isinstance(one, IncomingMessage)] == ["skill:a", "skill:a", "skill:b"]


def test_the_bot_answers_at_once_with_the_way_to_people():
    told = answer(account(skill_answer="곧 연결해 드릴게요.", skill_block="blk9", skill_label="상담원"))

    assert told == {
        "version": "2.0",
        "template": {
            "outputs": [{"simpleText": {"text": "곧 연결해 드릴게요."}}],
            "quickReplies": [{"label": "상담원", "action": "block", "blockId": "blk9", "messageText": "상담원"}],
        },
    }


def test_without_settings_it_says_that_the_question_arrived():
    assert answer(ACCOUNT)["template"] == {"outputs": [{"simpleText": {"text": "문의를 받았습니다."}}]}


@pytest.mark.parametrize(("bot", "is_read"), [("bot1", True), ("bot1!", True), ("bot2", False), (None, False)])
def test_of_a_named_bot_alone_calls_are_read(bot: str | None, is_read: bool):
    (event,) = ADAPTER.parse(account(skill_bot_id="bot1!, bot7"), call({**CALL, "bot": {"id": bot}})).events

    assert isinstance(event, IncomingMessage if is_read else Unknown)


def test_an_empty_utterance_is_unsupported_and_nobody_is_unknown():
    empty = {**CALL, "userRequest": {**ASKED, "utterance": " \n"}}
    nobody = {**CALL, "userRequest": {**ASKED, "user": {}}}

    (message,) = ADAPTER.parse(ACCOUNT, call(empty)).events
    assert isinstance(message, IncomingMessage)
    assert message.type is MessageType.UNSUPPORTED
    assert ADAPTER.parse(ACCOUNT, call(nobody)).events == (Unknown("skill", "nobody is named"),)


def test_a_call_that_names_nothing_is_still_answered():
    silent = {**CALL, "userRequest": {**ASKED, "utterance": None}}
    nobody = {**CALL, "userRequest": {**ASKED, "user": {"id": None}}}

    (message,) = ADAPTER.parse(ACCOUNT, call(silent)).events

    assert isinstance(message, IncomingMessage)
    assert (message.sender.external_id, message.type) == ("bot:bot-user-1", MessageType.UNSUPPORTED)
    assert answer(ACCOUNT, silent) == answer(ACCOUNT, nobody) == answer(ACCOUNT)


def test_a_call_without_the_token_is_refused():
    with pytest.raises(Refusal, match="verify token"):
        ADAPTER.verify(ACCOUNT, replace(call(CALL), query="token=guessed"))


def test_nobody_answers_through_the_bots_door():
    with pytest.raises(Refusal, match="open consultation talk"):
        ADAPTER.render(ACCOUNT, Outgoing("0192f0c1-0000-7000-8000-000000000001", "bot:bot-user-1", NOW, "Hello"))


def test_an_answer_that_is_too_long_is_refused_at_set_up():
    with pytest.raises(Refusal, match="1000 characters") as refused:
        ADAPTER.check({**SETTINGS, "skill_answer": "x" * 1001}, {})

    assert refused.value.field == "settings.skill_answer"


@given(
    body=st.recursive(
        st.none() | st.text(max_size=5), lambda of: st.dictionaries(st.text(max_size=5), of), max_leaves=5
    )
)
def test_any_call_is_answered(body: object):
    told = ADAPTER.parse(ACCOUNT, call({**CALL, "userRequest": body}))

    assert told.events


def test_what_the_bot_asked_for_is_told_as_unproven_facts_of_the_customer():
    odd = {**CALL, "action": {"params": {"order": "77", "sys_date": {"value": "1"}, "note": " ", "n": 3}}}
    broken = {**CALL, "action": "intake"}

    senders = [ADAPTER.parse(ACCOUNT, call(one)).events[0] for one in (CALL, odd, broken)]

    fields = [one.sender.fields for one in senders if isinstance(one, IncomingMessage)]
    assert fields == [{"claimed.order": "77"}, {"claimed.order": "77"}, {}]


FIRST, SECOND = (
    "https://pictures.example/a/img.jpg?credential=K1&expires=9",
    "https://pictures.example/b/img2.png?credential=K2",
)
SAFE = json.dumps(
    {"privacyAgreement": "Y", "imageQuantity": "2", "secureUrls": f"List({FIRST}, {SECOND})", "expire": "?"}
)


def with_files(utterance: str, params: dict[str, Any] | None = None, media: object = None) -> IncomingMessage:
    asked = {**ASKED, "utterance": utterance, "params": {"surface": "Kakaotalk.plusfriend", "media": media}}
    (event,) = ADAPTER.parse(ACCOUNT, call({**CALL, "userRequest": asked, "action": {"params": params or {}}})).events
    assert isinstance(event, IncomingMessage)
    return event


def test_pictures_of_the_safe_upload_are_pictures_and_their_keys_nobodys_facts():
    message = with_files(FIRST, {"secureimage": SAFE, "order": "77"})

    assert (message.type, message.text) == (MessageType.IMAGE, "")
    assert [(one.name, one.mime_type, one.url) for one in message.files] == [
        ("image-1.jpg", "image/jpeg", FIRST),
        ("image-2.png", "image/png", SECOND),
    ]
    assert message.sender.fields == {"claimed.order": "77"}


@pytest.mark.parametrize(
    ("media", "kind", "name"),
    [
        ({"type": "image", "url": FIRST}, MessageType.IMAGE, "image-1.jpg"),
        ({"type": "video", "url": "https://films.example/v"}, MessageType.VIDEO, "video-1.mp4"),
        ({"type": "scroll", "url": "https://files.example/f"}, MessageType.FILE, "file"),
    ],
    ids=["picture", "film", "anything"],
)
def test_what_people_send_in_the_chat_is_a_file(media: dict[str, str], kind: MessageType, name: str):
    message = with_files(media["url"], media=media)

    assert (message.type, message.text, message.files[0].name, message.files[0].url) == (kind, "", name, media["url"])


@pytest.mark.parametrize(
    "media", [{"type": "image", "url": "file:///etc/passwd"}, {"type": "image"}, "https://x", None, 7]
)
def test_what_is_no_file_leaves_the_words(media: object):
    message = with_files("Hello", {"secureimage": '{"secureUrls": "List(file:///etc/passwd)"}'}, media)

    assert (message.type, message.text, message.files) == (MessageType.TEXT, "Hello", ())


@pytest.mark.parametrize(
    "odd",
    [{"user": {"id": 4711}}, {"lang": 7, "timezone": 9}, {"block": {"id": 3}}, {"block": "b"}, {"params": "p"}],
    ids=str,
)
def test_odd_facts_cost_neither_the_message_nor_the_answer(odd: dict[str, object]):
    body = {**CALL, "userRequest": {**ASKED, **odd}}
    (event,) = ADAPTER.parse(ACCOUNT, call(body)).events

    assert isinstance(event, IncomingMessage)
    assert answer(ACCOUNT, body)["template"]


def test_a_call_that_cannot_be_read_is_answered_all_the_same():
    body = {**CALL, "userRequest": {"user": ["?"]}}

    assert ADAPTER.parse(ACCOUNT, call(body)).events == (Unknown("skill", "cannot be read"),)
    assert answer(ACCOUNT, body)["template"]
