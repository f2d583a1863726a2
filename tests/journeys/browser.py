"""A real Chromium for journeys: Playwright on a loop and thread of its own, beside the desk's loop."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from playwright.async_api import Browser, Frame, Page, Playwright, async_playwright, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

T = TypeVar("T")

WIDTH, HEIGHT = 1000, 800
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class RealBrowser:
    """Chromium, every visitor with storage of their own; every call is awaited from the desk's loop."""

    def __init__(self, executable: str) -> None:
        self._executable = executable
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def on_its_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, which runs on the browser's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def __aenter__(self) -> Self:
        self._thread.start()
        await self.on_its_loop(self._launch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.on_its_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _launch(self) -> None:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=self._executable, headless=True, args=FLAGS
        )

    async def _end(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def visit(self, address: str) -> "Visitor":
        """Another customer opens the page of a shop."""
        return await self.on_its_loop(self._visit(address))

    async def _visit(self, address: str) -> "Visitor":
        assert self._browser is not None
        context = await self._browser.new_context(locale="en-GB", viewport={"width": WIDTH, "height": HEIGHT})
        page = await context.new_page()
        visitor = Visitor(self, page)
        page.on("dialog", lambda dialog: visitor.troubles.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: visitor.said.append(said.text))
        page.on("pageerror", lambda error: visitor.troubles.append(f"error: {error}"))
        await page.goto(address)
        return visitor


class Visitor:
    """A customer on the shop's page, who uses the chat's own frame as a person does.

    Attributes:
        troubles: dialogs and script errors of the page; stays empty.
        said: its console.
    """

    def __init__(self, browser: RealBrowser, page: Page) -> None:
        self._browser = browser
        self._page = page
        self.troubles: list[str] = []
        self.said: list[str] = []

    async def open_chat(self) -> None:
        """Open the chat by the button at the bottom end corner."""
        await self._browser.on_its_loop(self._open_chat())

    async def _open_chat(self) -> None:
        shown = "window.MimChat && document.querySelector('body > div')"
        try:
            await self._page.wait_for_function(shown, timeout=45_000)
        except PlaywrightTimeout as error:
            raise AssertionError(f"the chat's button is not on the page; its console says {self.said}") from error
        await self._page.mouse.click(WIDTH - 48, HEIGHT - 48)
        await (await self._frame()).locator("#text").wait_for()

    async def _frame(self) -> Frame:
        for _ in range(1500):
            frame = next((frame for frame in self._page.frames if "/chat/" in frame.url), None)
            if frame is not None:
                return frame
            await asyncio.sleep(0.02)
        raise AssertionError("the chat's frame did not open")

    async def type(self, text: str) -> None:
        """Type without sending."""
        await self._browser.on_its_loop(self._type(text))

    async def type_slowly(self, text: str) -> None:
        """Type like somebody who looks for the keys."""
        await self._browser.on_its_loop(self._type(text, delay_ms=250))

    async def _type(self, text: str, delay_ms: float = 0) -> None:
        field = (await self._frame()).locator("#text")
        await field.click()
        await self._page.keyboard.type(text, delay=delay_ms)

    async def send(self, text: str) -> None:
        """Type and press Enter."""
        await self.type(text)
        await self._browser.on_its_loop(self._page.keyboard.press("Enter"))

    async def attach(self, *files: Path) -> None:
        """Choose files and send them."""
        await self._browser.on_its_loop(self._attach([str(file) for file in files]))

    async def _attach(self, files: list[str]) -> None:
        frame = await self._frame()
        await frame.locator("input[type=file]").set_input_files(files)
        await frame.locator("#text").click()
        await self._page.keyboard.press("Enter")

    async def sees(self, text: str, times: int = 1) -> None:
        """Wait until the log shows ``text`` exactly so many times."""
        await self._browser.on_its_loop(self._sees(text, times))

    async def _sees(self, text: str, times: int) -> None:
        log = (await self._frame()).locator("[role=log]")
        await expect(log.get_by_text(text, exact=True)).to_have_count(times, timeout=45_000)

    async def sees_element(self, selector: str, times: int = 1) -> None:
        """Wait until the frame shows so many elements."""
        await self._browser.on_its_loop(self._sees_element(selector, times))

    async def _sees_element(self, selector: str, times: int) -> None:
        found = (await self._frame()).locator(selector)
        await expect(found).to_have_count(times, timeout=45_000)

    async def ask(self, script: str) -> object:
        """Evaluate a function in the chat's frame."""
        return await self._browser.on_its_loop(self._ask(script))

    async def _ask(self, script: str) -> object:
        return await (await self._frame()).evaluate(script)

    async def picture(self, file: Path) -> None:
        """Save what the visitor sees."""
        await self._browser.on_its_loop(self._picture(file))

    async def _picture(self, file: Path) -> None:
        await self._page.screenshot(path=str(file))
