"""Business accounts and groups that move, through a running hub."""

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import pytest

from tests.channels.conformance.providers import TelegramProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

OWNER = {"id": 9001, "is_bot": False, "first_name": "Olga"}
MOVED = Answer(
    400,
    b'{"ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat",'
    b' "parameters": {"migrate_to_chat_id": -1005}}',
)


def sent(chat_id: int) -> Answer:
    return Answer(body=b'{"ok": true, "result": {"message_id": 31, "date": 1, "chat": {"id": %d}}}' % chat_id)


@pytest.fixture
async def bot(hub: Live, gateway: Gateway) -> TelegramProvider:
    """A connected bot."""
    provider = TelegramProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    return provider


async def business(bot: TelegramProvider, hub: Live, text: str = "Hello", ago_s: int = 0) -> None:
    said = bot._message(text, text) | {"business_connection_id": "bc1", "date": int(time()) - ago_s}
    assert await bot._post(hub, {"business_message": said}) == 200


async def connected(bot: TelegramProvider, hub: Live, *, is_enabled: bool) -> None:
    told = {"id": "bc1", "user": OWNER, "user_chat_id": 9009, "date": int(time()), "is_enabled": is_enabled}
    update = {"business_connection": {**told, "rights": {"can_reply": True}}}
    assert await bot._post(hub, update) == 200


async def conversation(hub: Live) -> dict[str, Any]:
    (found,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    return dict(found)


async def replied(hub: Live, *wanted: str) -> dict[str, Any]:
    where = (await conversation(hub))["id"]
    posted = (await hub.reply(where, "Hi")).raise_for_status().json()
    return await hub.until_status(where, posted["id"], *wanted)


async def test_a_business_chat_can_be_answered_for_a_day(hub: Live, gateway: Gateway, bot: TelegramProvider):
    await business(bot, hub)
    gateway.answers.append(sent(7001))

    await replied(hub, "sent")

    until = datetime.fromisoformat((await conversation(hub))["reply_window_until"])
    assert timedelta(hours=23) < until - datetime.now(UTC) < timedelta(hours=25)


async def test_after_the_day_a_reply_is_refused_in_words(hub: Live, gateway: Gateway, bot: TelegramProvider):
    await business(bot, hub, ago_s=90_000)

    refused = await hub.reply((await conversation(hub))["id"], "Hi")

    assert (refused.status_code, refused.json()["code"]) == (409, "window-closed")
    assert gateway.calls == []


async def test_a_chat_with_the_bot_itself_stays_open(hub: Live, bot: TelegramProvider):
    assert await bot.write(hub, "1", "Hello") == 200

    assert (await conversation(hub))["reply_window_until"] is None


async def test_while_the_owner_has_the_bot_switched_off_nothing_is_sent_there(
    hub: Live, gateway: Gateway, bot: TelegramProvider
):
    await business(bot, hub)
    await connected(bot, hub, is_enabled=False)

    failed = await replied(hub, "failed")

    (inbox,) = (await hub.client.get("/api/v1/inboxes")).json()["items"]
    assert "switched the bot off" in failed["delivery"]["reason"]
    assert [one["name"] for one in inbox["health"]["notices"]] == ["Business account of Olga"]
    assert gateway.calls == []

    await connected(bot, hub, is_enabled=True)
    gateway.answers.append(sent(7001))
    await replied(hub, "sent")


async def test_a_group_that_moved_gets_the_reply_once_and_stays_one_conversation(
    hub: Live, gateway: Gateway, bot: TelegramProvider
):
    assert await bot.write(hub, "1", "Hello") == 200
    gateway.answers += [MOVED, sent(-1005)]

    await replied(hub, "sent")

    assert [call.json["chat_id"] for call in gateway.calls] == [7001, -1005]
    (identity,) = (await contact(hub))["identities"]
    assert identity["external_id"] == "-1005"


async def contact(hub: Live) -> dict[str, Any]:
    found = await hub.client.get(f"/api/v1/contacts/{(await conversation(hub))['contact_id']}")
    return dict(found.json())


def photo(file_id: str, size: int) -> list[dict[str, Any]]:
    return [{"file_id": file_id, "file_unique_id": f"u{size}", "width": 90, "height": 90, "file_size": size}]


async def shown(hub: Live) -> dict[str, Any]:
    where = (await conversation(hub))["id"]
    (message,) = (await hub.client.get(f"/api/v1/conversations/{where}/messages")).json()["items"]
    return dict(message)


async def test_a_picture_that_the_customer_changed_is_the_one_that_is_shown(hub: Live, bot: TelegramProvider):
    said = {name: told for name, told in bot._message("1", "").items() if name != "text"}
    changed = {**said, "edit_date": said["date"] + 5}

    await bot._post(hub, {"message": {**said, "photo": photo("A", 900), "caption": "This one"}})
    first = await shown(hub)
    await bot._post(hub, {"edited_message": {**changed, "photo": photo("A again", 900), "caption": "This one!"}})
    same = await shown(hub)
    await bot._post(hub, {"edited_message": {**changed, "photo": photo("B", 1200), "caption": "No, this one"}})
    other = await shown(hub)

    assert [one["text"] for one in (first, same, other)] == ["This one", "This one!", "No, this one"]
    (picture,), (kept,), (new,) = first["attachments"], same["attachments"], other["attachments"]
    assert (kept["id"], other["type"]) == (picture["id"], "image")
    assert new["id"] != picture["id"]
