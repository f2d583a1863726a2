"""Templates of WhatsApp: listed, told of by webhook, and written as the calls of the contract's sheet."""

import json
from typing import Any

import pytest

from mim_desk.channels.base import (
    Action,
    Outgoing,
    OutgoingFile,
    OutgoingTemplate,
    Refused,
    Request,
    Response,
    TemplateChanged,
    TemplatePage,
    Unknown,
)
from mim_desk.channels.shared.meta_templates import template_of
from mim_desk.domain.template import Filling, ParameterKind, Template, TemplateStatus, as_text, parameters
from mim_desk.domain.template_checks import faults
from tests.channels.whatsapp import templates as made
from tests.channels.whatsapp.made import ACCOUNT, ADAPTER, NOW, PHONE, USER, change, parsed

PICTURE = OutgoingFile("file-1", "h.jpg", "image/jpeg", b"jpeg")
OTHER = OutgoingFile("file-2", "i.jpg", "image/jpeg", b"jpeg")


def template(told: dict[str, Any]) -> Template:
    found = template_of(json.dumps(told).encode())
    assert found is not None
    return found


def answer(*told: object, **paging: object) -> Response:
    return Response(200, {}, json.dumps({"data": told, "paging": paging}).encode())


def page(response: Response) -> TemplatePage:
    found = ADAPTER.read_templates(ACCOUNT, "", response)
    assert isinstance(found, TemplatePage)
    return found


def sent(
    told: dict[str, Any],
    values: dict[str, str],
    *files: OutgoingFile,
    kinds: dict[str, str] | None = None,
    to: str = PHONE,
) -> dict[str, Any]:
    """The body of the call that sends a filled template, uploads answered with ``media-0``, ``media-1`` ..."""
    types = {file.id: file.mime_type for file in files}
    filling = Filling(values, kinds or {}, types)
    whole = template(told)
    assert faults(whole.parts, filling, NOW) == ()
    message = Outgoing("8f1c", to, NOW, as_text(whole.parts, filling), files, template=OutgoingTemplate(whole, filling))
    steps = ADAPTER.render(ACCOUNT, message)
    assert len(steps) == len(files) + 1
    step = steps[0]
    for place, following in enumerate(steps[1:]):
        assert isinstance(step if isinstance(step, Request) else None, Request | None)
        assert not isinstance(following, Request)
        step = following(Response(200, {}, json.dumps({"id": f"media-{place}"}).encode()))
    assert isinstance(step, Request)
    assert step.url.endswith("/v25.0/310555000111222/messages")
    return dict(json.loads(step.body))


def components(told: dict[str, Any], values: dict[str, str], *files: OutgoingFile, **more: Any) -> Any:
    return sent(told, values, *files, **more)["template"].get("components")


def test_the_list_is_asked_for_page_by_page_at_the_business_account():
    request = ADAPTER.list_templates(ACCOUNT, "")
    following = ADAPTER.list_templates(ACCOUNT, "abc")

    assert request is not None
    assert request.url.startswith("https://graph.facebook.com/v25.0/210987654321098/message_templates?fields=")
    assert request.headers["authorization"].startswith("Bearer ")
    assert following is not None
    assert following.url.endswith("&after=abc")
    assert page(answer(made.PLAIN, cursors={"after": "abc"}, next="https://graph.facebook.com/x")).cursor == "abc"
    assert page(answer(made.PLAIN, cursors={"after": "abc"})).cursor == ""


def test_a_listed_template_is_read_with_all_its_parts():
    found = template(made.ORDER_UPDATE)

    assert (found.name, found.language, found.status, found.category, found.quality, found.reason) == (
        "order_update",
        "en_US",
        TemplateStatus.APPROVED,
        "utility",
        "green",
        "",
    )
    assert [(one.key, one.kind) for _, one in parameters(found.parts)] == [
        ("header.image", ParameterKind.IMAGE),
        ("body.1", ParameterKind.TEXT),
        ("body.2", ParameterKind.TEXT),
        ("button.0.payload", ParameterKind.PAYLOAD),
        ("button.1.link", ParameterKind.LINK_END),
    ]
    assert [one.example for _, one in parameters(found.parts)][1:3] == ["Mina", "A-77"]


