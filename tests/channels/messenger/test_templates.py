"""Utility messages: templates of a Page, listed, told of and sent where the customer wrote long ago."""

import json
from datetime import timedelta

import pytest

from mim_desk.channels.base import (
    LastIncoming,
    Outgoing,
    OutgoingTemplate,
    Request,
    Response,
    TemplateChanged,
    TemplatePage,
)
from mim_desk.channels.shared.meta_templates import template_of
from mim_desk.domain.template import Filling, Template, TemplateStatus
from tests.channels.messenger.made import ACCOUNT, ADAPTER, NOW, PAGE, PERSON, SECRETS, delivery

REMINDER = {
    "id": "1",
    "name": "appointment_reminder",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "{{1}}, we expect you at {{2}}.", "example": {"body_text": [["Mina", "14:00"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "POSTBACK", "text": "I come", "payload": "ok"}]},
    ],
}


def template(told: dict[str, object]) -> Template:
    found = template_of(json.dumps(told).encode())
    assert found is not None
    return found


def sent(values: dict[str, str], days: int = 30) -> dict[str, object]:
    last = LastIncoming(NOW - timedelta(days=days))
    outgoing = OutgoingTemplate(template(REMINDER), Filling(values))
    message = Outgoing("8f1c", PERSON, NOW, "as text", last_incoming=last, template=outgoing)
    (step,) = ADAPTER.render(ACCOUNT, message)
    assert isinstance(step, Request)
    assert step.url == f"https://graph.facebook.com/v25.0/{PAGE}/messages"
    return dict(json.loads(step.body))


def test_the_sheets_example_is_written_as_it_stands_there():
    assert sent({"body.1": "Mina", "body.2": "14:00", "button.0.payload": "ok"}) == {
        "recipient": {"id": PERSON},
        "messaging_type": "UTILITY",
        "message": {
            "metadata": "8f1c",
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "utility_messages",
                    "name": "appointment_reminder",
                    "language": {"code": "en_US"},
                    "components": [
                        {
                            "type": "body",
                            "parameters": [{"type": "text", "text": "Mina"}, {"type": "text", "text": "14:00"}],
                        },
                        {
                            "type": "button",
                            "sub_type": "quick_reply",
                            "index": 0,
                            "parameters": [{"type": "payload", "payload": "ok"}],
                        },
                    ],
                },
            },
        },
    }


def test_after_seven_days_a_text_is_refused_and_a_template_goes():
    assert sent({"body.1": "Mina", "body.2": "14:00"}, days=8)["messaging_type"] == "UTILITY"


def test_the_pages_templates_are_listed():
    request = ADAPTER.list_templates(ACCOUNT, "")
    page = ADAPTER.read_templates(ACCOUNT, "", Response(200, {}, json.dumps({"data": [REMINDER]}).encode()))

    assert request is not None
    assert request.url.startswith(f"https://graph.facebook.com/v25.0/{PAGE}/message_templates?fields=")
    assert request.headers == {"authorization": f"Bearer {SECRETS['access_token']}"}
    assert isinstance(page, TemplatePage)
    assert [one.name for one in page.templates] == ["appointment_reminder"]


def test_a_template_with_a_file_cannot_be_chosen():
    pictured = {**REMINDER, "components": [{"type": "HEADER", "format": "IMAGE"}, *REMINDER["components"]]}  # type: ignore[misc]
    page = ADAPTER.read_templates(ACCOUNT, "", Response(200, {}, json.dumps({"data": [pictured]}).encode()))

    assert isinstance(page, TemplatePage)
    assert (page.templates[0].status, page.templates[0].reason) == (
        TemplateStatus.UNUSABLE,
        "It has a file in its header.",
    )


@pytest.mark.parametrize("field", ["messenger_template_status_update", "message_template_status_update"])
def test_news_of_a_template_are_read_under_either_name(field: str):
    value = {"event": "REJECTED", "message_template_name": "x", "message_template_language": "en_US", "reason": "NONE"}
    entry = {"id": PAGE, "time": 1795305600500, "changes": [{"field": field, "value": value}]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()

    assert ADAPTER.parse(ACCOUNT, delivery(body)).events == (TemplateChanged("x", "en_US", TemplateStatus.REJECTED),)
