"""The desk's loop: asyncio inside Qt's loop, where a step that waits is taken before anything is painted.

qasync starts and kills a timer of Qt for each step, so every step waits for a whole turn of Qt's loop with all that
is painted in it. A hand-over between thread, socket and screen is several such steps.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from time import monotonic
from typing import Any, Final

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

LONGEST_TURN_S: Final = 0.004
"""Steps that follow from steps go on for so long; then it is Qt's turn to paint and to read sockets."""
LONGEST_LEAVE_S: Final = 0.004
"""So long the screen leaves the processor to a thread that was just given work."""
_THREADS: Final = 10
_WAKE: Final = QEvent.Type(QEvent.registerEventType())


class _Steps(QObject):
    """The steps that are due, in their order; any thread may add one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._due: deque[asyncio.Handle] = deque()
        self._is_called = False

    def add(self, step: asyncio.Handle) -> None:
        """Take ``step`` as soon as possible."""
        self._due.append(step)
        if not self._is_called:
            self._call()

    def _call(self) -> None:
        self._is_called = True
        QCoreApplication.postEvent(self, QEvent(_WAKE), Qt.EventPriority.HighEventPriority.value)

    def event(self, event: QEvent) -> bool:
        """Take what is due."""
        if event.type() != _WAKE:
            return super().event(event)
        self._is_called = False  # before the first step: one that opens a menu keeps Qt's loop running inside it
        if asyncio.current_task(self._loop) is None:
            self._take()
        return True  # a task that has Qt's events delivered cannot be left for another: what is due follows its step

    def _take(self) -> None:
        until = monotonic() + LONGEST_TURN_S
        while self._due:
            step = self._due.popleft()
            if not step.cancelled():
                step._run()  # noqa: SLF001  # asyncio's loops do the same; there is no public way
            if monotonic() >= until:
                break
        if self._due and not self._is_called:
            self._call()

    def end(self) -> None:
        """Take no step any more."""
        self._due.clear()
        QCoreApplication.removePostedEvents(self, _WAKE.value)


class DeskLoop(qasync.QEventLoop):  # type: ignore[misc]  # the package ships no types
    """qasync's loop with quicker steps, and with Python's own threads, which begin only when they are needed."""

    def __init__(self, app: QCoreApplication) -> None:
        self._steps = _Steps(self)
        self._newest: asyncio.Handle | None = None
        self._told = threading.Event()
        super().__init__(app)
        self.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="desk"))

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        """Run ``callback`` in the next turn."""
        step = self._newest = self._added(callback, args, context)
        return step

    def _added(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> asyncio.Handle:  # fmt: skip
        step = asyncio.Handle(callback, args, self, context)
        self._steps.add(step)
        return step

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        """The same from any thread."""
        step = self._added(callback, args, context)
        self._told.set()
        return step

    def take_newest(self) -> None:
        """Take the step that was added last before its turn, unless a task is at work.

        What a key press sets off, such as writing to the disk, is under way before the screen changes, and the
        thread it is handed to has Python's lock for a moment instead of fighting with the painting for it.
        """
        step, self._newest = self._newest, None
        if step is not None and asyncio.current_task(self) is None:
            self._told.clear()
            step._run()  # noqa: SLF001  # as every step is
            step.cancel()  # it still stands among those that are due
            self._told.wait(LONGEST_LEAVE_S)

    def close(self) -> None:
        """Close it; what was not taken is dropped."""
        super().close()
        self._steps.end()
