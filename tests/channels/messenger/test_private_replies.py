"""A comment answered privately through the Page's Messenger: asked for first, addressed by the comment, one message."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Request, Response, Step
from mim_desk.channels.messenger.adapter import MessengerAdapter
from mim_desk.domain.buttons import Button, ButtonLimits
from mim_desk.domain.refusal import Refusal

ADAPTER = MessengerAdapter()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE, COMMENT, OWN = "701000000000001", "880001_990001", "0192f0c1-0000-7000-8000-000000000001"
ACCOUNT = Account("inbox-1", {"page_id": PAGE}, {"access_token": "token", "app_secret": "secret"})
PHOTO = OutgoingFile("f1", "a.jpg", "image/jpeg", b"jpeg")


def private(text: str = "Hi Leo", name: str = "comment_id", **more: Any) -> Outgoing:
    told = {"reply_to": COMMENT, "reply_to_details": {"public": "yes", "private_as": name}, **more}
    return Outgoing(OWN, "", NOW, text, private=True, **told)


def written(steps: Sequence[Step], *answers: object) -> list[Request]:
    """The calls, each written from the answer to the one before."""
    given = [Response(200, {}, json.dumps(one).encode()) for one in answers]
    return [step if isinstance(step, Request) else step(given[place - 1]) for place, step in enumerate(steps)]


def test_the_comment_is_looked_up_and_then_addressed():
    look, sent = written(ADAPTER.render(ACCOUNT, private()), {"can_reply_privately": True})

    fields = "fields=can_reply_privately%2Cprivate_reply_conversation"
    assert (look.method, look.url) == ("GET", f"https://graph.facebook.com/v25.0/{COMMENT}?{fields}")
    assert look.asks
    assert sent.url == f"https://graph.facebook.com/v25.0/{PAGE}/messages"
    body = {"recipient": {"comment_id": COMMENT}, "message": {"text": "Hi Leo", "metadata": OWN}}
    assert json.loads(sent.body) == body


def test_a_visitors_post_is_addressed_as_a_post():
    (sent,) = written(ADAPTER.render(ACCOUNT, private(name="post_id")))

    assert json.loads(sent.body)["recipient"] == {"post_id": COMMENT}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"can_reply_privately": False}, "takes no private reply"),
        ({"can_reply_privately": True, "private_reply_conversation": {"id": "t_1"}}, "already"),
    ],
    ids=["not allowed", "answered by another tool"],
)
def test_what_facebook_says_of_the_comment_ends_it_before_anything_is_sent(told: object, why: str):
    with pytest.raises(Refusal, match=why):
        written(ADAPTER.render(ACCOUNT, private()), told)


@pytest.mark.parametrize("answer", [{}, {"error": {"code": 10}}, []], ids=["nothing", "no right", "nonsense"])
def test_where_facebook_says_nothing_the_call_itself_will_tell(answer: object):
    look, allowed = ADAPTER.render(ACCOUNT, private())

    assert isinstance(look, Request)
    assert not isinstance(allowed, Request)
    assert allowed(Response(400, {}, json.dumps(answer).encode())).method == "POST"


def test_one_file_goes_after_its_upload():
    look, upload, sent = written(
        ADAPTER.render(ACCOUNT, private("", files=(PHOTO,))), {"can_reply_privately": True}, {"attachment_id": "880"}
    )

    assert upload.url.endswith("/message_attachments")
    message = json.loads(sent.body)["message"]
    assert message["attachment"] == {"type": "image", "payload": {"attachment_id": "880"}}
    assert look.prepares


def test_buttons_go_along():
    limits = ButtonLimits(most=13, title_length=20, text_length=2000)
    message = private(buttons=(Button("Small", "size:s"),), button_limits=limits)

    _, sent = written(ADAPTER.render(ACCOUNT, message), {})

    assert json.loads(sent.body)["message"]["quick_replies"][0]["title"] == "Small"


@pytest.mark.parametrize(
    "message",
    [private("long " * 500), private(files=(PHOTO,)), private(""), private(name="")],
    ids=["two texts", "a text and a file", "nothing", "a review"],
)
def test_what_is_not_one_message_to_a_comment_is_refused_in_words(message: Outgoing):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, message)

    assert refused.value.reason.endswith(".")
