"""Journey (b): the hub is killed in the middle of a conversation; page and desk recover, each message once."""

import asyncio
from pathlib import Path

import pytest

from tests.journeys.browser import RealBrowser
from tests.journeys.real_desk import RealDesk, until
from tests.journeys.shop import Shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def _kill(agent: RealDesk) -> None:
    child = agent.session.hub
    assert child is not None
    assert child.process is not None
    child.process.kill()


def test_a_killed_hub_loses_and_doubles_nothing(
    desk_loop: asyncio.AbstractEventLoop, chromium: str, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with RealDesk(tmp_path, monkeypatch) as agent, RealBrowser(chromium) as browser:
            inbox = await agent.web_chat(shop.origin)
            hub = inbox.row.page_url.split("/chat")[0]
            visitor = await browser.visit(shop.embed(hub, inbox.widget or ""))
            await visitor.open_chat()
            await visitor.send("before the crash")
            await agent.open("before the crash")
            await agent.send("answered before")
            await visitor.sees("answered before")

            for turn in range(3):
                _kill(agent)
                await visitor.send(f"written while it was down {turn}")
                await until(lambda text=f"written while it was down {turn}": text in agent.texts("incoming"), "it came")
                await agent.live()
                await agent.send(f"answered {turn}")
                _kill(agent)
                await visitor.sees(f"answered {turn}")
                await agent.live()

            await visitor.send("after the crash")
            await until(lambda: "after the crash" in agent.texts("incoming"), "the line works again")
            told = agent.texts("incoming", "reply")
            assert sorted(told) == sorted(set(told))
            assert len(told) == 9
            for text in told:
                await visitor.sees(text)

    desk_loop.run_until_complete(journey())
