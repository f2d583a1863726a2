"""Public comments at an account's posts, and answers to them in public."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from mim_desk.channels.base import (
    IncomingMessage,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Receipt,
    Request,
    Response,
    Sender,
    Taken,
    Unknown,
)
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.instagram.made import ACCOUNT, ADAPTER, NOW, OURS, PERSON, message, parsed, said

TOLD_AT = datetime(2026, 11, 22, 0, 0, 0, 500_000, tzinfo=UTC)
LEE = Sender(PERSON, "lima_lee", verified=True)
NICE = {"id": "18000000000000002", "from": {"id": PERSON, "username": "lima_lee"}, "text": "nice"}
MEDIA = {"id": "17950000000000001", "media_product_type": "FEED", "ad_id": "120001", "ad_title": "Sale"}
BELOW = {**NICE, "comment_id": NICE["id"], "parent_id": "18000000000000000", "text": "price?", "media": MEDIA}
COMMENT = {"public": "yes", "kind": "comment", "root": "18000000000000002"}


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


def test_our_own_comment_settles_the_answer_that_it_is():
    own = {**NICE, "from": {"id": OURS}}

    assert parsed(**change(own)) == (Receipt(DeliveryStatus.SENT, TOLD_AT, external_id="18000000000000002"),)


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

    with pytest.raises(Refusal, match="Quote it to answer in public"):
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
