"""Networks that block event streams or hold them back: the same events come by long polls."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.holding_proxy import HoldingProxy
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


@pytest.fixture(params=["holds", "refuses", "is impatient"])
def proxy(hub: HubProcess, request: pytest.FixtureRequest) -> Iterator[HoldingProxy]:
    patience_s = 8.0 if request.param == "is impatient" else 60.0
    opened = HoldingProxy(hub.port, patience_s, refuses_streams=request.param == "refuses")
    yield opened
    opened.close()


def _polls(proxy: HoldingProxy) -> int:
    return sum("/events?" in path for path in proxy.asked)


async def test_behind_a_proxy_that_lets_no_stream_through_answers_come_by_polls(
    visitors: Visitors, hub: HubProcess, proxy: HoldingProxy
) -> None:
    context = await visitors.device()
    tab = Tab(await context.new_page())
    await tab.page.goto(f"{proxy.url}/chat/{hub.widget}")
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await until(lambda: _polls(proxy) >= 2)
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(tab.bubbles).to_have_text(["Hello", "Good day"])
    second = await asyncio.to_thread(hub.reply, "Anything else?")
    await expect(tab.bubbles).to_have_text(["Hello", "Good day", "Anything else?"])
    await until(lambda: hub.status(second) == "read")
    await expect(tab.frame.locator(".banner")).to_be_hidden()

    streams = sum(path.endswith("/stream") for path in proxy.asked)
    before = _polls(proxy)
    await tab.page.reload()
    await expect(tab.bubbles).to_have_count(3)
    await until(lambda: _polls(proxy) > before)
    assert sum(path.endswith("/stream") for path in proxy.asked) == streams
    assert tab.problems == []
