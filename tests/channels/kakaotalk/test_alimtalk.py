"""AlimTalk: approved notices by phone number, written down in the settings."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Request
from mim_desk.channels.kakaotalk import alimtalk
from mim_desk.channels.kakaotalk.adapter import KakaotalkAdapter
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Filling, ParameterKind, PartKind, as_text, parameters
from mim_desk.domain.template_checks import faults
from tests.channels.kakaotalk.test_adapter import ACCOUNT, HOOK, SETTINGS, TOKEN

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
ADAPTER = KakaotalkAdapter()
READY = {
    "title": "Order ready",
    "language": "ko",
    "header": "주문 {{number}}",
    "text": "{{name}}님, 주문하신 {{item}} 준비되었습니다.",
    "buttons": [{"title": "보기", "link": "https://acme.example/o/{{number}}"}],
}
VALUES = {
    "recipient.phone": "+82 10-1234-5678",
    "header.number": "77",
    "body.name": "김서연",
    "body.item": "코트",
    "button.0.number": "77",
}


def account(templates: object) -> Account:
    return Account("inbox", {**SETTINGS, "templates": templates}, ACCOUNT.secrets, "Brand", HOOK)


def test_the_notices_of_the_settings_are_the_inboxs_templates():
    (found,) = ADAPTER.written_templates(account({"order_ready": READY}))

    assert (found.name, found.language, found.title) == ("order_ready", "ko", "Order ready")
    assert [part.kind for part in found.parts] == [PartKind.RECIPIENT, PartKind.HEADER, PartKind.BODY, PartKind.BUTTON]
    first = next(one for _, one in parameters(found.parts))
    assert (first.key, first.kind) == ("recipient.phone", ParameterKind.PHONE)
    assert ADAPTER.list_templates(ACCOUNT, "") is None
    assert ADAPTER.written_templates(ACCOUNT) == ()


def test_a_notice_goes_to_the_number_with_its_whole_text():
    there = account({"order_ready": READY})
    (found,) = ADAPTER.written_templates(there)
    filling = Filling(VALUES)
    assert faults(found.parts, filling, NOW) == ()
    message = Outgoing(
        "m-1", "user-key-1", NOW, as_text(found.parts, filling), template=OutgoingTemplate(found, filling)
    )

    (step,) = ADAPTER.render(there, message)

    assert isinstance(step, Request)
    assert (step.url, step.once) == ("https://acme.api.example.test/kakao-alim/1/messages", True)
    assert step.headers["authorization"] == "App key-1"
    assert json.loads(step.body) == {
        "messages": [
            {
                "sender": "@brand",
                "destinations": [{"to": "821012345678", "messageId": "m-1"}],
                "content": {
                    "type": "TEMPLATE",
                    "templateCode": "order_ready",
                    "title": "주문 77",
                    "text": "김서연님, 주문하신 코트 준비되었습니다.",
                    "buttons": [
                        {
                            "type": "OPEN_URL",
                            "name": "보기",
                            "urlMobile": "https://acme.example/o/77",
                            "urlPc": "https://acme.example/o/77",
                        }
                    ],
                },
                "webhooks": {"delivery": {"url": f"{HOOK}?token={TOKEN}"}, "callbackData": "m-1"},
            }
        ]
    }


def test_without_a_phone_number_nothing_is_sent():
    (found,) = ADAPTER.written_templates(account({"order_ready": READY}))

    (fault,) = faults(found.parts, Filling({**VALUES, "recipient.phone": "call me"}), NOW)

    assert fault.sentence == "phone number must be a phone number with its country, such as +82 10 1234 5678."


@pytest.mark.parametrize(
    "templates",
    [
        ["order_ready"],
        {"order_ready": "text"},
        {"order_ready": {"text": ""}},
        {"order_ready": {"text": "a" * 1001}},
        {"order_ready": {"text": "a", "header": "a" * 51}},
        {"order_ready": {"text": "a", "buttons": [{"title": "b", "link": "c"}] * 6}},
        {"order_ready": {"text": "a", "colour": "red"}},
        {"a" * 31: {"text": "a"}},
        {"": {"text": "a"}},
    ],
)
def test_a_notice_that_is_written_wrongly_is_refused_at_set_up_and_left_out(templates: Any):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**SETTINGS, "templates": templates}, ACCOUNT.secrets)

    assert refused.value.field == "settings.templates"
    assert alimtalk.of_settings(account(templates)) == ()
