"""What stands around the messages: the form, opening hours, the question how it was; by keyboard and screen reader too."""

import asyncio
import json
import re

import pytest
from playwright.async_api import expect

from mim_desk.resources import resource
from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.looks import FAINT, NOT_FITTING
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow
FORM = {
    "fields": [
        {"kind": "name", "required": True},
        {"kind": "email"},
        {"kind": "topic", "choices": ["Orders", "Returns"]},
        {"kind": "consent", "label": "I have read the notice.", "version": "2026-11", "required": True},
    ]
}
NEVER_NOW = {"time_zone": "UTC", "special": {"2099-01-05": [["09:00", "17:00"]]}}
LANGUAGES = sorted(path.stem for path in resource("web_chat/strings").glob("*.json"))


def lines(hub: HubProcess, activity: str) -> list[dict[str, str]]:
    """The details of these system lines."""
    found = hub.call("GET", f"conversations/{hub.conversations()[0]['id']}/messages")["items"]
    return [one["details"] for one in found if one.get("activity") == activity]


async def resolved(hub: HubProcess) -> None:
    """The conversation is answered and resolved."""
    await asyncio.to_thread(hub.reply, "Good day")
    conversation = hub.conversations()[0]
    await asyncio.to_thread(hub.call, "PATCH", f"conversations/{conversation['id']}", json={"status": "resolved"})


async def test_the_form_is_filled_in_by_keyboard_before_the_first_message(visitors: Visitors, hub: HubProcess) -> None:
    hub.configure(form=FORM)
    tab = await (await visitors.on_site()).opened("#ask-name")
    frame, keys = tab.frame, tab.page.keyboard
    await expect(frame.get_by_role("heading", name="Before we begin")).to_be_visible()
    await expect(frame.get_by_role("textbox", name="Name")).to_be_focused()
    await expect(tab.field).to_be_hidden()

    await keys.press("Enter")
    await expect(frame.get_by_text("This is needed.")).to_be_visible()
    assert await frame.get_by_role("textbox", name="Name").get_attribute("aria-invalid") == "true"
    await keys.type("Ana Ruiz")
    await keys.press("Tab")
    await keys.type("ana@nowhere")
    await keys.press("Tab")
    await keys.type("Or")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(frame.get_by_text("Write an email address like ana@example.com.")).to_be_visible()
    await expect(frame.get_by_role("textbox", name="Email")).to_be_focused()
    await keys.press("End")
    await keys.type(".example")
    await keys.press("Enter")
    await expect(tab.field).to_be_focused()
    assert hub.conversations() == []
    await keys.type("Hello")
    await keys.press("Enter")

    await until(lambda: hub.texts() == ["Hello"])
    assert lines(hub, "form") == [{"answers": "Ana Ruiz · ana@nowhere.example · Orders", "consent": "2026-11"}]
    await tab.write("And more")
    await until(lambda: hub.texts() == ["Hello", "And more"])
    assert len(lines(hub, "form")) == 1
    assert tab.problems == []


async def test_answers_survive_the_tab_and_are_asked_once_for_all_tabs(visitors: Visitors, hub: HubProcess) -> None:
    hub.configure(form=FORM)
    context = await visitors.device()
    first = Tab(await context.new_page())
    await first.page.goto(f"{hub.url}/chat/{hub.widget}")
    second = Tab(await context.new_page())
    await second.page.goto(f"{hub.url}/chat/{hub.widget}")
    await first.frame.get_by_role("textbox", name="Name").fill("Ana Ruiz")
    await first.frame.get_by_role("checkbox").check()
    await first.frame.get_by_role("button", name="Start the chat").click()

    await expect(second.field).to_be_visible()
    await second.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await first.page.reload()
    await expect(first.bubbles).to_have_text(["Hello"])

    await expect(first.field).to_be_visible()
    assert lines(hub, "form") == [{"answers": "Ana Ruiz", "consent": "2026-11"}]
    assert first.problems + second.problems == []


