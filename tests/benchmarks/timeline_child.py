"""``python -m tests.benchmarks.timeline_child MESSAGES ROUNDS``: P4 in a desk of its own, told as JSON.

A long and a short conversation are opened by turns, from the cache, until they are painted; then
messages are added to each. The floor lays the same visible bubbles out and paints them, without any reading.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import qasync
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.changes import Change
from mim_desk.desk.keys import new_keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.session import Session
from mim_desk.desk.settings import SettingsFile
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.view import TimelineView
from tests.benchmarks import filled

SHORT: Final = 100
SIZE: Final = (800, 800)
APPENDED_SEQ: Final = 10
LONG_ID, SHORT_ID = "contact-long", "contact-short"


class TimedView(TimelineView):
    """A timeline that says when something was painted."""

    painted: Callable[[], None] | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then tell whoever waits for it."""
        super().paintEvent(event)
        if self.painted is not None:
            self.painted()


class Bench:
    """One view, measured."""

    def __init__(self, session: Session, view: TimedView) -> None:
        self._session = session
        self._view = view
        self._added = 0

    async def open_ms(self, contact_id: str) -> float:
        """From the click to the painted conversation."""
        return await self._until_painted(
            lambda: self._view.show_contact(contact_id, f"conversation-{contact_id}"),
            lambda: self._view.feed.contact_id == contact_id and self._shows(contact_id),
        )

    def _shows(self, contact_id: str) -> bool:
        placed = self._view.placed
        return bool(placed) and placed[-1].bubble.entry.item.message.contact_id == contact_id

    async def append_ms(self, contact_id: str) -> float:
        """From a message in the cache to its bubble painted."""
        number = 1_000_000 + self._added
        self._added += 1
        message = filled.message_of(contact_id, f"conversation-{contact_id}", number)
        batch = Batch()
        batch.put("message", message, msgspec.json.encode(message))
        seq = APPENDED_SEQ + self._added
        await self._session.cache.apply(lambda: batch, seq)
        change = Change(seq=seq, messages={contact_id: frozenset({message.id})})
        return await self._until_painted(
            lambda: self._session.changes.publish(change),
            lambda: any(placed.bubble.entry.id == message.id for placed in self._view.placed),
        )

    async def _until_painted(self, act: Callable[[], None], is_there: Callable[[], bool]) -> float:
        done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def painted() -> None:
            if not done.done() and is_there():
                done.set_result(time.perf_counter())

        self._view.painted = painted
        began = time.perf_counter()
        act()
        async with asyncio.timeout(30):
            ended = await done
        self._view.painted = None
        await asyncio.sleep(0.03)
        return (ended - began) * 1000

    def floor_ms(self) -> float:
        """The visible bubbles laid out anew and painted."""
        view = self._view
        began = time.perf_counter()
        for placed in view.placed:
            view.stack.maker.made(placed.bubble.entry)
        view.viewport().repaint()
        return (time.perf_counter() - began) * 1000


async def measure(folder: Path, messages: int, rounds: int) -> dict[str, list[float]]:
    """All samples, floor and figures by turns."""
    keys, paths = new_keys(), Paths(folder).make()
    filled.cache_of_timelines(paths.cache, keys.cache, {LONG_ID: messages, SHORT_ID: SHORT})
    paths.settings.write_text('{"network": "offline"}', "utf-8")
    session = Session(paths, keys, SettingsFile(paths.settings), _fail)
    await session.start()
    view = TimedView(Theme("light"), session)
    view.resize(*SIZE)
    view.show()
    bench = Bench(session, view)
    samples: dict[str, list[float]] = {name: [] for name in ("floor", "open", "open_short", "append", "append_short")}
    for number in range(-3, rounds):
        short = [await bench.open_ms(SHORT_ID), await bench.append_ms(SHORT_ID)]
        long = [await bench.open_ms(LONG_ID), await bench.append_ms(LONG_ID)]
        found = dict(zip(samples, [bench.floor_ms(), long[0], short[0], long[1], short[1]], strict=True))
        if number >= 0:
            for name, value in found.items():
                samples[name].append(value)
    view.close_down()
    view.close()
    await session.close()
    return samples


def _fail(name: str, problem: BaseException) -> None:
    raise RuntimeError(f"{name} failed") from problem


def main(messages: int, rounds: int) -> int:
    """Measure and print."""
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(application)
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loop:
        print(json.dumps(loop.run_until_complete(measure(Path(folder), messages, rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
