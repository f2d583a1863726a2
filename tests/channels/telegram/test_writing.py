"""Replies as calls of the Bot API, whole bodies compared; what its answers mean, row by row."""

import io
import json
from dataclasses import replace
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mim_desk.channels.base import Action, Outgoing, OutgoingFile, Refused, Response, Taken
from mim_desk.channels.shared.picture_sizes import size_of
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal
from tests.channels.telegram.made import NOW, TOKEN, account

ADAPTER = TelegramAdapter()
API = f"https://api.telegram.org/bot{TOKEN}/"


def reply(text="", recipient="7001", files=(), reply_to=None):
    return ADAPTER.render(account(), Outgoing("m-1", recipient, NOW, text, tuple(files), reply_to))


def file(mime_type="image/png", name="a.png", data=b"png", number=1):
    return OutgoingFile(f"f-{number}", name, mime_type, data)


def form_of(call):
    kind = call.headers["content-type"]
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body).get_payload()
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


ASKS = Outgoing("m-1", "7001", NOW, "Where shall we come?", buttons=(Button("Send location", "k1", asks_place=True),))


def test_a_place_is_asked_for_by_a_key_that_sends_it():
    (call,) = ADAPTER.render(account(), ASKS)

    keys = [[{"text": "Send location", "request_location": True}]]
    assert json.loads(call.body) == {
        "chat_id": 7001,
        "text": "Where shall we come?",
        "reply_markup": {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True},
    }


def test_a_business_chat_has_no_such_key():
    with pytest.raises(Refusal, match="business chat"):
        ADAPTER.render(account(), replace(ASKS, recipient="bc1:7001"))


TEXTS = {
    "text": (reply("Which one?"), {"chat_id": 7001, "text": "Which one?"}),
    "a quotation": (
        reply("This", reply_to="7001:11"),
        {
            "chat_id": 7001,
            "reply_parameters": {"message_id": 11, "allow_sending_without_reply": True},
            "text": "This",
        },
    ),
    "a quotation from another chat is left out": (
        reply("This", reply_to="bc1:7001:11"),
        {"chat_id": 7001, "text": "This"},
    ),
    "a pressed button cannot be quoted": (reply("This", reply_to="cq:abc"), {"chat_id": 7001, "text": "This"}),
    "in a business account": (
        reply("Hi", "bc1:7001", reply_to="bc1:7001:11"),
        {
            "business_connection_id": "bc1",
            "chat_id": 7001,
            "reply_parameters": {"message_id": 11, "allow_sending_without_reply": True},
            "text": "Hi",
        },
    ),
    "signs of HTML stay as they are": (reply("<b>a_b</b>"), {"chat_id": 7001, "text": "<b>a_b</b>"}),
    "marks become entities, counted as UTF-16": (
        reply("👍 *bold* _and_ ~not~ `code`"),
        {
            "chat_id": 7001,
            "text": "👍 bold and not code",
            "entities": [
                {"type": "bold", "offset": 3, "length": 4},
                {"type": "italic", "offset": 8, "length": 3},
                {"type": "strikethrough", "offset": 12, "length": 3},
                {"type": "code", "offset": 16, "length": 4},
            ],
        },
    ),
}


@pytest.mark.parametrize(("calls", "body"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_one_call(calls, body):
    (call,) = calls

    assert (call.method, call.url, call.headers) == ("POST", API + "sendMessage", {"content-type": "application/json"})
    assert json.loads(call.body) == body
    assert call.once


def test_a_text_whose_marks_cannot_be_read_goes_as_plain_words():
    (marked,), (plain,) = reply("*now* 👍", reply_to="7001:11"), reply("now", reply_to="7001:11")

    assert marked.instead is not None
    assert (marked.instead.url, marked.instead.once) == (marked.url, True)
    assert json.loads(marked.instead.body) == {
        "chat_id": 7001,
        "reply_parameters": {"message_id": 11, "allow_sending_without_reply": True},
        "text": "now 👍",
    }
    assert plain.instead is None


def test_a_long_text_takes_several_calls_of_which_the_first_quotes():
    text = "Hello there. " * 500

    calls = [json.loads(call.body) for call in reply(text, reply_to="7001:11")]

    assert "".join(call["text"] for call in calls) == text
    assert [("reply_parameters" in call) for call in calls] == [True, False]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="*_~`"), min_size=1, max_size=300).map(
        lambda text: text * 40
    )
)
def test_no_part_is_longer_than_telegram_takes(text):
    calls = [json.loads(call.body)["text"] for call in reply(text)]

    assert "".join(calls) == text
    assert all(len(part.encode("utf-16-le")) <= 2 * 4096 for part in calls)


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("L", (width, height)).save(made, form)
    return made.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1080, 12000), (9000, 1001), (10, 201)], ids=str)
