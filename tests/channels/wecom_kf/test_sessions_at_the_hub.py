"""WeCom through a running hub and a simulated WeCom: asked at the callback, the welcome, who has the customer."""

import asyncio
from pathlib import Path

from mim_desk.rehearsal.providers import wecom_kf as platform
from mim_desk.rehearsal.providers.provider import Connection
from mim_desk.rehearsal.providers.wecom_kf import WELCOME, WeComKf, WeComPhone
from mim_desk.rehearsal.scripts import Act
from tests.channels.kakaotalk.test_at_the_hub import connected, conversation, resolve, until
from tests.hub.live import Live
from tests.rehearsal.providers.outside import script_of
from tests.rehearsal.providers.test_at_the_hub import messages

WU = script_of("Wu", "wecom_kf")


class SeldomAsked(WeComKf):
    """Nobody would hear of anything in time if the callback did not say so."""

    def connection(self) -> Connection:
        usual = super().connection()
        return Connection(usual.name, {**usual.settings, "pause_s": "600"}, usual.secrets)


def phone_of(wecom: WeComKf) -> WeComPhone:
    phone = wecom.phone(WU)
    assert isinstance(phone, WeComPhone)
    return phone


async def until_asked(hub: Live, wecom: WeComKf) -> None:
    """The first look is over, so that the next is 10 minutes away."""
    await until(lambda: wecom.tokens.given > 0)
    await phone_of(wecom).do(Act(text="在吗"))
    await conversation(hub)


async def until_texts(hub: Live, conversation_id: str, wanted: list[str]) -> None:
    async with asyncio.timeout(30):
        while [one["text"] for one in await messages(hub, conversation_id, "incoming")] != wanted:
            await asyncio.sleep(0.05)


async def test_the_callback_has_wecom_asked_at_once_with_its_word(tmp_path: Path) -> None:
    wecom = SeldomAsked()
    async with connected(tmp_path, wecom) as hub:
        await until_asked(hub, wecom)
        for word in ("一", "二", "三"):
            await phone_of(wecom).do(Act(text=word))
        found = await conversation(hub)
        await until_texts(hub, found["id"], ["在吗", "一", "二", "三"])

    assert wecom.asked_with
    assert set(wecom.asked_with) <= set(wecom.nudges)
    assert wecom.refused == []


async def test_who_opens_the_chat_is_welcomed_in_time_and_opens_no_conversation(tmp_path: Path) -> None:
    wecom = SeldomAsked()
    phone = phone_of(wecom)
    async with connected(tmp_path, wecom) as hub:
        await until(lambda: wecom.tokens.given > 0)
        phone.enter("shop7", "order=7")
        await until(lambda: bool(phone.heard))
        before = (await hub.client.get("/api/v1/conversations")).json()["items"]
        await phone.do(Act(text="在吗"))
        found = await conversation(hub)
        lines = await messages(hub, found["id"], "activity")

    assert [(heard.text, heard.kind) for heard in phone.heard] == [(WELCOME, "welcome")]
    assert before == []
    assert [one["details"] for one in lines] == [{"way": "enter", "referral": "shop7", "scene_param": "order=7"}]
    assert wecom.refused == []


async def test_who_a_colleague_serves_in_wecom_cannot_be_written_to_and_the_agent_reads_why(tmp_path: Path) -> None:
    wecom = WeComKf()
    phone = phone_of(wecom)
    async with connected(tmp_path, wecom) as hub:
        await phone.do(Act(text="在吗"))
        found = await conversation(hub)
        phone.state = platform.SERVED
        reply = (await hub.reply(found["id"], "好")).raise_for_status().json()
        told = await hub.until_status(found["id"], reply["id"], "failed")

    assert "A colleague serves this customer in the WeCom client." in told["delivery"]["reason"]
    assert phone.heard == []


async def test_a_session_ends_with_its_conversation_and_begins_again_with_the_customers_next_word(
    tmp_path: Path,
) -> None:
    wecom = WeComKf()
    phone = phone_of(wecom)
    async with connected(tmp_path, wecom) as hub:
        await phone.do(Act(text="在吗"))
        found = await conversation(hub)
        await resolve(hub, found["id"])
        await until(lambda: phone.state == platform.ENDED)
        await phone.do(Act(text="还有一件事"))
        await until_texts(hub, found["id"], ["在吗", "还有一件事"])
        reply = (await hub.reply(found["id"], "请说")).raise_for_status().json()
        await hub.until_status(found["id"], reply["id"], "sent")

    assert [heard.text for heard in phone.heard] == ["请说"]
