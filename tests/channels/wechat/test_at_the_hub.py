"""WeChat through a running hub: the handshake, its token, files both ways, and who follows no more."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.channels.conformance.canary import CANARY
from tests.channels.conformance.providers import WeChatProvider
from tests.channels.wechat import provider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

OLD = Answer(body=b'{"errcode": 42001, "errmsg": "access_token expired"}')


@pytest.fixture
async def wechat(hub: Live, gateway: Gateway) -> WeChatProvider:
    """A connected account whose follower wrote."""
    platform = WeChatProvider()
    hub.inbox_id = await platform.connect(hub, gateway)
    assert await platform.write(hub, "1", "在吗？") == 200
    return platform


async def conversation(live: Live) -> dict[str, Any]:
    (found,) = (await live.client.get("/api/v1/conversations")).json()["items"]
    return dict(found)


async def newest(live: Live) -> dict[str, Any]:
    listed = await live.client.get(f"/api/v1/conversations/{(await conversation(live))['id']}/messages")
    return dict(listed.json()["items"][0])


async def replied(live: Live, *wanted: str, **more: Any) -> dict[str, Any]:
    where = (await conversation(live))["id"]
    posted = (await live.reply(where, **more)).raise_for_status().json()
    return await live.until_status(where, posted["id"], *wanted)


def token_of(path: str) -> str:
    return parse_qs(urlsplit(path).query)["access_token"][0]


@pytest.mark.usefixtures("wechat")
async def test_the_platform_shakes_hands(hub: Live):
    signed = {"signature": provider.sha1(provider.TOKEN, "1", "2"), "timestamp": "1", "nonce": "2", "echostr": "583"}
    address = f"/webhooks/wechat/{hub.inbox_id}"

    answer = await hub.client.get(f"{address}?{urlencode(signed)}", headers={"authorization": ""})
    stranger = await hub.client.get(f"{address}?{urlencode({**signed, 'nonce': '3'})}", headers={"authorization": ""})

    assert (answer.status_code, answer.content) == (200, b"583")
    assert stranger.status_code == 403


async def test_a_delivery_hears_success_and_opens_48_hours(hub: Live, wechat: WeChatProvider):
    signed = provider.sealed_push(provider.text("在", "2", provider.now()), provider.now())
    answer = await hub.client.post(f"/webhooks/wechat/{hub.inbox_id}?{signed.query}", content=signed.body)

    assert (answer.status_code, answer.content) == (200, b"success")
    assert (await conversation(hub))["reply_window_until"] is not None


@pytest.mark.usefixtures("wechat")
async def test_the_token_is_asked_for_at_set_up_and_once_for_all_replies(hub: Live, gateway: Gateway):
    await replied(hub, "sent", text="one")
    await replied(hub, "sent", text="two")

    assert len(gateway.asked) == 2
    assert [token_of(call.path) for call in gateway.calls] == [f"{CANARY}-token"] * 2


@pytest.mark.usefixtures("wechat")
async def test_an_old_token_is_renewed_and_the_reply_leaves_once(hub: Live, gateway: Gateway):
    gateway.answers.append(OLD)

    await replied(hub, "sent", text="one")

    assert len(gateway.asked) == 3
    assert [call.json["text"]["content"] for call in gateway.calls] == ["one", "one"]


@pytest.mark.usefixtures("wechat")
async def test_a_file_of_ours_is_uploaded_and_then_named(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"type": "voice", "media_id": "m-1", "created_at": 1}'))
    files = {"file": ("hello.amr", b"#!AMR\n" + bytes(64), "audio/amr")}
    uploaded = (await hub.client.post("/api/v1/attachments", files=files)).raise_for_status().json()["attachment"]

    await replied(hub, "sent", text="", attachments=[uploaded["id"]])

    upload, sent = gateway.calls
    assert b"#!AMR" in upload.body
    assert sent.json == {"touser": provider.OPENID, "msgtype": "voice", "voice": {"media_id": "m-1"}}
    assert {token_of(call.path) for call in gateway.calls} == {f"{CANARY}-token"}


async def test_a_voice_of_a_customer_is_fetched_with_the_token(hub: Live, gateway: Gateway, wechat: WeChatProvider):
    voice = b"#!AMR\n" + bytes(64)
    gateway.asides["/cgi-bin/media/get"] = Answer(body=voice, headers={"content-type": "audio/amr"})
    told = {"FromUserName": provider.OPENID, "CreateTime": str(provider.now()), "MsgType": "voice", "MsgId": "2"}
    pushed = provider.xml(**told, MediaId="mid-2", Format="amr", Recognition="hello")

    assert await wechat._post(hub, provider.sealed_push(pushed, provider.now())) == 200

    async with asyncio.timeout(30):
        while (await newest(hub))["attachments"][0]["state"] != "ok":
            await asyncio.sleep(0.05)
    message = await newest(hub)
    assert message["text"] == "hello"
    assert (await hub.client.get(message["attachments"][0]["url"])).content == voice
    assert token_of(gateway.asked[-1].path) == f"{CANARY}-token"


async def test_who_follows_no_more_gets_nothing(hub: Live, gateway: Gateway, wechat: WeChatProvider):
    told = {"FromUserName": provider.OPENID, "CreateTime": str(provider.now()), "MsgType": "event"}
    await wechat._post(hub, provider.sealed_push(provider.xml(**told, Event="unsubscribe"), provider.now()))

    await replied(hub, "failed", text="Still there?")

    assert gateway.calls == []


@pytest.mark.usefixtures("wechat")
async def test_a_closed_window_fails_the_reply_in_plain_words(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=json.dumps({"errcode": 45015, "errmsg": "out of time"}).encode()))

    message = await replied(hub, "failed", text="Late")

    assert "48 hours" in message["delivery"]["reason"]


UNION = Answer(body=b'{"subscribe": 1, "openid": "x", "unionid": "oUnion-of-one-person", "language": "zh_CN"}')


async def contacts_known(live: Live, union_id: str, within: float = 30) -> list[dict[str, Any]]:
    """The contacts behind the conversations, once every one of them has the id."""
    async with asyncio.timeout(within):
        while True:
            listed = (await live.client.get("/api/v1/conversations")).json()["items"]
            ids = sorted({one["contact_id"] for one in listed})
            found = [(await live.client.get(f"/api/v1/contacts/{one}")).json() for one in ids]
            if all(one["fields"].get("union_id") == union_id for one in found):
                return found
            await asyncio.sleep(0.02)


async def two_accounts(hub: Live, gateway: Gateway, brand: str) -> tuple[str, str]:
    """A person writes to both; WeChat calls them by another openid in each."""
    gateway.asides["/cgi-bin/user/info"] = UNION
    platform = WeChatProvider()
    first = hub.inbox_id = await platform.connect(hub, gateway)
    assert await platform.write(hub, "1", "在吗？") == 200
    await contacts_known(hub, "oUnion-of-one-person")
    known = next(one for one in (await hub.client.get("/api/v1/inboxes")).json()["items"] if one["id"] == first)
    secrets = {"app_secret": CANARY, "token": provider.TOKEN, "encoding_aes_key": provider.AES_KEY}
    there = {"name": "Second", "channel": "wechat", "settings": known["settings"], "secrets": secrets}
    body = {**there, "brand": {} if brand == "same" else {"name": brand}}
    second = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"]
    signed = provider.sealed_push(provider.text("你好", "2", provider.now(), "oAnother"), provider.now())
    answer = await hub.client.post(f"/webhooks/wechat/{second}?{signed.query}", content=signed.body)
    assert answer.status_code == 200
    return first, str(second)


async def test_who_writes_to_two_accounts_of_a_brand_is_one_contact(hub: Live, gateway: Gateway):
    both = await two_accounts(hub, gateway, "same")

    async with asyncio.timeout(30):
        while len(found := await contacts_known(hub, "oUnion-of-one-person")) != 1:
            await asyncio.sleep(0.02)

    (contact,) = found
    assert {one["inbox_id"] for one in contact["identities"]} == set(both)
    assert "lang=en" in gateway.asked[-1].path


async def test_who_writes_to_two_brands_is_only_suggested_as_one(hub: Live, gateway: Gateway):
    await two_accounts(hub, gateway, "Another brand")

    async with asyncio.timeout(30):
        while len(found := await contacts_known(hub, "oUnion-of-one-person")) != 2:
            await asyncio.sleep(0.02)

    told = (await hub.client.get(f"/api/v1/contacts/{found[0]['id']}/merges")).json()
    assert [one["kind"] for one in told["suggestions"][0]["shared"]] == ["union_id"]
