"""Comments of a Page: what is read, what is sent, what the answers mean."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    Echo,
    Event,
    IncomingFile,
    IncomingMessage,
    LastIncoming,
    MessageDeleted,
    MessageEdited,
    MessageHidden,
    Outgoing,
    OutgoingFile,
    RawRequest,
    ReactionSeen,
    Refused,
    Request,
    Response,
    Sender,
    Taken,
    Unknown,
)
from mim_desk.channels.facebook_comments.adapter import FacebookCommentsAdapter
from mim_desk.channels.gestures import Target
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal

ADAPTER = FacebookCommentsAdapter()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
PAGE, POST, COMMENT = "701000000000001", "701000000000001_880001", "880001_990001"
SECRETS = {"access_token": "token-of-the-tests", "app_secret": "secret-of-the-app"}
ACCOUNT = Account("inbox-1", {"page_id": PAGE}, SECRETS)
LEO = Sender("9100000000000077", "Leo Ruiz", verified=True)
AUTHOR = {"id": "9100000000000077", "name": "Leo Ruiz"}
FACTS = {"public": "yes", "kind": "comment", "post_id": POST, "root": COMMENT, "private_as": "comment_id"}


OURS: dict[str, Any] = {"from": {"id": PAGE, "name": "Acme"}}


def value(**more: Any) -> dict[str, Any]:
    told = {"item": "comment", "verb": "add", "post_id": POST, "comment_id": COMMENT, "parent_id": POST}
    return {**told, "from": AUTHOR, "created_time": 1795305600, **more}


def change(field: str = "feed", **more: Any) -> dict[str, Any]:
    return {"field": field, "value": value(**more)}


def batch(*changes: object, **more: Any) -> bytes:
    entry = {"id": PAGE, "time": 1795305601, "changes": list(changes), **more}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def delivery(body: bytes, key: str = "secret-of-the-app") -> RawRequest:
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return RawRequest("POST", "/webhooks/x/inbox-1", "", {"x-hub-signature-256": signature}, body, NOW)


def parsed(*changes: object, **more: Any) -> tuple[Event, ...]:
    return ADAPTER.parse(ACCOUNT, delivery(batch(*changes, **more))).events


def said(external_id: str = COMMENT, sender: Sender = LEO, **more: Any) -> IncomingMessage:
    return IncomingMessage(external_id, sender, WRITTEN, **{"details": FACTS, **more})


CASES = {
    "comment": (
        change(message="Price please?", post={"id": POST, "permalink_url": "https://fb.example/p/880001"}),
        said(text="Price please?", details={**FACTS, "post_url": "https://fb.example/p/880001"}),
    ),
    "answer to a comment": (
        change(message="Me too", comment_id="880001_990007", parent_id=COMMENT),
        said("880001_990007", text="Me too", reply_to=COMMENT),
    ),
    "picture": (
        change(photo="https://cdn.example/c.jpg"),
        said(type=MessageType.IMAGE, files=(IncomingFile("photo", "image/jpeg", url="https://cdn.example/c.jpg"),)),
    ),
    "several pictures, told beside the first": (
        change(photo="https://cdn.example/1.jpg", photos=["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"]),
        said(
            type=MessageType.IMAGE,
            files=(
                IncomingFile("photo", "image/jpeg", url="https://cdn.example/1.jpg"),
                IncomingFile("photo", "image/jpeg", url="https://cdn.example/2.jpg"),
            ),
        ),
    ),
    "sticker, of which nothing is told": (change(), said(type=MessageType.UNSUPPORTED)),
    "of nobody we know": (
        {"field": "feed", "value": {**value(message="x"), "from": None}},
        said(sender=Sender(f"unknown:{COMMENT}"), text="x"),
    ),
    "edited": (
        change(verb="edited", message="Price and size?", edited_time=1795305600),
        MessageEdited(COMMENT, WRITTEN, "Price and size?"),
    ),
    "removed": (change(verb="remove"), MessageDeleted(COMMENT, WRITTEN)),
    "hidden": (change(verb="hide", is_hidden=True), MessageHidden(COMMENT, NOW)),
    "shown again": (change(verb="unhide"), MessageHidden(COMMENT, NOW, hidden=False)),
    "of ours, below a comment": (
        change(**OURS, comment_id="880001_990002", parent_id=COMMENT, message="Sent you a message!"),
        Echo("880001_990002", Sender(""), WRITTEN, "Sent you a message!", below=COMMENT),
    ),
    "a picture of ours": (
        change(**OURS, comment_id="880001_990002", parent_id=COMMENT, photo="https://cdn.example/c.jpg"),
        Echo(
            "880001_990002",
            Sender(""),
            WRITTEN,
            files=(IncomingFile("photo", "image/jpeg", url="https://cdn.example/c.jpg"),),
            below=COMMENT,
        ),
    ),
    "of ours, below our own post": (
        change(**OURS, message="Hi all"),
        Unknown("comment add", "of ours, below no comment"),
    ),
    "edit of ours": (
        change(**OURS, verb="edited", message="Sent!", edited_time=1795305600),
        MessageEdited(COMMENT, WRITTEN, "Sent!"),
    ),
    "removal of ours": (change(**OURS, verb="remove"), MessageDeleted(COMMENT, WRITTEN)),
    "our own post": (change(**OURS, item="status", comment_id=None), Unknown("status add", "of ours")),
    "reaction": (
        change(item="reaction", reaction_type="love"),
        ReactionSeen(LEO, WRITTEN, "❤️", external_id=COMMENT),
    ),
    "reaction taken back": (
        change(item="reaction", verb="remove", reaction_type="love"),
        ReactionSeen(LEO, WRITTEN, "", external_id=COMMENT),
    ),
    "reaction at a post": (
        change(item="reaction", comment_id=None),
        Unknown("reaction add", "not used yet"),
    ),
    "post of a visitor": (
        change(item="post", post_id="701000000000001_880009", comment_id=None, parent_id=None, message="Great"),
        said(
            "701000000000001_880009",
            text="Great",
            details={
                "public": "yes",
                "kind": "post",
                "post_id": "701000000000001_880009",
                "root": "701000000000001_880009",
                "private_as": "post_id",
            },
        ),
    ),
    "mention": (
        {
            "field": "mention",
            "value": {
                "item": "comment",
                "verb": "add",
                "post_id": "1_2",
                "comment_id": "2_3",
                "sender_id": AUTHOR["id"],
                "sender_name": AUTHOR["name"],
                "message": "@Acme help",
                "created_time": 1795305600,
            },
        },
        said("2_3", text="@Acme help", details={**FACTS, "post_id": "1_2", "root": "2_3"}),
    ),
    "review": (
        {
            "field": "ratings",
            "value": {
                "item": "rating",
                "verb": "add",
                "recommendation_type": "negative",
                "review_text": "late",
                "reviewer_id": AUTHOR["id"],
                "reviewer_name": AUTHOR["name"],
                "open_graph_story_id": "77",
                "created_time": 1795305600,
            },
        },
        said(
            "77",
            text="late",
            details={"public": "yes", "kind": "rating", "root": "77", "recommendation": "negative"},
        ),
    ),
    "review, written anew": (
        {
            "field": "ratings",
            "value": {"item": "rating", "verb": "edit", "review_text": "late!", "reviewer_id": AUTHOR["id"]}
            | {"open_graph_story_id": "77", "edited_time": 1795305600},
        },
        MessageEdited("77", WRITTEN, "late!"),
    ),
    "like of a comment": (change(item="like"), ReactionSeen(LEO, WRITTEN, "👍", external_id=COMMENT)),
    "picture that a visitor puts on the Page": (
        change(item="photo", link="https://cdn.example/v.jpg", comment_id=None, parent_id=None, message="Look"),
        said(
            POST,
            type=MessageType.IMAGE,
            text="Look",
            files=(IncomingFile("photo", "image/jpeg", url="https://cdn.example/v.jpg"),),
            details={"public": "yes", "kind": "photo", "post_id": POST, "root": POST, "private_as": "post_id"},
        ),
    ),
    "attachment with a picture": (
        change(attachment={"type": "sticker", "media": {"image": {"src": "https://cdn.example/s.png"}}}),
        said(type=MessageType.IMAGE, files=(IncomingFile("photo", "image/jpeg", url="https://cdn.example/s.png"),)),
    ),
    "attachment that is a link": (
        change(attachment={"type": "share", "url": "https://shop.example/x", "media": "?"}, message="this one"),
        said(text="this one"),
    ),
    "an event of the Page": (change(item="event", comment_id=None), Unknown("event add", "not used yet")),
    "another field": ({"field": "leadgen", "value": {}}, Unknown("leadgen", "not used yet")),
}


@pytest.mark.parametrize(("item", "wanted"), CASES.values(), ids=CASES.keys())
def test_each_kind_is_read(item: dict[str, Any], wanted: Event):
    assert parsed(item) == (wanted,)


@pytest.mark.parametrize("told", [1795305600, "1795305600", "2026-11-22T00:00:00+0000", "2026-11-22T09:00:00+0900"])
def test_times_are_read_as_numbers_and_in_words(told: object):
    (comment,) = parsed(change(message="Price please?", created_time=told))

    assert isinstance(comment, IncomingMessage)
    assert comment.occurred_at == WRITTEN


def test_broken_neighbours_other_pages_and_messages_harm_nothing():
    events = parsed(17, {"field": "feed", "value": 4}, change(message="x"), messaging=[{}])

    assert [type(one) for one in events] == [Unknown, Unknown, IncomingMessage, Unknown]
    assert parsed(change(message="x"), id="702") == (Unknown("other_account", "702"),)


@pytest.mark.parametrize("body", [b"", b"[]", batch()[:-3], b'{"object":"page","entry":' + b"[" * 30_000, b"\xff"])
def test_junk_is_kept_as_unknown(body: bytes):
    assert [type(one) for one in ADAPTER.parse(ACCOUNT, delivery(body)).events] == [Unknown]


@given(st.binary(max_size=60))
def test_any_piece_in_a_delivery_is_read_without_an_exception(piece: bytes):
    ADAPTER.parse(ACCOUNT, delivery(batch(change(message="hi")).replace(b'"hi"', piece)))


def test_only_a_rightly_signed_delivery_is_let_in():
    ADAPTER.verify(ACCOUNT, delivery(batch()))
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, delivery(batch(), key="guessed"))


LAST = LastIncoming(WRITTEN, "880001_990007", {"root": COMMENT})
PHOTO = OutgoingFile("f1", "a.jpg", "image/jpeg", b"jpeg", "https://desk.example.test/files/a.jpg")


def sent(message: Outgoing) -> list[tuple[str, dict[str, list[str]]]]:
    calls = [one for one in ADAPTER.render(ACCOUNT, message) if isinstance(one, Request)]
    return [(one.url, parse_qs(one.body.decode())) for one in calls]


def url(comment: str) -> str:
    return f"https://graph.facebook.com/v25.0/{comment}/comments"


SENT = {
    "below the first comment of the thread": (
        Outgoing("id", AUTHOR["id"], NOW, "20 EUR & up", last_incoming=LAST),
        [(url(COMMENT), {"message": ["20 EUR & up"]})],
    ),
    "below the quoted one": (
        Outgoing("id", AUTHOR["id"], NOW, "Yes", reply_to="5_6", last_incoming=LAST),
        [(url("5_6"), {"message": ["Yes"]})],
    ),
    "with two pictures": (
        Outgoing("id", AUTHOR["id"], NOW, "Here", (PHOTO, PHOTO), last_incoming=LAST),
        [
            (url(COMMENT), {"message": ["Here"], "attachment_url": [PHOTO.url]}),
            (url(COMMENT), {"attachment_url": [PHOTO.url]}),
        ],
    ),
}


@pytest.mark.parametrize(("message", "calls"), SENT.values(), ids=SENT.keys())
def test_each_reply_is_a_public_comment(message: Outgoing, calls: list[Any]):
    assert sent(message) == calls


@pytest.mark.parametrize(
    "message",
    [
        Outgoing("id", "x", NOW, "Hello"),
        Outgoing("id", "x", NOW, " ", last_incoming=LAST),
        Outgoing("id", "x", NOW, "", (OutgoingFile("f", "a.jpg", "image/jpeg", b"x"),), last_incoming=LAST),
    ],
    ids=["nothing to answer", "nothing to send", "no public address"],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(message: Outgoing):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, message)

    assert refused.value.reason.endswith(".")


def test_a_success_names_the_comment():
    assert ADAPTER.classify(ACCOUNT, Response(200, {}, b'{"id":"880001_990010"}')) == Taken(("880001_990010",))


TABLE = {
    **dict.fromkeys(((1, 0), (2, 0), (4, 0), (17, 0), (32, 0), (613, 0), (80001, 0)), Action.RETRY),
    **dict.fromkeys(((100, 0), (100, 33), (10900, 0)), Action.REJECTED),
    **dict.fromkeys(((10, 0), (200, 0), (210, 0), (190, 0), (368, 0)), Action.SETTINGS),
}


@pytest.mark.parametrize(("error", "action"), TABLE.items())
def test_each_code_tells_the_sender_what_to_do(error: tuple[int, int], action: Action):
    body = json.dumps({"error": {"code": error[0], "error_subcode": error[1]}}).encode()

    told = ADAPTER.classify(ACCOUNT, Response(400, {}, body))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.reason.endswith(".")


@pytest.mark.parametrize(("answer", "field"), [({"id": PAGE}, None), ({"id": "1"}, "settings.page_id")])
def test_the_probe_asks_for_the_page(answer: dict[str, str], field: str | None):
    probe = ADAPTER.probe(ACCOUNT, NOW)
    response = Response(200, {}, json.dumps(answer).encode())

    assert probe is not None
    assert probe.url == f"https://graph.facebook.com/v25.0/{PAGE}?fields=id%2Cname"
    if field is None:
        ADAPTER.judge_probe(ACCOUNT, response)
    else:
        with pytest.raises(Refusal) as refused:
            ADAPTER.judge_probe(ACCOUNT, response)
        assert refused.value.field == field


def test_a_comment_is_hidden_shown_and_deleted_by_its_id():
    target = Target(AUTHOR["id"], NOW, "key", (COMMENT,))

    hide, show = (ADAPTER.hide(ACCOUNT, target, hidden=hidden) for hidden in (True, False))
    gone = ADAPTER.remove(ACCOUNT, target)

    url = f"https://graph.facebook.com/v25.0/{COMMENT}"
    assert [(one.method, one.url, one.body) for one in (hide, show, gone)] == [
        ("POST", url, b"is_hidden=true"),
        ("POST", url, b"is_hidden=false"),
        ("DELETE", url, b""),
    ]