def test_one_broken_template_costs_no_other():
    assert [one.name for one in page(answer(17, {"name": "x"}, made.PLAIN, {"components": 3})).templates] == [
        "hello_world"
    ]


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("APPROVED", "NONE", (TemplateStatus.APPROVED, "")),
        ("FLAGGED", None, (TemplateStatus.APPROVED, "")),
        ("PENDING", None, (TemplateStatus.PENDING, "")),
        ("IN_APPEAL", None, (TemplateStatus.PENDING, "")),
        ("REJECTED", "TAG_CONTENT_MISMATCH", (TemplateStatus.REJECTED, "Its reason: tag content mismatch.")),
        ("PAUSED", None, (TemplateStatus.PAUSED, "")),
        ("DISABLED", None, (TemplateStatus.DISABLED, "")),
        ("LIMIT_EXCEEDED", None, (TemplateStatus.DISABLED, "")),
        ("SOMETHING_NEW", None, (TemplateStatus.PENDING, "")),
    ],
)
def test_each_status_says_whether_it_can_be_sent(status: str, reason: str | None, expected: tuple[object, str]):
    found = template({**made.PLAIN, "status": status, "rejected_reason": reason})

    assert (found.status, found.reason) == expected


def test_what_cannot_be_filled_in_here_is_told_and_never_chosen():
    found = template(made.PRODUCTS)

    assert (found.status, found.reason, found.parts) == (
        TemplateStatus.UNUSABLE,
        "It has a button of the kind mpm.",
        (),
    )


def test_a_list_that_is_refused_says_why():
    refused = Response(400, {}, b'{"error": {"code": 200, "message": "Permissions error"}}')

    told = ADAPTER.read_templates(ACCOUNT, "", refused)

    assert isinstance(told, Refused)
    assert "permissions" in told.reason


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b'{"data": 3}'])
def test_a_list_that_cannot_be_read_is_asked_for_again(body: bytes):
    told = ADAPTER.read_templates(ACCOUNT, "", Response(200, {}, body))

    assert isinstance(told, Refused)
    assert told.action is Action.RETRY


def test_without_the_business_accounts_id_nothing_is_asked():
    account = type(ACCOUNT)("inbox-1", {"phone_number_id": "1"}, ACCOUNT.secrets)

    assert ADAPTER.list_templates(account, "") is None


# -- what is written -------------------------------------------------------------------------------


def test_the_sheets_example_is_written_as_it_stands_there():
    values = {
        "header.image": "file-1",
        "body.1": "Mina",
        "body.2": "A-77",
        "button.0.payload": "STOP_PROMO",
        "button.1.link": "A-77",
    }

    assert sent(made.ORDER_UPDATE, values, PICTURE) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": "template",
        "biz_opaque_callback_data": "8f1c",
        "template": {
            "name": "order_update",
            "language": {"policy": "deterministic", "code": "en_US"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "media-0"}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Mina"}, {"type": "text", "text": "A-77"}]},
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "STOP_PROMO"}],
                },
                {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "A-77"}]},
            ],
        },
    }


def test_named_parameters_say_their_name():
    assert components(made.NAMED, {"header.guest": "Noor", "body.room": "12"}) == [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "guest", "text": "Noor"}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "room", "text": "12"}]},
    ]


def test_a_place_a_date_and_an_amount_are_written_as_such():
    values = {
        "header.latitude": "39.47",
        "header.longitude": "-0.37",
        "header.name": "Shop",
        "header.address": "C/ Mayor 1",
        "body.1": "30 November 2026",
        "body.2": "189.5 EUR",
    }

    assert components(made.MEETING, values, kinds={"body.1": "date_time", "body.2": "currency"}) == [
        {
            "type": "header",
            "parameters": [
                {
                    "type": "location",
                    "location": {"latitude": "39.47", "longitude": "-0.37", "name": "Shop", "address": "C/ Mayor 1"},
                }
            ],
        },
        {
            "type": "body",
            "parameters": [
                {"type": "date_time", "date_time": {"fallback_value": "30 November 2026"}},
                {
                    "type": "currency",
                    "currency": {"fallback_value": "189.5 EUR", "code": "EUR", "amount_1000": 189500},
                },
            ],
        },
    ]


@pytest.mark.parametrize(
    ("written", "thousandths"),
    [("0 EUR", 0), ("12 EUR", 12000), ("-1.005 KWD", -1005), ("999999999999.999 JPY", 999999999999999)],
)
def test_money_is_written_in_thousandths_without_rounding(written: str, thousandths: int):
    values = {f"header.{name}": "1" for name in ("latitude", "longitude", "name", "address")}
    told = components(made.MEETING, {**values, "body.1": "x", "body.2": written}, kinds={"body.2": "currency"})

    assert told[1]["parameters"][1]["currency"]["amount_1000"] == thousandths


