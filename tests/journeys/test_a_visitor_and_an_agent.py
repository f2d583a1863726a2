"""Journey (a): a customer in a real browser and an agent at the real desk talk with each other."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from tests.journeys.browser import RealBrowser, Visitor
from tests.journeys.real_desk import RealDesk, until, until_async
from tests.journeys.shop import Shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

IN_STOCK = {"shortcut": "stock", "title": "In stock", "text": "Yes, {{contact.name|friend}}, it is in stock."}
QUESTION = "Do you have the Halo case in navy?"


@pytest.fixture
def meeting(chromium: str, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``async with meeting() as (agent, visitor)``: the desk with its own hub, and a page that embeds the chat."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[RealDesk, Visitor]]:
        async with RealDesk(tmp_path, monkeypatch) as agent, RealBrowser(chromium) as browser:
            inbox = await agent.web_chat(shop.origin)
            hub = inbox.row.page_url.split("/chat")[0]
            visitor = await browser.visit(shop.embed(hub, inbox.widget or ""))
            await visitor.open_chat()
            yield agent, visitor
            assert visitor.troubles == []

    return opened


def test_text_goes_both_ways_and_both_see_how_far_it_got(desk_loop: asyncio.AbstractEventLoop, meeting) -> None:
    async def journey() -> None:
        async with meeting() as (agent, visitor):
            await visitor.send(QUESTION)
            await agent.open(QUESTION)
            await agent.send("Yes, navy is in stock.")
            await visitor.sees("Yes, navy is in stock.")
            await until(lambda: agent.delivery("Yes, navy is in stock.") == "read", "the reply is read")

            await visitor.send("太好了，谢谢！👍")
            await until(lambda: "太好了，谢谢！👍" in agent.texts("incoming"), "Chinese and emoji arrive")
            await agent.send("不客气 😊")
            await visitor.sees("不客气 😊")

            told = [QUESTION, "Yes, navy is in stock.", "太好了，谢谢！👍", "不客气 😊"]
            assert agent.texts("incoming", "reply") == told
            for text in told:
                await visitor.sees(text)

    desk_loop.run_until_complete(journey())


def test_images_and_files_go_both_ways(desk_loop: asyncio.AbstractEventLoop, meeting, tmp_path: Path) -> None:
    photo = tmp_path / "scratch.png"
    Image.new("RGB", (320, 200), "#147C86").save(photo)
    invoice = tmp_path / "Rechnung 48213.pdf"
    invoice.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

    async def journey() -> None:
        async with meeting() as (agent, visitor):
            await visitor.send("Here is the scratch.")
            await agent.open("Here is the scratch.")
            await visitor.attach(photo)
            await visitor.attach(invoice)

            def names() -> list[str]:
                return [file.name for item in agent.shown() for file in item.message.attachments]

            await until(lambda: len(names()) == 2, "both files are in the timeline")
            assert names() == ["scratch.png", "Rechnung 48213.pdf"]
            image = next(file for item in agent.shown() for file in item.message.attachments if "png" in file.name)
            data = await agent.session.attachment(image)
            assert Image.open(io.BytesIO(data)).size == (320, 200)

            composer = agent.thread.composer
            composer.editor.files_given.emit([str(invoice)])
            await until(lambda: composer.written().files, "the file is in the composer")
            await agent.send("Your invoice.")
            await visitor.sees("Rechnung 48213.pdf", times=2)
            assert not composer.written().files

    desk_loop.run_until_complete(journey())


def test_each_side_sees_the_other_type(desk_loop: asyncio.AbstractEventLoop, meeting) -> None:
    async def journey() -> None:
        async with meeting() as (agent, visitor):
            await visitor.send(QUESTION)
            await agent.open(QUESTION)

            # A page tells of typing every 3 s at most (webchat.md, section 4).
            await visitor.type_slowly("One more question")
            await until(agent.thread.presence.sentence, "the presence line speaks")
            await agent.type("Let me look")
            await visitor.sees_element(".typing")

    desk_loop.run_until_complete(journey())


def test_a_canned_reply_is_called_up_filled_and_sent(desk_loop: asyncio.AbstractEventLoop, meeting) -> None:
    async def journey() -> None:
        async with meeting() as (agent, visitor):
            await agent.call("POST", "canned-replies", IN_STOCK)
            await until_async(agent.session.cache.canned_replies, "the canned reply is in the cache")
            await visitor.send(QUESTION)
            await agent.open(QUESTION)

            popup = agent.thread.composer.completion.canned
            await agent.type("/sto")
            await until(popup.isVisible, "the canned replies are open")
            agent.press(Qt.Key.Key_Return)
            await until(lambda: "it is in stock." in agent.thread.composer.editor.text(), "it is filled in")
            filled = agent.thread.composer.editor.text()
            assert "{{" not in filled
            agent.press(Qt.Key.Key_Return)
            await visitor.sees(filled)

    desk_loop.run_until_complete(journey())


def test_a_note_stays_inside(desk_loop: asyncio.AbstractEventLoop, meeting) -> None:
    async def journey() -> None:
        async with meeting() as (agent, visitor):
            await visitor.send(QUESTION)
            await agent.open(QUESTION)
            agent.thread.composer.use("note")
            await agent.send("Careful, a reseller.")
            agent.thread.composer.use("reply")
            await agent.send("Hello!")
            await visitor.sees("Hello!")
            await visitor.sees("Careful, a reseller.", times=0)
            assert agent.texts("note") == ["Careful, a reseller."]

    desk_loop.run_until_complete(journey())
