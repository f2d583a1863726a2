"""Public comments at an account's posts, and answers to them in public."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from mim_desk.channels.base import (
    Action,
    Echo,
    IncomingMessage,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Sender,
    Taken,
    Unknown,
)
from mim_desk.channels.gestures import Target
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.instagram.made import ACCOUNT, ADAPTER, NOW, OURS, PERSON, message, parsed, said

TOLD_AT = datetime(2026, 11, 22, 0, 0, 0, 500_000, tzinfo=UTC)
LEE = Sender(PERSON, "lima_lee", verified=True)
NICE = {"id": "18000000000000002", "from": {"id": PERSON, "username": "lima_lee"}, "text": "nice"}
MEDIA = {"id": "17950000000000001", "media_product_type": "FEED", "ad_id": "120001", "ad_title": "Sale"}
BELOW = {**NICE, "comment_id": NICE["id"], "parent_id": "18000000000000000", "text": "price?", "media": MEDIA}
COMMENT = {"public": "yes", "kind": "comment", "root": "18000000000000002", "private_as": "comment_id"}


def change(value: object, field: str = "comments") -> dict[str, Any]:
    return {"changes": [{"field": field, "value": value}]}


def comment(text: str = "nice", reply_to: str | None = None, **details: str) -> IncomingMessage:
    told = {**COMMENT, **details}
    return IncomingMessage("18000000000000002", LEE, TOLD_AT, text=text, reply_to=reply_to, details=told)


@pytest.mark.parametrize("entry", [change(NICE), {"field": "comments", "value": NICE}], ids=["in a list", "flat"])
def test_a_comment_is_read_in_every_shape_and_costs_no_message(entry: dict[str, Any]):
    assert parsed(message(text="hi"), **entry) == (said(text="hi"), comment())


def test_a_comment_below_another_on_an_ad_tells_all_of_it():
    wanted = comment(
        "price?",
        reply_to="18000000000000000",
        root="18000000000000000",
        post_id="17950000000000001",
        post_kind="FEED",
        referral_id="120001",
        referral_headline="Sale",
    )

    assert parsed(**change(BELOW)) == (wanted,)


def test_a_comment_of_a_broadcast_says_so():
    assert parsed(**change(NICE, "live_comments")) == (comment(live="yes"),)


def test_our_own_comment_is_the_echo_of_an_answer_to_the_one_above_it():
    own = {**NICE, "from": {"id": OURS}, "parent_id": "18000000000000000"}
    alone = {**NICE, "from": {"id": OURS}}

    echo = Echo("18000000000000002", Sender(""), TOLD_AT, "nice", below="18000000000000000")
    assert parsed(**change(own)) == (echo,)
    assert parsed(**change(alone)) == (Unknown("comments", "of ours, below no comment"),)


def test_somebody_unknown_may_comment_and_a_comment_may_have_no_words():
    (found,) = parsed(**change({"id": "18000000000000002"}))

    assert isinstance(found, IncomingMessage)
    assert found.type is MessageType.UNSUPPORTED
    assert (found.sender.external_id, found.sender.verified) == ("unknown:18000000000000002", False)


@pytest.mark.parametrize("value", [{}, {"text": "no id"}, 7, [], None, {"id": {}}], ids=str)
def test_what_is_no_comment_is_kept_as_unknown(value: object):
    (found,) = parsed(**change(value))

    assert isinstance(found, Unknown)


def test_other_fields_are_kept_as_unknown():
    assert parsed(**change({"media_id": "1"}, "mentions")) == (Unknown("mentions", "not used yet"),)


def reply(text: str = "It is 20 EUR", **more: Any) -> Outgoing:
    return Outgoing("0192f0c1-0000-7000-8000-000000000001", PERSON, NOW, text, **more)


QUOTED = {"reply_to": "18000000000000002", "reply_to_details": {**COMMENT, "root": "18000000000000000"}}


def test_a_quoted_comment_is_answered_in_public_below_the_first_of_its_thread():
    (sent,) = ADAPTER.render(ACCOUNT, reply(**QUOTED))

    assert isinstance(sent, Request)
    assert (sent.method, sent.url) == ("POST", "https://graph.facebook.com/v25.0/18000000000000000/replies")
    assert parse_qs(sent.body.decode()) == {"message": ["It is 20 EUR"]}
    assert sent.headers["authorization"] == "Bearer token-of-the-tests"


def test_nothing_becomes_public_by_chance():
    last = LastIncoming(NOW, "18000000000000002", COMMENT)

    with pytest.raises(Refusal, match="Choose whether to answer it publicly or privately"):
        ADAPTER.render(ACCOUNT, reply(last_incoming=last))


def test_a_quoted_message_is_answered_in_private_after_a_comment_too():
    last = LastIncoming(NOW, "18000000000000002", COMMENT)

    (sent,) = ADAPTER.render(ACCOUNT, reply(last_incoming=last, reply_to="aWdfIN1"))

    assert isinstance(sent, Request)
    assert sent.url.endswith("/me/messages")


def test_files_and_empty_answers_are_refused_in_words():
    with pytest.raises(Refusal, match="words alone"):
        ADAPTER.render(ACCOUNT, reply(**QUOTED, files=(OutgoingFile("f", "a.jpg", "image/jpeg", b"x", "https://x/a"),)))
    with pytest.raises(Refusal, match="empty"):
        ADAPTER.render(ACCOUNT, reply(" ", **QUOTED))


def test_the_answers_id_is_the_comments():
    assert ADAPTER.classify(ACCOUNT, Response(200, {}, b'{"id": "18000000000000009"}')) == Taken(("18000000000000009",))


def private(text: str = "It is 20 EUR", **more: Any) -> Outgoing:
    return reply(text, **{**QUOTED, **more}, private=True)


def test_a_private_reply_is_addressed_by_the_comment_and_has_no_type():
    (sent,) = ADAPTER.render(ACCOUNT, private())

    assert isinstance(sent, Request)
    assert sent.url == "https://graph.facebook.com/v25.0/me/messages"
    wanted = {"recipient": {"comment_id": "18000000000000002"}, "message": {"text": "It is 20 EUR"}}
    assert msgspec.json.decode(sent.body) == wanted


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (private("long " * 300), "one message"),
        (private(files=(OutgoingFile("f", "a.jpg", "image/jpeg", b"x", "https://x/a"),)), "words alone"),
        (private(" "), "empty"),
        (private(reply_to_details={}), "Only a comment"),
    ],
    ids=["two messages", "a file", "nothing", "no comment"],
)
def test_a_private_reply_that_the_account_cannot_send_is_refused_in_words(message: Outgoing, why: str):
    with pytest.raises(Refusal, match=why):
        ADAPTER.render(ACCOUNT, message)


def test_a_second_private_reply_may_be_the_first_and_is_told_so():
    body = b'{"error": {"code": 100, "error_subcode": 2534025}}'

    told = ADAPTER.classify(ACCOUNT, Response(400, {}, body))

    assert isinstance(told, Refused)
    assert (told.action, "it may be this one" in told.reason) == (Action.REJECTED, True)


def on(details: dict[str, str]) -> Target:
    last = LastIncoming(NOW, "18000000000000002", details)
    return Target(PERSON, NOW, "key", ("18000000000000002",), details, last)


def test_a_comment_is_hidden_shown_and_deleted_by_its_id():
    target = on(COMMENT)

    hide, show = (ADAPTER.hide(ACCOUNT, target, hidden=hidden) for hidden in (True, False))
    gone = ADAPTER.remove(ACCOUNT, target)

    url = "https://graph.facebook.com/v25.0/18000000000000002"
    assert [(one.method, one.url, one.body) for one in (hide, show, gone)] == [
        ("POST", url, b"hide=true"),
        ("POST", url, b"hide=false"),
        ("DELETE", url, b""),
    ]


def test_nothing_is_done_to_a_comment_that_instagram_knows_of_messages_alone():
    comment, message = on(COMMENT), on({})

    assert ADAPTER.typing(ACCOUNT, comment) is None
    assert ADAPTER.mark_read(ACCOUNT, comment) is None
    with pytest.raises(Refusal, match="cannot like comments"):
        ADAPTER.react(ACCOUNT, comment, "❤️")
    with pytest.raises(Refusal, match="Only a public comment"):
        ADAPTER.hide(ACCOUNT, message, hidden=True)
    assert ADAPTER.typing(ACCOUNT, message) is not None
