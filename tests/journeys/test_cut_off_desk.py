"""Journey (c): a desk that is cut off reads, searches and writes; back again, each reply goes once or is held."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.journeys.browser import RealBrowser
from tests.journeys.cable import cable_to
from tests.journeys.real_desk import RealDesk, until
from tests.journeys.shop import Shop
from tests.journeys.team_hub import LOGIN, PASSWORD, started_hub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_one_reply_is_sent_once_and_the_other_waits_for_the_agents_decision(
    desk_loop: asyncio.AbstractEventLoop, chromium: str, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey(hub_url: str, address: str) -> None:
        async with (
            cable_to(hub_url) as cable,
            RealDesk(tmp_path / "desk", monkeypatch) as agent,
            RealBrowser(chromium) as browser,
        ):
            await agent.sign_in(cable.url, LOGIN, PASSWORD)
            anna, boris = await browser.visit(address), await browser.visit(address)
            for visitor, text in ((anna, "Where is my parcel?"), (boris, "发票还没收到")):
                await visitor.open_chat()
                await visitor.send(text)
                await agent.open(text)

            await cable.pull()
            await until(lambda: agent.session.freshness.state == "offline", "the desk knows that it is cut off")
            assert "ffline" in agent.badge

            await agent.open("Where is my parcel?")
            await agent.open("发票还没收到")
            search = agent.desk.search
            search.begin("发票")
            await until(search.model.rowCount, "the search finds Chinese offline")
            QTest.keyClick(search.field, Qt.Key.Key_Escape)

            await agent.open("Where is my parcel?")
            await agent.send("It arrives tomorrow.")
            await agent.open("发票还没收到")
            await agent.send("请查收附件")
            assert agent.delivery("请查收附件") == "waiting"
            await boris.send("已经找到了，不用发")

            await cable.mend()
            agent.session.try_now()
            await agent.live()
            await anna.sees("It arrives tomorrow.")
            await until(lambda: agent.delivery("请查收附件") == "held", "the second reply is held")
            await until(lambda: "已经找到了，不用发" in agent.texts("incoming"), "what the customer wrote is shown")
            await boris.sees("请查收附件", times=0)

            held = next(item for item in agent.shown() if item.outbox_state == "held")
            assert held.held is not None
            assert held.held.reasons == ("customer_wrote",)
            agent.thread.compare(held.message.id)
            await until(agent.thread.held.isVisible, "both stand side by side")
            agent.click(agent.thread.held.override)
            await boris.sees("请查收附件")
            await anna.sees("It arrives tomorrow.")
            assert anna.troubles == boris.troubles == []

    with started_hub(tmp_path / "hub") as hub:
        address = shop.embed(hub.url, hub.web_chat(shop.origin))
        desk_loop.run_until_complete(journey(hub.url, address))
