"""What leaves for Twilio, and what its answers mean."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from mim_desk.channels.base import (
    Account,
    Action,
    FetchesMedia,
    Outgoing,
    OutgoingFile,
    RawRequest,
    Refused,
    Response,
    Taken,
)
from mim_desk.channels.sms_twilio.adapter import SmsTwilioAdapter
from mim_desk.channels.sms_twilio.errors import RULES
from mim_desk.domain.refusal import Refusal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SID = "AC00000000000000000000000000000001"
SERVICE = "MG00000000000000000000000000000001"
SETTINGS = {"account_sid": SID, "from": "+15550002222"}
HOOK = "https://hub.example.test/webhooks/sms_twilio/inbox"
ADAPTER = SmsTwilioAdapter()
SIGNED_IN = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0b2tlbg=="
PICTURE = OutgoingFile("f1", "cat.png", "image/png", b"png", "https://hub.example.test/files/1")
PAPER = OutgoingFile("f2", "plan.pdf", "application/pdf", b"pdf", "https://hub.example.test/files/2?k=a&b=c")


def account(webhook_url: str = HOOK, **settings: str) -> Account:
    return Account("inbox", {**SETTINGS, **settings}, {"auth_token": "token"}, "Brand", webhook_url)


def sent(account_: Account, message: Outgoing) -> list[list[tuple[str, str]]]:
    return [parse_qsl(one.body.decode(), strict_parsing=True) for one in ADAPTER.render(account_, message)]


def test_a_text_leaves_with_our_message_in_the_address_of_its_status():
    (request,) = ADAPTER.render(account(), Outgoing("id-1", "+15550001111", NOW, "Hi & bye 👋"))

    assert (request.method, request.url) == (
        "POST",
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json",
    )
    assert request.headers == {"authorization": SIGNED_IN, "content-type": "application/x-www-form-urlencoded"}
    assert request.body == (
        b"To=%2B15550001111&From=%2B15550002222&Body=Hi+%26+bye+%F0%9F%91%8B&StatusCallback="
        b"https%3A%2F%2Fhub.example.test%2Fwebhooks%2Fsms_twilio%2Finbox%3Fmessage%3Did-1"
    )
    assert request.once


def test_a_messaging_service_stands_in_the_sender_s_place():
    ((to, sender, *_),) = sent(account(**{"from": SERVICE}), Outgoing("id-1", "+15550001111", NOW, "Hi"))

    assert (to, sender) == (("To", "+15550001111"), ("MessagingServiceSid", SERVICE))


def test_whatsapp_is_answered_by_whatsapp():
    ((to, sender, *_),) = sent(account(), Outgoing("id-1", "whatsapp:+15550001111", NOW, "Hi"))

    assert (to, sender) == (("To", "whatsapp:+15550001111"), ("From", "whatsapp:+15550002222"))


@pytest.mark.parametrize("recipient", ["messenger:4711", "rcs:+15550001111"])
def test_networks_that_know_no_number_of_ours_are_answered_by_a_service(recipient: str):
    ((_, sender, *_),) = sent(account(**{"from": SERVICE}), Outgoing("id-1", recipient, NOW, "Hi"))

    with pytest.raises(Refusal, match="messaging service"):
        sent(account(), Outgoing("id-1", recipient, NOW, "Hi"))
    assert sender == ("MessagingServiceSid", SERVICE)


def test_files_are_fetched_by_twilio_and_carry_no_names():
    (form,) = sent(account(), Outgoing("id-1", "+15550001111", NOW, "Look", (PICTURE, PAPER)))

    assert form == [
        ("To", "+15550001111"),
        ("From", "+15550002222"),
        ("Body", "Look"),
        ("MediaUrl", "https://hub.example.test/files/1"),
        ("MediaUrl", "https://hub.example.test/files/2?k=a&b=c"),
        ("StatusCallback", HOOK + "?message=id-1"),
    ]


def test_a_file_without_words_has_no_body():
    (form,) = sent(account(), Outgoing("id-1", "+15550001111", NOW, "", (PICTURE,)))

    assert [name for name, _ in form] == ["To", "From", "MediaUrl", "StatusCallback"]


def test_a_long_text_is_cut_after_a_sentence_and_the_files_go_with_the_first_part():
    text = "Where is my parcel? " * 100
    forms = [dict(form) for form in sent(account(), Outgoing("id-1", "+15550001111", NOW, text, (PICTURE,)))]

    assert [len(form["Body"]) for form in forms] == [1600, 400]
    assert "".join(form["Body"] for form in forms) == text
    assert ["MediaUrl" in form for form in forms] == [True, False]


def test_a_query_of_the_webhook_address_stays():
    ((*_, callback),) = sent(account(HOOK + "?x=1#part"), Outgoing("id-1", "+15550001111", NOW, "Hi"))

    assert callback == ("StatusCallback", HOOK + "?x=1&message=id-1")


def test_without_a_known_webhook_address_no_status_is_asked_for():
    (form,) = sent(account(""), Outgoing("id-1", "+15550001111", NOW, "Hi"))

    assert "StatusCallback" not in dict(form)


def test_half_a_character_is_no_crash():
    assert sent(account(), Outgoing("id-1", "+15550001111", NOW, "a\ud83d"))[0][2] == ("Body", "a?")


NOT_CARRIED = {
    "no public address": (OutgoingFile("f", "a.png", "image/png", b"x"),),
    "too many": (PICTURE,) * 11,
    "too large together": (OutgoingFile("f", "a.png", "image/png", b"x" * 2_600_000, "https://a.example/1"),) * 2,
}


@pytest.mark.parametrize("files", NOT_CARRIED.values(), ids=NOT_CARRIED.keys())
def test_files_that_cannot_go_are_refused_in_a_sentence(files: tuple[OutgoingFile, ...]):
    with pytest.raises(Refusal) as refused:
        ADAPTER.render(account(), Outgoing("id-1", "+15550001111", NOW, "", files))

    assert refused.value.reason.endswith(".")


def test_api_base_url_stands_in_twilio_s_place_for_every_call():
    here = account(api_base_url="http://127.0.0.1:9/in/")
    media = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"
    probe, fetch = ADAPTER.probe(here, NOW), ADAPTER.fetch(here, media, ())
    (request,) = ADAPTER.render(here, Outgoing("id-1", "+15550001111", NOW, "Hi"))

    assert probe is not None
    assert fetch is not None
    assert probe.url == f"http://127.0.0.1:9/in/2010-04-01/Accounts/{SID}.json"
    assert request.url == f"http://127.0.0.1:9/in/2010-04-01/Accounts/{SID}/Messages.json"
    assert fetch.url == f"http://127.0.0.1:9/in/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"


def test_a_file_is_fetched_with_the_account_s_credentials():
    media = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"
    request = ADAPTER.fetch(account(), media, ())

    assert isinstance(ADAPTER, FetchesMedia)
    assert request is not None
    assert (request.method, request.url, request.headers) == ("GET", media, {"authorization": SIGNED_IN})
    assert ADAPTER.fetch(account(), media, (Response(200, {}, b"png"),)) is None


def test_a_gateway_s_own_address_of_a_file_stays():
    here = account(api_base_url="http://127.0.0.1:9/in")
    request = ADAPTER.fetch(here, "http://127.0.0.1:9/media/1", ())

    assert request is not None
    assert request.url == "http://127.0.0.1:9/media/1"


FOREIGN = [
    "https://evil.example/a",
    "http://api.twilio.com/a",
    "https://api.twilio.com.evil.example/a",
    "https://eviltwilio.com/a",
    "https://evil.example\\.twilio.com/a",
    "https://user@evil.example/a",
    "https://api.twilio.com:444/a",
    "file:///etc/passwd",
    "http://[::1",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
@pytest.mark.parametrize("base", ["", "http://127.0.0.1:9/in"], ids=["at Twilio", "at a gateway"])
def test_credentials_go_to_no_other_host(url: str, base: str):
    with pytest.raises(Refusal):
        ADAPTER.fetch(account(api_base_url=base), url, ())


CREATED = {"sid": "SM1", "status": "queued", "num_segments": "1", "error_code": None, "error_message": None, "new": {}}


def problem(code: int, **more: object) -> bytes:
    return json.dumps({"code": code, "message": "Said by Twilio", "more_info": "https://x", **more}).encode()


TAKEN = {
    "queued": (201, json.dumps(CREATED).encode(), ("SM1",)),
    "accepted by a service": (201, json.dumps({**CREATED, "status": "accepted"}).encode(), ("SM1",)),
}


@pytest.mark.parametrize(("status", "body", "ids"), TAKEN.values(), ids=TAKEN.keys())
def test_what_was_taken(status: int, body: bytes, ids: tuple[str, ...]):
    assert ADAPTER.classify(account(), Response(status, {}, body)) == Taken(ids)


ACTIONS = {
    20003: Action.SETTINGS,
    20404: Action.SETTINGS,
    20429: Action.RETRY,
    21211: Action.BLOCKED,
    21614: Action.BLOCKED,
    21408: Action.REJECTED,
    21606: Action.SETTINGS,
    21659: Action.SETTINGS,
    21660: Action.SETTINGS,
    21610: Action.BLOCKED,
    21611: Action.RETRY,
    21612: Action.REJECTED,
    21635: Action.REJECTED,
    21617: Action.REJECTED,
    21620: Action.REJECTED,
    12300: Action.REJECTED,
    11751: Action.REJECTED,
    30001: Action.RETRY,
    30002: Action.SETTINGS,
    30003: Action.REJECTED,
    30004: Action.BLOCKED,
    30005: Action.BLOCKED,
    30006: Action.BLOCKED,
    30007: Action.REJECTED,
    30008: Action.REJECTED,
    30034: Action.SETTINGS,
    30036: Action.REJECTED,
    63016: Action.WINDOW_CLOSED,
}


@pytest.mark.parametrize(("code", "action"), ACTIONS.items())
def test_each_code_tells_what_to_do(code: int, action: Action):
    told = ADAPTER.classify(account(), Response(400, {}, problem(code)))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, str(code))
    assert told.reason.endswith(".")
    assert "{" not in told.reason


def test_every_code_of_the_table_is_tested():
    assert set(ACTIONS) == set(RULES)


UNLISTED = {
    "busy": (429, b"", Action.RETRY),
    "down": (503, b"<html>", Action.RETRY),
    "broken, with a code": (500, problem(20500), Action.RETRY),
    "token": (401, b"", Action.SETTINGS),
    "forbidden": (403, b"{}", Action.SETTINGS),
    "account": (404, b"", Action.SETTINGS),
    "an unlisted code": (400, problem(21999), Action.REJECTED),
    "a code that is text": (400, b'{"code": "21610"}', Action.BLOCKED),
    "a code that is none": (400, b'{"code": {}}', Action.REJECTED),
    "a redirect": (302, b"", Action.REJECTED),
}


@pytest.mark.parametrize(("status", "body", "action"), UNLISTED.values(), ids=UNLISTED.keys())
def test_other_answers_go_by_their_status(status: int, body: bytes, action: Action):
    told = ADAPTER.classify(account(), Response(status, {"retry-after": "7"}, body))

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.retry_after_s == (7.0 if action is Action.RETRY else None)


def test_what_twilio_says_of_an_unlisted_code_is_said_on():
    told = ADAPTER.classify(account(), Response(400, {}, problem(21999)))

    assert isinstance(told, Refused)
    assert told.reason == "Twilio did not take the message. Said by Twilio."


def test_a_full_queue_is_asked_again_after_minutes():
    told = ADAPTER.classify(account(), Response(400, {}, problem(21611)))

    assert isinstance(told, Refused)
    assert told.retry_after_s == 300


def test_a_message_that_failed_at_once_was_not_taken():
    body = json.dumps({**CREATED, "status": "failed", "error_code": 21610, "error_message": "No."}).encode()
    told = ADAPTER.classify(account(), Response(201, {}, body))

    assert isinstance(told, Refused)
    assert told.action is Action.BLOCKED


GOOD_SECRETS = {"auth_token": "0123456789abcdef0123456789abcdef"}
WRONG = {
    "no account SID": ({**SETTINGS, "account_sid": "AC12"}, GOOD_SECRETS, "settings.account_sid"),
    "an API key's SID": ({**SETTINGS, "account_sid": "SK" + "0" * 32}, GOOD_SECRETS, "settings.account_sid"),
    "a number without a plus": ({**SETTINGS, "from": "15550002222"}, GOOD_SECRETS, "settings.from"),
    "a number with spaces": ({**SETTINGS, "from": "+1 555 000"}, GOOD_SECRETS, "settings.from"),
    "a long name": ({**SETTINGS, "from": "MYVERYLONGBRAND"}, GOOD_SECRETS, "settings.from"),
    "a token with a line": (SETTINGS, {"auth_token": "abc\n"}, "secrets.auth_token"),
    "a key with a space": (SETTINGS, {**GOOD_SECRETS, "webhook_key": "a b"}, "secrets.webhook_key"),
    "a base address without a host": ({**SETTINGS, "api_base_url": "https://"}, GOOD_SECRETS, "settings.api_base_url"),
    "a public address without a host": ({**SETTINGS, "public_url": "https:///x"}, GOOD_SECRETS, "settings.public_url"),
    "a broken public address": ({**SETTINGS, "public_url": "https://[::1"}, GOOD_SECRETS, "settings.public_url"),
}


@pytest.mark.parametrize(("settings", "secrets", "field"), WRONG.values(), ids=WRONG.keys())
def test_set_up_names_the_wrong_field(settings: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


@pytest.mark.parametrize("sender", ["+15550002222", "72975", SERVICE, "MY BRAND", "whatsapp:+15550002222"])
def test_each_kind_of_sender_is_let_in(sender: str):
    ADAPTER.check({**SETTINGS, "from": sender}, GOOD_SECRETS)


PROBED = {
    "nobody there": (None, "settings.api_base_url"),
    "wrong token": (Response(401, {}, problem(20003)), "secrets.auth_token"),
    "no such account": (Response(404, {}, problem(20404)), "settings.account_sid"),
    "down": (Response(503, {}, b""), "settings.account_sid"),
    "suspended": (Response(200, {}, b'{"status": "suspended"}'), "settings.account_sid"),
}


@pytest.mark.parametrize(("response", "field"), PROBED.values(), ids=PROBED.keys())
def test_the_test_call_names_the_wrong_field(response: Response | None, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(account(), response)

    assert refused.value.field == field


@pytest.mark.parametrize("body", [b'{"sid": "AC1", "status": "active"}', b"{}", b"<html>"])
def test_the_test_call_of_a_working_account_is_fine(body: bytes):
    ADAPTER.judge_probe(account(), Response(200, {}, body))


def test_a_get_is_not_wanted():
    with pytest.raises(Refusal):
        ADAPTER.handshake(account(), RawRequest("GET", "/", "", {}, b"", NOW))
