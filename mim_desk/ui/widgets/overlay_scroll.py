"""A thin scroll bar over its content: it takes no room and shows only while the pointer is there."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

from mim_desk.ui.theme import Theme


class OverlayScroll(QScrollBar):
    """Stands in for the vertical bar of ``area``."""

    def __init__(self, area: QAbstractScrollArea, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        self._theme = theme
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        own = area.verticalScrollBar()
        own.rangeChanged.connect(self._take_range)
        own.valueChanged.connect(self.setValue)
        self.valueChanged.connect(own.setValue)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.installEventFilter(self)
        self.hide()

    def _take_range(self, least: int, most: int) -> None:
        own = self._area.verticalScrollBar()
        self.setPageStep(own.pageStep())
        self.setSingleStep(own.singleStep())
        self.setRange(least, most)
        self._place()

    def _place(self) -> None:
        width = self._theme.size("scrollbar")
        x = 0 if self._area.isRightToLeft() else self._area.width() - width
        self.setGeometry(x, 0, width, self._area.height())
        self.setVisible(self._area.underMouse() and self.maximum() > self.minimum())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the pointer, follow the size."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Resize, QEvent.Type.LayoutDirectionChange):
            self._place()
        elif event.type() == QEvent.Type.Leave:
            self.hide()
        return False
