"""``python -m tests.benchmarks.live_child``: a whole desk with its embedded hub, obeying lines on standard input.

Each line is one order as JSON, each answer one line of JSON. Times are of the clock all processes share.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest

from mim_desk import app
from mim_desk.ui import rehearsing
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.timeline.view import TimelineView


class Paints:
    """Notes when a message's bubble was first painted.

    Attributes:
        at: time by the message's text.
    """

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self._wanted: dict[str, asyncio.Event] = {}

    def look(self, view: TimelineView) -> None:
        """Called at the end of each paint."""
        now = time.monotonic()
        for placed in reversed(view.placed):
            text = placed.bubble.entry.item.message.text
            if text in self.at:
                break
            self.at[text] = now
            if text in self._wanted:
                self._wanted[text].set()

    async def of(self, text: str) -> float:
        """When that text was painted, now or soon."""
        event = self._wanted.setdefault(text, asyncio.Event())
        if text not in self.at:
            async with asyncio.timeout(30):
                await event.wait()
        return self.at[text]


class Obeying:
    """Does what the parent orders."""

    def __init__(self, desk: DeskAtWork, paints: Paints) -> None:
        self._desk = desk
        self._paints = paints

    async def run(self) -> None:
        """Until standard input ends."""
        url = await rehearsing.live_hub_url(self._desk.session)
        self._desk.wiring.show_view("all")
        _say({"url": url, "token": self._desk.session.keys.admin_token})
        orders: dict[str, Callable[..., Any]] = {"open": self._open, "painted": self._painted, "send": self._send}
        orders["repaint"] = self._repaint
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            try:
                _say(await orders[order.pop("do")](**order))
            except TimeoutError:
                _say({"failed": f"nothing was painted for {order}"})
        self._desk.quit_wanted.emit()

    async def _open(self, text: str) -> bool:
        """Open the first conversation, and wait for its message."""
        rehearsing.open_first_listed(self._desk)
        self._desk.wiring.show_view("all")
        await self._paints.of(text)
        return True

    async def _painted(self, text: str) -> float:
        return await self._paints.of(text)

    async def _send(self, text: str) -> dict[str, float]:
        """Write a reply and press Enter."""
        editor = self._desk.timeline.composer.editor
        editor.setFocus()
        QTest.keyClicks(editor, text)
        await asyncio.sleep(0.05)
        pressed: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def press() -> None:
            pressed.set_result(time.monotonic())
            QTest.keyClick(editor, Qt.Key.Key_Return)

        QTimer.singleShot(0, press)  # a key comes from Qt, not out of a task
        return {"pressed": await pressed, "painted": await self._paints.of(text)}

    async def _repaint(self, times: int) -> list[float]:
        """What one repaint of the timeline costs."""
        found = []
        for _ in range(times):
            began = time.perf_counter()
            self._desk.timeline.timeline.viewport().repaint()
            found.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)
        return found


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Open the desk with the obeying company."""
    paints, paint = Paints(), TimelineView.paintEvent

    def timed(view: TimelineView, event: QPaintEvent) -> None:
        paint(view, event)
        paints.look(view)

    TimelineView.paintEvent = timed  # type: ignore[method-assign]
    arguments = argparse.Namespace(offscreen=True, screenshot=None)
    return app.main(arguments, company=lambda desk: Obeying(desk, paints).run())


if __name__ == "__main__":
    sys.exit(main())
