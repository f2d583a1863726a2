"""Panes beside each other: the splitter is the hairline, a double click restores."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from mim_desk.ui.theme import Theme


class _Handle(QSplitterHandle):
    def __init__(self, splitter: "PaneSplitter") -> None:
        super().__init__(Qt.Orientation.Horizontal, splitter)
        self._owner = splitter

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the sizes of the looks."""
        self._owner.restored.emit()


class PaneSplitter(QSplitter):
    """A horizontal splitter one pixel wide.

    Attributes:
        restored: the handle was double-clicked.
    """

    restored = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(theme.size("splitter"))
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        """A handle that can restore."""
        return _Handle(self)
