"""What the hub told, and what it is to be told, over races and breaks of the page's connection."""

import asyncio
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


async def test_an_answer_that_overtakes_the_first_page_of_messages_stays(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    first = await visitors.on_page(context)
    await first.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    read, overtaken = asyncio.Event(), asyncio.Event()

    async def hold(route: Any) -> None:
        answer = await route.fetch()
        read.set()
        await overtaken.wait()
        await route.fulfill(response=answer)

    await context.route("**/web-chat/v1/messages?limit=50", hold)
    second = await visitors.on_page(context)
    await read.wait()
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(second.bubbles.get_by_text("Good day")).to_be_visible()
    overtaken.set()

    await expect(second.bubbles).to_have_text(["Hello", "Good day"])


async def test_a_session_that_cannot_be_renewed_at_once_is_renewed_later(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    refused = 0

    async def later(route: Any) -> None:
        nonlocal refused
        refused += 1
        too_many = {"status": 429, "json": {"code": "too_many"}, "headers": {"Retry-After": "1"}}
        await (route.fulfill(**too_many) if refused == 1 else route.continue_())

    tab = await visitors.on_page(context)
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await context.route("**/web-chat/v1/session", later)
    token = await tab.frame.evaluate("Object.values(localStorage).map(JSON.parse).find((one) => one.token).token")

    # The hub no longer knows the session: the stream ends and its return is refused.
    headers = {"Authorization": f"Bearer {token}", "Origin": hub.url}
    await asyncio.to_thread(_logout, hub, headers)

    await expect(tab.frame.get_by_text("A new one has begun.")).to_be_visible()
    assert refused >= 2
    await tab.write("Hello again")
    await until(lambda: len(hub.conversations()) == 2)
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(tab.bubbles).to_have_text(["Hello again", "Good day"])


def _logout(hub: HubProcess, headers: dict[str, str]) -> None:
    assert httpx.post(f"{hub.url}/api/web-chat/v1/logout", headers=headers, json={}).status_code == 204


async def test_a_read_mark_that_got_lost_is_told_again(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    lost = 0

    async def lose(route: Any) -> None:
        nonlocal lost
        lost += 1
        busy = {"status": 503, "json": {"code": "draining"}, "headers": {"Retry-After": "1"}}
        await (route.fulfill(**busy) if lost == 1 else route.continue_())

    await context.route("**/web-chat/v1/read", lose)
    reply = await asyncio.to_thread(hub.reply, "Good day")

    await until(lambda: hub.status(reply) == "read")
    assert lost == 2


async def test_tabs_without_common_storage_each_get_their_own_answers(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    await context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    first, second = await visitors.on_page(context), await visitors.on_page(context)
    await first.write("From the first")
    await until(lambda: len(hub.conversations()) == 1)
    await second.write("From the second")
    await until(lambda: len(hub.conversations()) == 2)

    await asyncio.to_thread(hub.reply, "To the second")

    await expect(second.bubbles).to_have_text(["From the second", "To the second"])
    await expect(first.bubbles).to_have_text(["From the first"])


async def test_a_full_browser_database_loses_nothing(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    await context.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    tab = await visitors.on_page(context)

    await context.set_offline(True)
    await tab.write("One")
    await tab.write("Two")
    await expect(tab.frame.locator(".tick.queued")).to_have_count(2)
    await context.set_offline(False)

    await until(lambda: hub.texts() == ["One", "Two"])
    await expect(tab.frame.locator(".tick.delivered")).to_have_count(2)
    assert tab.problems == []


async def test_a_call_without_an_answer_is_given_up_and_made_again(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.page.clock.install()
    held: list[Any] = []

    async def hold_the_first(route: Any) -> None:
        held.append(route)
        if len(held) > 1:
            await route.continue_()

    await tab.page.route("**/web-chat/v1/messages", hold_the_first)
    await tab.write("Hello")
    await until(lambda: len(held) == 1)

    await tab.page.clock.fast_forward(60_000)
    await tab.page.clock.fast_forward(5_000)

    await until(lambda: hub.texts() == ["Hello"])
    await held[0].abort()


async def test_a_page_back_from_the_cache_of_pages_looks_again(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    streams: list[str] = []
    tab.page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/stream") else None)

    await tab.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    await until(lambda: len(streams) == 1)
    await asyncio.to_thread(hub.reply, "Good day")

    await expect(tab.bubbles).to_have_text(["Hello", "Good day"])
    await expect(tab.frame.locator(".banner")).to_be_hidden()


async def test_what_another_customer_left_unsent_is_never_sent(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await context.route("**/web-chat/v1/messages", lambda route: route.abort())
    await tab.write("Secret")
    await expect(tab.frame.locator(".tick.queued")).to_be_visible()

    await tab.frame.get_by_role("button", name="More").click()
    await tab.frame.get_by_role("menuitem", name="Clear this chat from this device").click()
    await expect(tab.bubbles).to_have_count(0)
    await context.unroute("**/web-chat/v1/messages")
    await tab.write("Somebody else")

    await until(lambda: len(hub.conversations()) == 2)
    assert await asyncio.to_thread(hub.texts) == ["Somebody else"]
