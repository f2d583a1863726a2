"""LINE through a running hub: the reply token first, then the push; who left; what was taken back."""

import asyncio
import json
from time import time

import pytest

from mim_desk.hub.store import driver
from tests.channels.line.provider import LineProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live
from tests.hub.test_sender import until_told

__all__ = ["gateway", "hub"]

TOKEN_GONE = Answer(400, b'{"message": "Invalid reply token"}')


@pytest.fixture
async def line(hub: Live, gateway: Gateway) -> LineProvider:
    """A connected LINE inbox whose customer wrote this very moment."""
    provider = LineProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    now = {**provider._message("5001", "Hello"), "timestamp": int(time() * 1000)}
    assert await provider._post(hub, now) == 200
    return provider


async def conversation_of(hub: Live) -> str:
    return str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def sent(hub: Live, *wanted: str, text: str = "Hi") -> dict:
    conversation = await conversation_of(hub)
    posted = (await hub.reply(conversation, text)).json()
    return await hub.until_status(conversation, posted["id"], *wanted)


@pytest.mark.usefixtures("line")
async def test_an_answer_at_once_goes_by_the_reply_token(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"sentMessages": [{"id": "461", "quoteToken": "q"}]}'))

    message = await sent(hub, "sent")

    (call,) = gateway.calls
    assert call.path.endswith("/v2/bot/message/reply")
    assert "x-line-retry-key" not in call.headers
    assert message["external_id"] == "461"


@pytest.mark.usefixtures("line")
async def test_a_token_that_is_gone_is_followed_by_a_push(hub: Live, gateway: Gateway):
    gateway.answers.append(TOKEN_GONE)

    message = await sent(hub, "sent")

    reply, push = gateway.calls
    assert (reply.json["replyToken"], push.json["to"]) == ("rt", "Ucust")
    assert push.headers["x-line-retry-key"] == message["id"]


@pytest.mark.usefixtures("line")
async def test_a_reply_in_doubt_is_not_pushed(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(cut=True))

    await sent(hub, "unknown")

    assert len(gateway.calls) == 1


@pytest.mark.usefixtures("line")
async def test_a_push_in_doubt_is_pushed_again_under_its_key_and_409_is_success(hub: Live, gateway: Gateway):
    gateway.answers += [TOKEN_GONE, Answer(cut=True), Answer(409, b'{"sentMessages": [{"id": "461"}]}')]

    message = await sent(hub, "sent")

    pushes = [call for call in gateway.calls if call.path.endswith("push")]
    assert message["external_id"] == "461"
    assert len({call.headers["x-line-retry-key"] for call in pushes}) == 1


@pytest.mark.usefixtures("line")
async def test_a_push_in_doubt_for_longer_than_its_key_lives_is_not_pushed_again(hub: Live, gateway: Gateway):
    """As when the inbox was paused for more than a day."""
    hub.running.hub.pacing.told_whole_quiet(hub.inbox_id, 60)
    conversation = await conversation_of(hub)
    posted = (await hub.reply(conversation, "Hi")).json()
    await until_told(hub, conversation, posted["id"], "paced")

    long_ago = int((time() - 86_000) * 1000)
    doubted = "UPDATE sends SET doubt_at = ?, next_try_at = 0 WHERE message_id = ?"
    await hub.running.hub.store.writer.run(lambda unit: driver.execute(unit.conn, doubted, (long_ago, posted["id"])))
    await hub.reply(conversation, "Wakes the sender")
    message = await hub.until_status(conversation, posted["id"], "unknown")

    assert message["delivery"]["code"] == "key-over"
    assert gateway.calls == []


async def test_who_blocked_the_account_gets_nothing(hub: Live, gateway: Gateway, line: LineProvider):
    blocked = {**line._event("unfollow"), "timestamp": int(time() * 1000)}
    assert await line._post(hub, blocked) == 200

    message = await sent(hub, "failed")

    assert "blocked" in message["delivery"]["reason"]
    assert gateway.calls == []


async def test_what_was_taken_back_is_shown_no_more(hub: Live, line: LineProvider):
    await line._post(hub, line._event("unsend", unsend={"messageId": "5001"}))

    listed = (await hub.client.get(f"/api/v1/conversations/{await conversation_of(hub)}/messages")).json()
    assert "Hello" not in json.dumps(listed)
    assert listed["items"][-1]["deleted_at"]


@pytest.mark.usefixtures("line")
async def test_the_months_limit_holds_what_was_written_and_says_why(hub: Live, gateway: Gateway):
    gateway.answers += [TOKEN_GONE, Answer(429, b'{"message": "You have reached your monthly limit."}')]

    message = await sent(hub, "queued")
    async with asyncio.timeout(30):
        while "used up" not in message["delivery"]["reason"]:
            await asyncio.sleep(0.02)
            message = await hub.message(message["conversation_id"], message["id"])

    listed = (await hub.client.get("/api/v1/inboxes")).json()["items"]
    assert [one["health"]["state"] for one in listed if one["id"] == hub.inbox_id] == ["paused"]
    assert message["delivery"]["status"] == "queued"


async def test_a_wrong_token_is_refused_at_set_up_by_name(hub: Live, gateway: Gateway):
    gateway.ping = Answer(401)
    body = {
        "name": "LINE",
        "channel": "line",
        "settings": {"api_base_url": gateway.url},
        "secrets": {"channel_access_token": "wrong", "channel_secret": "s"},
    }

    answer = await hub.client.post("/api/v1/inboxes", json=body)

    assert answer.status_code == 400
    assert answer.json()["field"] == "secrets.channel_access_token"


async def test_a_file_is_fetched_by_its_messages_id(hub: Live, gateway: Gateway, line: LineProvider):
    gateway.ping = Answer(body=b"%PDF-1.4 plan", headers={"content-type": "application/pdf"})
    said = {"id": "5002", "type": "file", "fileName": "plan.pdf", "fileSize": 13}

    assert await line._post(hub, line._event("message", message=said)) == 200

    conversation, states = await conversation_of(hub), set()
    async with asyncio.timeout(30):
        while "ok" not in states:
            await asyncio.sleep(0.05)
            listed = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
            states = {file["state"] for one in listed for file in one["attachments"]}
    (file,) = [file for one in listed for file in one["attachments"]]
    assert (file["name"], file["mime_type"], file["size"]) == ("plan.pdf", "application/pdf", 13)


@pytest.mark.usefixtures("line")
async def test_a_reply_of_ours_is_quoted_by_the_token_that_line_gave_for_it(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"sentMessages": [{"id": "461", "quoteToken": "ours"}]}'))
    gateway.answers.append(Answer(body=b'{"sentMessages": [{"id": "462", "quoteToken": "second"}]}'))
    first = await sent(hub, "sent")

    conversation = await conversation_of(hub)
    posted = (await hub.reply(conversation, "As I wrote", reply_to={"message_id": first["id"]})).json()
    await hub.until_status(conversation, posted["id"], "sent")

    assert json.loads(gateway.calls[-1].body)["messages"] == [
        {"type": "text", "text": "As I wrote", "quoteToken": "ours"}
    ]
