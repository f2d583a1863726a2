"""The hub, the site and the browser of these tests."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Frame, Locator, Page, async_playwright, expect

from tests.hub.web_chat.browser.site import HubProcess, Site

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real browser and a hub's start may take their time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def hub_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A running hub; starting one takes seconds, so the tests share it, each with an inbox of its own."""
    process = HubProcess(tmp_path_factory.mktemp("hub"))
    process.start()
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def hub(hub_process: HubProcess, site: Site) -> HubProcess:
    """The hub with a new web chat for the site."""
    hub_process.connect(site.origin)
    site.embed(hub_process)
    return hub_process


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, headless=True, args=["--no-sandbox"])
        yield opened
        await opened.close()


class Tab:
    """One tab of a visitor on the site or on the hub's own page.

    Attributes:
        problems: errors of scripts and broken policies; a test that expects none asserts it is empty.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self.problems.append(line.text) if _is_problem(line.text, line.type) else None)
        page.on("dialog", lambda dialog: self.problems.append(f"dialog {dialog.message}"))

    @property
    def frame(self) -> Frame:
        """The chat's own frame; on a site it is there once the chat was opened."""
        return next(one for one in self.page.frames if "/chat/" in one.url)

    @property
    def field(self) -> Locator:
        return self.frame.locator("#text")

    @property
    def bubbles(self) -> Locator:
        return self.frame.locator(".list .words")

    async def opened(self, shows: str = "#text") -> "Tab":
        """Open the chat by its button; it is there when it shows this."""
        await self.page.get_by_role("button", name="Open the chat").click()
        await expect(self.page.locator("iframe")).to_be_visible()
        await expect(self.page.frame_locator("iframe").locator(shows)).to_be_visible()
        return self

    async def write(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def texts(self) -> list[str]:
        return await self.bubbles.all_inner_texts()

    async def sent(self) -> None:
        """Wait until the hub took all that was written here and the page knows it: nothing is left to send again."""
        await self._come_true(_SENT)

    async def kept(self, texts: list[str]) -> None:
        """Wait until none of these is in the page's memory alone: each is in the browser's storage or at the hub."""
        await self._come_true(_KEPT, texts)

    async def _come_true(self, asked: str, told: object = None) -> None:
        """Wait for what the page finds out; ``wait_for_function`` would take the promise of an answer for a yes."""
        async with asyncio.timeout(60):
            while not await self.frame.evaluate(asked, told):
                await asyncio.sleep(0.02)


_KEPT = """async (texts) => {
  const { widget } = JSON.parse(document.getElementById("config").textContent);
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await done(indexedDB.open(`mim:${widget}`));
  const stored = await done(database.transaction("outbox").objectStore("outbox").getAll());
  database.close();
  const shown = [...document.querySelectorAll(".row.own")];
  const isKept = (text) => stored.some((one) => one.text === text)
    || shown.some((row) => row.querySelector(".words")?.textContent === text && row.querySelector(".tick.delivered, .tick.read"));
  return texts.every(isKept);
}"""

_SENT = """async () => {
  const { widget } = JSON.parse(document.getElementById("config").textContent);
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await done(indexedDB.open(`mim:${widget}`));
  const waiting = await done(database.transaction("outbox").objectStore("outbox").count());
  database.close();
  return !waiting && document.querySelector(".row.own .tick.delivered, .row.own .tick.read") !== null;
}"""

_OPEN_SHADOWS = """
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function () { return attach.call(this, {mode: "open"}); };
"""


def _is_problem(text: str, kind: str) -> bool:
    return kind == "error" and "Failed to load resource" not in text and "net::ERR" not in text


class Visitors:
    """Opens tabs for visitors; each context is a device of its own."""

    def __init__(self, browser: Browser, chromium: str, hub: HubProcess, site: Site) -> None:
        self.browser = browser
        self.chromium = chromium
        self.hub = hub
        self.site = site

    async def device(self, *, sees_inside: bool = True, **options: Any) -> BrowserContext:
        """A browser profile of its own; with ``sees_inside`` locators reach into the button's closed shadow root."""
        context = await self.browser.new_context(**{"locale": "en-GB", **options})
        context.set_default_timeout(30_000)
        if sees_inside:
            await context.add_init_script(_OPEN_SHADOWS)
        return context

    async def on_site(self, context: BrowserContext | None = None, **options: Any) -> Tab:
        """A tab on the brand's site."""
        tab = Tab(await (context or await self.device(**options)).new_page())
        await tab.page.goto(self.site.origin)
        return tab

    async def kept_device(self, folder: Path) -> BrowserContext:
        """A profile that gives frames of other sites a storage of their own; Debian's Chromium denies it by default."""
        (folder / "Default").mkdir(parents=True)
        wanted = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
        (folder / "Default" / "Preferences").write_text(json.dumps(wanted))
        context = await self.browser.browser_type.launch_persistent_context(
            str(folder), executable_path=self.chromium, headless=True, args=["--no-sandbox"], locale="en-GB"
        )
        await context.add_init_script(_OPEN_SHADOWS)
        return context

    async def on_page(self, context: BrowserContext | None = None, **options: Any) -> Tab:
        """A tab on the hub's own chat page."""
        tab = Tab(await (context or await self.device(**options)).new_page())
        await tab.page.goto(f"{self.hub.url}/chat/{self.hub.widget}")
        await expect(tab.field).to_be_visible()
        return tab

    async def on_page_of_form(self, **options: Any) -> Tab:
        """A tab on the hub's own chat page, where the form comes first."""
        tab = Tab(await (await self.device(**options)).new_page())
        await tab.page.goto(f"{self.hub.url}/chat/{self.hub.widget}")
        await expect(tab.frame.locator("#ask-name")).to_be_visible()
        return tab


@pytest.fixture
def visitors(browser: Browser, chromium: str, hub: HubProcess, site: Site) -> Visitors:
    return Visitors(browser, chromium, hub, site)
