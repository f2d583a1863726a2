"""Several tabs and browsers of one visitor: unread, typing and the stream agree, whoever leads."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from mim_desk.hub.secrets import Keys, parse_key
from mim_desk.hub.web_chat.tokens import Signer
from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess, Site
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


async def test_typing_shows_in_every_tab_and_the_next_leads_when_the_first_is_closed(
    visitors: Visitors, hub: HubProcess
) -> None:
    context = await visitors.device()
    streams: list[str] = []
    context.on("request", lambda request: streams.append(request.url) if request.url.endswith("/stream") else None)
    first = await visitors.on_page(context)
    await until(lambda: len(streams) == 1)
    second = await visitors.on_page(context)
    await first.write("Hello")
    await expect(second.bubbles).to_have_text(["Hello"])
    await until(lambda: hub.texts() == ["Hello"])
    conversation = hub.conversations()[0]["id"]

    await asyncio.to_thread(hub.call, "POST", f"conversations/{conversation}/typing")
    for tab in (first, second):
        await expect(tab.frame.locator(".typing")).to_be_visible()
    assert len(streams) == 1
    await first.page.close()
    await until(lambda: len(streams) == 2)
    await asyncio.to_thread(hub.reply, "Good day")

    await expect(second.bubbles).to_have_text(["Hello", "Good day"])
    assert second.problems == []


async def test_what_is_read_in_one_tab_is_read_in_all(visitors: Visitors, hub: HubProcess, tmp_path: Path) -> None:
    context = await visitors.kept_device(tmp_path)
    first = await (await visitors.on_site(context)).opened()
    await first.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    second = await (await visitors.on_site(context)).opened()
    for tab in (first, second):
        await tab.page.keyboard.press("Escape")
        await expect(tab.page.locator("iframe")).to_be_hidden()
    await asyncio.to_thread(hub.reply, "Good day")
    badges = [tab.page.get_by_role("button", name="Open the chat, 1 unread message") for tab in (first, second)]
    for badge in badges:
        await expect(badge).to_be_visible()

    await badges[0].click()

    await expect(second.page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()
    await context.close()


async def test_a_mailed_link_goes_on_with_the_chat_in_another_browser(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    session = await tab.frame.evaluate(
        "JSON.parse(Object.entries(localStorage).find(([key]) => key.endsWith(':session'))[1]).id"
    )
    (key,) = hub.home.rglob("hub.key")
    signer = Signer(Keys(parse_key(key.read_text("ascii"), str(key))).derive("web chat"))
    other = Tab(await (await visitors.device()).new_page())

    mark = signer.continue_mark(session, datetime.now(UTC) + timedelta(hours=1))
    await other.page.goto(f"{hub.url}/chat/{hub.widget}#continue={mark}")

    await expect(other.bubbles).to_have_text(["Hello"])
    assert "#" not in other.page.url
    await other.write("From here too")
    await until(lambda: hub.texts() == ["Hello", "From here too"])
    await other.page.reload()
    await expect(other.bubbles).to_have_text(["Hello", "From here too"])
    await tab.frame.get_by_role("button", name="Use it here").click()
    await tab.write("And from there")
    await until(lambda: hub.texts() == ["Hello", "From here too", "And from there"])
    await expect(tab.bubbles).to_have_text(["Hello", "From here too", "And from there"])
    assert tab.problems + other.problems == []


async def test_nothing_is_asked_of_the_hub_before_consent(visitors: Visitors, hub: HubProcess, site: Site) -> None:
    site.page = site.page.replace("data-inbox", 'data-consent="wait" data-inbox')
    context = await visitors.device()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    tab = await visitors.on_site(context)
    await tab.page.wait_for_function("window.MimChat")
    await tab.page.wait_for_load_state("networkidle")
    assert asked == []

    await tab.page.evaluate("MimChat.consent(); MimChat.consent()")

    await expect(tab.page.get_by_role("button", name="Open the chat")).to_have_count(1)
    assert len(asked) == 1
