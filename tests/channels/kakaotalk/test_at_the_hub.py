"""KakaoTalk through a running hub and a simulated dealer: sessions that end with their conversation, reports asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers.happytalk import Happytalk, HappytalkPhone
from mim_desk.rehearsal.providers.kakaotalk import KakaoTalk
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, at_work
from mim_desk.rehearsal.scripts import Act, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live, live_hub, settings_in
from tests.rehearsal.providers.outside import script_of

MINSEO = script_of("Min-seo", "kakaotalk")


class EndingInfobip(KakaoTalk):
    """Whose consultations are ended, and whose reports are asked for."""

    def connection(self) -> Connection:
        usual = super().connection()
        return Connection(usual.name, {**usual.settings, "end_sessions": "yes", "reports": "asked"}, usual.secrets)


both = pytest.mark.parametrize("kind", [EndingInfobip, Happytalk], ids=lambda kind: kind.__name__)


@asynccontextmanager
async def connected(folder: Path, provider: Provider) -> AsyncIterator[Live]:
    async with live_hub(settings_in(folder)) as hub, at_work([provider]):
        async with httpx.AsyncClient(base_url=hub.url, timeout=30) as http:
            hub.inbox_id = await Admin(http, ADMIN_TOKEN, stage()).connect(provider)
        yield hub


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


async def conversation(hub: Live) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            found = (await hub.client.get("/api/v1/conversations")).raise_for_status().json()["items"]
            if found:
                return dict(found[0])
            await asyncio.sleep(0.05)


async def resolve(hub: Live, conversation_id: str, status: str = "resolved") -> None:
    body = {"status": status, "reason": "done"} if status == "resolved" else {"status": status}
    (await hub.client.patch(f"/api/v1/conversations/{conversation_id}", json=body)).raise_for_status()


async def contact(hub: Live, contact_id: str) -> dict[str, Any]:
    return dict((await hub.client.get(f"/api/v1/contacts/{contact_id}")).raise_for_status().json())


@both
async def test_a_consultation_ends_with_its_conversation_after_the_last_reply_has_left(
    tmp_path: Path, kind: type[Provider]
) -> None:
    provider = kind()
    provider.order(Order.BUSY)  # so that the reply waits while the conversation is resolved
    phone: Any = provider.phone(MINSEO)
    async with connected(tmp_path, provider) as hub:
        await phone.do(Act(text="안녕하세요"))
        found = await conversation(hub)
        (await hub.reply(found["id"], "안녕히 가세요")).raise_for_status()
        await resolve(hub, found["id"])
        await until(lambda: not phone.session_open(provider.clock()))
        async with asyncio.timeout(30):
            while (await contact(hub, found["contact_id"]))["identities"][0].get("over_at") is None:
                await asyncio.sleep(0.05)
        late = await hub.reply(found["id"], "Noch etwas?")
        assert (late.status_code, late.json()["code"]) == (409, "window-closed")
        await phone.do(Act(text="하나 더요"))
        await provider.poster.emptied()
        again = await contact(hub, found["contact_id"])

    assert [heard.text for heard in phone.heard] == ["안녕히 가세요"]
    assert phone.session_open(provider.clock())
    assert again["identities"][0].get("blocked_at") is None
    assert provider.refused == []


async def test_reports_that_are_asked_for_tell_that_a_reply_was_delivered(tmp_path: Path) -> None:
    provider = EndingInfobip()
    async with connected(tmp_path, provider) as hub:
        await provider.phone(MINSEO).do(Act(text="안녕하세요"))
        found = await conversation(hub)
        reply = (await hub.reply(found["id"], "네")).raise_for_status().json()
        await hub.until_status(found["id"], reply["id"], "delivered", within=40)

    assert provider.reports == []


async def test_the_button_that_a_customer_came_by_stands_before_their_first_message(tmp_path: Path) -> None:
    provider = Happytalk()
    phone = provider.phone(MINSEO)
    assert isinstance(phone, HappytalkPhone)
    async with connected(tmp_path, provider) as hub:
        phone.open_from("shop7")
        await provider.poster.emptied()
        before = (await hub.client.get("/api/v1/conversations")).json()["items"]
        await phone.do(Act(text="여기요"))
        found = await conversation(hub)
        await provider.poster.emptied()
        listed = (await hub.client.get(f"/api/v1/conversations/{found['id']}/messages")).json()["items"]

    assert before == []
    assert [(one["kind"], one.get("activity", ""), one["text"]) for one in reversed(listed)] == [
        ("activity", "came_by", ""),
        ("incoming", "", "여기요"),
    ]
    assert listed[-1]["details"] == {"referral": "shop7", "way": "link"}


async def test_who_left_the_consultation_may_begin_another_and_nothing_says_that_they_blocked_us(
    tmp_path: Path,
) -> None:
    provider = KakaoTalk()
    phone: Any = provider.phone(MINSEO)
    async with connected(tmp_path, provider) as hub:
        await phone.do(Act(text="안녕하세요"))
        found = await conversation(hub)
        await asyncio.sleep(0.01)  # the end comes after what they wrote
        phone.leave()
        await provider.poster.emptied()
        async with asyncio.timeout(30):
            while (late := await hub.reply(found["id"], "네")).status_code == 201:
                await asyncio.sleep(0.05)
        left = await contact(hub, found["contact_id"])
        await phone.do(Act(text="다시요"))
        await provider.poster.emptied()
        again = await hub.reply(found["id"], "네")

    assert late.json()["code"] == "window-closed"
    assert left["identities"][0].get("blocked_at") is None
    assert again.status_code == 201
