"""An Instagram account in a running hub: echoes name nothing of ours, so that their words settle what was in doubt."""

from time import time
from typing import Any

import pytest

from tests.channels.messenger.provider import InstagramProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]


@pytest.mark.parametrize(("words", "status", "count"), [("Yes we do", "sent", 1), ("Write us", "unknown", 2)])
async def test_the_echo_with_the_same_words_settles_a_reply_in_doubt(
    hub: Live, gateway: Gateway, words: str, status: str, count: int
):
    account = InstagramProvider()
    hub.inbox_id = await account.connect(hub, gateway)
    assert await account.write(hub, "first", "Do you ship to Lima?") == 200
    conversation = str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])
    gateway.answers.append(Answer(cut=True))
    posted = (await hub.reply(conversation, "Yes we do")).json()
    await hub.until_status(conversation, posted["id"], "unknown")

    sides = {"sender": {"id": account.account}, "recipient": {"id": "9100000000000077"}}
    told = {"mid": "aWdfOUR1", "is_echo": True, "text": words}
    echo: dict[str, Any] = {**sides, "timestamp": int(time() * 1000), "message": told}
    assert await account.post(hub, echo) == 200
    assert await account.post(hub, echo) == 200

    await hub.until_status(conversation, posted["id"], status)
    listed = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    assert sum(one["kind"] == "reply" for one in listed) == count
