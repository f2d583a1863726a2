"""The calls that send a reply over Messenger, and what Meta's answers mean."""

import json
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
    InDoubt,
    LastIncoming,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.refusal import Refusal
from tests.channels.messenger.made import ACCOUNT, ADAPTER, NOW, PAGE, PERSON, SECRETS

GRAPH = f"https://graph.facebook.com/v25.0/{PAGE}"
OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
PHOTO = OutgoingFile("f1", "C:\\anna\\IMG_1.jpg", "image/jpeg", b"jpeg-bytes")
BILL = OutgoingFile("f2", "invoice.pdf", "application/pdf", b"pdf-bytes")
RESPONSE = {"messaging_type": "RESPONSE"}
HUMAN = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def outgoing(text: str = "", *files: OutgoingFile, **more: Any) -> Outgoing:
    return Outgoing(OWN, PERSON, NOW, text, files, **more)


def written(ago: timedelta) -> dict[str, Any]:
    return {"last_incoming": LastIncoming(NOW - ago, "m_IN1")}


def made(message: Outgoing, account: Account = ACCOUNT) -> list[Request]:
    """The calls with each answer given to the next: uploads are called 880, 881 ..."""
    requests: list[Request] = []
    uploads = 880
    answer = Response(200, {}, b"{}")
    for step in ADAPTER.render(account, message):
        request = step if isinstance(step, Request) else step(answer)
        requests.append(request)
        named = {"attachment_id": str(uploads)} if request.prepares else {"message_id": "m_OUR9"}
        uploads += request.prepares
        answer = Response(200, {}, json.dumps(named).encode())
    return requests


def bodies(message: Outgoing) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in made(message) if not one.prepares]


def wanted(content: dict[str, Any], own: str = OWN, tag: dict[str, str] = RESPONSE, **more: Any) -> dict[str, Any]:
    return {"recipient": {"id": PERSON}, **tag, "message": {**content, "metadata": own}, **more}


def uploaded(kind: str, number: str) -> dict[str, Any]:
    return {"attachment": {"type": kind, "payload": {"attachment_id": number}}}


CASES = {
    "text": (outgoing("It ships today"), [wanted({"text": "It ships today"})]),
    "answer to a message": (
        outgoing("Yes", reply_to="m_TEST1"),
        [wanted({"text": "Yes"}, reply_to={"mid": "m_TEST1"})],
    ),
    "within a day": (
        outgoing("Yes", **written(timedelta(hours=23, minutes=59))),
        [wanted({"text": "Yes"})],
    ),
    "after a day": (outgoing("Sorry", **written(timedelta(hours=24))), [wanted({"text": "Sorry"}, tag=HUMAN)]),
    "just within seven days": (
        outgoing("Sorry", **written(timedelta(days=6, hours=23))),
        [wanted({"text": "Sorry"}, tag=HUMAN)],
    ),
    "picture": (outgoing("", PHOTO), [wanted(uploaded("image", "880"))]),
    "two files with words, as an answer": (
        outgoing("Both", PHOTO, BILL, reply_to="m_TEST1"),
        [
            wanted({"text": "Both"}, f"{OWN}+0", reply_to={"mid": "m_TEST1"}),
            wanted(uploaded("image", "880"), f"{OWN}+1"),
            wanted(uploaded("file", "881")),
        ],
    ),
    "long text": (
        outgoing("a" * 1900 + ". " + "b" * 1900, **written(timedelta(days=2))),
        [
            wanted({"text": "a" * 1900 + ". "}, f"{OWN}+0", HUMAN),
            wanted({"text": "b" * 1900}, OWN, HUMAN),
        ],
    ),
}


@pytest.mark.parametrize(("message", "body"), CASES.values(), ids=CASES.keys())
def test_each_reply_is_written_as_meta_wants_it(message: Outgoing, body: list[dict[str, Any]]):
    assert bodies(message) == body


