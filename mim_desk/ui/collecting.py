"""Python's cyclic garbage is collected in the window's thread only.

A cycle that holds a widget may be found by whichever thread makes the next object; destroying a widget, its timers
or its pictures in a worker thread ends the program (https://doc.qt.io/qt-6/threads-qobject.html).
"""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MS: Final = 500
_YOUNG: Final = 5_000
"""Objects made since the last collection before the youngest are looked through: about a millisecond of work."""
_MIDDLE: Final = 10
"""After how many of those the middle-aged are looked through too."""
_OLD: Final = 60
"""After how many the old ones are due: that takes longer than a frame, so it waits for a quiet moment."""
_AT_LAST: Final = 600
_QUIET: Final = 200
"""New objects between two looks of a desk that nobody uses."""


class Collector(QObject):
    """Takes the place of the automatic collections."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.collect()
        gc.freeze()  # what the start made stays
        gc.disable()
        self._collected = 0
        self._before = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_LOOK_MS)

    def look(self) -> None:
        """Collect as much as is due."""
        new = gc.get_count()[0]
        is_quiet, self._before = new - self._before < _QUIET, new
        if self._collected >= _AT_LAST or (self._collected >= _OLD and is_quiet):
            self._collect(2)
            self._collected = 0
        elif new >= _YOUNG:
            self._collected += 1
            self._collect(1 if self._collected % _MIDDLE == 0 else 0)

    def _collect(self, generation: int) -> None:
        gc.collect(generation)
        self._before = gc.get_count()[0]
