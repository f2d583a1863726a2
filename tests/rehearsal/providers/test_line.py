"""The simulated LINE signs as LINE signs, takes a reply token once and a retry key once, and drops for who blocked it."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from mim_desk.rehearsal.providers.line import SECRET, TOKEN, Line, LinePhone
from mim_desk.rehearsal.providers.posting import Mischief
from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.providers.wire import Answer
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook, outside, script_of

AUTH = {"Authorization": f"Bearer {TOKEN}"}
TEXT = {"type": "text", "text": "Hello"}


@asynccontextmanager
async def written(line: Line) -> AsyncIterator[tuple[httpx.AsyncClient, LinePhone, Hook]]:
    """A client with the token, and a friend who has written."""
    phone = line.phone(script_of("Mia", "line"))
    assert isinstance(phone, LinePhone)
    async with outside(line) as (client, hook):
        line.webhook_url = hook.url
        client.headers.update(AUTH)
        await phone.do(Act(text="Hi"))
        await line.poster.emptied()
        yield client, phone, hook


def events(hook: Hook) -> list[dict[str, Any]]:
    return [event for call in hook.calls for event in json.loads(call.body)["events"]]


def marked(body: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()


async def push(client: httpx.AsyncClient, to: str, *messages: Any, key: str = "") -> httpx.Response:
    headers = {"X-Line-Retry-Key": key} if key else {}
    body = {"to": to, "messages": list(messages) or [TEXT]}
    return await client.post("/v2/bot/message/push", json=body, headers=headers)


def test_the_signature_is_that_of_the_published_vector() -> None:
    body = b'{"destination":"U00000000000000000000000000000001","events":[]}'

    assert marked(body) == "YQU0voYIh8lUA1XaYoIEZg9trJlhjyu9qVt6HqVvWf4="


async def test_events_come_in_signed_batches_and_say_when_they_come_again() -> None:
    line = Line()
    async with written(line) as (_, phone, hook):
        hook.answers = [Answer(500)]
        await phone.do(Act(text="again"))
        await line.poster.emptied()

    assert [event["type"] for event in events(hook)] == ["follow", "message", "message", "message"]
    assert [event["deliveryContext"]["isRedelivery"] for event in events(hook)] == [False, False, False, True]
    assert events(hook)[-1]["webhookEventId"] == events(hook)[-2]["webhookEventId"]
    assert all(call.headers["x-line-signature"] == marked(call.body) for call in hook.calls)


async def test_a_reply_token_is_taken_once_and_not_for_long() -> None:
    times = [1_795_305_600.0]
    line = Line(Mischief(), lambda: times[0])
    async with written(line) as (client, phone, hook):

        async def reply(token: str, **headers: str) -> int:
            body = {"replyToken": token, "messages": [TEXT]}
            return (await client.post("/v2/bot/message/reply", json=body, headers=headers)).status_code

        first, second = (event["replyToken"] for event in events(hook))
        keyed = await reply(first, **{"X-Line-Retry-Key": str(uuid4())})
        taken, again = await reply(first), await reply(first)
        times[0] += 61
        late = await reply(second)

    assert (keyed, taken, again, late) == (400, 200, 400, 400)
    assert len(phone.heard) == 1


async def test_a_retry_key_is_taken_once_and_a_repetition_hears_the_same() -> None:
    line = Line()
    async with written(line) as (client, phone, _):
        key = str(uuid4())
        first, again = [await push(client, phone.id, key=key) for _ in range(2)]
        no_key = await push(client, phone.id, key="mine")

    assert (first.status_code, again.status_code, no_key.status_code) == (200, 409, 400)
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["x-line-accepted-request-id"]
    assert len(phone.heard) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": ""},
        {"type": "text", "text": "😀" * 2501},
        {"type": "text", "text": "a", "quoteToken": "q0"},
        {"type": "file", "originalContentUrl": "https://a.example/b"},
        {"type": "image", "originalContentUrl": "http://a.example/b", "previewImageUrl": "https://a.example/b"},
        {"type": "text", "text": "a", "sender": {"name": "Lena"}},
        {"type": "template", "altText": "a", "template": {"type": "buttons", "text": "b", "actions": []}},
    ],
    ids=["empty", "long", "quote", "file", "no https", "agent's name", "no buttons"],
)
async def test_what_line_refuses_is_refused(message: dict[str, Any]) -> None:
    line = Line()
    async with written(line) as (client, phone, _):
        answer = await push(client, phone.id, message)

    assert answer.status_code == 400
    assert phone.heard == []
    assert len(line.refused) == 1


async def test_strangers_too_many_messages_and_a_wrong_token_are_refused() -> None:
    line = Line()
    async with written(line) as (client, phone, _):
        stranger = await push(client, "U" + "0" * 32)
        many = await push(client, phone.id, *[TEXT] * 6)
        client.headers["Authorization"] = "Bearer x"
        wrong = await push(client, phone.id)

    assert [one.status_code for one in (stranger, many, wrong)] == [400, 400, 401]
    assert stranger.json() == {"message": "Failed to send messages"}


async def test_a_push_to_who_blocked_the_account_is_dropped_in_silence() -> None:
    line = Line()
    async with written(line) as (client, phone, hook):
        phone.block()
        answer = await push(client, phone.id)
        await line.poster.emptied()

    assert answer.status_code == 200
    assert phone.heard == []
    assert events(hook)[-1]["type"] == "unfollow"


async def test_contents_are_handed_out_by_the_messages_id_and_refusals_come_on_order() -> None:
    line = Line()
    line.order(Order.BUSY, Order.TOKEN_EXPIRED, Order.BROKEN)
    async with written(line) as (client, phone, hook):
        await phone.do(Act("file", file="broken-wheel.png"))
        await line.poster.emptied()
        data = await client.get(f"/v2/bot/message/{events(hook)[-1]['message']['id']}/content")
        answers = [(await push(client, phone.id)).status_code for _ in range(4)]

    assert data.content.startswith(b"\x89PNG")
    assert answers == [429, 401, 500, 200]
