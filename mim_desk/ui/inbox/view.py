"""The conversation list on screen: nothing under the pointer or the cursor ever jumps."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolTip, QWidget

from mim_desk.ui import texts
from mim_desk.ui.inbox.delegate import RowDelegate
from mim_desk.ui.inbox.model import ROW_ROLE, ConversationListModel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import BY_KEYBOARD
from mim_desk.ui.widgets.chip import clock_of
from mim_desk.ui.widgets.overlay_scroll import OverlayScroll
from mim_desk.ui.widgets.paint import Brush

if TYPE_CHECKING:
    from mim_desk.ui.inbox.portraits import Portraits


class ConversationList(QListView):
    """Rows of one view.

    Attributes:
        opened: a conversation was chosen, by click or Enter.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewport(QWidget(self))  # asked for its own one, PySide first makes every class of widget: 15 ms
        self.theme = theme
        self.rows = ConversationListModel(self)
        self.look = RowDelegate(theme, now, self)
        self.setObjectName("conversations")
        self.setAccessibleName(self.tr("Conversations"))
        self.setModel(self.rows)
        self.setItemDelegate(self.look)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().valueChanged.connect(self._near_top)
        self.verticalScrollBar().setSingleStep(theme.size("row-conversation") // 2)
        self.overlay = OverlayScroll(self, theme)
        theme.changed.connect(self.viewport().update)

    def show_portraits(self, portraits: "Portraits") -> None:
        """Pictures of contacts instead of their letters, once they are here."""
        self.look.portraits = portraits
        portraits.came.connect(self.viewport().update)

    @property
    def current_id(self) -> str:
        """The conversation under the keyboard cursor."""
        row = self.currentIndex().data(ROW_ROLE)
        return row.conversation.id if row else ""

    @property
    def opened_id(self) -> str:
        """The conversation in the thread pane."""
        return self.look.opened

    def mark_opened(self, conversation_id: str) -> None:
        """Show which conversation the thread pane holds and put the cursor there."""
        self.look.opened = conversation_id
        index = self.rows.index_of(conversation_id)
        if index.isValid():
            self.setCurrentIndex(index)
        self.viewport().update()

    def pins(self) -> set[str]:
        """Rows that must not move now: under the pointer, under the cursor, and the opened one."""
        held = {self.current_id, self.opened_id}
        if self.underMouse():
            under = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())).data(ROW_ROLE)
            held.add(under.conversation.id if under else "")
        return held - {""}

    def steadily(self, change: Callable[[], None]) -> None:
        """Alter the model while what is read stays where it is on screen."""
        anchor = self._anchor()
        change()
        if anchor is None:
            return
        conversation_id, top = anchor
        index = self.rows.index_of(conversation_id)
        if index.isValid():
            bar = self.verticalScrollBar()
            self.doItemsLayout()
            bar.setValue(bar.value() + self.visualRect(index).top() - top)

    def _anchor(self) -> tuple[str, int] | None:
        if self.underMouse():
            index = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        elif self._on_screen(self.currentIndex()):
            index = self.currentIndex()
        elif self.verticalScrollBar().value() > 0:
            index = self.indexAt(QPoint(1, 1))
        else:
            return None
        row = index.data(ROW_ROLE)
        return (row.conversation.id, self.visualRect(index).top()) if row else None

    def _on_screen(self, index: QModelIndex) -> bool:
        return index.isValid() and self.viewport().rect().intersects(self.visualRect(index))

    def step(self, by: int) -> None:
        """Move the keyboard cursor; it leaves a row that does not belong here any more."""
        left = self.current_id
        at = self.currentIndex().row() + by if self.currentIndex().isValid() else 0
        if 0 <= at < self.rows.rowCount():
            self.look.keyboard = True
            self.setCurrentIndex(self.rows.index(at))
            if left != self.opened_id:
                self.rows.release(left)

    def open_current(self) -> None:
        """Open what the cursor is on."""
        if self.current_id:
            self.opened.emit(self.current_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, arrows move the cursor; letters are the window's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_current()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.text() and event.text().isprintable() and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click opens at once, on the way down."""
        self.look.keyboard = False
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.indexAt(event.position().toPoint()).isValid():
            self.open_current()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring shows for the keyboard only."""
        self.look.keyboard = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(0))

    def visible_rows(self) -> list[QModelIndex]:
        """Indexes on screen."""
        first = self.indexAt(QPoint(1, 1))
        if not first.isValid():
            return []
        height = max(1, self.visualRect(first).height())
        last = min(self.rows.rowCount() - 1, first.row() + self.viewport().height() // height + 1)
        return [self.rows.index(at) for at in range(first.row(), last + 1)]

    def tick(self) -> None:
        """Repaint the clocks on screen whose figures move."""
        rtl = self.isRightToLeft()
        for index in self.visible_rows():
            region = self._chip_rect(index, rtl)
            if region is not None:
                self.viewport().update(region)

    def _chip_rect(self, index: QModelIndex, rtl: bool) -> QRect | None:
        row = index.data(ROW_ROLE)
        rect = self.visualRect(index)
        brush = _Measure(self.theme, rect, rtl=rtl)
        found = self.look.chip_region(rect, rtl, row, brush)
        if found is None or not found[1].ticks:
            return None
        gap = self.theme.space(2)
        return found[0].adjusted(-gap, 0, gap, 0)

    def viewportEvent(self, event: QEvent) -> bool:
        """Over a clock the tooltip tells when it is due."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            row = index.data(ROW_ROLE)
            clock = clock_of(row.conversation) if row else None
            region = self._chip_rect(index, self.isRightToLeft()) if clock else None
            if clock and clock.due_at and region and region.contains(event.pos()):
                due = self.tr("Due {time}").format(time=texts.full_time(clock.due_at))
                QToolTip.showText(event.globalPos(), texts.tooltip(due), self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def _near_top(self, value: int) -> None:
        if self.rows.dropped and value < self.viewport().height():
            self.rows.earlier_wanted.emit()


class _Measure(Brush):
    """A brush without a painter, to measure with."""

    def __init__(self, theme: Theme, outer: QRect, *, rtl: bool) -> None:
        self.theme = theme
        self.outer = outer
        self.rtl = rtl
        self.painter: QPainter
