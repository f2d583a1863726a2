"""A channel that counts replies at a running hub: the count is kept, told, and refused in words before sending."""

import json
from typing import Any

import pytest

from tests.channels.conformance.providers import WeChatProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

BUSY = Answer(body=b'{"errcode": -1, "errmsg": "system error"}')
USED_UP = Answer(body=json.dumps({"errcode": 45047, "errmsg": "out of response count limit"}).encode())
LONG = "十" * 1100
"""Two of WeChat's messages."""


@pytest.fixture
async def wechat(hub: Live, gateway: Gateway) -> WeChatProvider:
    """A connected account whose follower wrote."""
    platform = WeChatProvider()
    hub.inbox_id = await platform.connect(hub, gateway)
    await platform.write(hub, "1", "在吗？")
    return platform


async def conversation(live: Live) -> dict[str, Any]:
    (found,) = (await live.client.get("/api/v1/conversations")).json()["items"]
    return dict(found)


async def replied(live: Live, *wanted: str, text: str = "好") -> dict[str, Any]:
    where = (await conversation(live))["id"]
    posted = (await live.reply(where, text)).raise_for_status().json()
    return await live.until_status(where, posted["id"], *wanted)


async def test_the_sixth_reply_is_refused_in_words_before_it_is_sent_and_the_next_message_allows_five_more(
    hub: Live, gateway: Gateway, wechat: WeChatProvider
):
    left = [(await conversation(hub))["replies_left"]]
    for _ in range(5):
        await replied(hub, "sent")
        left.append((await conversation(hub))["replies_left"])

    sixth = await hub.reply((await conversation(hub))["id"], "六")
    await wechat.write(hub, "2", "谢谢")

    assert left == [5, 4, 3, 2, 1, 0]
    assert (sixth.status_code, sixth.json()["code"]) == (409, "replies-used-up")
    assert "until they write again" in sixth.json()["detail"]
    assert len(gateway.calls) == 5
    assert (await conversation(hub))["replies_left"] == 5


@pytest.mark.usefixtures("wechat")
async def test_each_part_of_a_long_text_counts(hub: Live):
    await replied(hub, "sent", text=LONG)
    await replied(hub, "sent", text=LONG)

    refused = await hub.reply((await conversation(hub))["id"], LONG)

    assert (await conversation(hub))["replies_left"] == 1
    assert "takes 2 messages" in refused.json()["detail"]


@pytest.mark.usefixtures("wechat")
async def test_a_part_that_was_taken_is_never_sent_again_although_it_has_no_id(hub: Live, gateway: Gateway):
    gateway.answers += [Answer(), BUSY]

    await replied(hub, "sent", text=LONG)

    first, second, again = [call.json["text"]["content"] for call in gateway.calls]
    assert (again, first != second) == (second, True)
    assert (await conversation(hub))["replies_left"] == 3


@pytest.mark.usefixtures("wechat")
async def test_a_reply_of_which_a_part_was_taken_keeps_what_that_took(hub: Live, gateway: Gateway):
    gateway.answers += [Answer(), Answer(body=b'{"errcode": 87014, "errmsg": "risky content"}')]

    failed = await replied(hub, "failed", text=LONG)

    assert "Only a part" in failed["delivery"]["reason"]
    assert len(gateway.calls) == 2
    assert (await conversation(hub))["replies_left"] == 4


@pytest.mark.usefixtures("wechat")
async def test_a_reply_that_failed_gives_back_what_it_took(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"errcode": 87014, "errmsg": "risky content"}'))

    await replied(hub, "failed")

    assert (await conversation(hub))["replies_left"] == 5


async def test_used_up_at_wechat_is_used_up_here_until_the_customer_writes(
    hub: Live, gateway: Gateway, wechat: WeChatProvider
):
    gateway.answers.append(USED_UP)

    await replied(hub, "failed")
    refused = await hub.reply((await conversation(hub))["id"], "还在吗")
    left = (await conversation(hub))["replies_left"]
    await wechat.write(hub, "2", "在")

    assert (left, refused.status_code) == (0, 409)
    assert (await conversation(hub))["replies_left"] == 5


@pytest.mark.usefixtures("wechat")
async def test_the_number_is_a_setting_of_the_inbox(hub: Live):
    address = f"/api/v1/inboxes/{hub.inbox_id}"
    wrong = await hub.client.patch(address, json={"settings": {"replies_per_message": "many"}})
    await hub.client.patch(address, json={"settings": {"replies_per_message": "20"}})

    await replied(hub, "sent")

    assert (wrong.status_code, wrong.json()["field"]) == (400, "settings.replies_per_message")
    assert (await conversation(hub))["replies_left"] == 19
