"""The timeline for screen readers: a list whose rows are the messages in sight.

Qt asks for interfaces by address and may ask long after, so every one made here is kept alive for good;
rows are slots that are used again, so there are never more than fit on a screen. The words and actions of
the current message are real widgets (``current.py``), and no Python class here answers ``interface_cast``.
"""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.stack import Placed

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView

MOST_ROWS: Final = 64
_kept: list[QAccessibleInterface] = []
_installed: list[Any] = []


class TimelineAccess(QAccessibleWidget):
    """The view as a list of rows, before its own child widgets."""

    def __init__(self, view: "TimelineView") -> None:
        super().__init__(view, QAccessible.Role.List, wording.tr("Timeline"))
        self._view = view
        self._rows: list[MessageAccess] = []

    def _count(self) -> int:
        return min(len(self._view.placed), MOST_ROWS) if isValid(self._view) else 0

    def childCount(self) -> int:  # noqa: N802 - Qt's name
        return self._count() + int(super().childCount())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        count = self._count()
        if 0 <= index < count:
            return self._row(index)
        return super().child(index - count) if index >= count else None

    def _row(self, index: int) -> QAccessibleInterface:
        while len(self._rows) <= index:
            row = MessageAccess(self, self._view, len(self._rows))
            self._rows.append(row)
            _kept.append(row)
        return self._rows[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # noqa: N802 - Qt's name
        if isinstance(child, MessageAccess):
            return child.slot
        index = int(super().indexOfChild(child))
        return index + self._count() if index >= 0 else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # noqa: N802 - Qt's name
        for index in range(self._count()):
            row = self._row(index)
            if row.rect().contains(x, y):
                return row
        return super().childAt(x, y)


class MessageAccess(QAccessibleInterface):
    """One row: who, when, what, and how far it got."""

    def __init__(self, parent: TimelineAccess, view: "TimelineView", slot: int) -> None:
        super().__init__()
        self._parent, self._view, self.slot = parent, view, slot

    def _placed(self) -> Placed | None:
        if not isValid(self._view) or self.slot >= len(self._view.placed):
            return None
        return self._view.placed[self.slot]

    def isValid(self) -> bool:  # noqa: N802 - Qt's name
        return self._placed() is not None

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._view.window().windowHandle() if isValid(self._view) else None

    def parent(self) -> QAccessibleInterface:
        return self._parent

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        placed = self._placed()
        state.readOnly = True
        state.focusable = True
        if placed is not None and placed.bubble.entry.id == self._view.current.message_id:
            state.focused = True
        return state

    def text(self, kind: QAccessible.Text) -> str:
        placed = self._placed()
        if placed is None or kind is not QAccessible.Text.Name:
            return ""
        return described(placed.bubble.entry, self._view.feed.names)

    def setText(self, kind: QAccessible.Text, text: str) -> None:  # noqa: N802 - Qt's name
        """Rows are read only."""

    def rect(self) -> QRect:
        placed = self._placed()
        if placed is None:
            return QRect()
        viewport = self._view.viewport()
        left, width = self._view.column()
        area = QRect(round(left), round(placed.y), round(width), round(placed.bubble.height))
        return QRect(viewport.mapToGlobal(area.topLeft()), area.size())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # noqa: N802 - Qt's name
        return None

    def childCount(self) -> int:  # noqa: N802 - Qt's name
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # noqa: N802 - Qt's name
        return -1

    def foregroundColor(self) -> QColor:  # noqa: N802 - Qt's name
        return self._view.ink.color("text") if isValid(self._view) else QColor()

    def backgroundColor(self) -> QColor:  # noqa: N802 - Qt's name
        return self._view.ink.color("surface") if isValid(self._view) else QColor()


def _made(class_name: str, subject: QObject | None) -> QAccessibleInterface | None:
    from mim_desk.ui.timeline.view import TimelineView

    if class_name != "TimelineView" or not isinstance(subject, TimelineView):
        return None
    access = TimelineAccess(subject)
    _kept.append(access)
    return access


def install() -> None:
    """Tell Qt once how timelines are read."""
    if not _installed:
        _installed.append(_made)
        QAccessible.installFactory(_made)


def announce(widget: QWidget, text: str) -> None:
    """Say a sentence to screen readers."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
