"""Cyclic garbage with Qt objects in it is destroyed in the window's thread, whichever thread works."""

import gc
import threading
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer

from mim_desk.ui.collecting import Collector


class Knot(QObject):
    """Holds itself, a timer, and notes where it ended."""

    ended: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__()
        self.timer = QTimer(self)
        self.itself = self
        self.note = Noting()


class Noting:
    """Notes the thread it is destroyed in."""

    def __del__(self) -> None:
        Knot.ended.append(threading.current_thread().name)


def make_garbage() -> None:
    """Many objects in another thread, enough for any automatic collection."""
    kept = [[number] for number in range(200_000)]
    assert len(kept) == 200_000


def test_garbage_of_widgets_waits_for_the_windows_thread(qapp) -> None:
    owner = QObject()
    collector = Collector(owner)
    Knot.ended.clear()
    for _ in range(20):
        Knot()
    worker = threading.Thread(target=make_garbage, name="worker")
    worker.start()
    worker.join()
    assert Knot.ended == []

    for _ in range(60):
        kept = [[number] for number in range(6_000)]
        collector.look()
    del kept
    collector.look()

    assert Knot.ended == ["MainThread"] * 20
    assert not gc.isenabled()
    gc.unfreeze()
