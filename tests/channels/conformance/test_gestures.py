"""Typing, read marks, reactions and changes of sent messages, channel by channel: what the calls say."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mim_desk.channels.base import LastIncoming, Request
from mim_desk.channels.gestures import ChangesText, MarksRead, Reacts, ShowsTyping, TakesBack, Target
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.refusal import Refusal
from tests.channels.conformance.test_buttons import account

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
KEY = "0d6f5e1c-6c51-4c1c-8f8e-5f4b8f9a7c21"
ROOM = {"room": "!r"}


def target(recipient: str, *ids: str, **details: str) -> Target:
    return Target(recipient, NOW, KEY, ids, details, LastIncoming(NOW, "in-1", {"room": "!r"}), "$our-reaction")


MIA = target("AbC", "m-1")
TG = target("7001", "7001:11")
BUSINESS = target("bc1:7001", "bc1:7001:11")
MX = target("@mia:matrix.example", "$e1")


def call(channel: str, act: str, to: Target, *words: str) -> Request:
    made = getattr(ADAPTERS[channel], act)(account(channel), to, *words)
    (request,) = made if isinstance(made, list) else [made]
    assert isinstance(request, Request)
    return request


def action(kind: str, **payload: str) -> dict[str, Any]:
    return {"recipient": {"id": "AbC"}, "sender_action": kind, **({"payload": payload} if payload else {})}


READ = {"messaging_product": "whatsapp", "status": "read", "message_id": "in-1"}
CASES = {
    "whatsapp typing": (
        ("whatsapp", "typing", MIA),
        "/messages",
        {**READ, "typing_indicator": {"type": "text"}},
    ),
    "whatsapp read": (("whatsapp", "mark_read", target("AbC", "in-1")), "/messages", READ),
    "whatsapp reaction": (
        ("whatsapp", "react", MIA, "🙏"),
        "/messages",
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "AbC",
            "type": "reaction",
            "reaction": {"message_id": "m-1", "emoji": "🙏"},
        },
    ),
    "messenger typing": (("messenger", "typing", MIA), "/701/messages", action("typing_on")),
    "messenger read": (("messenger", "mark_read", MIA), "/701/messages", action("mark_seen")),
    "messenger reaction": (
        ("messenger", "react", MIA, "😊"),
        "/701/messages",
        action("react", message_id="m-1", reaction="😊"),
    ),
    "messenger reaction taken back": (
        ("messenger", "react", MIA, ""),
        "/701/messages",
        action("unreact", message_id="m-1"),
    ),
    "instagram typing": (("instagram", "typing", MIA), "/me/messages", action("typing_on")),
    "instagram read": (("instagram", "mark_read", MIA), "/me/messages", action("mark_seen")),
    "instagram reaction": (
        ("instagram", "react", MIA, "❤️"),
        "/me/messages",
        action("react", message_id="m-1", reaction="love"),
    ),
    "telegram typing": (("telegram", "typing", TG), "/sendChatAction", {"chat_id": 7001, "action": "typing"}),
    "telegram read in a business chat": (
        ("telegram", "mark_read", BUSINESS),
        "/readBusinessMessage",
        {"business_connection_id": "bc1", "chat_id": 7001, "message_id": 11},
    ),
    "telegram reaction": (
        ("telegram", "react", TG, "👍"),
        "/setMessageReaction",
        {"chat_id": 7001, "message_id": 11, "reaction": [{"type": "emoji", "emoji": "👍"}]},
    ),
    "telegram reaction taken back": (
        ("telegram", "react", TG, ""),
        "/setMessageReaction",
        {"chat_id": 7001, "message_id": 11, "reaction": []},
    ),
    "telegram edit": (
        ("telegram", "change_text", TG, "New"),
        "/editMessageText",
        {"chat_id": 7001, "message_id": 11, "text": "New"},
    ),
    "telegram deletion": (("telegram", "take_back", TG), "/deleteMessage", {"chat_id": 7001, "message_id": 11}),
    "telegram deletion in a business chat": (
        ("telegram", "take_back", target("bc1:7001", "bc1:7001:11", "bc1:7001:12")),
        "/deleteBusinessMessages",
        {"business_connection_id": "bc1", "message_ids": [11, 12]},
    ),
    "line typing": (("line", "typing", MIA), "/chat/loading/start", {"chatId": "AbC", "loadingSeconds": 20}),
    "line read": (
        ("line", "mark_read", target("AbC", "m-1", read_token="rt")),
        "/chat/markAsRead",
        {"markAsReadToken": "rt"},
    ),
    "wechat typing": (
        ("wechat", "typing", MIA),
        "/cgi-bin/message/custom/typing",
        {"touser": "AbC", "command": "Typing"},
    ),
    "rcs typing": (("rcs", "typing", MIA), "/phones/AbC/agentEvents", {"eventType": "IS_TYPING"}),
    "rcs read": (("rcs", "mark_read", MIA), "/phones/AbC/agentEvents", {"eventType": "READ", "messageId": "m-1"}),
    "matrix typing": (
        ("matrix", "typing", MX),
        "/rooms/%21r/typing/%40brand%3Amatrix.example",
        {"typing": True, "timeout": 15000},
    ),
    "matrix read": (("matrix", "mark_read", MX), "/rooms/%21r/receipt/m.read/%24e1", {}),
    "matrix reaction": (
        ("matrix", "react", MX, "👍"),
        f"/rooms/%21r/send/m.reaction/{KEY}",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$e1", "key": "👍"}},
    ),
    "matrix reaction taken back": (("matrix", "react", MX, ""), f"/rooms/%21r/redact/%24our-reaction/{KEY}", {}),
    "matrix edit": (
        ("matrix", "change_text", MX, "New"),
        f"/rooms/%21r/send/m.room.message/{KEY}",
        {
            "msgtype": "m.text",
            "body": "* New",
            "m.new_content": {"msgtype": "m.text", "body": "New"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$e1"},
        },
    ),
    "matrix deletion": (("matrix", "take_back", MX), f"/rooms/%21r/redact/%24e1/{KEY}.0", {}),
    "custom typing": (("custom", "typing", MIA), "/in", {"type": "typing", "id": KEY, "to": "AbC"}),
    "custom read": (("custom", "mark_read", MIA), "/in", {"type": "read", "id": KEY, "to": "AbC", "of": "m-1"}),
    "custom reaction taken back": (
        ("custom", "react", MIA, ""),
        "/in",
        {"type": "reaction", "id": KEY, "to": "AbC", "of": "m-1", "emoji": ""},
    ),
    "custom edit": (
        ("custom", "change_text", MIA, "New"),
        "/in",
        {"type": "edit", "id": KEY, "to": "AbC", "of": "m-1", "text": "New"},
    ),
    "custom deletion": (("custom", "take_back", MIA), "/in", {"type": "delete", "id": KEY, "to": "AbC", "of": "m-1"}),
}


@pytest.mark.parametrize(("done", "path", "wanted"), CASES.values(), ids=CASES.keys())
def test_each_gesture_is_written_as_its_network_wants_it(done: tuple[Any, ...], path: str, wanted: dict[str, Any]):
    request = call(*done)

    assert urlsplit(request.url).path.endswith(path)
    assert json.loads(request.body) == wanted


def test_a_page_likes_changes_and_deletes_comments():
    own = target("AbC", "880_1")

    assert [(one.method, urlsplit(one.url).path.rpartition("/")[2]) for one in (
        call("facebook_comments", "react", own, "👍"), call("facebook_comments", "react", own, "")
    )] == [("POST", "likes"), ("DELETE", "likes")]  # fmt: skip
    changed = call("facebook_comments", "change_text", own, "New")
    assert (parse_qs(changed.body.decode()), changed.url.endswith("/880_1")) == ({"message": ["New"]}, True)
    gone = call("facebook_comments", "take_back", own)
    assert (gone.method, gone.url.endswith("/880_1")) == ("DELETE", True)


@pytest.mark.parametrize(
    ("channel", "act", "to"),
    [
        ("telegram", "mark_read", TG),
        ("line", "mark_read", MIA),
        ("whatsapp", "typing", Target("AbC", NOW, KEY)),
        ("matrix", "typing", Target("@mia:matrix.example", NOW, KEY)),
    ],
)
def test_where_a_chat_has_none_nothing_is_called(channel: str, act: str, to: Target):
    assert getattr(ADAPTERS[channel], act)(account(channel), to) is None


@pytest.mark.parametrize(
    ("channel", "act", "to", "words"),
    [
        ("telegram", "react", BUSINESS, "👍"),
        ("telegram", "change_text", TG, "a" * 4097),
        ("telegram", "change_text", target("7001", "9:11"), "New"),
        ("matrix", "react", Target("@mia:matrix.example", NOW, KEY, ("$e1",)), "👍"),
        ("matrix", "change_text", MX, "a" * 15_001),
        ("facebook_comments", "change_text", target("AbC", "880_1"), "a" * 8001),
    ],
)
def test_what_cannot_be_done_is_refused(channel: str, act: str, to: Target, words: str):
    with pytest.raises(Refusal):
        getattr(ADAPTERS[channel], act)(account(channel), to, words)


@pytest.mark.parametrize("channel", sorted(ADAPTERS))
def test_a_manifest_says_what_its_adapter_does(channel: str):
    adapter, can = ADAPTERS[channel], manifest(channel).capabilities
    if adapter.local:
        return
    assert isinstance(adapter, ShowsTyping) == (can.typing_every_s > 0)
    assert isinstance(adapter, MarksRead) == can.read_marks
    assert isinstance(adapter, Reacts) == bool(can.reactions)
    assert isinstance(adapter, ChangesText) == can.editing
    assert isinstance(adapter, TakesBack) == can.deleting