async def test_a_form_that_became_stricter_meanwhile_is_shown_and_the_message_waits(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab = await visitors.on_page()
    hub.configure(form={"fields": [{"kind": "topic", "choices": ["Orders"], "required": True}]})
    await tab.write("Hello")
    await expect(tab.frame.get_by_text("A few details are needed first.")).to_be_visible()
    await tab.page.reload()

    await tab.frame.get_by_role("combobox").select_option("Orders")
    await tab.frame.get_by_role("button", name="Start the chat").click()

    await until(lambda: hub.texts() == ["Hello"])
    assert lines(hub, "form") == [{"answers": "Orders"}]


async def test_a_closed_chat_says_when_it_opens_and_takes_a_message_and_an_address(
    visitors: Visitors, hub: HubProcess
) -> None:
    hub.configure(hours=NEVER_NOW)
    tab = await visitors.on_page(timezone_id="America/New_York")
    await expect(tab.frame.locator(".who p")).to_have_text(re.compile("^Back: 5 January.+04:00$"))
    await expect(tab.frame.locator(".hint")).to_contain_text(re.compile("We are back: 5 January.+04:00\\."))
    address = tab.frame.get_by_role("textbox", name="Email")
    await address.fill("ana@example.com")
    await tab.frame.get_by_role("button", name="Save").click()
    await expect(address).to_be_hidden()
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])

    assert lines(hub, "left_message") == [{"until": "2099-01-05T09:00:00+00:00"}]
    assert lines(hub, "form") == [{"answers": "ana@example.com"}]
    await asyncio.to_thread(
        hub.configure, hours={"time_zone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in DAYS}}
    )
    await asyncio.to_thread(hub.reply, "Here we are")
    await expect(tab.frame.locator(".hint")).to_be_hidden(timeout=20_000)
    await expect(tab.frame.locator(".who p")).to_have_text("Usually answers in 2 minutes")
    assert tab.problems == []


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def test_an_address_can_be_left_after_the_message_or_not_at_all(visitors: Visitors, hub: HubProcess) -> None:
    hub.configure(hours=NEVER_NOW)
    tab = await visitors.on_page()
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await tab.frame.get_by_role("textbox", name="Email").fill("ana@example.com")
    await tab.frame.get_by_role("button", name="Save").click()
    await until(lambda: lines(hub, "form") == [{"answers": "ana@example.com"}])
    other = await visitors.on_page()
    await other.frame.get_by_role("button", name="Not now").click()

    await expect(other.frame.get_by_role("textbox", name="Email")).to_be_hidden()
    await expect(other.field).to_be_visible()


async def test_a_mailed_link_that_does_not_hold_says_so_and_begins_anew(visitors: Visitors, hub: HubProcess) -> None:
    other = Tab(await (await visitors.device()).new_page())
    await other.page.goto(f"{hub.url}/chat/{hub.widget}#continue=1.x.forged")

    await expect(other.frame.get_by_text("This link is too old. A new chat has begun.")).to_be_visible()
    assert "#" not in other.page.url
    await other.write("Me again")
    await until(lambda: hub.texts() == ["Me again"])


async def test_how_it_was_is_asked_once_and_the_answer_stands_in_the_timeline(
    visitors: Visitors, hub: HubProcess
) -> None:
    context = await visitors.device()
    tab, second = await visitors.on_page(context), await visitors.on_page(context)
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await resolved(hub)
    await expect(tab.frame.get_by_role("heading", name="How was this conversation?")).to_be_visible()
    await expect(second.frame.locator(".star")).to_have_count(5)
    await expect(tab.frame.get_by_text("This conversation is closed. Write to go on with it.")).to_be_visible()

    await tab.frame.get_by_role("button", name="4 of 5").press("Enter")
    await until(lambda: lines(hub, "rated") == [{"score": "4", "of": "5"}])
    await expect(tab.frame.locator("#rating-words")).to_be_focused()
    await tab.page.keyboard.type("Quick")
    await tab.frame.get_by_role("button", name="Send").first.press("Enter")
    await until(lambda: lines(hub, "rated") == [{"score": "4", "of": "5", "comment": "Quick"}])

    await expect(tab.field).to_be_focused()
    await expect(second.frame.locator(".star")).to_have_count(0)
    await tab.page.reload()
    await expect(tab.bubbles).to_have_count(2)
    await expect(tab.frame.locator(".star")).to_have_count(0)
    assert tab.problems + second.problems == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_fits_a_phone_and_leaves_no_word_behind(
    visitors: Visitors, hub: HubProcess, language: str
) -> None:
    """360 px wide; nothing is cut, every target is 44 px, and what is said is said in this language."""
    hub.configure(form=FORM, hours=NEVER_NOW)
    told = json.loads(resource(f"web_chat/strings/{language}.json").read_text("utf-8"))
    tab = await visitors.on_page_of_form(locale=language, viewport={"width": 360, "height": 720})
    assert await tab.frame.evaluate(NOT_FITTING) == []
    await expect(tab.frame.get_by_role("heading", name=told["form_title"])).to_be_visible()
    await tab.frame.locator("#ask-name").fill("Ana")
    await tab.frame.locator("#ask-consent").check()
    await tab.frame.get_by_role("button", name=told["begin"]).click()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    await resolved(hub)
    await expect(tab.frame.get_by_role("heading", name=told["how_was_it"])).to_be_visible()

    assert await tab.frame.evaluate(NOT_FITTING) == []
    assert await tab.frame.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
    assert tab.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_form_and_rating_are_readable_and_named(visitors: Visitors, hub: HubProcess, scheme: str) -> None:
    """The accessibility tree names every control; colours reach 4.5:1 on text."""
    hub.configure(form=FORM)
    tab = await visitors.on_page_of_form(color_scheme=scheme)
    await tab.frame.get_by_role("button", name="Start the chat").click()
    for role, name in [
        ("textbox", "Name"),
        ("textbox", "Email (optional)"),
        ("combobox", "What is it about? (optional)"),
    ]:
        await expect(tab.frame.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
    await expect(tab.frame.get_by_role("checkbox", name="I have read the notice.")).to_be_visible()
    assert await tab.frame.evaluate(FAINT) == []
    tree = await tab.frame.locator("main").aria_snapshot()
    assert "- button:" not in tree and "- textbox:" not in tree
    await tab.frame.locator("#ask-name").fill("Ana")
    await tab.frame.locator("#ask-consent").check()
    await tab.frame.get_by_role("button", name="Start the chat").click()
    await tab.write("Hello")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    await resolved(hub)
    await tab.frame.get_by_role("button", name="5 of 5").click()
    await expect(tab.frame.get_by_role("button", name="5 of 5")).to_have_attribute("aria-pressed", "true")

    assert await tab.frame.evaluate(FAINT) == []


async def test_at_twice_the_size_everything_can_still_be_reached(visitors: Visitors, hub: HubProcess) -> None:
    """200 % zoom of a 640 x 700 window leaves 320 x 350 px to lay out."""
    hub.configure(form=FORM)
    tab = await visitors.on_page_of_form(viewport={"width": 320, "height": 350}, device_scale_factor=2)

    assert await tab.frame.evaluate(NOT_FITTING) == []
    button = tab.frame.get_by_role("button", name="Start the chat")
    await button.scroll_into_view_if_needed()
    await tab.frame.locator("#ask-name").fill("Ana")
    await tab.frame.locator("#ask-consent").check()
    await button.click()
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    assert await tab.frame.evaluate(NOT_FITTING) == []


async def test_old_messages_are_not_read_out_and_new_ones_are(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Hello")
    await until(lambda: hub.texts() == ["Hello"])
    await asyncio.to_thread(hub.reply, "Good day")
    await expect(tab.bubbles).to_have_count(2)
    await tab.page.add_init_script(_LISTEN)
    await tab.page.reload()
    await expect(tab.bubbles).to_have_count(2)
    log = tab.frame.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")

    assert await tab.frame.evaluate("window.spoken") == []
    await asyncio.to_thread(hub.reply, "Anything else?")
    await expect(tab.bubbles).to_have_count(3)
    assert any("Anything else?" in one for one in await tab.frame.evaluate("window.spoken"))


_LISTEN = """window.spoken = [];
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (target.role !== "log" || target.ariaLive !== "polite") continue;
    for (const node of addedNodes) if (node.ariaLive !== "off") window.spoken.push(node.textContent);
  }
}).observe(document, { childList: true, subtree: true });"""
