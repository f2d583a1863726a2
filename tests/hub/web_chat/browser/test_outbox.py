"""What the visitor writes reaches the hub exactly once and in order, whatever the page does meanwhile."""

import asyncio
import random
from typing import Any

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

_WRITE_AT = """async (sends) => {
  const field = document.getElementById("text");
  for (const [text, gap_ms] of sends) {
    field.value = text;
    field.form.requestSubmit();
    const began = performance.now();
    while (performance.now() - began < gap_ms) await new Promise((resolve) => setTimeout(resolve));
  }
}"""


async def write_at_random(tab: Tab, texts: list[str], seed: int) -> None:
    """Send each text a few milliseconds after the one before."""
    gaps = random.Random(seed)
    await tab.frame.evaluate(_WRITE_AT, [(text, gaps.choice((0, 0, 1, 2, 3, 5, 8, 11))) for text in texts])


def every_text(hub: HubProcess) -> list[str]:
    """All texts of the newest conversation, however many pages of them there are."""
    newest = max(hub.conversations(), key=lambda one: one["number"])
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = hub.call("GET", f"conversations/{newest['id']}/messages", params={"limit": 100, **after})
        found += page["items"]
        if not page["next"]:
            return [one["text"] for one in reversed(found) if one["kind"] == "incoming"]
        after = {"after": page["next"]}


async def test_messages_a_few_milliseconds_apart_all_arrive_in_order(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    texts = [f"Message {number}" for number in range(40)]

    await write_at_random(tab, texts, seed=1)

    await expect(tab.frame.locator(".tick.delivered")).to_have_count(40)
    assert await asyncio.to_thread(every_text, hub) == texts
    assert tab.problems == []


async def test_a_message_written_while_another_is_sent_waits_for_no_third(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    texts = []

    for number in range(8):
        pair = [f"First {number}", f"Second {number}"]
        texts += pair
        await write_at_random(tab, pair, seed=number)
        await expect(tab.frame.locator(".tick.delivered")).to_have_count(len(texts))

    assert await asyncio.to_thread(every_text, hub) == texts


async def test_a_reload_in_the_middle_loses_and_doubles_nothing(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    texts = []
    for turn in range(4):
        some = [f"Message {turn}.{number}" for number in range(6)]
        texts += some
        await write_at_random(tab, some, seed=turn)
        await expect(tab.bubbles.get_by_text(some[-1], exact=True)).to_be_visible()
        await tab.kept(some)
        await tab.page.reload()

    await expect(tab.frame.locator(".tick.delivered")).to_have_count(len(texts))
    assert await asyncio.to_thread(every_text, hub) == texts
    await expect(tab.bubbles).to_have_text(texts)


async def test_two_tabs_that_write_at_once_lose_and_double_nothing(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    first = await visitors.on_page(context)
    second = await visitors.on_page(context)
    mine, theirs = [[f"{name} {number}" for number in range(25)] for name in ("First", "Second")]

    await asyncio.gather(write_at_random(first, mine, seed=1), write_at_random(second, theirs, seed=2))

    for tab in (first, second):
        await expect(tab.frame.locator(".tick.delivered")).to_have_count(50)
    told = await asyncio.to_thread(every_text, hub)
    assert [text for text in told if text.startswith("First")] == mine
    assert [text for text in told if text.startswith("Second")] == theirs
    assert first.problems == second.problems == []


async def test_what_a_closed_tab_left_is_sent_by_the_other(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    first, second = await visitors.on_page(context), await visitors.on_page(context)

    async def lose(route: Any) -> None:
        await route.abort()

    await first.page.route("**/web-chat/v1/messages", lose)
    await first.write("Left behind")
    await expect(second.bubbles).to_have_text(["Left behind"])
    await first.page.close()

    await until(lambda: hub.texts() == ["Left behind"])
