"""Buttons on their way out, channel by channel: whole bodies as the contract sheets write them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mim_desk.channels.base import Account, Outgoing, Request, Response
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.buttons import Button, keyed
from mim_desk.domain.formatting import Formatting, read
from mim_desk.domain.splitting import parts_before, split_text

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"
SETTINGS = {
    "phone_number_id": "310555000111222",
    "page_id": "701",
    "account_id": "17841",
    "open_kfid": "wk1",
    "sender_key": "@brand",
    "agent_id": "brand",
    "sender_name": "Brand",
    "callback_url": "https://gateway.example/in",
    "homeserver": "https://matrix.example",
    "user_id": "@brand:matrix.example",
    "account_sid": "AC1",
    "from": "+15550002222",
    "api_base_url": "https://provider.example",
}
RECIPIENTS = {"telegram": "7001", "matrix": "@mia:matrix.example"}
YES, NO = Button("Yes"), Button("No <b>")
SHOP = Button("Shop", url="https://shop.example/a?b=1&c=2")
SLOTS = (Button("10:00", description="north desk", section="Tuesday"), Button("11:00", section="Tuesday"))
K1, K2 = f"{OWN}.1", f"{OWN}.2"


def account(channel: str) -> Account:
    secrets = {field.name: f"{field.name}-secret-of-the-tests" for field in manifest(channel).secrets}
    return Account("inbox", SETTINGS, {**secrets, "bot_token": "1:token"}, "Brand", "https://hub.example/w")


def outgoing(channel: str, text: str, *buttons: Button) -> Outgoing:
    limits = manifest(channel).capabilities.button_limits
    recipient = RECIPIENTS.get(channel, "AbC")
    made = Outgoing(OWN, recipient, NOW, text, button_limits=limits)
    return replace(made, buttons=keyed(OWN, buttons)) if limits else made


def calls(channel: str, message: Outgoing) -> list[Request]:
    answer = Response(200, {}, b'{"room_id": "!r"}')
    steps = ADAPTERS[channel].render(account(channel), message)
    made = [step if isinstance(step, Request) else step(answer) for step in steps]
    return [one for one in made if not one.url.endswith("createRoom")]


def interactive(content: dict[str, Any]) -> dict[str, Any]:
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "AbC", "type": "interactive"}
    return {**head, "interactive": content, "biz_opaque_callback_data": OWN}


def meta(message: dict[str, Any]) -> dict[str, Any]:
    return {"recipient": {"id": "AbC"}, "messaging_type": "RESPONSE", "message": message}


def quick(title: str, key: str) -> dict[str, str]:
    return {"content_type": "text", "title": title, "payload": key}


def viber_key(text: str, kind: str, does: str) -> dict[str, Any]:
    look = {"Columns": 6, "Rows": 1, "TextSize": "regular", "Silent": False}
    return {**look, "ActionType": kind, "ActionBody": does, "Text": text}


def line_action(action: dict[str, str]) -> dict[str, Any]:
    return {"type": "action", "action": action}


CASES = {
    "whatsapp: reply buttons": (
        "whatsapp",
        (YES, NO),
        interactive(
            {
                "type": "button",
                "body": {"text": "Sure?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": K1, "title": "Yes"}},
                        {"type": "reply", "reply": {"id": K2, "title": "No <b>"}},
                    ]
                },
            }
        ),
    ),
    "whatsapp: a list": (
        "whatsapp",
        SLOTS,
        interactive(
            {
                "type": "list",
                "body": {"text": "Sure?"},
                "action": {
                    "button": "☰",
                    "sections": [
                        {
                            "title": "Tuesday",
                            "rows": [
                                {"id": K1, "title": "10:00", "description": "north desk"},
                                {"id": K2, "title": "11:00"},
                            ],
                        }
                    ],
                },
            }
        ),
    ),
    "whatsapp: an address": (
        "whatsapp",
        (SHOP,),
        interactive(
            {
                "type": "cta_url",
                "body": {"text": "Sure?"},
                "action": {"name": "cta_url", "parameters": {"display_text": "Shop", "url": SHOP.url}},
            }
        ),
    ),
    "messenger: quick replies": (
        "messenger",
        (YES, NO),
        meta({"text": "Sure?", "quick_replies": [quick("Yes", K1), quick("No <b>", K2)], "metadata": OWN}),
    ),
    "messenger: the button template": (
        "messenger",
        (YES, SHOP),
        meta(
            {
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "button",
                        "text": "Sure?",
                        "buttons": [
                            {"type": "postback", "title": "Yes", "payload": K1},
                            {"type": "web_url", "title": "Shop", "url": SHOP.url},
                        ],
                    },
                },
                "metadata": OWN,
            }
        ),
    ),
    "instagram: quick replies": (
        "instagram",
        (YES,),
        meta({"text": "Sure?", "quick_replies": [quick("Yes", K1)]}),
    ),
    "telegram: an inline keyboard": (
        "telegram",
        (YES, SHOP),
        {
            "chat_id": 7001,
            "text": "Sure?",
            "reply_markup": {
                "inline_keyboard": [[{"text": "Yes", "callback_data": K1}], [{"text": "Shop", "url": SHOP.url}]]
            },
        },
    ),
    "line: quick replies": (
        "line",
        (YES, SHOP),
        {
            "to": "AbC",
            "messages": [
                {
                    "type": "text",
                    "text": "Sure?",
                    "quickReply": {
                        "items": [
                            line_action({"type": "postback", "label": "Yes", "data": K1, "displayText": "Yes"}),
                            line_action({"type": "uri", "label": "Shop", "uri": SHOP.url}),
                        ]
                    },
                }
            ],
        },
    ),
    "viber: a keyboard, whose words are HTML": (
        "viber",
        (NO, SHOP),
        {
            "receiver": "AbC",
            "min_api_version": 1,
            "sender": {"name": "Brand"},
            "type": "text",
            "text": "Sure?",
            "keyboard": {
                "Type": "keyboard",
                "DefaultHeight": False,
                "Buttons": [
                    viber_key("No &lt;b&gt;", "reply", "No <b>"),
                    viber_key("Shop", "open-url", SHOP.url),
                ],
            },
        },
    ),
    "wechat: a menu": (
        "wechat",
        (YES, NO),
        {
            "touser": "AbC",
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "Sure?",
                "list": [{"id": "101", "content": "Yes"}, {"id": "102", "content": "No <b>"}],
                "tail_content": "",
            },
        },
    ),
    "rcs: suggestions": (
        "rcs",
        (YES, SHOP),
        {
            "contentMessage": {
                "text": "Sure?",
                "suggestions": [
                    {"reply": {"text": "Yes", "postbackData": K1}},
                    {"action": {"text": "Shop", "postbackData": K2, "openUrlAction": {"url": SHOP.url}}},
                ],
            }
        },
    ),
    "custom: in the contract's words": (
        "custom",
        (YES, SHOP),
        {
            "type": "message",
            "id": OWN,
            "to": "AbC",
            "text": "Sure?",
            "buttons": [{"title": "Yes", "id": K1}, {"title": "Shop", "id": K2, "url": SHOP.url}],
        },
    ),
}


@pytest.mark.parametrize(("channel", "buttons", "wanted"), CASES.values(), ids=CASES.keys())
def test_buttons_are_buttons(channel: str, buttons: tuple[Button, ...], wanted: dict[str, Any]):
    (call,) = calls(channel, outgoing(channel, "Sure?", *buttons))

    assert json.loads(call.body) == wanted


def test_wecom_has_a_menu_of_rows_and_addresses():
    (call,) = calls("wecom_kf", outgoing("wecom_kf", "Sure?", YES, SHOP))

    told = json.loads(call.body)
    assert told["msgtype"] == "msgmenu"
    assert told["msgmenu"] == {
        "head_content": "Sure?",
        "list": [
            {"type": "click", "click": {"id": K1, "content": "Yes"}},
            {"type": "view", "view": {"url": SHOP.url, "content": "Shop"}},
        ],
        "tail_content": "",
    }


def test_kakaotalk_has_a_list_of_buttons():
    (call,) = calls("kakaotalk", outgoing("kakaotalk", "Sure?", YES, SHOP))

    assert json.loads(call.body)["messages"][0]["content"] == {
        "type": "BUTTON_LIST",
        "text": "Sure?",
        "buttons": [
            {"type": "REPLY", "name": "Yes", "extra": K1},
            {"type": "OPEN_URL", "name": "Shop", "urlMobile": SHOP.url, "urlPc": SHOP.url},
        ],
    }


WITH_BUTTONS = sorted(
    name for name, one in ADAPTERS.items() if manifest(name).capabilities.button_limits and not one.local
)


@pytest.mark.parametrize("channel", WITH_BUTTONS)
def test_a_text_too_long_to_stand_above_buttons_goes_before_them(channel: str):
    """The last call alone has the buttons, and the text above them has the length that may stand there."""
    can = manifest(channel).capabilities
    assert can.button_limits is not None
    long = "word " * (can.button_limits.text_length // 5 + 200)

    made = calls(channel, outgoing(channel, long.strip(), YES))

    has_buttons = [YES.title in json.dumps(json.loads(call.body)) for call in made]
    if can.part_length:
        assert has_buttons == [False] * (len(made) - 1) + [True] or len(made) == 1
    above = parts_before(long.strip(), can.part_length, can.button_limits.text_length, can.counted.size)[-1]
    assert above.strip() in json.dumps(json.loads(made[-1].body), ensure_ascii=False)


SPLITTING = sorted(name for name in ADAPTERS if manifest(name).capabilities.part_length)


@pytest.mark.parametrize("channel", SPLITTING)
@settings(max_examples=15, deadline=None)
@given(st.text(st.sampled_from("ab é你👍🏽👨‍👩‍👧 .!\n"), min_size=1, max_size=40), st.integers(1, 400))
def test_the_split_that_is_shown_is_the_split_that_is_sent(channel: str, words: str, times: int):
    can = manifest(channel).capabilities
    text = ("Hello" + words * times)[: can.text_length].strip()

    bodies = [_texts_in(call) for call in calls(channel, outgoing(channel, text))]

    shown = split_text(text, can.part_length, can.counted.size)
    sent = [part for body in bodies for part in body]
    assert [part.strip() for part in sent] == [part.strip() for part in shown if part.strip()]


@pytest.mark.parametrize("channel", SPLITTING)
def test_marks_leave_as_the_channels_sheet_promises(channel: str):
    """As typed where the sheet names nothing or the customer's app reads them; without marks where the adapter does."""
    text = "Hello *there* _you_ ~old~ `code` 2*3*4 <b>a_b</b>"

    sent = [part for call in calls(channel, outgoing(channel, text)) for part in _texts_in(call)]

    if manifest(channel).capabilities.formatting is Formatting.TRANSLATED and channel != "matrix":
        assert sent == [read(text, Formatting.TRANSLATED).text]
    else:
        assert sent[0] == text


def _texts_in(call: Request) -> list[str]:
    """The strings of a body that are words of the customer's language: all texts of these tests begin or go on so."""
    if call.headers.get("content-type") == "application/x-www-form-urlencoded":
        return parse_qs(call.body.decode())["Body"]
    return list(_found(json.loads(call.body)))


def _found(told: Any) -> list[str]:
    if isinstance(told, dict):
        named = [told[name] for name in ("text", "body", "content") if isinstance(told.get(name), str)]
        return named or [one for value in told.values() for one in _found(value)]
    return [one for value in told for one in _found(value)] if isinstance(told, list) else []
