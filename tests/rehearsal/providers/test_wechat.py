"""The simulated WeChat signs and seals as WeChat does, refuses what it refuses, and counts answers as it counts."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers import wechat as platform
from mim_desk.rehearsal.providers.posting import CALM
from mim_desk.rehearsal.providers.provider import NotShaken, Order
from mim_desk.rehearsal.providers.tencent import Seal, signature
from mim_desk.rehearsal.providers.wechat import APP_ID, APP_SECRET, WeChat
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook, outside, script_of

MEI = script_of("Mei", "wechat")
SEALED = (
    "4j/AuRx71kQlxVlzbpsMWI8rETVMtEdVt+yETR7gOWheinDv2xeNwoX6Bql4qKx6KY9ZPqbqqL9vObL5r1N76Lqji2aU0AZQCix+1M89gEHOYNGdaRAk"
    "V2v3i7YUU0cOiGGnEcLk0GewKmBpCwBvcrRxsBRHe0x7TGec0dfFjPfHAU0GWq3FbbyOstOELwOkd31f0VoYLZjqX0pTsMfcWpj5o1XRiwAknXi/tyYb"
    "PkgAtvGfXIv5iuF6W7SBh7s43YdzAm5qdn/37ApH1gPrFVyvVRqLCH5Ikxmb9S7CSov1IkIHDBraL/1d2R/KThJZW2qUPlzFy8uNci2RTMVE6f1FhEED"
    "GvDnTgYCi66hakiEWll+uEZ0Q/9leBrTp5xm/5AGzF0TyCzWMbi81t167Oyc7dLa/m1/IyyZRPVIj/o="
)


class Taking(Hook):
    """A hub that answers as WeChat wants it."""

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        word = call.query.get("echostr", "") if call.method == "GET" else "success"
        return self.answers.pop(0) if self.answers else Answer(200, word.encode())


async def token_of(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET, "force_refresh": False}
    return dict((await client.post("/cgi-bin/stable_token", json=asked | changes)).json())


async def send(client: httpx.AsyncClient, **message: Any) -> int:
    query = {"access_token": (await token_of(client))["access_token"]}
    answer = await client.post("/cgi-bin/message/custom/send", params=query, json=message)
    assert answer.status_code == 200
    return int(answer.json()["errcode"])


def text(to: str, content: str = "好") -> dict[str, Any]:
    return {"touser": to, "msgtype": "text", "text": {"content": content}}


def test_a_message_is_sealed_and_signed_as_in_the_published_vector() -> None:
    message = (
        "<xml><ToUserName><![CDATA[gh_0a1b2c3d4e5f]]></ToUserName><FromUserName>"
        "<![CDATA[oMIMdesk0000000000000000001A]]></FromUserName><CreateTime>1763790000</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 MIM]]></Content>"
        "<MsgId>24900000000000001</MsgId></xml>"
    )

    sealed = Seal("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "wxaa11bb22cc33dd44").close(
        message.encode(), b"0123456789abcdef"
    )

    assert sealed == SEALED
    told = signature("mimdesk_token_7", "1763790000", "882014", sealed)
    assert told == "8f4475e04d50bf74f01c0b78c75b96799671a2d4"


async def test_the_handshake_wants_its_word_back_bare() -> None:
    wechat = WeChat()
    async with outside(wechat, hook=Taking()) as (_, hook):
        await wechat.connected(hook.url, "")
        hook.answers = [Answer(200, b'"quoted"')]
        with pytest.raises(NotShaken):
            await wechat.connected(hook.url, "")

    asked = hook.calls[0].query
    wanted = "".join(sorted([platform.TOKEN, asked["timestamp"], asked["nonce"]]))
    assert asked["signature"] == hashlib.sha1(wanted.encode()).hexdigest()


async def test_anything_but_success_is_brought_again() -> None:
    wechat = WeChat()
    async with outside(wechat, hook=Taking()) as (_, hook):
        await wechat.connected(hook.url, "")
        hook.answers = [Answer(200, b"ok"), Answer(500)]
        await wechat.phone(MEI).do(Act(text="在吗"))
        await hook.until(4)
        await wechat.poster.emptied()

    pushed = [call.body for call in hook.calls if call.method == "POST"]
    assert len(pushed) == 3
    assert len(set(pushed)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"appid": "wx0"}, 40013), ({"secret": "x"}, 40125), ({"grant_type": "x"}, 40002)],
    ids=["app id", "secret", "grant type"],
)
async def test_a_token_is_given_to_the_account_alone(changes: dict[str, Any], code: int) -> None:
    async with outside(WeChat()) as (client, _):
        assert (await token_of(client, **changes))["errcode"] == code


async def test_the_token_is_stable_until_it_expires_and_a_forced_one_is_another() -> None:
    wechat = WeChat()
    async with outside(wechat) as (client, _):
        first, again = await token_of(client), await token_of(client)
        forced = await token_of(client, force_refresh=True)
        wechat.tokens.expire()
        old = await client.get("/cgi-bin/user/info", params={"access_token": forced["access_token"], "openid": "o"})

    assert first["access_token"] == again["access_token"] != forced["access_token"]
    assert old.json()["errcode"] == 42001


async def test_five_answers_to_a_message_then_none_until_the_next_and_none_after_two_days() -> None:
    now = [1_763_790_000.0]
    wechat = WeChat(CALM, lambda: now[0])
    phone = wechat.phone(MEI)
    async with outside(wechat, hook=Taking()) as (client, hook):
        await wechat.connected(hook.url, "")
        silent = await send(client, **text(phone.open_id))
        await phone.do(Act(text="在吗"))
        codes = [await send(client, **text(phone.open_id)) for _ in range(6)]
        await phone.do(Act(text="还在吗"))
        codes.append(await send(client, **text(phone.open_id)))
        now[0] += 48 * 3600 + 1
        codes.append(await send(client, **text(phone.open_id)))
        phone.click("HELP")
        codes += [await send(client, **text(phone.open_id)) for _ in range(4)]

    assert silent == 45015
    assert codes == [0, 0, 0, 0, 0, 45047, 0, 45015, 0, 0, 0, 45047]
    assert len(phone.heard) == 9


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"touser": "somebody"}, 40003),
        ({"text": {"content": "十" * 683}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "postcard"}, 40008),
        ({"msgtype": "image", "image": {"media_id": "m"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
    ],
    ids=["nobody", "long", "empty", "kind", "file", "articles"],
)
async def test_what_wechat_refuses_is_refused_with_status_200(changes: dict[str, Any], code: int) -> None:
    wechat = WeChat()
    phone = wechat.phone(MEI)
    async with outside(wechat, hook=Taking()) as (client, hook):
        await wechat.connected(hook.url, "")
        await phone.do(Act(text="在吗"))
        told = await send(client, **(text(phone.open_id) | changes))

    assert told == code
    assert phone.heard == []


async def test_an_agents_account_is_shown_and_escapes_are_shown_as_written() -> None:
    wechat = WeChat()
    phone = wechat.phone(MEI)
    async with outside(wechat, hook=Taking()) as (client, hook):
        await wechat.connected(hook.url, "")
        await phone.do(Act(text="在吗"))
        await send(client, **text(phone.open_id), customservice={"kf_account": "ann@brand"})
        token = (await token_of(client))["access_token"]
        raw = json.dumps(text(phone.open_id), ensure_ascii=True)
        await client.post(f"/cgi-bin/message/custom/send?access_token={token}", content=raw)

    assert [(heard.sender, heard.text) for heard in phone.heard] == [("ann@brand", "好"), ("Juniper & Sail", "\\u597d")]


async def test_who_leaves_gets_nothing_and_orders_are_followed() -> None:
    wechat = WeChat()
    phone = wechat.phone(MEI)
    async with outside(wechat, hook=Taking()) as (client, hook):
        await wechat.connected(hook.url, "")
        await phone.do(Act(text="在吗"))
        wechat.order(Order.BUSY, Order.BLOCKED)
        codes = [await send(client, **text(phone.open_id)) for _ in range(3)]
        phone.leave()
        codes.append(await send(client, **text(phone.open_id)))

    assert codes == [-1, 48002, 0, 43004]
    assert len(phone.heard) == 1


@pytest.mark.parametrize(
    ("kind", "name", "size", "code"),
    [
        ("postcard", "a.png", 3, 40004),
        ("image", "a.bmp", 3, 40005),
        ("image", "a.png", (2 << 20) + 1, 40009),
        ("voice", "a.amr", (2 << 20) + 1, 40010),
        ("image", "a.png", 3, 0),
    ],
    ids=["kind", "type", "large picture", "large voice", "fine"],
)
async def test_uploads_are_looked_at(kind: str, name: str, size: int, code: int) -> None:
    async with outside(WeChat()) as (client, _):
        token = (await token_of(client))["access_token"]
        answer = await client.post(
            "/cgi-bin/media/upload", params={"access_token": token, "type": kind}, files={"media": (name, b"x" * size)}
        )

    told = answer.json()
    assert told.get("errcode", 0) == code
    assert bool(told.get("media_id")) == (code == 0)
