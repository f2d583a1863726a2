"""The calls that send a reply, and what Meta's answers mean."""

import json
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
    FetchesMedia,
    InDoubt,
    Outgoing,
    OutgoingFile,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.sending_rules import Next, verdict
from tests.channels.whatsapp.made import ACCOUNT, ADAPTER, NOW, NUMBER, PHONE, SECRETS, USER

MESSAGES = f"https://graph.facebook.com/v25.0/{NUMBER}/messages"
OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
PHOTO = OutgoingFile("f1", "C:\\anna\\IMG_1.jpg", "image/jpeg", b"jpeg-bytes")
BILL = OutgoingFile("f2", "invoice.pdf", "application/pdf", b"pdf-bytes")
SOUND = OutgoingFile("f3", "memo.ogg", "audio/ogg; codecs=opus", b"ogg-bytes")


def outgoing(text: str = "", *files: OutgoingFile, to: str = PHONE, **more: Any) -> Outgoing:
    return Outgoing(OWN, to, NOW, text, files, **more)


def made(steps: list[Step] | Any) -> list[Request]:
    """The calls with each answer given to the next: uploads are called 880, 881 ..."""
    requests: list[Request] = []
    uploads = 880
    answer = Response(200, {}, b"{}")
    for step in steps:
        request = step if isinstance(step, Request) else step(answer)
        requests.append(request)
        named = {"id": str(uploads)} if request.prepares else {"messages": [{"id": "wamid.OUR1"}]}
        uploads += request.prepares
        answer = Response(200, {}, json.dumps(named).encode())
    return requests


def bodies(message: Outgoing, account: Account = ACCOUNT) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in made(ADAPTER.render(account, message)) if not one.prepares]


