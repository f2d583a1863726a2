"""How a page of set-up is laid out: a title, why, its parts, and a foot with the ways on."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QScrollBar, QVBoxLayout, QWidget

from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import label

_SCROLLED: Final = {
    Qt.Key.Key_Up: QScrollBar.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_Down: QScrollBar.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: QScrollBar.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QScrollBar.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QScrollBar.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QScrollBar.SliderAction.SliderToMaximum,
}


def page_of(theme: Theme, title: str, why: str, parts: Sequence[QWidget], buttons: Sequence[Button]) -> QWidget:
    """The page; of ``buttons`` the last stands at the end."""
    inner = QWidget()
    inner.setObjectName("channel_setup")
    inner.setMaximumWidth(theme.size("form") + 2 * theme.space(10))
    column = QVBoxLayout(inner)
    column.setContentsMargins(theme.space(10), theme.space(6), theme.space(10), theme.space(6))
    column.setSpacing(theme.space(4))
    column.addWidget(label(theme, title, "title", wrap=True))
    if why:
        column.addWidget(label(theme, why, "body", "secondary", wrap=True))
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    return _Page(inner, _foot(theme, buttons))


class _Page(QWidget):
    """Parts that scroll above a foot that stays; keys scroll them from wherever on the page one is."""

    def __init__(self, inner: QWidget, foot: QWidget) -> None:
        super().__init__()
        self._area = QScrollArea()
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._area, 1)
        whole.addWidget(foot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no field or button took."""
        moved = _SCROLLED.get(Qt.Key(event.key()))
        if moved is None:
            super().keyPressEvent(event)
        else:
            self._area.verticalScrollBar().triggerAction(moved)


def _foot(theme: Theme, buttons: Sequence[Button]) -> QFrame:
    foot = QFrame()
    foot.setObjectName("setup_foot")
    row = QHBoxLayout(foot)
    row.setContentsMargins(theme.space(10), theme.space(3), theme.space(10), theme.space(3))
    inner = QWidget()
    inner.setMaximumWidth(theme.size("form"))
    line = QHBoxLayout(inner)
    line.setContentsMargins(0, 0, 0, 0)
    for button in buttons[:-1]:
        line.addWidget(button)
    line.addStretch(1)
    line.addWidget(buttons[-1])
    row.addWidget(inner, 1)
    row.addStretch()
    return foot


def bring_into_sight(part: QWidget) -> None:
    """Scroll a part that has just grown wholly into sight, once it has its place."""
    above = part.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is None:
        return
    inner = above.widget()
    layout = inner.layout() if inner is not None else None
    if layout is not None:
        layout.activate()
    scroll, margin = above, layout.contentsMargins().bottom() if layout is not None else 0

    def come() -> None:
        scroll.ensureWidgetVisible(part, 0, margin)

    come()
    grown = Qt.ConnectionType.SingleShotConnection
    scroll.verticalScrollBar().rangeChanged.connect(come, grown)


def line_of(theme: Theme, *parts: QWidget, stretch: int = 0) -> QWidget:
    """Parts side by side; the one at ``stretch`` takes the room that is left."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.space(2))
    for place, part in enumerate(parts):
        row.addWidget(part, 1 if place == stretch else 0)
    return line