def test_a_one_time_code_stands_in_the_body_and_in_its_button():
    assert components(made.PASSCODE, {"body.1": "493201"}) == [
        {"type": "body", "parameters": [{"type": "text", "text": "493201"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "493201"}]},
    ]


def test_an_offer_tells_its_end_in_milliseconds_and_its_code():
    assert components(made.OFFER, {"offer.ends": "2026-11-30T18:00:00+00:00", "button.0.code": "SAVE20"}) == [
        {
            "type": "limited_time_offer",
            "parameters": [{"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1796061600000}}],
        },
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "0",
            "parameters": [{"type": "coupon_code", "coupon_code": "SAVE20"}],
        },
    ]


def test_each_card_of_a_carousel_has_its_own_picture_words_and_link():
    values = {"body.1": "Mina"}
    for card, file in enumerate(("file-1", "file-2")):
        values |= {
            f"card.{card}.header.image": file,
            f"card.{card}.body.1": "you",
            f"card.{card}.button.0.link": f"bag-{card}",
        }

    first, carousel = components(made.CAROUSEL, values, PICTURE, OTHER)

    assert first == {"type": "body", "parameters": [{"type": "text", "text": "Mina"}]}
    assert carousel["type"] == "carousel"
    assert [card["card_index"] for card in carousel["cards"]] == [0, 1]
    assert carousel["cards"][1]["components"] == [
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "media-1"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "you"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "bag-1"}]},
    ]


def test_a_template_without_blanks_has_no_components_and_goes_to_a_hidden_number():
    told = sent(made.PLAIN, {}, to=USER)

    assert told["recipient"] == USER
    assert told["template"] == {"name": "hello_world", "language": {"policy": "deterministic", "code": "en_US"}}


def test_a_button_that_opens_a_form_is_named_although_nothing_is_to_be_filled_in():
    assert components(made.FORM, {}) == [
        {
            "type": "button",
            "sub_type": "flow",
            "index": "1",
            "parameters": [{"type": "action", "action": {"flow_token": "unused"}}],
        }
    ]


def test_a_quick_reply_without_a_payload_is_left_to_its_title():
    told = components(
        made.ORDER_UPDATE, {"header.image": "file-1", "body.1": "a", "body.2": "b", "button.1.link": "c"}, PICTURE
    )

    assert [one["sub_type"] for one in told if one["type"] == "button"] == ["url"]


# -- what the webhook tells ------------------------------------------------------------------------

KEYS = {"message_template_id": 777001, "message_template_name": "order_update", "message_template_language": "en_US"}


@pytest.mark.parametrize(
    ("field", "told", "expected"),
    [
        (
            "message_template_status_update",
            {"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}},
            TemplateChanged("order_update", "en_US", TemplateStatus.PAUSED),
        ),
        (
            "message_template_status_update",
            {"event": "REJECTED", "reason": "INVALID_FORMAT"},
            TemplateChanged("order_update", "en_US", TemplateStatus.REJECTED, "Its reason: invalid format."),
        ),
        (
            "message_template_status_update",
            {"event": "REJECTED", "rejection_info": {"reason": "Variables next to each other."}},
            TemplateChanged(
                "order_update", "en_US", TemplateStatus.REJECTED, "Its reason: Variables next to each other."
            ),
        ),
        (
            "message_template_status_update",
            {"event": "DELETED", "reason": None},
            TemplateChanged("order_update", "en_US", TemplateStatus.DISABLED, is_gone=True),
        ),
        (
            "message_template_status_update",
            {"event": "PAUSED", "message_template_language": "en-US"},
            TemplateChanged("order_update", "en_US", TemplateStatus.PAUSED),
        ),
        (
            "message_template_quality_update",
            {"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"},
            TemplateChanged("order_update", "en_US", quality="yellow"),
        ),
        (
            "template_category_update",
            {"previous_category": "UTILITY", "new_category": "MARKETING"},
            TemplateChanged("order_update", "en_US", category="marketing"),
        ),
    ],
)
def test_news_of_a_template_are_read(field: str, told: dict[str, object], expected: TemplateChanged):
    assert parsed({"field": field, "value": {**KEYS, **told}}) == (expected,)


def test_news_of_no_template_in_particular_are_kept_as_unknown():
    assert parsed(change("message_template_status_update", event="PAUSED")) == (Unknown("template", "cannot be read"),)
