"""Parts side by side on as many lines as the width wants."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from mim_desk.ui.theme import Theme


class Flow(QWidget):
    """A few small parts of their own size; where they do not fit beside each other, the next line takes them."""

    def __init__(self, theme: Theme, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self._gap = theme.space(2)
        self._parts = list(parts)
        for part in self._parts:
            part.setParent(self)
        grows = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        grows.setHeightForWidth(True)
        self.setSizePolicy(grows)

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height of all lines."""
        return max((place.bottom() + 1 for place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """All beside each other."""
        places = self._places(0x7FFFFF)
        return QSize(max((place.right() + 1 for place in places), default=0), self.heightForWidth(0x7FFFFF))

    def minimumSizeHint(self) -> QSize:
        """The widest alone."""
        sizes = [part.sizeHint() for part in self._parts]
        return QSize(
            max((size.width() for size in sizes), default=0), max((size.height() for size in sizes), default=0)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other lines."""
        super().resizeEvent(event)
        self._put()

    def changeEvent(self, event: QEvent) -> None:
        """Lines begin at the other side."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._put()

    def _put(self) -> None:
        for part, place in zip(self._parts, self._places(self.width()), strict=True):
            part.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))

    def _places(self, width: int) -> list[QRect]:
        """Where each stands, as if text ran left to right."""
        places: list[QRect] = []
        x = y = 0
        for part in self._parts:
            size = part.sizeHint()
            if x and x + size.width() > width:
                x, y = 0, y + size.height() + self._gap
            places.append(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
        return places
