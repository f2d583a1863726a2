"""The calls that send a reply over Instagram, set-up, and what Meta's answers mean."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.registry import manifest
from mim_desk.domain.refusal import Refusal
from tests.channels.instagram.made import ACCOUNT, ADAPTER, NOW, OURS, PERSON, SECRETS, batch, delivery, message, signed

OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
BY_ITSELF = replace(ACCOUNT, settings={"account_id": OURS, "login": "instagram"})


def stored(name: str, mime_type: str) -> OutgoingFile:
    return OutgoingFile(name, name, mime_type, b"bytes", f"https://desk.example.test/files/{name}")


PHOTO, OTHER, FILM = stored("a.jpg", "image/jpeg"), stored("b.png", "image/png"), stored("c.mp4", "video/mp4")
BILL, SOUND = stored("d.pdf", "application/pdf"), stored("e.m4a", "audio/mp4")


def test_every_emoji_reacts_by_instagram_login_and_the_heart_by_facebook_login():
    target = Target(PERSON, NOW, OWN, ("aWdfIN1",))
    announced = manifest("instagram").capabilities

    told = {one.settings.get("login"): ADAPTER.react(one, target, "😊").body for one in (ACCOUNT, BY_ITSELF)}

    assert json.loads(told["instagram"])["payload"] == {"message_id": "aWdfIN1", "reaction": "😊"}
    assert json.loads(told[None])["payload"]["reaction"] == "love"
    assert ADAPTER.capabilities(announced, BY_ITSELF.settings).reactions == ("*",)
    assert ADAPTER.capabilities(announced, ACCOUNT.settings) == announced


def outgoing(text: str = "", *files: OutgoingFile, **more: Any) -> Outgoing:
    return Outgoing(OWN, PERSON, NOW, text, files, **more)


def made(message: Outgoing, account: Account = ACCOUNT) -> list[Request]:
    calls = [one for one in ADAPTER.render(account, message) if isinstance(one, Request)]
    assert not any(one.prepares for one in calls)
    return calls


def bodies(message: Outgoing) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in made(message)]


def wanted(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"recipient": {"id": PERSON}, "messaging_type": "RESPONSE", "message": content, **more}


def put(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, "payload": {"url": f"https://desk.example.test/files/{name}"}}


CASES = {
    "answer": (
        outgoing("Yes, 3 to 5 days", reply_to="aWdfTEST1"),
        [wanted({"text": "Yes, 3 to 5 days"}, reply_to={"mid": "aWdfTEST1"})],
    ),
    "after a day": (
        outgoing("Thanks for waiting", last_incoming=LastIncoming(NOW - timedelta(days=2))),
        [
            {
                "recipient": {"id": PERSON},
                "messaging_type": "MESSAGE_TAG",
                "tag": "HUMAN_AGENT",
                "message": {"text": "Thanks for waiting"},
            }
        ],
    ),
    "film": (outgoing("", FILM), [wanted({"attachment": put("video", "c.mp4")})]),
    "pictures together, the rest alone": (
        outgoing("Here", PHOTO, BILL, OTHER, SOUND),
        [
            wanted({"text": "Here"}),
            wanted({"attachments": [put("image", "a.jpg"), put("image", "b.png")]}),
            wanted({"attachment": put("file", "d.pdf")}),
            wanted({"attachment": put("audio", "e.m4a")}),
        ],
    ),
    "eleven pictures": (
        outgoing("", *[PHOTO] * 11),
        [wanted({"attachments": [put("image", "a.jpg")] * 10}), wanted({"attachment": put("image", "a.jpg")})],
    ),
    "long by its bytes": (
        outgoing("ж" * 600),
        [wanted({"text": "ж" * 500}), wanted({"text": "ж" * 100})],
    ),
}


@pytest.mark.parametrize(("message", "body"), CASES.values(), ids=CASES.keys())
def test_each_reply_is_written_as_meta_wants_it(message: Outgoing, body: list[dict[str, Any]]):
    assert bodies(message) == body


REFUSED = {
    "nothing": outgoing(" \n"),
    "a hub without a public address": outgoing("Here", replace(PHOTO, url="")),
    "too late": outgoing("Hi", last_incoming=LastIncoming(NOW - timedelta(days=7))),
    "a bot, too late": outgoing("Hi", last_incoming=LastIncoming(NOW - timedelta(days=1)), automatic=True),
}


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_sent_is_refused_in_a_sentence(message: Outgoing):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, message)

    assert refused.value.reason.endswith(".")


HOSTS = {
    "by the Page": (ACCOUNT, "https://graph.facebook.com/v25.0"),
    "by the account itself": (BY_ITSELF, "https://graph.instagram.com/v25.0"),
    "through a gateway": (
        replace(BY_ITSELF, settings={**BY_ITSELF.settings, "api_base_url": "http://127.0.0.1:9/in"}),
        "http://127.0.0.1:9/in/v25.0",
    ),
}


@pytest.mark.parametrize(("account", "base"), HOSTS.values(), ids=HOSTS.keys())
def test_calls_go_where_the_login_says(account: Account, base: str):
    (send,) = made(outgoing("Hi"), account)
    probe = ADAPTER.probe(account, NOW)

    assert send.url == f"{base}/me/messages"
    assert send.headers == {"authorization": f"Bearer {SECRETS['access_token']}", "content-type": "application/json"}
    assert probe is not None
    assert (probe.method, probe.url) == ("GET", f"{base}/{OURS}?fields=id%2Cusername")


@given(st.text("ab. \n👋🏽éж", min_size=1, max_size=200).map(lambda text: text * 20))
def test_parts_are_never_too_long_and_only_white_space_is_left_out(text: str):
    try:
        told = [body["message"]["text"] for body in bodies(outgoing(text))]
    except Refusal:
        assert not text.strip()
        return

    assert "".join("".join(told).split()) == "".join(text.split())
    assert all(len(one.encode()) <= 1000 and one.strip() for one in told)


def answer(status: int, body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


def test_the_probe_names_the_account_unless_the_login_has_ids_of_its_own():
    ADAPTER.judge_probe(ACCOUNT, answer(200, {"id": OURS, "username": "acme"}))
    ADAPTER.judge_probe(BY_ITSELF, answer(200, {"id": "26000", "username": "acme"}))
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, answer(200, {"id": "26000"}))
    assert refused.value.field == "settings.account_id"
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, answer(400, {"error": {"code": 190}}))
    assert refused.value.field == "secrets.access_token"


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"graph_version": "25"}, "settings.graph_version"), ({"account_id": "@acme"}, "settings.account_id")],
)
def test_set_up_names_the_wrong_field(settings: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**ACCOUNT.settings, **settings}, SECRETS)

    assert refused.value.field == field


def test_there_are_two_logins():
    manifest("instagram").check(BY_ITSELF.settings, SECRETS)
    with pytest.raises(Refusal) as refused:
        manifest("instagram").check({**ACCOUNT.settings, "login": "twitter"}, SECRETS)

    assert refused.value.field == "settings.login"


BODY = batch(message(text="hi"))


@pytest.mark.parametrize("name", ["app_secret", "instagram_app_secret", "previous_app_secret"])
def test_a_delivery_signed_with_any_current_secret_is_let_in(name: str):
    account = Account("inbox-1", {}, {"app_secret": "another", name: "the-one"})

    ADAPTER.verify(account, delivery(BODY, signed(BODY, "the-one")))
    with pytest.raises(Refusal):
        ADAPTER.verify(account, delivery(BODY + b" ", signed(BODY, "the-one")))
    with pytest.raises(Refusal):
        ADAPTER.verify(account, delivery(BODY, signed(BODY, "the-onf")))
    with pytest.raises(Refusal):
        ADAPTER.verify(account, delivery(BODY, ""))


TABLE = {
    (10, 2534022): Action.WINDOW_CLOSED,
    (100, 2534014): Action.BLOCKED,
    (100, 2534001): Action.REJECTED,
    (10, 2534025): Action.REJECTED,
    (10, 2534013): Action.REJECTED,
    (2, 1545133): Action.RETRY,
    (200, 2534048): Action.SETTINGS,
    (230, 0): Action.SETTINGS,
    (190, 0): Action.SETTINGS,
    **{(code, 0): Action.RETRY for code in (4, 17, 32, 613)},
}


@pytest.mark.parametrize(("error", "action"), TABLE.items())
def test_each_code_tells_the_sender_what_to_do(error: tuple[int, int], action: Action):
    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": {"code": error[0], "error_subcode": error[1]}}))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.reason.endswith(".")


def test_a_success_names_the_message():
    assert ADAPTER.classify(ACCOUNT, answer(200, {"recipient_id": PERSON, "message_id": "aWdfOUR1"})) == Taken(
        ("aWdfOUR1",), recipient=PERSON
    )
