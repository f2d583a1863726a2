"""The site says who its customer is while the chat is busy with something else. In a real Chromium."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_safety import _identities, _proof
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


async def known_customer(visitors: Visitors, hub: HubProcess) -> None:
    """Somebody has written, and the site has said who it is."""
    tab = await (await visitors.on_site()).opened()
    await tab.write("From the first device")
    await until(lambda: len(hub.texts()) == 1)
    await identify(tab)
    await until(lambda: any(one["verified"] for one in _identities(hub)))


async def identify(tab: Tab, customer: str = "cust-42") -> None:
    """The site shows its proof."""
    await tab.page.evaluate("proof => MimChat.identify(proof)", _proof(customer))


async def held(context: BrowserContext, pattern: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Hold the first call to this address back: *asked* is set when it came, *go* lets it through."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Any) -> None:
        if not asked.is_set():
            asked.set()
            await go.wait()
        await route.continue_()

    await context.route(pattern, hold)
    return asked, go


async def test_while_the_first_page_of_messages_is_on_its_way(visitors: Visitors, hub: HubProcess) -> None:
    await known_customer(visitors, hub)
    context = await visitors.device()
    asked, go = await held(context, "**/web-chat/v1/messages?*")
    tab = await (await visitors.on_site(context)).opened()
    await asked.wait()

    async with tab.page.expect_response("**/web-chat/v1/identify"):
        await identify(tab)
    go.set()

    await expect(tab.bubbles).to_have_text(["From the first device"])
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(tab.bubbles).to_have_text(["From the first device", "Good day"])
    assert tab.problems == []


async def test_in_a_tab_that_does_not_lead(visitors: Visitors, hub: HubProcess, tmp_path: Path) -> None:
    await known_customer(visitors, hub)
    context = await visitors.kept_device(tmp_path)
    leading = await (await visitors.on_site(context)).opened()
    other = await (await visitors.on_site(context)).opened()

    await identify(other)

    for tab in (other, leading):
        await expect(tab.bubbles).to_have_text(["From the first device"])
    await asyncio.to_thread(hub.reply, "Good day")
    for tab in (other, leading):
        await expect(tab.bubbles).to_have_text(["From the first device", "Good day"])
    await context.close()


async def test_while_the_hub_is_out_of_reach(visitors: Visitors, hub: HubProcess) -> None:
    await known_customer(visitors, hub)
    context = await visitors.device()
    calls = 0

    async def away(route: Any) -> None:
        nonlocal calls
        calls += 1
        await (route.abort() if calls < 3 else route.continue_())

    await context.route("**/web-chat/v1/identify", away)
    tab = await (await visitors.on_site(context)).opened()

    await identify(tab)

    await expect(tab.bubbles).to_have_text(["From the first device"])
    assert calls == 3
    assert tab.problems == []


async def test_whoever_comes_as_another_signs_out_comes_after_that(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    async with tab.page.expect_response("**/web-chat/v1/identify"):
        await identify(tab, "cust-1")
    await tab.write("From the first")
    await until(lambda: hub.texts() == ["From the first"])

    async with (
        tab.page.expect_response("**/web-chat/v1/logout"),
        tab.page.expect_response("**/web-chat/v1/identify"),
    ):
        await tab.page.evaluate("proof => { MimChat.logout(); MimChat.identify(proof); }", _proof("cust-2"))
    await expect(tab.bubbles).to_have_count(0)
    await tab.write("From the second")
    await until(lambda: len(hub.conversations()) == 2)

    contacts = [one["contact_id"] for one in hub.conversations()]
    people = [await asyncio.to_thread(hub.call, "GET", f"contacts/{contact}") for contact in contacts]
    proven = [one["external_id"] for each in people for one in each["identities"] if one["verified"]]
    assert sorted(one.removeprefix("customer:") for one in proven) == ["cust-1", "cust-2"]


async def test_a_tab_that_has_not_heard_of_it_sends_nothing_as_the_next_customer(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    context = await visitors.kept_device(tmp_path)
    await context.add_init_script("BroadcastChannel.prototype.postMessage = () => {};")
    first = await (await visitors.on_site(context)).opened()
    async with first.page.expect_response("**/web-chat/v1/identify"):
        await identify(first, "cust-1")
    second = await (await visitors.on_site(context)).opened()
    async with second.page.expect_response("**/web-chat/v1/identify"):
        await identify(second, "cust-2")

    async with first.page.expect_response(lambda one: one.url.endswith("/messages") and one.status == 401):
        await first.write("Secret of the first")
    await second.write("From the second")
    await until(lambda: "From the second" in hub.texts())
    await first.page.wait_for_timeout(1500)

    assert hub.texts() == ["From the second"]
    await context.close()


async def test_the_last_word_of_any_tab_holds_over_one_that_could_not_be_passed_on(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    """The other tab told its own again and again, and was believed in the end: words of one customer were another's."""
    context = await visitors.kept_device(tmp_path)
    first = await (await visitors.on_site(context)).opened()
    second = await (await visitors.on_site(context)).opened()
    asked, is_away = asyncio.Event(), True

    async def away(route: Any) -> None:
        asked.set()
        await (route.abort() if is_away else route.continue_())

    await first.page.route("**/web-chat/v1/identify", away)
    await identify(first, "cust-1")
    await asked.wait()
    async with second.page.expect_response("**/web-chat/v1/identify"):
        await identify(second, "cust-2")
    is_away = False
    await second.write("From the second")
    await until(lambda: hub.texts() == ["From the second"])
    await first.page.wait_for_timeout(4000)

    (conversation,) = hub.conversations()
    person = await asyncio.to_thread(hub.call, "GET", f"contacts/{conversation['contact_id']}")
    assert [one["display"] for one in person["identities"] if one["verified"]] == ["cust-2"]
    await expect(second.bubbles).to_have_text(["From the second"])
    await expect(first.bubbles).to_have_text(["From the second"])
    await context.close()
