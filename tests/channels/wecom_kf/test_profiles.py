"""Who a customer is, as WeCom tells it when asked: the call, the answer, and the contact at a running hub."""

import asyncio
import json
from typing import Any

import pytest

from mim_desk.channels.base import Response
from tests.channels.wecom_kf.provider import MIA, WecomKfProvider, said
from tests.channels.wecom_kf.test_reading import ACCOUNT, ADAPTER
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]
BATCH = "/cgi-bin/kf/customer/batchget"
STAND_IN = "WeChat customer …A1B2"


def told(**customer: object) -> bytes:
    known = {"external_userid": MIA, "nickname": "米娅", "gender": 2, **customer}
    return json.dumps({"errcode": 0, "errmsg": "ok", "customer_list": [known]}).encode()


def test_a_customer_is_asked_for_by_the_id_alone():
    request = ADAPTER.profile_request(ACCOUNT, MIA)

    assert request is not None
    assert (request.method, request.url) == ("POST", f"https://qyapi.weixin.qq.com{BATCH}")
    assert json.loads(request.body) == {"external_userid_list": [MIA], "need_enter_session_context": 0}
    assert ADAPTER.profile_request(ACCOUNT, "zhangsan") is None


def test_name_picture_and_union_id_are_read():
    answer = Response(200, {}, told(avatar="http://wx.example/0", unionid="oU-1"))

    assert ADAPTER.read_profile(answer) == "米娅"
    assert ADAPTER.read_picture(answer) == "http://wx.example/0"
    assert ADAPTER.read_union_id(answer) == "oU-1"


@pytest.mark.parametrize(
    "body",
    [
        told(nickname=None, avatar=None, unionid=None),
        told(nickname=7, avatar="data:image/png;base64,", unionid="no id"),
        b'{"errcode": 48002, "errmsg": "api forbidden", "customer_list": [{"nickname": "x"}]}',
        b'{"errcode": 0, "customer_list": [], "invalid_external_userid": ["wm1"]}',
        b"<html>",
    ],
    ids=["nothing known", "odd forms", "not allowed", "longer than 48 hours ago", "a page"],
)
def test_what_is_not_told_is_empty(body: bytes):
    answer = Response(200, {}, body)

    found = (ADAPTER.read_profile(answer), ADAPTER.read_picture(answer), ADAPTER.read_union_id(answer))

    assert found == (None, "", "")


def test_a_picture_is_fetched_from_where_it_lies_without_the_token():
    request = ADAPTER.fetch(ACCOUNT, "http://wx.example/0", ())

    assert request is not None
    assert ADAPTER.authorized(ACCOUNT, request, "secret-token").url == "http://wx.example/0"
    assert ADAPTER.fetch(ACCOUNT, "http://wx.example/0", (Response(200, {}, b"picture"),)) is None


async def contact_named(live: Live, name: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            listed = (await live.client.get("/api/v1/conversations")).json()["items"]
            for one in listed:
                contact = (await live.client.get(f"/api/v1/contacts/{one['contact_id']}")).json()
                if contact["name"] == name:
                    return dict(contact)
            await asyncio.sleep(0.02)


async def test_the_name_takes_the_place_of_our_own_word_for_them_and_stays(hub: Live, gateway: Gateway):
    platform = WecomKfProvider()
    hub.inbox_id = await platform.connect(hub, gateway)
    gateway.asides[BATCH] = Answer(body=told(unionid="oU-1"))

    await platform.write(hub, "m1", "在吗？")
    contact = await contact_named(hub, "米娅")
    await platform.tell(said("m2", "还在吗？"))

    after = (await hub.client.get(f"/api/v1/contacts/{contact['id']}")).json()
    assert (after["name"], after["identities"][0]["display"]) == ("米娅", "米娅")


async def test_without_the_right_to_ask_they_keep_our_own_word_until_people_name_them(hub: Live, gateway: Gateway):
    platform = WecomKfProvider()
    hub.inbox_id = await platform.connect(hub, gateway)

    await platform.write(hub, "m1", "在吗？")
    contact = await contact_named(hub, STAND_IN)
    path = f"/api/v1/contacts/{contact['id']}"
    changed = await hub.client.patch(path, json={"name": "Mia Berg", "version": contact["version"]})
    assert changed.status_code == 200, changed.text
    await platform.tell(said("m2", "还在吗？"))

    after = (await hub.client.get(path)).json()
    assert (after["name"], after["identities"][0]["display"]) == ("Mia Berg", STAND_IN)
