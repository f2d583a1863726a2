"""A session on a filled home and the widgets under test, on the desk's own loop."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from mim_desk.desk.changes import Change
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import ListRow, TimelineItem
from mim_desk.ui.theme import Theme
from tests.desk.workspace import Home, Size, conversation_id, make_home


class Stage:
    """Runs coroutines and waits for what the screen will show.

    The loop counts as running all the time, as in the program, where every Qt event comes out of it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path, size: Size | None = None) -> None:
        self.loop = loop
        self.home: Home = make_home(folder, size)
        self.session: Session = self.home.session()
        self.theme = Theme("light")
        self._widgets: list[QWidget] = []
        asyncio._set_running_loop(loop)
        self.run(self.session.start())

    def run(self, coro: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine."""
        task = self.loop.create_task(coro)
        while not task.done():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        return task.result()

    def until(self, seen: Callable[[], object], seconds: float = 30.0) -> None:
        """Let the loop run until ``seen`` is true."""
        ends = self.loop.time() + seconds
        while not seen():
            assert self.loop.time() < ends, "never happened"
            self.pause(0.005)

    def pause(self, seconds: float = 0.05) -> None:
        """Let the loop run for a moment."""
        self.run(asyncio.sleep(seconds))

    def keep(self, widget: Any, width: int = 576, height: int = 800) -> Any:
        """Show a widget; it is closed down at the end."""
        self._widgets.append(widget)
        widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        return widget

    def row(self, number: int = 1) -> ListRow:
        """The nth contact's conversation as the list shows it."""
        found = self.run(self.session.cache.list_rows([conversation_id(number)]))
        return found[conversation_id(number)]

    def publish(self, change: Change) -> None:
        """As the replica does after applying events."""
        self.session.changes.publish(change)

    def close(self) -> None:
        """End everything."""
        for widget in self._widgets:
            if hasattr(widget, "close_down"):
                widget.close_down()
            widget.close()
            widget.deleteLater()
        self.run(self.session.close())
        asyncio._set_running_loop(None)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def names_of(widget: QWidget) -> list[str]:
    """The accessible names of a widget's children."""
    found = QAccessible.queryAccessibleInterface(widget)
    return [found.child(place).text(QAccessible.Text.Name) for place in range(found.childCount())]


def ids(items: list[TimelineItem]) -> list[str]:
    """The messages' ids."""
    return [item.message.id for item in items]