def wanted(kind: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": PHONE, "type": kind}
    return {**head, kind: content, **more}


LAST = {"biz_opaque_callback_data": OWN}
CASES = {
    "text": (outgoing("Yes, 3 left"), [wanted("text", {"body": "Yes, 3 left", "preview_url": False}, **LAST)]),
    "answer to a message": (
        outgoing("Yes", reply_to="wamid.IN1"),
        [wanted("text", {"body": "Yes", "preview_url": False}, context={"message_id": "wamid.IN1"}, **LAST)],
    ),
    "picture": (outgoing("", PHOTO), [wanted("image", {"id": "880"}, **LAST)]),
    "picture with words": (outgoing("Here", PHOTO), [wanted("image", {"id": "880", "caption": "Here"}, **LAST)]),
    "document": (outgoing("", BILL), [wanted("document", {"id": "880", "filename": "invoice.pdf"}, **LAST)]),
    "sound with words": (
        outgoing("Listen", SOUND),
        [wanted("text", {"body": "Listen", "preview_url": False}), wanted("audio", {"id": "880"}, **LAST)],
    ),
    "two files with words, as an answer": (
        outgoing("Both", PHOTO, BILL, reply_to="wamid.IN1"),
        [
            wanted("image", {"id": "880", "caption": "Both"}, context={"message_id": "wamid.IN1"}),
            wanted("document", {"id": "881", "filename": "invoice.pdf"}, **LAST),
        ],
    ),
    "words too long to stand below a picture": (
        outgoing("a" * 1025, PHOTO),
        [wanted("text", {"body": "a" * 1025, "preview_url": False}), wanted("image", {"id": "880"}, **LAST)],
    ),
    "long text": (
        outgoing("a" * 4000 + ". " + "b" * 4000, reply_to="wamid.IN1"),
        [
            wanted("text", {"body": "a" * 4000 + ". ", "preview_url": False}, context={"message_id": "wamid.IN1"}),
            wanted("text", {"body": "b" * 4000, "preview_url": False}, **LAST),
        ],
    ),
}


@pytest.mark.parametrize(("message", "body"), CASES.values(), ids=CASES.keys())
def test_each_reply_is_written_as_meta_wants_it(message: Outgoing, body: list[dict[str, Any]]):
    assert bodies(message) == body


def test_a_text_is_one_signed_call_to_the_number():
    (request,) = made(ADAPTER.render(ACCOUNT, outgoing("Hi")))

    assert (request.method, request.url, request.prepares) == ("POST", MESSAGES, False)
    assert request.headers == {"authorization": f"Bearer {SECRETS['access_token']}", "content-type": "application/json"}


@pytest.mark.parametrize("to", [USER, "US.ENT.77001122334455"])
def test_a_customer_without_a_number_is_named_by_user_id(to: str):
    (body,) = bodies(outgoing("Hi", to=to))

    assert body["recipient"] == to
    assert "to" not in body


def test_files_are_uploaded_before_anything_reaches_the_customer():
    requests = made(ADAPTER.render(ACCOUNT, outgoing("Both", PHOTO, BILL)))

    assert [one.prepares for one in requests] == [True, True, False, False]
    assert requests[0].url == f"https://graph.facebook.com/v25.0/{NUMBER}/media"
    assert requests[0].headers["authorization"] == f"Bearer {SECRETS['access_token']}"


def test_an_upload_is_a_form_that_tells_nothing_of_us():
    upload = made(ADAPTER.render(ACCOUNT, outgoing("", PHOTO)))[0]

    content_type = upload.headers["content-type"].encode()
    product, kind, file = message_from_bytes(b"Content-Type: " + content_type + b"\r\n\r\n" + upload.body).get_payload()
    assert (product.get_payload(), kind.get_payload()) == ("whatsapp", "image/jpeg")
    assert (file.get_param("name", header="content-disposition"), file.get_filename()) == ("file", "image.jpg")
    assert (file.get_content_type(), file.get_payload()) == ("image/jpeg", "jpeg-bytes")
    assert b"anna" not in upload.body


def test_an_upload_that_names_nothing_ends_the_reply():
    _, then = ADAPTER.render(ACCOUNT, outgoing("", PHOTO))

    assert not isinstance(then, Request)
    for body in (b"", b"{}", b'{"id":""}', b"<html>"):
        with pytest.raises(Refusal):
            then(Response(200, {}, body))


@pytest.mark.parametrize("text", ["", " \n\u2003"])
def test_there_is_nothing_to_send_in_an_empty_reply(text: str):
    with pytest.raises(Refusal):
        ADAPTER.render(ACCOUNT, outgoing(text))


@given(st.text("ab. \n👋🏽é", min_size=1, max_size=300).map(lambda text: text * 40))
def test_parts_are_never_too_long_and_only_white_space_is_left_out(text: str):
    try:
        told = [body["text"]["body"] for body in bodies(outgoing(text))]
    except Refusal:
        assert not text.strip()
        return

    assert "".join("".join(told).split()) == "".join(text.split())
    assert all(utf16_units(one) <= 4096 and one.strip() for one in told)


def test_another_base_address_and_version_serve_every_call():
    settings = {**ACCOUNT.settings, "api_base_url": "http://127.0.0.1:9/in", "graph_version": "v26.0"}
    account = Account("inbox-1", settings, SECRETS)

    urls = [one.url for one in made(ADAPTER.render(account, outgoing("Hi", PHOTO)))]
    probe = ADAPTER.probe(account, NOW)

    assert urls == [f"http://127.0.0.1:9/in/v26.0/{NUMBER}/{name}" for name in ("media", "messages")]
    assert probe is not None
    assert probe.url.startswith(f"http://127.0.0.1:9/in/v26.0/{NUMBER}?fields=")


def answer(status: int, body: object, **headers: str) -> Response:
    return Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


SENT = {
    "contacts": [{"input": PHONE, "wa_id": PHONE}],
    "messages": [{"id": "wamid.OUR1", "message_status": "accepted"}],
    "messaging_product": "whatsapp",
}
TAKEN = {
    "a message": (SENT, Taken(("wamid.OUR1",))),
    "an upload": ({"id": "880"}, Taken()),
    "a mark": ({"success": True}, Taken()),
    "ids of another shape": ({"messages": [{"id": 7}]}, UNREADABLE_ANSWER),
}


@pytest.mark.parametrize(("body", "told"), TAKEN.values(), ids=TAKEN.keys())
def test_a_success_is_taken_with_the_ids_it_names(body: object, told: Taken | InDoubt):
    assert ADAPTER.classify(ACCOUNT, answer(200, body)) == told


RETRY, REJECTED, SETTINGS = Action.RETRY, Action.REJECTED, Action.SETTINGS
TABLE = {
    **dict.fromkeys((1, 2, 131000, 131016, 133004), RETRY),
    **dict.fromkeys((4, 80007, 130429, 131056, 131057, 2494100, 131053), RETRY),
    **dict.fromkeys((131048, 131064, 131049, 131050, 130472, 131021, 131030), REJECTED),
    131047: Action.WINDOW_CLOSED,
    **dict.fromkeys((131026, 130403), Action.BLOCKED),
    **dict.fromkeys((131051, 100, 131008, 131009, 33, 131052), REJECTED),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132018, 132015, 132016), REJECTED),
    **dict.fromkeys((131062, 131063), REJECTED),
    **dict.fromkeys((0, 190, 3, 10, 200, 299, 131005), SETTINGS),
    **dict.fromkeys((368, 131031, 130497, 131042, 131045, 131037), SETTINGS),
}


