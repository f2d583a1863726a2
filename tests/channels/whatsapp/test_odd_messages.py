"""Messages in the rarer shapes of Meta's pages: nothing of what was sent is left out."""

from typing import Any

import pytest

from mim_desk.channels.base import IncomingMessage
from mim_desk.domain.message import MessageType
from tests.channels.whatsapp.made import change, message, parsed

WHOLE_CARD = {
    "name": {"formatted_name": "Leo Ruiz", "first_name": "Leo", "middle_name": "M", "prefix": "Dr"},
    "org": {"company": "Ruiz Ltd", "department": "Sales", "title": "Director"},
    "phones": [{"wa_id": "14155550142", "type": "CELL"}, {"phone": None}],
    "emails": [{"email": "leo@ruiz.example", "type": "WORK"}],
    "urls": [{"url": "https://ruiz.example", "type": "WORK"}],
    "addresses": [{"street": "12 Elm Street", "city": "Reno", "state": "NV", "zip": "89501", "country": "USA"}],
    "birthday": "1990-08-18",
    "origin": "?",
}
TOO_LARGE = [{"code": 131052, "title": "Media download error", "error_data": {"details": "larger than 100 MB"}}]
ODD: dict[str, tuple[dict[str, Any], MessageType, str, dict[str, str]]] = {
    "a card with all that cards have": (
        message("contacts", [WHOLE_CARD]),
        MessageType.CONTACT_CARD,
        (
            "Leo Ruiz\nDirector, Sales, Ruiz Ltd\n+14155550142\nleo@ruiz.example\nhttps://ruiz.example\n"
            "12 Elm Street, 89501 Reno, NV, USA\n1990-08-18"
        ),
        {},
    ),
    "the customer's own number, with a name on the card alone": (
        message(
            "contacts", [{"vcard": "BEGIN:VCARD\nFN:Ida\\, Berg\nEND:VCARD", "phones": [{"phone": "+1 415 555 0142"}]}]
        ),
        MessageType.CONTACT_CARD,
        "Ida, Berg\n+1 415 555 0142",
        {},
    ),
    "a form with groups and empty answers": (
        message(
            "interactive",
            {
                "type": "nfm_reply",
                "nfm_reply": {"body": "Sent", "response_json": '{"who":{"name":"Ida","phone":""},"flow_token":"t"}'},
            },
        ),
        MessageType.TEXT,
        "Sent\nname: Ida",
        {},
    ),
    "an address, which its body writes out": (
        message(
            "interactive",
            {
                "type": "nfm_reply",
                "nfm_reply": {
                    "name": "address_message",
                    "body": "Ida Berg\n12 Elm Street",
                    "response_json": '{"saved_address_id":"a1","values":{"name":"Ida Berg","address":"12 Elm Street"}}',
                },
            },
        ),
        MessageType.TEXT,
        "Ida Berg\n12 Elm Street",
        {},
    ),
    "an answer to whether we may call": (
        message(
            "interactive",
            {"type": "call_permission_reply", "call_permission_reply": {"response": "reject"}},
        ),
        MessageType.CHOICE,
        "reject",
        {"kind": "call_permission_reply"},
    ),
    "an answer that is newer than this": (
        message("interactive", {"type": "picture_reply", "picture_reply": {}}),
        MessageType.UNSUPPORTED,
        "",
        {"kind": "picture_reply"},
    ),
    "a voice message under its old name": (
        message("voice", {"id": "99", "mime_type": "audio/ogg; codecs=opus"}),
        MessageType.VOICE,
        "",
        {},
    ),
    "an ad that tells which link it was": (
        message(referral={"source_type": "ad", "ref": "spring", "welcome_message": "Hi!"}),
        MessageType.TEXT,
        "Is it in stock?",
        {"referral": "spring", "referral_type": "ad"},
    ),
    "nothing but errors": (
        {"from": "14155550199", "id": "wamid.IN1", "errors": [{"code": 131051}]},
        MessageType.UNSUPPORTED,
        "",
        {"code": "131051"},
    ),
    "an order of which only words are told": (
        message("order", {"catalog_id": "555001", "text": "please hurry"}),
        MessageType.ORDER,
        "please hurry",
        {"catalog_id": "555001"},
    ),
    "an order whose products are null": (
        message("order", {"catalog_id": "555001", "text": "please hurry", "product_items": None}),
        MessageType.ORDER,
        "please hurry",
        {"catalog_id": "555001"},
    ),
    "a form whose answers are no text": (
        message("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": {"rating": 4}}}),
        MessageType.TEXT,
        "Sent\nrating: 4",
        {},
    ),
    "a form whose answers cannot be read": (
        message("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{oops"}}),
        MessageType.TEXT,
        "Sent",
        {},
    ),
    "a file that Meta could not fetch": (
        {**message("video", {"mime_type": "video/mp4"}), "errors": TOO_LARGE},
        MessageType.UNSUPPORTED,
        "",
        {"kind": "video", "code": "131052"},
    ),
    "a message with an error beside its text": (
        {**message("text", {"body": "hi"}), "errors": [{"code": 131000}]},
        MessageType.TEXT,
        "hi",
        {},
    ),
}


@pytest.mark.parametrize(("item", "kind", "text", "details"), ODD.values(), ids=ODD.keys())
def test_what_was_sent_is_read(item: dict[str, Any], kind: MessageType, text: str, details: dict[str, str]):
    (said,) = parsed(change(messages=[item]))

    assert isinstance(said, IncomingMessage)
    assert (said.type, said.text, dict(said.details)) == (kind, text, details)
