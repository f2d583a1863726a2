"""The simulated dealer of KakaoTalk refuses what it refuses, keeps sessions, and reports to the address of the message."""

from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers.kakaotalk import KEY, SENDER, SESSION_S, KakaoTalk
from mim_desk.rehearsal.providers.posting import CALM, Mischief
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of

MINSEO = script_of("Min-seo", "kakaotalk")
AUTH = {"authorization": f"App {KEY}"}


async def send(client: httpx.AsyncClient, to: str, **changes: Any) -> httpx.Response:
    message = {
        "sender": SENDER,
        "destinations": [{"to": to, "messageId": "mim-1"}],
        "content": {"type": "TEXT", "text": "네"},
    }
    return await client.post("/kakao-sangdam/1/messages", json={"messages": [message | changes]}, headers=AUTH)


def state(answer: httpx.Response) -> str:
    return str(answer.json()["messages"][0]["status"]["groupName"])


async def test_only_an_open_session_can_be_written_to() -> None:
    now = [1_763_790_000.0]
    kakao = KakaoTalk(CALM, lambda: now[0])
    phone = kakao.phone(MINSEO)
    async with outside(kakao) as (client, hook):
        await kakao.connected(hook.url, "t")
        states = [state(await send(client, phone.key))]
        await phone.do(Act(text="안녕하세요"))
        states.append(state(await send(client, phone.key)))
        now[0] += SESSION_S + 1
        states.append(state(await send(client, phone.key)))
        await phone.do(Act(text="저기요"))
        phone.leave()
        states.append(state(await send(client, phone.key)))

    assert states == ["REJECTED", "PENDING", "REJECTED", "REJECTED"]
    assert len(phone.heard) == 1


async def test_messages_come_in_batches_with_the_token_in_the_address() -> None:
    kakao = KakaoTalk(Mischief(seed=1, gathers_s=0.2))
    async with outside(kakao) as (_, hook):
        await kakao.connected(hook.url, "the-token")
        for text in ("하나", "둘", "셋"):
            await kakao.phone(MINSEO).do(Act(text=text))
        (call,) = await hook.until(1)

    assert call.query == {"token": "the-token"}
    assert call.json()["messageCount"] == 3
    assert {one["message"]["text"] for one in call.json()["results"]} == {"하나", "둘", "셋"}


async def test_a_report_goes_to_the_messages_address_or_is_handed_out_once() -> None:
    kakao = KakaoTalk()
    phone = kakao.phone(MINSEO)
    async with outside(kakao) as (client, hook):
        await kakao.connected(hook.url, "t")
        await phone.do(Act(text="안녕하세요"))
        webhooks = {"delivery": {"url": f"{hook.url}/dlr"}, "callbackData": "conv-9"}
        await send(client, phone.key, webhooks=webhooks)
        await send(client, phone.key)
        calls = await hook.until(2)
        asked = [(await client.get("/kakao-sangdam/1/reports", headers=AUTH)).json()["results"] for _ in range(2)]

    report = calls[1].json()["results"][0]
    assert (report["messageId"], report["callbackData"], report["status"]["groupName"]) == (
        "mim-1",
        "conv-9",
        "DELIVERED",
    )
    assert [len(found) for found in asked] == [1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "@other"},
        {"destinations": []},
        {"destinations": [{"to": "u", "messageId": "x" * 201}]},
        {"content": {"type": "TEXT", "text": "x" * 1001}},
        {"content": {"type": "TEXT", "text": ""}},
        {"content": {"type": "IMAGE", "url": "somewhere"}},
        {"content": {"type": "POSTCARD"}},
        {"content": {"type": "BUTTON_LIST", "text": "a", "buttons": []}},
        {"content": {"type": "BUTTON_LIST", "text": "a", "buttons": [{"name": "x" * 29}]}},
    ],
    ids=["sender", "nobody", "long id", "long", "empty", "address", "kind", "no buttons", "long button"],
)
async def test_what_the_dealer_refuses_is_refused_in_its_form(changes: dict[str, Any]) -> None:
    kakao = KakaoTalk()
    phone = kakao.phone(MINSEO)
    async with outside(kakao) as (client, hook):
        await kakao.connected(hook.url, "t")
        await phone.do(Act(text="안녕하세요"))
        answer = await send(client, phone.key, **changes)

    assert answer.status_code == 400
    assert answer.json()["requestError"]["serviceException"]["messageId"] == "BAD_REQUEST"
    assert phone.heard == []


async def test_a_wrong_key_opens_nothing() -> None:
    async with outside(KakaoTalk()) as (client, _):
        answer = await client.get("/kakao-sangdam/1/logs", headers={"authorization": "App x"})

    assert answer.status_code == 401
