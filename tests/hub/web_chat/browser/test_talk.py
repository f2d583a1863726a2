"""A visitor in a real Chromium and the real hub: both ways, over every break, each message once."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.site import HubProcess

pytestmark = pytest.mark.slow


async def until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for something on the hub."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)


async def test_a_visitor_on_another_origin_and_the_brand_talk_both_ways(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()

    await tab.write("Hello 👋 你好")
    await until(lambda: hub.texts() == ["Hello 👋 你好"])
    reply = await asyncio.to_thread(hub.reply, "*Good* day. https://shop.example/coats")

    await expect(tab.bubbles).to_have_text(["Hello 👋 你好", "Good day. https://shop.example/coats"])
    await until(lambda: hub.status(reply) == "read")
    await expect(tab.bubbles.last.locator("strong")).to_have_text("Good")
    link = tab.frame.get_by_role("link", name="https://shop.example/coats")
    assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert tab.problems == []


async def test_the_brands_reading_shows_as_read(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    message = (await asyncio.to_thread(hub.messages))[0]

    await asyncio.to_thread(
        hub.call, "POST", f"conversations/{message['conversation_id']}/read", json={"up_to": message["id"]}
    )

    await expect(tab.frame.locator(".tick.read")).to_be_visible()


async def test_typing_shows_and_goes_by_itself(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    conversation = (await asyncio.to_thread(hub.conversations))[0]["id"]
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()

    await asyncio.to_thread(hub.call, "POST", f"conversations/{conversation}/typing")

    await expect(tab.frame.locator(".typing")).to_be_visible()
    await expect(tab.frame.locator(".typing")).to_be_hidden(timeout=8000)


async def test_what_is_written_offline_is_sent_in_order_and_once(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.write("Before")
    await until(lambda: hub.texts() == ["Before"])

    await context.set_offline(True)
    for text in ("One", "Two", "Three"):
        await tab.write(text)
    await expect(tab.frame.locator(".tick.queued")).to_have_count(3)
    await expect(tab.frame.get_by_text("You are offline.")).to_be_visible()
    await asyncio.to_thread(hub.reply, "Meanwhile")
    await context.set_offline(False)

    await until(lambda: hub.texts() == ["Before", "Meanwhile", "One", "Two", "Three"])
    await expect(tab.bubbles).to_have_text(["Before", "Meanwhile", "One", "Two", "Three"])
    await expect(tab.frame.locator(".banner")).to_be_hidden()
    assert tab.problems == []


async def test_what_was_written_offline_survives_the_tab(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.write("Before")
    await until(lambda: hub.texts() == ["Before"])
    await context.set_offline(True)
    await tab.write("Kept")
    await tab.kept(["Kept"])
    await tab.page.close()
    await context.set_offline(False)

    again = await visitors.on_page(context)

    await until(lambda: hub.texts() == ["Before", "Kept"])
    await expect(again.bubbles).to_have_text(["Before", "Kept"])


async def test_a_killed_hub_loses_and_doubles_nothing(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("One")
    await until(lambda: hub.texts() == ["One"])

    hub.kill()
    await tab.write("Two")
    await tab.write("Three")
    await expect(tab.frame.locator(".tick.queued")).to_have_count(2)
    await asyncio.to_thread(hub.start)

    await until(lambda: hub.texts() == ["One", "Two", "Three"])
    await asyncio.to_thread(hub.reply, "Four")
    await expect(tab.bubbles).to_have_text(["One", "Two", "Three", "Four"], timeout=20_000)


async def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_and_taken_once(
    visitors: Visitors, hub: HubProcess
) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    lost = 0

    async def lose_the_answer(route: object) -> None:
        nonlocal lost
        await route.fetch()  # type: ignore[attr-defined]
        lost += 1
        await route.abort() if lost < 3 else await route.fallback()  # type: ignore[attr-defined]

    await context.route("**/web-chat/v1/messages", lose_the_answer)
    await tab.write("Hello")

    await until(lambda: lost == 3)
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    assert await asyncio.to_thread(hub.texts) == ["Hello"]
    await expect(tab.bubbles).to_have_text(["Hello"])


async def test_two_tabs_show_the_same_and_hold_one_stream(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    streams: list[str] = []
    context.on("request", lambda request: streams.append(request.url) if request.url.endswith("/stream") else None)
    first = await visitors.on_page(context)
    await first.write("From the first")
    await until(lambda: len(hub.texts()) == 1)
    second = await visitors.on_page(context)
    await expect(second.bubbles).to_have_text(["From the first"])

    await second.write("From the second")
    await expect(first.bubbles).to_have_text(["From the first", "From the second"])
    await asyncio.to_thread(hub.reply, "Good day")

    for tab in (first, second):
        await expect(tab.bubbles).to_have_text(["From the first", "From the second", "Good day"])
    assert len(streams) == 1
    await first.page.close()
    await asyncio.to_thread(hub.reply, "Still there?")
    await expect(second.bubbles).to_have_count(4)


async def test_a_session_that_the_hub_no_longer_knows_is_renewed_and_said(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    tab = await visitors.on_page(context)
    await tab.write("Old words")
    await tab.sent()
    key = f"mim:{hub.widget}:session"
    await tab.page.evaluate("key => localStorage.setItem(key, JSON.stringify({token: 'wcs_gone', id: 'x'}))", key)

    await tab.page.reload()

    await expect(tab.frame.get_by_text("A new one has begun.")).to_be_visible()
    await tab.write("New words")
    await until(lambda: len(hub.conversations()) == 2)
    await expect(tab.bubbles).to_have_text(["New words"])


async def test_unread_answers_are_counted_on_the_button(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("iframe")).to_be_hidden()

    reply = await asyncio.to_thread(hub.reply, "One")
    await expect(tab.page.get_by_role("button", name="1 unread message")).to_be_visible()
    await asyncio.to_thread(hub.reply, "Two")
    await until(lambda: hub.status(reply) == "delivered")
    await tab.page.get_by_role("button", name="2 unread messages").click()

    await until(lambda: hub.status(reply) == "read")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()


async def test_the_answer_is_counted_on_the_next_page_too(visitors: Visitors, hub: HubProcess, tmp_path: Path) -> None:
    context = await visitors.kept_device(tmp_path)
    tab = await (await visitors.on_site(context)).opened()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()

    await tab.page.goto(f"{visitors.site.origin}/other")
    await asyncio.to_thread(hub.reply, "Good day")

    await expect(tab.page.get_by_role("button", name="1 unread message")).to_be_visible()
    await context.close()