def test_a_picture_that_is_too_long_or_too_narrow_goes_as_a_file(form: str, size: tuple[int, int]):
    """Telegram refuses it as a picture, and nobody would get it."""
    data = picture(*size, form)
    (call,) = reply(files=[file(f"image/{form.lower()}", "a", data)])
    (other,) = reply(files=[file(f"image/{form.lower()}", "a", picture(1080, 1920, form))])

    assert size_of(data) == size
    assert (call.url, other.url) == (API + "sendDocument", API + "sendPhoto")


@given(st.binary(max_size=64).map(lambda end: picture(3, 4, "JPEG")[:20] + end))
def test_any_bytes_have_a_size_or_none(data: bytes):
    assert size_of(data) is None or len(size_of(data)) == 2


KINDS = {
    "picture": (file(), "sendPhoto", "photo"),
    "picture over 10 MB": (file(data=b"x" * (10 << 20) + b"x"), "sendDocument", "document"),
    "film": (file("video/mp4", "a.mp4"), "sendVideo", "video"),
    "moving picture": (file("image/gif", "a.gif"), "sendAnimation", "animation"),
    "sound": (file("audio/mpeg", "a.mp3"), "sendAudio", "audio"),
    "voice": (file("audio/ogg", "a.ogg"), "sendVoice", "voice"),
    "document": (file("application/pdf", "a.pdf"), "sendDocument", "document"),
}


@pytest.mark.parametrize(("sent", "method", "field"), KINDS.values(), ids=KINDS.keys())
def test_a_file_goes_with_its_text(sent, method, field):
    (call,) = reply("See", files=[sent], reply_to="7001:11")

    assert call.url == API + method
    told = form_of(call)
    assert told.pop(field) == sent.data
    quoted = json.loads(told.pop("reply_parameters"))
    assert quoted == {"message_id": 11, "allow_sending_without_reply": True}
    assert told == {"chat_id": b"7001", "caption": b"See"}


def test_marks_below_a_file_are_entities_of_its_caption():
    (call,) = reply("*Your* ticket", files=[file()])

    told = form_of(call)
    assert told["caption"] == b"Your ticket"
    assert json.loads(told["caption_entities"]) == [{"type": "bold", "offset": 0, "length": 4}]


def test_marks_below_an_album_are_entities_of_its_first_picture():
    (call,) = reply("*Your* rooms", files=[file(), file(name="b.png", number=2)])

    first, second = json.loads(form_of(call)["media"])
    assert (first["caption"], first["caption_entities"]) == ("Your rooms", [{"type": "bold", "offset": 0, "length": 4}])
    assert "caption" not in second


def test_a_text_too_long_to_stand_beside_a_file_goes_before_it():
    first, second = reply("y" * 1025, files=[file()])

    assert json.loads(first.body) == {"chat_id": 7001, "text": "y" * 1025}
    assert set(form_of(second)) == {"chat_id", "photo"}


def test_pictures_and_films_go_as_an_album():
    (call,) = reply("Both", files=[file(), file("video/mp4", "b.mp4", b"mp4", 2)])

    assert call.url == API + "sendMediaGroup"
    told = form_of(call)
    media = json.loads(told.pop("media"))
    assert media == [
        {"type": "photo", "media": "attach://file0", "caption": "Both"},
        {"type": "video", "media": "attach://file1"},
    ]
    assert told == {"chat_id": b"7001", "file0": b"png", "file1": b"mp4"}


def test_files_that_cannot_stand_together_go_one_by_one():
    calls = reply("See", files=[file(), file("application/pdf", "b.pdf", b"pdf", 2)])

    assert [call.url for call in calls] == [API + "sendPhoto", API + "sendDocument"]
    assert "caption" not in form_of(calls[1])


def test_a_file_beyond_what_a_bot_may_send_is_refused_in_words():
    with pytest.raises(Refusal) as refused:
        reply(files=[file("application/zip", "a.zip", b"x" * ((50 << 20) + 1))])

    assert refused.value.reason == "a.zip is larger than 50 MB, which is the most a bot may send."


def test_the_base_address_replaces_scheme_and_host_of_every_call():
    mine = account("polling", api_base_url="http://127.0.0.1:8081/x/")
    begins = f"http://127.0.0.1:8081/x/bot{TOKEN}/"
    calls = [
        *ADAPTER.render(mine, Outgoing("m-1", "7001", NOW, "Hi")),
        *ADAPTER.connected(mine),
        ADAPTER.probe(mine, NOW),
        ADAPTER.next_poll(mine, ""),
        ADAPTER.fetch(mine, "L", []),
    ]

    assert all(call.url.startswith(begins) for call in calls)


def answer(code, description="", status=None, **parameters):
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Response(status or code, {}, json.dumps(body).encode())


