"""What the hub refuses is said in the page's language, and tried again only where that can help."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from mim_desk.hub.web_chat.pages import assets
from tests.hub.web_chat.browser.conftest import Tab, Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

AN_HOUR = {"Retry-After": "3600"}
REFUSALS = [
    pytest.param(400, "invalid", "invalid", False, id="invalid"),
    pytest.param(403, "origin_denied", "denied", False, id="origin_denied"),
    pytest.param(403, "widget_disabled", "disabled", False, id="widget_disabled"),
    pytest.param(403, "blocked", "blocked", False, id="blocked"),
    pytest.param(403, "identity_required", "identity_required", False, id="identity_required"),
    pytest.param(404, "unknown_widget", "gone", False, id="unknown_widget"),
    pytest.param(409, "id_conflict", "id_conflict", False, id="id_conflict"),
    pytest.param(409, "closed", "closed", False, id="closed"),
    pytest.param(413, "", "invalid", False, id="a proxy's 413"),
    pytest.param(418, "", "not_taken", True, id="a proxy's own"),
    pytest.param(422, "form_required", "form_required", True, id="form_required"),
    pytest.param(429, "too_many", "too_much", True, id="a limit that lasts"),
]


async def refusing(tab: Tab, path: str, status: int, code: str) -> None:
    """Let the hub refuse the page's posts to ``path``."""

    async def refuse(route: Any) -> None:
        if route.request.method != "POST":
            await route.fallback()
            return
        await route.fulfill(status=status, json={"code": code, "detail": "English words."}, headers=AN_HOUR)

    await tab.page.route(f"**/web-chat/v1/{path}", refuse)


@pytest.mark.parametrize(("status", "code", "key", "is_worth_a_try"), REFUSALS)
async def test_a_refused_message_says_why_in_the_pages_language(
    visitors: Visitors, status: int, code: str, key: str, is_worth_a_try: bool
) -> None:
    tab = await visitors.on_page(locale="ar")
    await refusing(tab, "messages", status, code)
    words = assets().strings["ar"]

    await tab.write("مرحبا")

    failure = tab.frame.locator(".failure")
    await expect(failure.locator("span").first).to_have_text(words[key])
    await expect(failure.get_by_role("button", name=words["retry"])).to_have_count(int(is_worth_a_try))
    await expect(failure.get_by_role("button", name=words["discard"])).to_be_visible()


@pytest.mark.parametrize(
    ("status", "code", "key"),
    [
        (413, "too_large", "too_large"),
        (413, "", "too_large"),
        (415, "bad_type", "bad_type"),
        (400, "invalid", "bad_file"),
    ],
    ids=["too_large", "a proxy's 413", "bad_type", "invalid"],
)
async def test_a_refused_picture_is_named_and_not_shown(visitors: Visitors, status: int, code: str, key: str) -> None:
    tab = await visitors.on_page(locale="ar")
    await refusing(tab, "uploads", status, code)
    words = assets().strings["ar"]
    coat = {"name": "coat.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nand so on"}

    await tab.frame.locator("input[type=file]").set_input_files([coat])
    await tab.write("مرحبا")

    failure = tab.frame.locator(".failure")
    said = re.escape(words[key]).replace(r"\{name\}", r"coat\.png").replace(r"\{size\}", ".+")
    await expect(failure.locator("span").first).to_have_text(re.compile(said))
    await expect(failure.get_by_role("button", name=words["retry"])).to_have_count(0)
    await expect(tab.frame.locator(".list img")).to_have_count(0)
    await expect(tab.frame.locator(".list .file-name")).to_have_text("coat.png")


async def test_files_that_cannot_be_taken_are_said_before_they_are_sent(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page(locale="ar")
    files = [
        {"name": "evil.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"},
        {"name": "ok.txt", "mimeType": "text/plain", "buffer": b"hello"},
        {"name": "none.txt", "mimeType": "text/plain", "buffer": b""},
    ]

    await tab.frame.locator("input[type=file]").set_input_files(files)

    words = assets().strings["ar"]
    said = f"{words['bad_type'].format(name='evil.svg')} {words['empty_file'].format(name='none.txt')}"
    await expect(tab.frame.locator(".banner")).to_have_text(said)
    await expect(tab.frame.locator(".chip bdi")).to_have_text(["ok.txt"])
    await tab.write("مرحبا")
    await until(lambda: hub.texts() == ["مرحبا"])


async def test_more_files_than_a_message_holds_leave_the_first_ones_in_sight(visitors: Visitors) -> None:
    tab = await visitors.on_page()
    names = [f"{number}.txt" for number in range(7)]

    await tab.frame.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": b"hello"} for name in names]
    )

    await expect(tab.frame.locator(".banner")).to_contain_text("At most 5 files in one message.")
    await expect(tab.frame.locator(".chip bdi")).to_have_text(names[:5])