def test_a_text_is_one_call_to_the_page():
    (request,) = made(outgoing("Hi"))

    assert (request.method, request.url, request.prepares) == ("POST", f"{GRAPH}/messages", False)
    assert request.headers == {"authorization": f"Bearer {SECRETS['access_token']}", "content-type": "application/json"}


LATE = {
    "seven days": outgoing("Hi", **written(timedelta(days=7))),
    "a bot after a day": outgoing("Hi", automatic=True, **written(timedelta(days=1))),
    "nothing to send": outgoing(" \n\u2003"),
}


@pytest.mark.parametrize("message", LATE.values(), ids=LATE.keys())
def test_what_meta_would_not_take_is_refused_here(message: Outgoing):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(ACCOUNT, message)

    assert refused.value.reason.endswith(".")


def test_a_bot_answers_freely_within_a_day():
    message = outgoing("Hi", automatic=True, **written(timedelta(hours=3)))

    assert bodies(message) == [wanted({"text": "Hi"})]


def test_files_are_uploaded_before_anything_reaches_the_customer_and_tell_nothing_of_us():
    requests = made(outgoing("Both", PHOTO, BILL))

    assert [one.prepares for one in requests] == [True, True, False, False, False]
    assert {one.url for one in requests[:2]} == {f"{GRAPH}/message_attachments"}
    content_type = requests[0].headers["content-type"].encode()
    form = message_from_bytes(b"Content-Type: " + content_type + b"\r\n\r\n" + requests[0].body)
    told, file = form.get_payload()
    assert told.get_param("name", header="content-disposition") == "message"
    assert json.loads(told.get_payload()) == {"attachment": {"type": "image", "payload": {"is_reusable": True}}}
    assert (file.get_param("name", header="content-disposition"), file.get_filename()) == ("filedata", "image.jpg")
    assert (file.get_content_type(), file.get_payload()) == ("image/jpeg", "jpeg-bytes")
    assert b"anna" not in requests[0].body
    assert b"invoice.pdf" in requests[1].body


@pytest.mark.parametrize("body", [b"", b"{}", b'{"attachment_id":""}', b"<html>"])
def test_an_upload_that_names_nothing_ends_the_reply(body: bytes):
    _, then = ADAPTER.render(ACCOUNT, outgoing("", PHOTO))

    assert not isinstance(then, Request)
    with pytest.raises(Refusal):
        then(Response(200, {}, body))


@given(st.text("ab. \n👋🏽é", min_size=1, max_size=300).map(lambda text: text * 20))
def test_parts_are_never_too_long_and_only_white_space_is_left_out(text: str):
    try:
        told = [body["message"]["text"] for body in bodies(outgoing(text))]
    except Refusal:
        assert not text.strip()
        return

    assert "".join("".join(told).split()) == "".join(text.split())
    assert all(utf16_units(one) <= 2000 and one.strip() for one in told)


def test_another_base_address_and_version_serve_every_call():
    account = replace(
        ACCOUNT, settings={**ACCOUNT.settings, "api_base_url": "http://127.0.0.1:9/in", "graph_version": "v26.0"}
    )
    probe = ADAPTER.probe(account, NOW)

    urls = [one.url for one in made(outgoing("Hi", PHOTO), account)]

    assert urls == [f"http://127.0.0.1:9/in/v26.0/{PAGE}/{name}" for name in ("message_attachments", *["messages"] * 2)]
    assert probe is not None
    assert probe.url.startswith(f"http://127.0.0.1:9/in/v26.0/{PAGE}?fields=")


def answer(status: int, body: object, **headers: str) -> Response:
    return Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


TAKEN = {
    "a message": ({"recipient_id": PERSON, "message_id": "m_OUR9"}, Taken(("m_OUR9",), recipient=PERSON)),
    "without a recipient": ({"message_id": "m_OUR9"}, Taken(("m_OUR9",))),
    "an action": ({"recipient_id": PERSON}, Taken(recipient=PERSON)),
    "an upload": ({"attachment_id": "880"}, Taken()),
    "an id of another shape": ({"message_id": 7}, UNREADABLE_ANSWER),
}


