"""The window's first frame: three panes as plain grounds, hairlines and placeholder bars, within a moment of the start.

It touches no name of the ``Qt`` namespace: creating that namespace's enums alone takes longer than this whole frame. Even
``fillRect`` does, as it could be given a colour of that namespace; stretched pixels could not.
The real panes are laid over it as soon as they are built.
"""

import json
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from mim_desk.resources import resource

_DARK_BELOW = 128
_ROWS = 12
_ROLES = ("window", "surface-list", "surface", "surface-sunken", "hairline")


def frame_theme(mode: str) -> dict[str, Any]:
    """The colours of the agent's choice; of the system, as far as its palette tells already."""
    if mode not in ("light", "dark", "high_contrast"):
        mode = "dark" if QApplication.palette().window().color().lightness() < _DARK_BELOW else "light"
    told: dict[str, Any] = json.loads(resource(f"themes/{mode}.json").read_bytes())
    return told


class FirstFrame(QWidget):
    """The top-level window.

    Attributes:
        closing: the agent closed it.
    """

    closing = Signal()

    def __init__(self, mode: str, kept: dict[str, Any]) -> None:
        super().__init__()
        theme = frame_theme(mode)
        self._grounds = {role: _pixel(theme[role]) for role in _ROLES}
        shape = json.loads(resource("themes/shape.json").read_bytes())
        self._size: dict[str, int] = shape["size"]
        self._space: dict[str, int] = shape["space"]
        self._covered = False
        size = self._size
        self.setWindowTitle("MIM Desk")
        self.setMinimumSize(size["window-min"], size["window-min-height"])
        width, height = kept.get("window") or (size["window"], size["window-height"])
        self._views = _first(kept.get("frame"), size["pane-views"])
        self._list = _first(kept.get("panes"), size["pane-list"])
        self.resize(int(width), int(height))

    def cover(self, content: QWidget) -> None:
        """Lay the real panes over the frame."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(content)
        self._covered = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grounds, hairlines and bars where rows will be."""
        if self._covered:
            return
        painter = QPainter(self)
        ground, size, height = self._grounds, self._size, self.height()
        timeline = self._views + self._list
        painter.drawPixmap(0, 0, self._views, height, ground["window"])
        painter.drawPixmap(self._views, 0, self._list, height, ground["surface-list"])
        painter.drawPixmap(timeline, 0, self.width() - timeline, height, ground["surface"])
        for x in (self._views, timeline):
            painter.drawPixmap(x, 0, 1, height, ground["hairline"])
        painter.drawPixmap(self._views, size["bar-top"], self.width() - self._views, 1, ground["hairline"])
        self._paint_views(painter)
        self._paint_rows(painter)

    def _paint_views(self, painter: QPainter) -> None:
        pad, step = self._space["4"], self._size["row-view"]
        top = self._size["bar-top"] + self._size["field-search"] + pad
        for row in range(_ROWS // 2):
            self._bar(painter, pad, top + row * step, self._views // 2)

    def _paint_rows(self, painter: QPainter) -> None:
        size, pad = self._size, self._space["4"]
        top = size["bar-top"] + size["bar-tabs"] + size["bar-sort"] + size["row-pad-top"]
        start = self._views + size["row-text-start"]
        for row in range(_ROWS):
            y = top + row * size["row-conversation"]
            side = size["avatar-row"]
            painter.drawPixmap(self._views + pad, y, side, side, self._grounds["surface-sunken"])
            self._bar(painter, start, y + self._space["1"], self._list // 3)
            self._bar(painter, start, y + self._space["6"], self._list // 2)

    def _bar(self, painter: QPainter, x: int, y: int, width: int) -> None:
        painter.drawPixmap(x, y, width, self._space["3"], self._grounds["surface-sunken"])

    def closeEvent(self, event: QCloseEvent) -> None:
        """The program decides what closing means."""
        self.closing.emit()
        event.accept()


def _pixel(color: str) -> QPixmap:
    made = QPixmap(1, 1)
    made.fill(QColor(color))
    return made


def _first(sizes: Any, default: int) -> int:
    return int(sizes[0]) if sizes else default
