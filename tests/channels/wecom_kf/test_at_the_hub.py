"""WeCom through a running hub: its callback, a file with its name, a token that is no longer right, a late failure."""

import asyncio
import json
from typing import Any

import pytest

from tests.channels.wecom_kf.provider import WecomKfProvider, body_of, said, seal, signed
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]


@pytest.fixture
async def wecom(hub: Live, gateway: Gateway) -> WecomKfProvider:
    """A connected account whose customer wrote."""
    platform = WecomKfProvider()
    hub.inbox_id = await platform.connect(hub, gateway)
    assert await platform.write(hub, "m1", "在吗？") == 200
    return platform


async def conversation(live: Live) -> str:
    (found,) = (await live.client.get("/api/v1/conversations")).json()["items"]
    assert found["reply_window_until"] is not None
    return str(found["id"])


async def newest(live: Live) -> dict[str, Any]:
    listed = await live.client.get(f"/api/v1/conversations/{await conversation(live)}/messages")
    return dict(listed.json()["items"][0])


async def test_the_address_shakes_hands_and_takes_callbacks(hub: Live, wecom: WecomKfProvider):
    word = seal(b"583")
    address = f"/webhooks/wecom_kf/{wecom.inbox_id}"
    nudge = seal(b"<xml><MsgType>event</MsgType><Event>kf_msg_or_event</Event></xml>")

    shaken = await hub.client.get(f"{address}?{signed(word, echostr=word)}", headers={"authorization": ""})
    taken = await hub.client.post(f"{address}?{signed(nudge)}", content=body_of(nudge), headers={"authorization": ""})

    assert (shaken.status_code, shaken.content) == (200, b"583")
    assert (taken.status_code, taken.content) == (200, b"success")


@pytest.mark.usefixtures("wecom")
async def test_with_an_old_token_the_reply_leaves_again_under_the_same_id(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"errcode": 42001, "errmsg": "access_token expired"}'))
    where = await conversation(hub)

    posted = (await hub.reply(where, "one")).raise_for_status().json()
    await hub.until_status(where, posted["id"], "sent")

    first, second = gateway.calls
    assert first.json == second.json
    assert first.json["text"] == {"content": "one"}


async def test_a_reply_that_was_taken_and_failed_later_says_why(hub: Live, wecom: WecomKfProvider, gateway: Gateway):
    where = await conversation(hub)
    gateway.answers.append(Answer(body=b'{"errcode": 0, "errmsg": "ok", "msgid": "sent-1"}'))
    posted = (await hub.reply(where, "one")).raise_for_status().json()
    await hub.until_status(where, posted["id"], "sent")

    told = {"event_type": "msg_send_fail", "fail_msgid": "sent-1", "fail_type": 10}
    await wecom.tell({**said("e1", ""), "origin": 4, "msgtype": "event", "event": told})

    failed = await hub.until_status(where, posted["id"], "failed")
    assert "The customer refuses messages of this account." in json.dumps(failed)


async def test_a_file_comes_with_its_name(hub: Live, wecom: WecomKfProvider, gateway: Gateway):
    named = {"content-disposition": 'attachment; filename="price list.txt"', "content-type": "text/plain"}
    gateway.asides["/cgi-bin/media/get"] = Answer(body=b"1 pair of shoes", headers=named)

    await wecom.tell({**said("m2", ""), "msgtype": "file", "file": {"media_id": "mid-1"}})

    async with asyncio.timeout(30):
        while (await newest(hub))["attachments"][0]["name"] != "price list.txt":
            await asyncio.sleep(0.05)