@pytest.mark.parametrize(("body", "told"), TAKEN.values(), ids=TAKEN.keys())
def test_a_success_is_taken_with_the_id_it_names(body: object, told: Taken | InDoubt):
    assert ADAPTER.classify(ACCOUNT, answer(200, body)) == told


RETRY, REJECTED, SETTINGS = Action.RETRY, Action.REJECTED, Action.SETTINGS
LATE_OR_GONE, GONE = Action.WINDOW_CLOSED, Action.BLOCKED
TABLE = [
    *((code, 0, RETRY) for code in (1, 2, 1200, 4, 17, 32, 613)),
    (2, 1545133, RETRY),
    (4, 2018022, RETRY),
    *((10, subcode, LATE_OR_GONE) for subcode in (2018278, 2018065, 2534022)),
    (10, 1545041, REJECTED),
    (200, 1545041, REJECTED),
    (551, 1545041, REJECTED),
    (551, 0, GONE),
    (100, 2534014, GONE),
    *((100, subcode, REJECTED) for subcode in (0, 2018001, 2018109, 2018034, 33, 2534001, 2534025, 2534013)),
    *((code, 0, SETTINGS) for code in (190, 3, 10, 199, 200, 230, 299)),
    (190, 463, SETTINGS),
    (200, 2018108, SETTINGS),
    (200, 2534048, SETTINGS),
    (2, 2018344, SETTINGS),
    (36000, 0, REJECTED),
]


@pytest.mark.parametrize(("code", "subcode", "action"), TABLE)
def test_each_code_tells_the_sender_what_to_do(code: int, subcode: int, action: Action):
    error = {"message": f"(#{code}) no", "type": "OAuthException", "code": code, "error_subcode": subcode}

    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": error}, **{"retry-after": "7"}))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, f"{code}/{subcode}" if subcode else str(code))
    assert told.reason.endswith(".")
    assert "{" not in told.reason
    assert told.retry_after_s == (7.0 if action is RETRY else None)


def test_a_missing_right_to_answer_late_pauses_nobody_else():
    error = {"message": "(#10) The Human Agent permission is required", "code": 10}

    told = ADAPTER.classify(ACCOUNT, answer(403, {"error": error}))

    assert isinstance(told, Refused)
    assert told.action is LATE_OR_GONE


@pytest.mark.parametrize(
    ("status", "action"),
    {400: REJECTED, 401: SETTINGS, 403: SETTINGS, 404: SETTINGS, 422: REJECTED, 429: RETRY, 500: RETRY}.items(),
)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":{"code":987654}}'], ids=["", "html", "new"])
def test_what_is_in_no_table_is_judged_by_its_status(status: int, action: Action, body: bytes):
    told = ADAPTER.classify(ACCOUNT, answer(status, body, **{"retry-after": "9"}))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.retry_after_s == (9.0 if action is RETRY else None)


@pytest.mark.parametrize("code", [200, 551])
def test_a_person_who_takes_no_messages_pauses_nobody_else(code: int):
    said = f"(#{code}) This person isn't receiving messages from you right now."
    body = json.dumps({"error": {"code": code, "message": said}}).encode()

    told = ADAPTER.classify(ACCOUNT, Response(400, {}, body))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (Action.BLOCKED, str(code))


def test_a_chat_that_another_app_has_pauses_nobody_else():
    said = "(#10) Message failed to send because another app is controlling this thread now."
    body = json.dumps({"error": {"code": 10, "error_subcode": 7, "message": said}}).encode()

    told = ADAPTER.classify(ACCOUNT, Response(400, {}, body))

    assert isinstance(told, Refused)
    assert (told.action, told.reason) == (
        Action.REJECTED,
        "Another tool of yours has this chat. Answer once it hands it back.",
    )
