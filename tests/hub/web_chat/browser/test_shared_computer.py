"""A computer that several people use: who signs out leaves nothing behind, in the page or in the browser."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess, Site
from tests.hub.web_chat.browser.test_safety import _proof
from tests.hub.web_chat.browser.test_talk import until
from tests.hub.web_chat.test_files import with_place

pytestmark = pytest.mark.slow

PICTURE: Any = {"name": "coat.jpg", "mimeType": "image/jpeg", "buffer": with_place()}
NOTE: Any = {"name": "payslip.txt", "mimeType": "text/plain", "buffer": b"hello"}


async def signed_in(tab: Tab) -> None:
    """The customer's proof is taken: the hub told another token than it began with."""
    async with tab.page.expect_response(lambda answer: answer.url.endswith("/identify") and answer.ok):
        await tab.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-1"))


async def test_who_signs_out_where_the_chat_was_never_opened_is_signed_out_of_it(
    visitors: Visitors, hub: HubProcess, site: Site, tmp_path: Path
) -> None:
    context = await visitors.kept_device(tmp_path / "profile")
    first = await (await visitors.on_site(context)).opened()
    await signed_in(first)
    await first.write("Secret")
    await until(lambda: hub.texts() == ["Secret"])
    await first.sent()
    await first.page.close()

    leaving = await visitors.on_site(context)
    await expect(leaving.page.get_by_role("button", name="Open the chat")).to_be_visible()
    async with leaving.page.expect_response(lambda answer: answer.url.endswith("/logout") and answer.ok):
        await leaving.page.evaluate("MimChat.logout()")
    await leaving.opened()
    await expect(leaving.frame.get_by_text("This chat was cleared")).to_be_visible()
    await leaving.page.close()
    after = await (await visitors.on_site(context)).opened()
    await after.write("Somebody else")
    await until(lambda: len(hub.conversations()) == 2)

    await expect(after.bubbles).to_have_text(["Somebody else"])
    await context.close()


@pytest.mark.parametrize("call", ["MimChat.logout()", "MimChat.identify(proof)"])
async def test_what_the_site_says_before_the_button_is_there_is_heard_without_a_click(
    visitors: Visitors, hub: HubProcess, site: Site, call: str
) -> None:
    context = await visitors.device()
    page = await context.new_page()
    button = asyncio.Event()

    async def hold(route: Route) -> None:
        await button.wait()
        await route.continue_()

    await page.route("**/api/web-chat/v1/config*", hold)
    await page.goto(site.origin)
    await page.wait_for_function("window.MimChat")

    async with page.expect_request(lambda request: request.url.endswith("/session")):
        await page.evaluate(f"proof => {{ {call}; }}", _proof("cust-1"))
        button.set()

    await expect(page.locator("iframe")).to_be_hidden()


async def test_signing_out_takes_files_pictures_and_drafts_along(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.frame.locator("input[type=file]").set_input_files([PICTURE])
    await tab.write("Look")
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    await tab.frame.locator("input[type=file]").set_input_files([NOTE])
    await tab.field.fill("Half a sentence")
    await tab.frame.get_by_role("button", name="Image coat.jpg").click()
    await expect(tab.frame.get_by_role("dialog", name="coat.jpg")).to_be_visible()

    await tab.page.evaluate("MimChat.logout()")

    await expect(tab.frame.get_by_text("This chat was cleared")).to_be_visible()
    await expect(tab.frame.get_by_role("dialog", name="coat.jpg")).to_have_count(0)
    await expect(tab.frame.get_by_text("payslip.txt")).to_have_count(0)
    await expect(tab.field).to_have_value("")


async def test_another_customer_finds_no_draft_of_the_first(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await signed_in(tab)
    await tab.frame.locator("input[type=file]").set_input_files([NOTE])
    await tab.field.fill("Half a sentence")

    await tab.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-2"))

    await expect(tab.frame.get_by_text("A new one has begun.")).to_be_visible()
    await expect(tab.frame.get_by_text("payslip.txt")).to_have_count(0)
    await expect(tab.field).to_have_value("")


async def test_signing_out_empties_a_form_that_was_begun(visitors: Visitors, hub: HubProcess) -> None:
    hub.configure(form={"fields": [{"kind": "name", "required": True}, {"kind": "email"}]})
    tab = await visitors.on_page_of_form()
    await tab.frame.locator("#ask-name").fill("Mia Berg")

    await tab.frame.get_by_role("button", name="More").click()
    await tab.frame.get_by_role("menuitem", name="Clear this chat from this device").click()

    await expect(tab.frame.get_by_text("This chat was cleared")).to_be_visible()
    await expect(tab.frame.locator("#ask-name")).to_have_value("")


async def test_the_address_of_the_visitors_page_leaves_the_browser_without_its_query(
    visitors: Visitors, hub: HubProcess, site: Site
) -> None:
    sent: list[str] = []
    page: Page = await (await visitors.device()).new_page()
    page.on("request", lambda one: sent.append(one.post_data or "") if one.url.endswith("/session") else None)
    await page.goto(f"{site.origin}/coats?token=secret#part")
    await Tab(page).opened()

    await until(lambda: bool(sent))
    assert "/coats" in sent[0]
    assert "secret" not in sent[0]
    assert "#part" not in sent[0]
