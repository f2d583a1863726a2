"""The real desk, offscreen: the same start as ``mim-desk``, driven by keys and clicks as an agent would."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mim_desk import app as program
from mim_desk.desk.opening import begin
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import ListQuery, ListRow, TimelineItem
from mim_desk.protocol.api import CreatedInbox, NewInbox
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.life import Life
from mim_desk.ui.main_window import MainWindow
from mim_desk.ui.timeline.panel import ThreadPanel

PATIENCE_S = 45.0


async def until(fact: Callable[[], object], what: str) -> None:
    """Wait until ``fact`` holds; a journey that takes too long says what it waited for."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not fact():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"waited {PATIENCE_S:g} s in vain: {what}", pytrace=False)


async def until_async(fact: Callable[[], Awaitable[object]], what: str) -> None:
    """Wait until what ``fact`` answers holds."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await fact():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"waited {PATIENCE_S:g} s in vain: {what}", pytrace=False)


class RealDesk:
    """One run of the program in this process; the hub is its child process.

    Attributes:
        window, desk, session: the running parts.
    """

    window: MainWindow
    desk: DeskAtWork
    session: Session

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MIM_DESK_HOME", str(home))
        self._life: Life
        self._running: asyncio.Task[int]

    async def __aenter__(self) -> Self:
        arguments = argparse.Namespace(offscreen=True, screenshot=None)
        self._painted = program.first_paint(arguments)
        self.window = program.panes(self._painted)
        app, paths = self._painted.app, self._painted.paths
        opening = begin(paths, "", ListQuery(order="due"))
        ready = asyncio.Event()
        preparing = opening.prepare(unasked=False)
        self._life = Life(app, self.window, opening, preparing, lambda said: ready.set() if said == "ready" else None)
        self._running = asyncio.get_running_loop().create_task(self._life.run(None))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        assert self._life.desk is not None
        self.desk = self._life.desk
        self.session = self.desk.session
        self.desk._begin("own")
        await self.live()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._life.quit()
        await self._running
        self.window.window().deleteLater()
        QApplication.processEvents()

    async def live(self) -> None:
        """Wait until the cache follows the hub."""
        await until(lambda: self.session.freshness.state == "live", "the desk is live")

    async def sign_in(self, url: str, login: str, password: str) -> None:
        """Work on a team's hub from now on."""
        await self.session.sign_in(url, login, password)
        await self.live()

    @property
    def badge(self) -> str:
        """What the freshness badge says."""
        return self.window.views.footer.accessibleName()

    # -- setting up ------------------------------------------------------------------------------

    async def web_chat(self, *origins: str) -> CreatedInbox:
        """A new web chat that the pages at ``origins`` may embed."""
        limits = {"sessions_per_hour": 1000, "messages_per_minute": 1000}
        settings = {"allowed_origins": list(origins), "limits": limits}
        return await self.session.create_inbox(NewInbox("Shop", "web_chat", settings, {}, {"name": "Juniper & Sail"}))

    async def call(self, method: str, path: str, body: object) -> None:
        """Ask the hub's interface, as another program of the team would."""
        client = self.session.online()
        headers = {"Authorization": f"Bearer {self.session.keys.admin_token}"}
        async with httpx.AsyncClient(base_url=client.url, headers=headers, timeout=PATIENCE_S) as http:
            (await http.request(method, f"/api/v1/{path}", json=body)).raise_for_status()

    # -- what the agent sees ---------------------------------------------------------------------

    @property
    def thread(self) -> ThreadPanel:
        """The middle pane."""
        return self.desk.timeline

    def listed(self) -> list[ListRow]:
        """The rows of the list."""
        return list(self.window.list.list.rows.rows)

    def shown(self) -> list[TimelineItem]:
        """The items of the open timeline, oldest first."""
        return [entry.item for entry in self.thread.timeline.model.entries]

    def texts(self, *kinds: str) -> list[str]:
        """Texts of the open timeline, all or of some kinds."""
        return [item.message.text for item in self.shown() if not kinds or item.message.kind in kinds]

    def delivery(self, text: str) -> str:
        """How far the reply with this text got, as the ticks say."""
        item = next((item for item in self.shown() if item.message.text == text), None)
        if item is None:
            return "absent"
        if item.outbox_state:
            return item.outbox_state
        return str(item.message.delivery.status) if item.message.delivery else "none"

    # -- what the agent does ---------------------------------------------------------------------

    async def open(self, text: str) -> None:
        """Click the conversation whose last message is ``text``."""
        self.desk.wiring.show_view("all")
        found: list[int] = []

        def find() -> bool:
            last = [row.conversation.last_message for row in self.listed()]
            found[:] = [place for place, message in enumerate(last) if message and text in message.text]
            return bool(found)

        await until(find, f"a conversation that says {text!r} is in the list")
        view = self.window.list.list
        place = view.visualRect(view.model().index(found[0], 0)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        await until(lambda: any(text in shown for shown in self.texts()), f"the timeline shows {text!r}")

    def press(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        """Press a key where the agent writes, or in ``widget``."""
        QTest.keyClick(widget or self.thread.composer.editor, key)

    async def type(self, text: str) -> None:
        """Write into the composer once it is ready; what no keyboard has comes from an input method."""
        editor = self.thread.composer.editor
        await until(lambda: not (editor.isReadOnly() or self.thread.composer.loading), "the composer is open")
        editor.setFocus()
        if text.isascii():
            QTest.keyClicks(editor, text)
            return
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(editor, event)

    async def send(self, text: str) -> None:
        """Write and press Enter."""
        await self.type(text)
        self.press(Qt.Key.Key_Return)
        await until(lambda: self.delivery(text) != "absent", f"{text!r} is in the timeline")

    def click(self, widget: QWidget) -> None:
        """Click a button."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2))
