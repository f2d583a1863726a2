"""What the page does by the clock, with the browser's clock in our hands."""

import pytest
from playwright.async_api import Request, expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


async def clocked(visitors: Visitors, hub: HubProcess) -> tuple[Tab, list[str]]:
    """A tab on the hub's own page whose clock can be turned on, and the calls it makes."""
    tab = Tab(await (await visitors.device()).new_page())
    asked: list[str] = []

    def told(request: Request) -> None:
        asked.append(request.url.partition("/v1/")[2].partition("?")[0])

    tab.page.on("request", told)
    await tab.page.clock.install()
    await tab.page.goto(f"{hub.url}/chat/{hub.widget}")
    await expect(tab.field).to_be_visible()
    await until(lambda: "stream" in asked)
    return tab, asked


async def test_a_stream_that_falls_silent_for_forty_seconds_is_asked_for_anew(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab, asked = await clocked(visitors, hub)
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered, .tick.read")).to_be_visible()

    await tab.page.clock.fast_forward(45_000)

    await until(lambda: asked.count("stream") >= 2)
    await tab.write("Still there?")
    await until(lambda: hub.texts() == ["Hello", "Still there?"])
    await expect(tab.bubbles).to_have_text(["Hello", "Still there?"])
    assert tab.problems == []


async def test_typing_is_told_at_most_every_three_seconds_and_never_what(visitors: Visitors, hub: HubProcess) -> None:
    tab, asked = await clocked(visitors, hub)
    bodies: list[str] = []
    tab.page.on("request", lambda one: bodies.append(one.post_data or "") if one.url.endswith("/typing") else None)
    await tab.page.clock.pause_at(await tab.page.evaluate("Date.now() + 60_000"))

    await tab.field.press_sequentially("My secret ")
    await until(lambda: asked.count("typing") == 1)
    await tab.page.clock.fast_forward(3_100)
    await tab.field.press_sequentially("is long")
    await until(lambda: asked.count("typing") == 2)

    assert bodies == ["{}", "{}"]
