"""Whose words they are, while customers change at a moment that suits nobody. In a real Chromium."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import LIMITS, HubProcess
from tests.hub.web_chat.browser.test_identify import held, identify, known_customer
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

_DEAF = "BroadcastChannel.prototype.addEventListener = () => {};"
_WRITE_MANY = """async (count) => {
  const { api } = JSON.parse(document.getElementById("config").textContent);
  const [, kept] = Object.entries(localStorage).find(([key]) => key.endsWith(":session"));
  const headers = { Authorization: `Bearer ${JSON.parse(kept).token}`, "Content-Type": "application/json" };
  for (let at = 1; at <= count; at += 1) {
    const body = JSON.stringify({ client_msg_id: crypto.randomUUID(), kind: "text", text: `Secret ${at}` });
    const answer = await fetch(`${api}messages`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(await answer.text());
  }
}"""
_HOLD_STORAGE = """async () => {
  const { widget } = JSON.parse(document.getElementById("config").textContent);
  const database = await new Promise((resolve) => {
    const request = indexedDB.open(`mim:${widget}`);
    request.onsuccess = () => resolve(request.result);
  });
  const store = database.transaction("outbox", "readwrite").objectStore("outbox");
  window.isHeld = true;
  await new Promise((began) => {
    const stay = () => { began(); if (window.isHeld) store.count().onsuccess = stay; };
    stay();
  });
}"""
_LISTEN = """(heard) => {
  const { widget } = JSON.parse(document.getElementById("config").textContent);
  new BroadcastChannel(`mim:${widget}`).addEventListener("message", ({ data }) => heard.all.push(data.type));
}"""


async def late_answer(place: Page | BrowserContext, pattern: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Hold the first answer from this address back: *answered* is set when the hub gave it, *go* lets it through."""
    answered, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if answered.is_set():
            await route.continue_()
            return
        answer = await route.fetch()
        answered.set()
        await go.wait()
        await route.fulfill(response=answer)

    await place.route(pattern, hold)
    return answered, go


async def said(tab: Tab, customer: str) -> None:
    """The site says who it is, and the hub has taken it."""
    async with tab.page.expect_response("**/web-chat/v1/identify"):
        await identify(tab, customer)


async def signed_out(tab: Tab) -> None:
    """By the menu of the hub's own page."""
    await tab.frame.get_by_role("button", name="More").click()
    await tab.frame.get_by_role("menuitem", name="Clear this chat from this device").click()
    await expect(tab.frame.get_by_text("This chat was cleared")).to_be_visible()


async def test_what_the_hub_took_of_the_last_customer_is_not_heard_in_the_tab_of_the_next(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    context = await visitors.kept_device(tmp_path)
    page = await context.new_page()
    first = Tab(page)
    await page.add_init_script(_DEAF)
    for path in ("stream", "events?*"):
        await page.route(f"**/web-chat/v1/{path}", lambda route: route.abort())
    await page.goto(visitors.site.origin)
    await first.opened()
    await said(first, "cust-1")
    answered, go = await late_answer(page, "**/web-chat/v1/messages")
    await first.write("Secret of the first")
    await answered.wait()
    second = await (await visitors.on_site(context)).opened()
    await said(second, "cust-2")
    await expect(second.frame.get_by_text("A new one has begun.")).to_be_visible()
    heard = await second.frame.evaluate_handle("() => ({ all: [] })")
    await second.frame.evaluate(_LISTEN, heard)

    go.set()
    # Told after it, in the same channel.
    await second.frame.wait_for_function(
        "heard => heard.all.includes('sent') && heard.all.includes('outbox')", arg=heard
    )

    await expect(second.bubbles).to_have_count(0)
    assert second.problems == []
    await context.close()


async def test_what_the_next_customer_writes_stays_when_the_last_ones_words_are_cleared_away_late(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    context = await visitors.kept_device(tmp_path)
    first = await (await visitors.on_site(context)).opened()
    await said(first, "cust-1")
    second = await (await visitors.on_site(context)).opened()
    keeper = await (await visitors.on_site(context)).opened()
    is_away = True

    async def away(route: Route) -> None:
        await (route.abort() if is_away else route.continue_())

    await context.route("**/web-chat/v1/messages", away)
    await keeper.frame.evaluate(_HOLD_STORAGE)
    await first.write("Secret of the first")
    async with second.page.expect_response("**/web-chat/v1/messages?*"):
        await said(first, "cust-2")
    await expect(first.frame.get_by_text("A new one has begun.")).to_be_visible()

    async with context.expect_event("requestfailed", lambda one: one.url.endswith("/messages")):
        await second.write("From the second")
        await expect(second.bubbles).to_have_text(["From the second"])
        await keeper.frame.evaluate("window.isHeld = false")
    is_away = False

    await until(lambda: hub.texts() == ["From the second"])
    await expect(first.bubbles).to_have_text(["From the second"])
    await expect(second.bubbles).to_have_text(["From the second"])
    await context.close()


async def test_an_older_page_that_comes_after_a_switch_shows_nothing_of_the_last_customer(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    context = await visitors.kept_device(tmp_path)
    async with context.expect_event("response", lambda one: one.url.endswith("/stream")):
        tab = await (await visitors.on_site(context)).opened()
    async with tab.page.expect_response("**/web-chat/v1/messages?*"):
        await said(tab, "cust-1")
    await tab.frame.evaluate(_WRITE_MANY, 52)
    await tab.page.reload()
    await tab.opened("button.older")
    answered, go = await late_answer(tab.page, "**/web-chat/v1/messages?*before=*")
    await tab.frame.get_by_role("button", name="Show earlier messages").click()
    await answered.wait()
    await said(tab, "cust-2")
    await expect(tab.bubbles).to_have_count(0)

    async with tab.page.expect_response("**/web-chat/v1/messages?*before=*"):
        go.set()
    await tab.write("From the second")

    await until(lambda: "From the second" in hub.texts())
    await expect(tab.bubbles).to_have_text(["From the second"])
    assert tab.problems == []
    await context.close()


async def test_the_work_for_a_message_is_not_done_for_whoever_comes_next(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    async with tab.page.expect_response("**/web-chat/v1/stream"):
        await tab.page.reload()
    await asyncio.to_thread(hub.configure, limits={**LIMITS, "work_bits": 8})
    answered, go = await late_answer(tab.page, "**/web-chat/v1/messages")
    await tab.write("Secret of the first")
    await answered.wait()
    async with tab.page.expect_response(lambda one: one.url.endswith("/session") and one.ok):
        await signed_out(tab)

    async with tab.page.expect_response(lambda one: one.url.endswith("/messages") and one.status != 403) as again:
        go.set()
    assert (await again.value).status == 401
    await tab.write("From the next")

    await until(lambda: hub.texts() == ["From the next"])
    await expect(tab.bubbles).to_have_text(["From the next"])
    assert tab.problems == []


async def test_a_page_of_messages_that_comes_late_takes_back_no_read_mark(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    message = (await asyncio.to_thread(hub.messages))[0]
    conflict = {"status": 409, "json": {"code": "id_conflict"}}
    await tab.page.route("**/web-chat/v1/messages", lambda route: route.fulfill(**conflict))
    answered, go = await late_answer(tab.page, "**/web-chat/v1/messages?*")
    # The page asks what the hub has when that says it has other words under this id.
    await tab.write("Another")
    await answered.wait()
    path = f"conversations/{message['conversation_id']}/read"
    await asyncio.to_thread(hub.call, "POST", path, json={"up_to": message["id"]})
    await expect(tab.frame.locator(".tick.read")).to_be_visible()

    go.set()

    await expect(tab.frame.locator(".tick.failed")).to_be_visible()
    await expect(tab.frame.locator(".tick.read")).to_be_visible()
    assert tab.problems == []


async def test_a_tab_that_follows_gets_what_came_before_the_leading_one_began(
    visitors: Visitors, hub: HubProcess, tmp_path: Path
) -> None:
    await known_customer(visitors, hub)
    # Marks of the first device would tell of the reply anew.
    for device in visitors.browser.contexts:
        await device.close()
    context = await visitors.kept_device(tmp_path)
    async with context.expect_event("response", lambda one: one.url.endswith("/stream")):
        first = await (await visitors.on_site(context)).opened()
    second = await (await visitors.on_site(context)).opened()
    for path in ("received", "read"):
        await context.route(f"**/web-chat/v1/{path}", lambda route: route.abort())
    asked, go = await _held_in(first.page)
    await said(first, "cust-42")
    await asked.wait()
    await expect(second.bubbles).to_have_text(["From the first device"])

    reply = await asyncio.to_thread(hub.reply, "Good day")
    await until(lambda: hub.status(reply) not in ("queued", "sending"))
    go.set()

    await expect(first.bubbles).to_have_text(["From the first device", "Good day"])
    await expect(second.bubbles).to_have_text(["From the first device", "Good day"])
    assert first.problems + second.problems == []
    await context.close()


async def _held_in(page: Page) -> tuple[asyncio.Event, asyncio.Event]:
    place: Any = page
    return await held(place, "**/web-chat/v1/messages?*")
