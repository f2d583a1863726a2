"""What a visitor writes, marks or stands on stays where it is while messages come and go."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

_FOCUSED = "() => document.activeElement.className || document.activeElement.id || document.activeElement.tagName"
_DROP = """([selector, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const made = (type) => new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
  const target = document.querySelector(selector);
  return [target.dispatchEvent(made("dragover")), target.dispatchEvent(made("drop"))];
}"""
_HEIGHT = "(field) => field.offsetHeight"
_MARK = """(text) => {
  const words = [...document.querySelectorAll(".list .words")].find((one) => one.textContent === text);
  getSelection().selectAllChildren(words);
}"""


async def talked(visitors: Visitors, hub: HubProcess, *said: str, **offered: object) -> Tab:
    """A visitor wrote and read answers."""
    tab = await visitors.on_page()
    await tab.write("Is the coat here?")
    await until(lambda: hub.texts() == ["Is the coat here?"])
    for text in said:
        await asyncio.to_thread(hub.reply, text, **offered)
        await expect(tab.frame.get_by_text(text, exact=True)).to_be_visible()
    return tab


async def test_marked_words_stay_marked_while_others_come(visitors: Visitors, hub: HubProcess) -> None:
    tab = await talked(visitors, hub, "Your number is 4711")
    await tab.frame.evaluate(_MARK, "Your number is 4711")

    await asyncio.to_thread(hub.reply, "Anything else?")
    await expect(tab.frame.get_by_text("Anything else?", exact=True)).to_be_visible()
    await asyncio.to_thread(hub.reply, "We are here")
    await expect(tab.frame.get_by_text("We are here", exact=True)).to_be_visible()

    assert await tab.frame.evaluate("() => getSelection().toString()") == "Your number is 4711"
    assert await tab.frame.locator(".list .row.brand .avatar").count() == 1, "at the end of the run"
    assert tab.problems == []


async def test_the_keyboard_stands_in_the_field_when_a_choice_is_gone(visitors: Visitors, hub: HubProcess) -> None:
    offered = [{"title": "Yes"}, {"title": "No"}, {"title": "Map", "url": "https://map.example/"}]
    tab = await talked(visitors, hub, "Shall we reserve it?", buttons=offered)
    link = tab.frame.get_by_role("link", name="Map")
    await tab.frame.get_by_role("button", name="Yes").focus()

    await tab.page.keyboard.press("Enter")
    await expect(tab.frame.get_by_role("button", name="No")).to_be_hidden()
    in_field = await tab.frame.evaluate(_FOCUSED)
    await link.focus()
    await asyncio.to_thread(hub.reply, "Reserved.")
    await expect(tab.frame.get_by_text("Reserved.", exact=True)).to_be_visible()

    assert in_field == "text"
    assert await tab.frame.evaluate(_FOCUSED) == "choice"


async def test_text_can_be_dropped_into_the_field_and_nothing_else_leads_away(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab = await visitors.on_page()

    assert await tab.frame.evaluate(_DROP, ["#text", "4711"]) == [True, True], "the browser puts it there"
    assert await tab.frame.evaluate(_DROP, ["header", "https://elsewhere.example/"]) == [False, False]


async def test_what_was_begun_is_there_after_a_reload_and_gone_after_signing_out(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab = await talked(visitors, hub)
    await tab.field.fill("half a sen")

    await tab.page.reload()
    await expect(tab.field).to_have_value("half a sen")
    await tab.frame.get_by_role("button", name="More").click()
    await tab.frame.get_by_role("menuitem", name="Clear this chat").click()
    await expect(tab.field).to_have_value("")
    await tab.page.reload()
    await expect(tab.field).to_be_visible()

    assert await tab.field.input_value() == ""
    assert await tab.frame.evaluate("() => Object.keys(sessionStorage)") == []


async def test_after_a_reload_the_field_is_as_high_as_what_was_begun(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.field.fill("One\nTwo\nThree\nFour")
    before = await tab.field.evaluate(_HEIGHT)

    await tab.page.reload()
    await expect(tab.field).to_have_value("One\nTwo\nThree\nFour")
    await expect(tab.field).to_have_css("height", f"{before}px")

    assert before >= 4 * 20
    assert tab.problems == []


async def test_a_pasted_book_is_cut_where_nobody_could_send_it(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.field.focus()

    await tab.page.keyboard.insert_text("س" * 300_000)

    most = await tab.frame.evaluate("() => JSON.parse(document.getElementById('config').textContent).limits.text")
    assert len(await tab.field.input_value()) == 5 * most
    await expect(tab.frame.locator(".count")).to_be_visible()
