"""What each form of Twilio's becomes."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    ConsentChanged,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    Place,
    RawRequest,
    Receipt,
    Unknown,
)
from mim_desk.channels.shared.opt_out import OptOut, opt_out_of
from mim_desk.channels.sms_twilio import errors
from mim_desk.channels.sms_twilio.adapter import SmsTwilioAdapter
from mim_desk.domain.message import DeliveryStatus, MessageType

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = Account("inbox", {}, {"auth_token": "token"}, "Brand", "https://hub.example.test/hook")
ADAPTER = SmsTwilioAdapter()
SID = "SM00000000000000000000000000000001"
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME"
HELLO = {
    "ToCountry": "US",
    "MessageSid": SID,
    "SmsSid": SID,
    "SmsMessageSid": SID,
    "AccountSid": "AC00000000000000000000000000000001",
    "From": "+15550001111",
    "To": "+15550002222",
    "Body": "Hi there",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "ApiVersion": "2010-04-01",
}


def events(body: bytes, query: str = "") -> tuple[Event, ...]:
    request = RawRequest("POST", "/webhooks/sms_twilio/inbox", query, {}, body, NOW)
    parsed = ADAPTER.parse(ACCOUNT, request)
    assert (parsed.answer.body, parsed.answer.content_type) == (b"<Response></Response>", "text/xml")
    return parsed.events


def read(body: bytes, query: str = "") -> Event:
    return events(body, query)[0]


def message(**changes: str) -> IncomingMessage:
    event = read(urlencode({**HELLO, **changes}).encode())
    assert isinstance(event, IncomingMessage)
    return event


def test_a_text():
    event = message(FromCity="Springfield", FromState="OR", FromCountry="US", FromZip="", Surprise="new")

    assert (event.external_id, event.type, event.text) == (SID, MessageType.TEXT, "Hi there")
    assert (event.sender.external_id, event.sender.display) == ("+15550001111", "+15550001111")
    assert event.sender.verified is False
    assert event.sender.fields == {
        "phone": "+15550001111",
        "claimed.city": "Springfield",
        "claimed.region": "OR",
        "claimed.country": "US",
    }
    assert event.occurred_at == NOW
    assert event.details == {"to": "+15550002222"}


def test_a_text_in_any_script_as_it_is():
    assert message(Body="  two\nlines 👋 & = + ç ").text == "  two\nlines 👋 & = + ç "


def test_a_text_with_nothing_in_it():
    assert (message(Body="").type, message(Body="").text) == (MessageType.TEXT, "")


def test_pictures_and_more():
    media = {"MediaUrl0": MEDIA + "0", "MediaContentType0": "image/jpeg", "MediaUrl1": MEDIA + "1"}
    event = message(Body="", NumMedia="2", **media, MediaContentType1="audio/amr")

    assert event.type is MessageType.IMAGE
    assert event.files == (
        IncomingFile("image-1.jpg", "image/jpeg", url=MEDIA + "0"),
        IncomingFile("audio-2.amr", "audio/amr", url=MEDIA + "1"),
    )


FILES = {
    "voice": ("audio/amr", MessageType.AUDIO, "audio-1.amr"),
    "film": ("video/3gpp", MessageType.VIDEO, "video-1.3gp"),
    "contact card": ("text/x-vcard", MessageType.CONTACT_CARD, "file-1.vcf"),
    "paper": ("application/pdf", MessageType.FILE, "file-1.pdf"),
    "kind with a setting": ("Image/PNG; charset=x", MessageType.IMAGE, "image-1.png"),
    "no kind": ("", MessageType.FILE, "file-1.bin"),
    "wild kind": ("image/../../x", MessageType.IMAGE, "image-1.bin"),
}


@pytest.mark.parametrize(("mime_type", "wanted", "name"), FILES.values(), ids=FILES.keys())
def test_each_kind_of_file(mime_type: str, wanted: MessageType, name: str):
    event = message(NumMedia="1", MediaUrl0=MEDIA, MediaContentType0=mime_type)

    assert event.type is wanted
    assert [file.name for file in event.files] == [name]


def test_files_that_are_promised_but_not_named_show_that_there_was_something():
    assert message(Body="", NumMedia="2").type is MessageType.UNSUPPORTED
    assert message(Body="Look", NumMedia="2").type is MessageType.TEXT


@pytest.mark.parametrize("kind", ["interactive", "unsupported", "order"])
def test_what_twilio_cannot_pass_on_shows_that_there_was_something(kind: str):
    assert message(Body="", NumMedia="0", MessageType=kind).type is MessageType.UNSUPPORTED
    assert message(Body="", NumMedia="0", MessageType="text").type is MessageType.TEXT


def test_a_button_that_is_pressed_is_no_keyword():
    assert "opt_out" not in message(Body="Yes", ButtonText="Yes", ButtonPayload="yes").details


def test_files_that_are_named_but_not_promised_are_taken():
    assert len(message(NumMedia="what", MediaUrl0=MEDIA).files) == 1


def test_at_most_ten_files():
    assert len(message(NumMedia="12", **{f"MediaUrl{n}": MEDIA for n in range(12)}).files) == 10


def test_whatsapp_through_twilio():
    event = message(
        From="whatsapp:+15550001111", ProfileName="Ana", WaId="15550001111", ReferralCtwaClid="click-1", Body="Olá"
    )

    assert event.sender.external_id == "whatsapp:+15550001111"
    assert (event.sender.name, event.sender.display) == ("Ana", "+15550001111")
    assert event.sender.fields == {"phone": "+15550001111", "network": "whatsapp"}
    assert event.details == {"to": "+15550002222", "ad_click_id": "click-1"}


def test_a_button_that_was_chosen():
    event = message(From="whatsapp:+15550001111", Body="Yes, please", ButtonText="Yes, please", ButtonPayload="yes")

    assert event.type is MessageType.CHOICE
    assert event.choice == Picked("yes", "Yes, please")
    assert event.text == "Yes, please"


def test_a_row_of_a_list_that_was_chosen():
    event = message(From="whatsapp:+15550001111", Body="Size 39", ListId="size-39", ListTitle="Size 39")

    assert (event.type, event.choice, event.text) == (MessageType.CHOICE, Picked("size-39", "Size 39"), "Size 39")


def test_what_is_quoted_and_whether_it_was_forwarded_on_whatsapp():
    event = message(OriginalRepliedMessageSid="MM7", Forwarded="true", FrequentlyForwarded="false")
    often = message(Forwarded="true", FrequentlyForwarded="true")

    assert (event.reply_to, event.details["forwarded"]) == ("MM7", "once")
    assert (often.reply_to, often.details["forwarded"]) == (None, "often")
    assert "forwarded" not in message(Forwarded="false", FrequentlyForwarded="false").details


def test_the_ad_that_brought_somebody_on_whatsapp():
    told = {"ReferralHeadline": "Sale", "ReferralSourceUrl": "https://fb.example/1", "ReferralSourceId": "17"}

    details = message(**told, ReferralSourceType="ad", ReferralBody="All must go", ReferralNumMedia="0").details

    assert (details["referral_headline"], details["referral_url"]) == ("Sale", "https://fb.example/1")
    assert (details["referral_id"], details["referral_type"], details["referral_text"]) == ("17", "ad", "All must go")


def test_a_sticker_on_whatsapp():
    event = message(Body="", MessageType="sticker", NumMedia="1", MediaUrl0=MEDIA, MediaContentType0="image/webp")

    assert event.type is MessageType.STICKER


def test_a_place():
    event = message(Body="", Latitude="38.7", Longitude="-9.1", Label="Café", Address="Rua 1")

    assert event.type is MessageType.LOCATION
    assert event.location == Place(38.7, -9.1, "Café")
    assert event.details["address"] == "Rua 1"


@pytest.mark.parametrize("latitude", ["nan", "inf", "91", "here", "1e999"])
def test_a_place_that_cannot_be_is_none(latitude: str):
    event = message(Body="", Latitude=latitude, Longitude="1")

    assert (event.type, event.location) == (MessageType.UNSUPPORTED, None)


@pytest.mark.parametrize("sender", ["72975", "MYBANK"])
def test_short_codes_and_names_are_machines(sender: str):
    event = message(From=sender)

    assert event.details["sender_kind"] == "machine"
    assert not event.wants_answer
    assert "phone" not in event.sender.fields


STOPS = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "stop", " Stop \n"]
WORDS = {
    **{f"{word.strip()!r}": ("", word, OptOut.STOP) for word in STOPS},
    "START": ("", "START", OptOut.START),
    "unstop": ("", "unstop", OptOut.START),
    "HELP": ("", "HELP", OptOut.HELP),
    "info": ("", " info", OptOut.HELP),
    "a localised word that Twilio found": ("STOP", "arrête", OptOut.STOP),
    "a localised opt-in": ("START", "oui", OptOut.START),
    "a localised question": ("HELP", "aide", OptOut.HELP),
    "Twilio's finding goes first": ("HELP", "STOP", OptOut.HELP),
    "YES may be an answer": ("", "YES", OptOut.MAYBE_START),
    "please stop": ("", "please stop", OptOut.MAYBE_STOP),
    "with a mark": ("", "STOP!", OptOut.MAYBE_STOP),
    "opt out in a sentence": ("", "I want to opt out", OptOut.MAYBE_STOP),
    "a bus stop": ("", "Which of the buses goes from the stop near you to the market?", None),
    "a word in a word": ("", "nonstop", None),
    "cancel of something": ("", "Cancel my order", None),
    "yes of something": ("", "Yes please", None),
    "nothing": ("", "", None),
    "a kind that is not known": ("PAUSE", "Hi", None),
}


@pytest.mark.parametrize(("told", "body", "wanted"), WORDS.values(), ids=WORDS.keys())
def test_words_about_consent(told: str, body: str, wanted: OptOut | None):
    assert opt_out_of(told, body) is wanted
    assert message(OptOutType=told, Body=body).details.get("opt_out") == wanted


@pytest.mark.parametrize(("told", "body", "wanted"), WORDS.values(), ids=WORDS.keys())
def test_what_twilio_answers_itself_wants_no_answer_of_ours(told: str, body: str, wanted: OptOut | None):
    found = events(urlencode({**HELLO, "OptOutType": told, "Body": body}).encode())

    assert isinstance(found[0], IncomingMessage)
    assert found[0].wants_answer is (wanted not in (OptOut.STOP, OptOut.START, OptOut.HELP))
    granted = {OptOut.STOP: [False], OptOut.START: [True]}.get(wanted, []) if wanted else []
    consents = [event for event in found[1:] if isinstance(event, ConsentChanged)]
    assert [one.granted for one in consents] == granted
    assert all(one.evidence == found[0].external_id and one.blocks for one in consents)
    assert len(found) == 1 + len(granted)


def receipt(status: str, query: str = "", **more: str) -> Receipt:
    fields = {"MessageSid": SID, "SmsSid": SID, "SmsStatus": status, "MessageStatus": status, "To": "+1", **more}
    event = read(urlencode(fields).encode(), query)
    assert isinstance(event, Receipt)
    return event


STATUSES = {
    **dict.fromkeys(["accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"], DeliveryStatus.SENT),
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    **dict.fromkeys(["undelivered", "failed", "canceled"], DeliveryStatus.FAILED),
}


@pytest.mark.parametrize(("status", "wanted"), STATUSES.items())
def test_how_far_a_message_got(status: str, wanted: DeliveryStatus):
    event = receipt(status, "message=our-id", RawDlrDoneDate="2611221200")

    assert (event.status, event.external_id, event.message_id, event.at) == (wanted, SID, "our-id", NOW)
    assert bool(event.reason) is (wanted is DeliveryStatus.FAILED)


def test_a_status_whose_address_does_not_name_our_message_is_known_by_twilio_s():
    assert receipt("sent").message_id is None


def test_a_code_that_says_no_error_is_none():
    assert receipt("canceled", ErrorCode="0").code == ""
    assert receipt("canceled").reason == "The message was cancelled at Twilio."


@pytest.mark.parametrize("code", errors.RULES)
def test_why_it_was_not_delivered(code: int):
    event = receipt("undelivered", ErrorCode=str(code), ErrorMessage="said by Twilio")

    assert (event.reason, event.code) == (errors.RULES[code].reason, str(code))


def test_a_reason_without_a_sentence_of_ours():
    assert receipt("failed", ErrorCode="39999", ErrorMessage="Odd\nthing.").reason == (
        "The message was not delivered. Odd thing."
    )
    assert receipt("failed", ErrorCode="9" * 5000).reason == "The message was not delivered."
    assert receipt("failed").reason == "The message was not delivered."


UNKNOWN = {
    "nothing": b"",
    "a form of another kind": b"EventType=onDance&AccountSid=AC1",
    "an event stream": b'[{"specversion":"1.0","type":"com.twilio.messaging.inbound-message.received","data":{}}]',
    "a status there is not": b"MessageSid=SM1&MessageStatus=eaten",
    "a message on its way in": b"MessageSid=SM1&MessageStatus=receiving",
    "a message without its id": b"From=%2B15550001111&Body=Hi&NumMedia=0",
    "a message with an empty id": b"MessageSid=&From=%2B15550001111&Body=Hi",
    "a message of nobody": b"MessageSid=SM1&From=&Body=Hi",
    "a status of nothing": b"MessageSid=&MessageStatus=sent",
    "too many fields": b"a=1&" * 5000,
    "deep nesting": b"[" * 30_000,
}


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_read_is_unknown(body: bytes):
    assert isinstance(read(body), Unknown)


@pytest.mark.parametrize("cut", range(0, len(urlencode(HELLO)), 7))
def test_a_cut_form_is_read_or_unknown(cut: int):
    assert isinstance(read(urlencode(HELLO).encode()[:cut]), IncomingMessage | Unknown)


def test_bytes_that_are_no_text_are_marked():
    event = read(b"MessageSid=SM1&From=%2B15550001111&Body=%ff%fe")

    assert isinstance(event, IncomingMessage)
    assert event.text == "\ufffd\ufffd"


@given(
    st.dictionaries(st.sampled_from([*HELLO, "MessageStatus", "MediaUrl0", "Latitude", "Longitude"]), st.text()),
    st.text(max_size=50),
)
def test_any_form_is_read_without_an_exception(fields: dict[str, str], query: str):
    read(urlencode(fields, errors="replace").encode(), query)
