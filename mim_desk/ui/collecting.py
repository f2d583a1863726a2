"""Python's cyclic garbage is collected in the window's thread only.

A cycle that holds a widget may be found by whichever thread makes the next object; destroying a widget, its timers
or its pictures in a worker thread ends the program (https://doc.qt.io/qt-6/threads-qobject.html).
"""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MS: Final = 500
_YOUNG: Final = 5_000
"""Objects made since the last look before they are looked through: about a millisecond of work."""
_MIDDLE: Final = 10
_OLD: Final = 60
"""After how many looks at the younger ones the older ones are looked through."""


class Collector(QObject):
    """Takes the place of the automatic collections."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.collect()
        gc.freeze()  # what the start made stays
        gc.disable()
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_LOOK_MS)

    def look(self) -> None:
        """Collect as much as is due."""
        if gc.get_count()[0] < _YOUNG:
            return
        self._looks += 1
        gc.collect(2 if self._looks % _OLD == 0 else 1 if self._looks % _MIDDLE == 0 else 0)
