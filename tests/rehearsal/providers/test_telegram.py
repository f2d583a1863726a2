"""The simulated Bot API hands updates to one reader, keeps them until acknowledged, and refuses what the server refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.providers.telegram import TOKEN, Telegram
from mim_desk.rehearsal.providers.telegram_phone import TelegramPhone
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of


class Bot:
    """Calls methods as a bot does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def call(self, method: str, **parameters: Any) -> Any:
        return (await self._client.post(f"/bot{TOKEN}/{method}", json=parameters)).json()

    async def updates(self, offset: int = 0, timeout: int = 0) -> list[dict[str, Any]]:
        return (await self.call("getUpdates", offset=offset, timeout=timeout))["result"]


@asynccontextmanager
async def written(telegram: Telegram) -> AsyncIterator[tuple[Bot, TelegramPhone, Any]]:
    """A bot, and somebody who has pressed Start."""
    phone = telegram.phone(script_of("Mia Berg", "telegram"))
    assert isinstance(phone, TelegramPhone)
    async with outside(telegram) as (client, hook):
        await phone.do(Act(text="Hi"))
        yield Bot(client), phone, hook


async def test_updates_come_again_until_they_are_acknowledged() -> None:
    async with written(Telegram()) as (bot, phone, _):
        await phone.do(Act(text="there"))
        first, again = await bot.updates(), await bot.updates()
        after = await bot.updates(offset=first[0]["update_id"] + 1)
        gone = await bot.updates(offset=first[1]["update_id"] + 1)

    assert [one["message"]["text"] for one in first] == ["Hi", "there"]
    assert again == first
    assert after == first[1:]
    assert gone == []


async def test_a_question_waits_for_news_and_is_ended_by_another_reader() -> None:
    async with written(Telegram()) as (bot, phone, _):
        seen = (await bot.updates())[-1]["update_id"] + 1
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(bot.updates(seen, timeout=50))
            await asyncio.sleep(0.1)
            await phone.do(Act(text="news"))
        async with asyncio.TaskGroup() as group:
            older = group.create_task(bot.call("getUpdates", offset=seen + 1, timeout=50))
            await asyncio.sleep(0.1)
            newer = group.create_task(bot.updates(seen + 1, timeout=50))
            await asyncio.sleep(0.1)
            await phone.do(Act(text="more"))

    assert [one["message"]["text"] for one in waiting.result()] == ["news"]
    assert older.result()["error_code"] == 409
    assert [one["message"]["text"] for one in newer.result()] == ["more"]


async def test_with_a_webhook_nobody_may_ask_and_each_update_is_called_out_with_the_secret() -> None:
    async with written(Telegram()) as (bot, phone, hook):
        refused = await bot.call("setWebhook", url="http://shop.example/hook")
        await bot.call("setWebhook", url=hook.url, secret_token="s3cret")
        await phone.do(Act(text="there"))
        calls = await hook.until(2)
        conflict = await bot.call("getUpdates")
        await bot.call("deleteWebhook")
        free = await bot.call("getUpdates")

    assert (refused["error_code"], conflict["error_code"], free["ok"]) == (400, 409, True)
    assert [json.loads(call.body)["message"]["text"] for call in calls] == ["Hi", "there"]
    assert {call.headers["x-telegram-bot-api-secret-token"] for call in calls} == {"s3cret"}


@pytest.mark.parametrize(
    ("method", "parameters", "description"),
    [
        ("sendMessage", {"chat_id": 5, "text": "Hi"}, "Bad Request: chat not found"),
        ("sendMessage", {"text": " "}, "Bad Request: message text is empty"),
        ("sendMessage", {"text": "😀" * 2049}, "Bad Request: message is too long"),
        ("sendMessage", {"text": "a", "reply_parameters": {"message_id": 4}}, "message to be replied not found"),
        ("sendMessage", {"text": "a", "entities": [{"type": "bold", "offset": 1, "length": 1}]}, "out of bounds"),
        ("sendMessage", {"text": "a", "entities": [{"type": "loud", "offset": 0, "length": 1}]}, "unsupported type"),
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendMediaGroup", {"media": [{"type": "photo", "media": "attach://a"}]}, "wrong number of media"),
        ("sendDice", {}, "is not there"),
        (
            "sendMessage",
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "ä" * 33}]]}},
            "BUTTON_DATA_INVALID",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_the_bot_api_refuses_is_refused(method: str, parameters: dict[str, Any], description: str) -> None:
    async with written(Telegram()) as (bot, phone, _):
        answer = await bot.call(method, **{"chat_id": phone.id} | parameters)

    assert (answer["ok"], answer["error_code"]) == (False, 400)
    assert description in answer["description"]
    assert phone.heard == []


async def test_who_never_started_or_has_blocked_the_bot_gets_nothing() -> None:
    telegram = Telegram()
    stranger = telegram.phone(script_of("Nobody", "telegram"))
    assert isinstance(stranger, TelegramPhone)
    async with written(telegram) as (bot, phone, _):
        never = await bot.call("sendMessage", chat_id=stranger.id, text="Hi")
        await phone.block()
        blocked = await bot.call("sendMessage", chat_id=phone.id, text="Hi")
        kicked = (await bot.updates())[-1]["my_chat_member"]["new_chat_member"]["status"]

    assert (never["error_code"], blocked["error_code"], kicked) == (400, 403, "kicked")
    assert blocked["description"] == "Forbidden: bot was blocked by the user"
    assert stranger.heard == phone.heard == []


async def test_buttons_are_pressed_and_files_are_fetched_by_their_path() -> None:
    telegram = Telegram()
    async with written(telegram) as (bot, phone, _):
        keyboard = {"inline_keyboard": [[{"text": "Refund", "callback_data": "k=refund"}]]}
        sent = await bot.call("sendMessage", chat_id=phone.id, text="What?", reply_markup=keyboard)
        await phone.do(Act("press", "Refund"))
        await phone.do(Act("file", "see", "broken-wheel.png"))
        pressed, photo = (await bot.updates())[1:]
        path = (await bot.call("getFile", file_id=photo["message"]["photo"][-1]["file_id"]))["result"]["file_path"]
        async with httpx.AsyncClient(base_url=telegram.address) as client:
            data = await client.get(f"/file/bot{TOKEN}/{path}")
            foreign = await client.get(f"/file/bot1:x/{path}")

    assert pressed["callback_query"]["data"] == "k=refund"
    assert pressed["callback_query"]["message"]["message_id"] == sent["result"]["message_id"]
    assert data.content.startswith(b"\x89PNG")
    assert foreign.is_error


async def test_refusals_come_on_order() -> None:
    telegram = Telegram()
    telegram.order(Order.BUSY, Order.TOKEN_EXPIRED, Order.BROKEN)
    async with written(telegram) as (bot, phone, _):
        answers = [await bot.call("sendMessage", chat_id=phone.id, text="Hi") for _ in range(4)]

    assert [one.get("error_code") for one in answers] == [429, 401, 500, None]
    assert answers[0]["parameters"] == {"retry_after": 1}
    assert len(phone.heard) == 1
