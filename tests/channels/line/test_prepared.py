"""Messages that were designed beforehand in LINE's own JSON."""

import json
from typing import Any

import pytest

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Request
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Filling, as_text, parameters
from tests.channels.line.made import ACCOUNT, NOW

ADAPTER = LineAdapter()
ID = "0199aa00-0000-7000-8000-000000000001"
BUBBLE = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Order {{number}}"}]},
}
FLEX = {"type": "flex", "altText": "Hello {{name}}", "contents": BUBBLE}
IMAGEMAP = {
    "type": "imagemap",
    "baseUrl": "https://h.example/map",
    "altText": "Map",
    "baseSize": {"width": 1040, "height": 585},
    "actions": [{"type": "uri", "linkUri": "https://h.example", "area": {"x": 0, "y": 0, "width": 520, "height": 585}}],
}
CONFIRM = {
    "type": "confirm",
    "text": "Right?",
    "actions": [{"type": "message", "label": "Yes", "text": "Yes"}, {"type": "message", "label": "No", "text": "No"}],
}
MESSAGES: dict[str, dict[str, Any]] = {
    "flex": FLEX,
    "imagemap": IMAGEMAP,
    "template": {"type": "template", "altText": "Right?", "template": CONFIRM},
    "textV2": {
        "type": "textV2",
        "text": "Hi {smile}",
        "substitution": {"smile": {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "002"}},
    },
    "coupon": {"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7", "deliveryTag": "spring"},
}


def account(**prepared: object) -> Account:
    return Account(ACCOUNT.inbox_id, {"prepared_messages": prepared}, ACCOUNT.secrets, "Brand")


def sent(there: Account, **values: str) -> dict[str, Any]:
    (found,) = ADAPTER.written_templates(there)
    filling = Filling(values)
    message = Outgoing(ID, "Umio", NOW, as_text(found.parts, filling), template=OutgoingTemplate(found, filling))
    (step,) = ADAPTER.render(there, message)
    assert isinstance(step, Request)
    assert step.headers["x-line-retry-key"] == ID
    (told,) = json.loads(step.body)["messages"]
    return dict(told)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
def test_each_kind_goes_as_it_was_written(message: dict[str, Any]):
    there = account(one={"message": message})
    ADAPTER.check(there.settings, ACCOUNT.secrets)

    assert sent(there) == message


def test_holes_are_filled_wherever_they_stand():
    there = account(card={"title": "Card", "message": FLEX})
    (found,) = ADAPTER.written_templates(there)

    told = sent(there, **{"body.name": 'Mio "M"', "body.number": "77"})

    assert [one.key for _, one in parameters(found.parts)] == ["body.name", "body.number"]
    assert told["altText"] == 'Hello Mio "M"'
    assert told["contents"]["body"]["contents"][0]["text"] == "Order 77"


@pytest.mark.parametrize(
    "written",
    [
        "flex",
        {"message": {"type": "dance"}},
        {"message": {"type": "flex", "altText": "x"}},
        {"message": {**FLEX, "sender": {"name": "Ann"}}},
        {"message": {**MESSAGES["coupon"], "deliveryTag": "x" * 31}},
        {"message": {**FLEX, "altText": "x" * 60_000}},
        {"message": FLEX, "text": "x"},
        {"message": {"type": ["flex"]}},
    ],
    ids=[
        "no object",
        "no such kind",
        "half",
        "a sender's name",
        "a long tag",
        "too large",
        "an unknown word",
        "no kind",
    ],
)
def test_what_is_written_wrongly_is_refused_by_name_and_never_offered(written: object):
    there = account(one=written)

    with pytest.raises(Refusal) as refused:
        ADAPTER.check(there.settings, ACCOUNT.secrets)

    assert refused.value.field == "settings.prepared_messages"
    assert ADAPTER.written_templates(there) == ()


def test_of_a_message_that_went_from_the_settings_the_words_go():
    (found,) = ADAPTER.written_templates(account(one={"message": FLEX}))
    message = Outgoing(ID, "Umio", NOW, "Hello Mio", template=OutgoingTemplate(found, Filling()))

    (step,) = ADAPTER.render(ACCOUNT, message)

    assert isinstance(step, Request)
    assert json.loads(step.body)["messages"] == [{"type": "text", "text": "Hello Mio"}]