ERRORS = {
    "too many requests": (answer(429, "Too Many Requests: retry after 5", retry_after=5), Action.RETRY, 5.0),
    "blocked": (answer(403, "Forbidden: bot was blocked by the user"), Action.BLOCKED, None),
    "account deleted": (answer(403, "Forbidden: user is deactivated"), Action.BLOCKED, None),
    "not started": (answer(403, "Forbidden: bot can't initiate conversation with a user"), Action.BLOCKED, None),
    "removed from the chat": (answer(403, "Forbidden: bot was kicked from the group chat"), Action.BLOCKED, None),
    "another 403": (answer(403, "Forbidden: because"), Action.BLOCKED, None),
    "chat not found": (answer(400, "Bad Request: chat not found"), Action.BLOCKED, None),
    "in other letters": (answer(400, "bad request: CHAT NOT FOUND"), Action.BLOCKED, None),
    "wrong address of a file": (answer(400, "Bad Request: wrong HTTP URL specified"), Action.REJECTED, None),
    "file too big": (answer(400, "Bad Request: file is too big"), Action.REJECTED, None),
    "wrong file": (answer(400, "Bad Request: wrong file identifier/HTTP URL specified"), Action.REJECTED, None),
    "picture of bad size": (answer(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), Action.REJECTED, None),
    "picture that is none": (answer(400, "Bad Request: IMAGE_PROCESS_FAILED"), Action.REJECTED, None),
    "entities": (answer(400, "Bad Request: can't parse entities: x"), Action.REJECTED, None),
    "too long": (answer(400, "Bad Request: message is too long"), Action.REJECTED, None),
    "empty": (answer(400, "Bad Request: message text is empty"), Action.REJECTED, None),
    "business chat not allowed": (answer(400, "Bad Request: BUSINESS_PEER_INVALID"), Action.REJECTED, None),
    "blocked in a business chat": (answer(400, "Bad Request: USER_IS_BLOCKED"), Action.BLOCKED, None),
    "a chat nobody knows, in bare words": (answer(400, "Bad Request: PEER_ID_INVALID"), Action.BLOCKED, None),
    "no voice messages": (answer(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"), Action.REJECTED, None),
    "an address behind a button": (answer(400, "Bad Request: BUTTON_URL_INVALID"), Action.REJECTED, None),
    "only for pay": (answer(403, "Forbidden: ALLOW_PAYMENT_REQUIRED_5"), Action.REJECTED, None),
    "business window": (answer(400, "Bad Request: BUSINESS_PEER_USAGE_MISSING"), Action.WINDOW_CLOSED, None),
    "business off": (answer(400, "Bad Request: BUSINESS_CONNECTION_INVALID"), Action.REJECTED, None),
    "bad webhook": (answer(400, "Bad Request: bad webhook: An HTTPS URL must be provided"), Action.SETTINGS, None),
    "moved": (answer(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1007), Action.RETRY, None),
    "another 400": (answer(400, "Bad Request: because"), Action.REJECTED, None),
    "revoked": (answer(401, "Unauthorized"), Action.SETTINGS, None),
    "no such bot": (answer(404, "Not Found"), Action.SETTINGS, None),
    "second receiver": (answer(409, "Conflict"), Action.RETRY, None),
    "too large": (Response(413, {}, b"<html>413</html>"), Action.REJECTED, None),
    "server error": (answer(500, "Internal Server Error"), Action.RETRY, None),
    "bad gateway": (Response(502, {}, b"<html>"), Action.RETRY, None),
    "not available, with a time": (Response(503, {"retry-after": "7"}, b""), Action.RETRY, 7.0),
    "asked to wait by header alone": (Response(429, {"retry-after": "3"}, b""), Action.RETRY, 3.0),
    "an error in an answer of 200": (answer(403, "Forbidden: bot was blocked by the user", 200), Action.BLOCKED, None),
    "a strange status": (Response(302, {}, b""), Action.REJECTED, None),
}


@pytest.mark.parametrize(("response", "action", "pause_s"), ERRORS.values(), ids=ERRORS.keys())
def test_each_error_says_what_to_do(response, action, pause_s):
    told = ADAPTER.classify(account(), response)

    assert isinstance(told, Refused)
    assert (told.action, told.retry_after_s) == (action, pause_s)
    assert told.reason.endswith(".")
    assert told.code


@pytest.mark.parametrize(
    "description",
    ["Bad Request: message is not modified: same", "Bad Request: query is too old and response timeout expired"],
)
def test_what_changes_nothing_any_more_is_taken(description):
    assert ADAPTER.classify(account(), answer(400, description)) == Taken()


def sent(result):
    return Response(200, {}, json.dumps({"ok": True, "result": result}).encode())


ACCEPTED = {
    "a message": (sent({"message_id": 21, "date": 1, "chat": {"id": 7001}}), ("7001:21",)),
    "a message in a business account": (
        sent({"message_id": 21, "date": 1, "chat": {"id": 7001}, "business_connection_id": "bc1"}),
        ("bc1:7001:21",),
    ),
    "an album": (
        sent([{"message_id": 21, "chat": {"id": 7001}}, {"message_id": 22, "chat": {"id": 7001}}]),
        ("7001:21", "7001:22"),
    ),
    "a yes": (sent(True), ()),
}


@pytest.mark.parametrize(("response", "ids"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_telegram_took_is_named(response, ids):
    assert ADAPTER.classify(account(), response) == Taken(ids)
