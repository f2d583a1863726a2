"""A Page's inbox in a running hub: echoes and watermarks settle what we sent."""

import json
from time import time
from typing import Any

from tests.channels.messenger.provider import MessengerProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]


async def connected(hub: Live, gateway: Gateway) -> tuple[MessengerProvider, str]:
    page = MessengerProvider()
    hub.inbox_id = await page.connect(hub, gateway)
    assert await page.write(hub, "first", "Hello") == 200
    return page, str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])


def echo(page: MessengerProvider, **told: Any) -> dict[str, Any]:
    sides = {"sender": {"id": page.account}, "recipient": {"id": "9100000000000077"}}
    return {**sides, "timestamp": int(time() * 1000), "message": {"is_echo": True, "app_id": 1, **told}}


async def replies(hub: Live, conversation: str) -> list[dict[str, Any]]:
    listed = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return [one for one in listed if one["kind"] == "reply"]


async def test_the_echo_of_a_reply_in_doubt_settles_it(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    gateway.answers.append(Answer(cut=True))
    posted = (await hub.reply(conversation, "It ships today")).json()
    await hub.until_status(conversation, posted["id"], "unknown")

    sent = json.loads(gateway.calls[-1].body)["message"]
    assert await page.post(hub, echo(page, mid="m_OUR1", **sent)) == 200
    await hub.until_status(conversation, posted["id"], "sent")

    assert len(await replies(hub, conversation)) == 1


async def test_watermarks_tell_what_was_delivered_and_read(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    gateway.answers.append(Answer(200, b'{"recipient_id":"9100000000000077","message_id":"m_OUR1"}'))
    posted = (await hub.reply(conversation, "It ships today")).json()
    await hub.until_status(conversation, posted["id"], "sent")

    await page.post(hub, page.event(delivery={"watermark": int(time() * 1000) + 1}))
    await hub.until_status(conversation, posted["id"], "delivered")
    await page.post(hub, page.event(read={"watermark": int(time() * 1000) + 1}))
    await hub.until_status(conversation, posted["id"], "read")


async def test_what_was_answered_elsewhere_is_shown(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)

    await page.post(hub, echo(page, mid="m_ELSE", text="From the Page's own inbox"))

    assert [one["text"] for one in await replies(hub, conversation)] == ["From the Page's own inbox"]