@pytest.mark.parametrize(("code", "action"), TABLE.items())
def test_each_code_tells_the_sender_what_to_do(code: int, action: Action):
    error = {"message": f"(#{code}) no", "type": "OAuthException", "code": code, "error_data": {"details": "no"}}

    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": error}, **{"retry-after": "7"}))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, str(code))
    assert told.reason.endswith(".")
    assert "{" not in told.reason
    assert told.retry_after_s == (7.0 if action is RETRY else None)


@pytest.mark.parametrize(("code", "least"), [(4, 10), (130429, 10), (131056, 6), (131057, 60), (2494100, 60)])
def test_limits_without_a_time_are_given_one(code: int, least: int):
    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": {"code": code}}))

    assert isinstance(told, Refused)
    assert told.retry_after_s is not None
    assert told.retry_after_s >= least


def test_a_bad_request_shows_what_meta_says_of_it():
    error = {
        "code": 131009,
        "message": "(#131009) Parameter value is not valid",
        "error_data": {"details": "To is empty"},
    }

    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": error}))

    assert told == Refused(REJECTED, "WhatsApp cannot use this message. To is empty.", "131009")


UNLISTED = {
    400: REJECTED,
    401: SETTINGS,
    403: SETTINGS,
    404: SETTINGS,
    422: REJECTED,
    429: RETRY,
    500: RETRY,
    503: RETRY,
}


@pytest.mark.parametrize(("status", "action"), UNLISTED.items())
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"error":{"code":987654,"message":"new"}}'], ids=["", "html", "new"]
)
def test_what_is_in_no_table_is_judged_by_its_status(status: int, action: Action, body: bytes):
    told = ADAPTER.classify(ACCOUNT, answer(status, body, **{"retry-after": "9"}))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.retry_after_s == (9.0 if action is RETRY else None)


def test_a_file_is_asked_for_by_id_then_at_its_address_with_the_token():
    assert isinstance(ADAPTER, FetchesMedia)
    first = ADAPTER.fetch(ACCOUNT, "990000000000001", [])
    found = answer(200, {"url": "https://lookaside.fbsbx.com/att?mid=1&ext=2", "mime_type": "image/jpeg", "id": "99"})
    second = ADAPTER.fetch(ACCOUNT, "990000000000001", [found])

    assert first == Request(
        "GET",
        f"https://graph.facebook.com/v25.0/990000000000001?phone_number_id={NUMBER}",
        {"authorization": f"Bearer {SECRETS['access_token']}"},
    )
    assert second == Request(
        "GET",
        "https://lookaside.fbsbx.com/att?mid=1&ext=2",
        {"authorization": f"Bearer {SECRETS['access_token']}"},
    )
    assert ADAPTER.fetch(ACCOUNT, "990000000000001", [found, answer(200, b"jpeg")]) is None


def test_a_file_with_an_address_is_asked_for_there():
    source = "https://lookaside.fbsbx.com/att?mid=1"

    asked = ADAPTER.fetch(ACCOUNT, source, [])

    assert asked is not None
    assert asked.url == source
    assert ADAPTER.fetch(ACCOUNT, source, [answer(200, b"jpeg")]) is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"url":""}', b'{"url":"https://evil.example/a"}', b'{"url":"http://[::1"}']
)
def test_the_token_goes_to_no_foreign_host(body: bytes):
    with pytest.raises(Refusal):
        ADAPTER.fetch(ACCOUNT, "990000000000001", [answer(200, body)])
    with pytest.raises(Refusal):
        ADAPTER.fetch(ACCOUNT, "https://evil.example/a", [])


def test_through_a_gateway_files_come_from_the_gateway():
    account = Account("inbox-1", {**ACCOUNT.settings, "api_base_url": "http://127.0.0.1:9/in"}, SECRETS)

    asked = ADAPTER.fetch(account, "99", [answer(200, {"url": "https://lookaside.fbsbx.com/att?mid=1"})])

    assert asked is not None
    assert asked.url == "http://127.0.0.1:9/in/att?mid=1"


def test_a_file_that_failed_is_uploaded_once_more_and_then_given_up():
    told = ADAPTER.classify(ACCOUNT, answer(400, {"error": {"code": 131053, "message": "Media upload error"}}))

    first, second = (verdict(told, attempt, keyed=False) for attempt in (1, 2))

    assert first.next is Next.AGAIN
    assert (second.next, second.reason) == (
        Next.FAILED,
        "WhatsApp could not take the file. Check that it opens and that its type is right, then send it again.",
    )
