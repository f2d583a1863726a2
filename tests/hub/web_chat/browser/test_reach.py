"""For everybody: keyboard only, an input method, Arabic, a narrow screen, dark and forced colours."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.looks import FAINT, NOT_FITTING
from tests.hub.web_chat.browser.site import HubProcess, Site
from tests.hub.web_chat.browser.test_talk import until
from tests.hub.web_chat.test_files import with_place

pytestmark = pytest.mark.slow


async def test_everything_goes_by_keyboard_alone(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_site()
    keys = tab.page.keyboard
    button = tab.page.get_by_role("button", name="Open the chat")
    await button.wait_for()
    await tab.page.get_by_role("button", name="Basket").focus()

    await keys.press("Tab")
    await expect(button).to_be_focused()
    assert await button.get_attribute("aria-expanded") == "false"
    await keys.press("Enter")
    await expect(tab.page.frame_locator("iframe").locator("textarea")).to_be_focused()
    await keys.type("First line")
    await keys.press("Shift+Enter")
    await keys.type("second line")
    await keys.press("Enter")
    await until(lambda: hub.texts() == ["First line\nsecond line"])
    await keys.press("Escape")

    await expect(tab.page.locator("iframe")).to_be_hidden()
    await expect(button).to_be_focused()
    await keys.press("Space")
    await expect(tab.field).to_be_focused()
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await keys.press("Enter")
    await expect(tab.frame.get_by_role("menuitemcheckbox", name="Sound off")).to_be_visible()


async def test_an_input_methods_enter_never_sends(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.field.focus()
    session = await tab.page.context.new_cdp_session(tab.page)
    await session.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})

    await tab.field.evaluate(
        """field => {
          const enter = (more) => field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true, ...more}));
          enter({isComposing: true}); enter({keyCode: 229});
        }"""
    )
    assert await tab.field.input_value() == "にほん"
    await session.send("Input.insertText", {"text": "日本"})
    await tab.field.press("Enter")

    await until(lambda: hub.texts() == ["日本"])


async def test_arabic_is_written_from_right_to_left(visitors: Visitors, hub: HubProcess, site: Site) -> None:
    site.embed(hub, language="ar")
    tab = await visitors.on_site()
    await tab.page.get_by_role("button", name="فتح المحادثة").click()
    button = tab.page.locator("button[aria-controls=chat]")
    await tab.page.frame_locator("iframe").locator("textarea").wait_for()
    await tab.write("مرحبًا، رقم الحجز LIN-4402")
    await until(lambda: len(hub.texts()) == 1)
    reply = await asyncio.to_thread(hub.reply, "Hello, أهلًا")
    await expect(tab.bubbles).to_have_count(2)
    await until(lambda: hub.status(reply) == "read")

    place, width = await button.bounding_box(), tab.page.viewport_size
    assert place is not None and width is not None and place["x"] < width["width"] / 2
    assert await tab.frame.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]
    own, theirs = await tab.frame.locator(".bubble").evaluate_all(
        "nodes => nodes.slice(0, 2).map((node) => node.getBoundingClientRect().left)"
    )
    assert own < theirs
    await tab.page.keyboard.press("Escape")
    for count, words in ((1, "رسالة واحدة"), (2, "رسالتان"), (3, "٣|3")):
        await asyncio.to_thread(hub.reply, f"{count}")
        await expect(button).to_have_attribute("aria-label", re.compile(words))
    assert tab.problems == []


async def test_a_small_screen_shows_the_chat_alone(visitors: Visitors) -> None:
    tab = await (await visitors.on_site(viewport={"width": 320, "height": 560})).opened()

    box = await tab.page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 560}
    assert await tab.frame.evaluate("document.documentElement.scrollWidth") == 320
    assert await tab.page.get_by_role("button", name="Basket").evaluate("node => node.inert")
    await tab.frame.get_by_role("button", name="Close the chat").click()
    await expect(tab.page.locator("iframe")).to_be_hidden()
    assert not await tab.page.get_by_role("button", name="Basket").evaluate("node => node.inert")


async def test_the_page_speaks_to_screen_readers(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(tab.bubbles).to_have_count(2)
    frame = tab.frame

    assert await tab.page.locator("iframe").get_attribute("title") == "Chat with Juniper & Sail"
    await expect(frame.get_by_role("dialog", name="Chat with Juniper & Sail")).to_be_visible()
    log = frame.get_by_role("log", name="Messages")
    assert await log.get_attribute("aria-live") == "polite"
    assert await log.locator(".row.own").get_attribute("aria-live") == "off"
    assert await log.locator(".row.brand").get_attribute("aria-live") is None
    await expect(frame.get_by_role("textbox", name="Write a message")).to_be_visible()
    await expect(frame.get_by_role("img", name="Read").or_(frame.get_by_role("img", name="Sent"))).to_have_count(1)
    unnamed = "nodes => nodes.filter((n) => !(n.ariaLabel || n.textContent.trim())).length"
    assert await frame.get_by_role("button").evaluate_all(unnamed) == 0
    assert await frame.evaluate(NOT_FITTING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_is_readable(visitors: Visitors, hub: HubProcess, scheme: str) -> None:
    tab = await visitors.on_page(color_scheme=scheme)
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    await asyncio.to_thread(hub.reply, "Good day https://shop.example")
    await expect(tab.bubbles).to_have_count(2)

    assert await tab.frame.evaluate(FAINT) == []


async def test_reduced_motion_moves_nothing(visitors: Visitors) -> None:
    tab = await visitors.on_page(reduced_motion="reduce")
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()

    assert await tab.frame.locator(".bubble").first.evaluate("node => getComputedStyle(node).animationName") == "none"


async def test_the_page_works_where_storage_is_blocked(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    await context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
        "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    tab = await visitors.on_page(context)

    await tab.write("Hello")

    await until(lambda: hub.texts() == ["Hello"])
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    assert tab.problems == []


async def test_a_telephone_does_not_enlarge_the_page_when_somebody_writes(visitors: Visitors) -> None:
    tab = await visitors.on_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)

    size = await tab.field.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")

    assert size >= 16


async def test_the_time_on_a_tiny_picture_can_be_read(visitors: Visitors) -> None:
    tab = await visitors.on_page()
    picture: Any = {"name": "coat.jpg", "mimeType": "image/jpeg", "buffer": with_place()}
    await tab.frame.locator("input[type=file]").set_input_files([picture])
    await tab.field.press("Enter")
    await expect(tab.frame.locator(".media .tick.delivered")).to_be_visible()

    cut_off = """node => {
      const [inner, outer] = [node.getBoundingClientRect(), node.closest(".media").getBoundingClientRect()];
      return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
    }"""
    assert not await tab.frame.locator(".media .meta").evaluate(cut_off)
