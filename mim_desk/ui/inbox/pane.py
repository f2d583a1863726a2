"""The conversation list pane: title, tabs with counts, the order, the rows."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from mim_desk.ui.inbox.view import ConversationList
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import IconButton, PaintedButton, Tab
from mim_desk.ui.widgets.empty_state import EmptyState

ORDERS = ("due", "waiting", "last_activity")


class SortLine(PaintedButton):
    """Says the order and opens the choice of orders."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFixedHeight(theme.size("bar-sort"))

    def sizeHint(self) -> QSize:
        """As wide as the pane."""
        return QSize(self.theme.size("pane-list-min"), self.theme.size("bar-sort"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw drawing and words over a hairline."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        side = theme.size("icon-small")
        at = QRect(theme.space(4), (self.height() - side) // 2, side, side)
        color = theme.color("text" if self.underMouse() else "text-muted")
        brush.icon("sort", at, color)
        room = self.rect().adjusted(at.right() + theme.space(2) - 1, 0, -theme.space(4), 0)
        brush.text(room, self.text(), theme.font("meta"), color)
        brush.hairline(0, self.height() - 1, self.width())
        self.draw_ring(brush)


class ListPane(QWidget):
    """Title bar, tabs, order and rows of one view.

    Attributes:
        tab_chosen: ``mine``, ``unassigned`` or ``all``.
        order_chosen: one of ``ORDERS``.
        search_wanted: the search button was pressed.
    """

    tab_chosen = Signal(str)
    order_chosen = Signal(str)
    search_wanted = Signal()

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("list_pane")
        self.setAccessibleName(self.tr("Conversation list"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = PlainLabel("", self)
        self.title.setFont(theme.font("heading"))
        self.tabs = {key: Tab(theme, words, self) for key, words in self._tab_words().items()}
        self.sort = SortLine(theme, self)
        self.sort.clicked.connect(self.choose_order)
        self.list = ConversationList(theme, now, self)
        self.empty = EmptyState(theme, self)
        self.empty.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.body = QStackedWidget(self)
        self.body.addWidget(self.list)
        self.body.addWidget(self.empty)
        self._lay_out()
        self.show_order("due")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        column.addWidget(self._tab_row())
        column.addWidget(self.sort)
        column.addWidget(self.body, 1)

    def _bar(self) -> QWidget:
        bar = QWidget(self)
        bar.setObjectName("bar")
        bar.setFixedHeight(self.theme.size("bar-top"))
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.theme.space(1))
        row.addSpacing(self.theme.space(4))
        row.addWidget(self.title, 1)
        search = IconButton(self.theme, "search", self.tr("Search messages"), key="Ctrl F", parent=bar)
        search.clicked.connect(self.search_wanted)
        order = IconButton(self.theme, "sort", self.tr("Order of the list"), parent=bar)
        order.clicked.connect(self.choose_order)
        row.addWidget(search)
        row.addWidget(order)
        row.addSpacing(self.theme.space(2) + 2)
        return bar

    def _tab_words(self) -> dict[str, str]:
        return {"mine": self.tr("Mine"), "unassigned": self.tr("Unassigned"), "all": self.tr("All")}

    def _tab_row(self) -> QWidget:
        row = QWidget(self)
        row.setObjectName("bar")
        row.setFixedHeight(self.theme.size("bar-tabs"))
        line = QHBoxLayout(row)
        line.setContentsMargins(self.theme.space(4), 0, self.theme.space(4), 0)
        line.setSpacing(self.theme.space(4))
        for key, tab in self.tabs.items():
            tab.setParent(row)
            tab.clicked.connect(lambda _=False, key=key: self.tab_chosen.emit(key))
            line.addWidget(tab)
        line.addStretch(1)
        return row

    def show_title(self, title: str, view: str) -> None:
        """Name the view; one of the three tabs is chosen when it is theirs."""
        self.title.setText(title)
        for key, tab in self.tabs.items():
            tab.setAutoExclusive(False)
            tab.setChecked(key == view)
            tab.setAutoExclusive(True)

    def order_words(self) -> dict[str, str]:
        """Names of the orders."""
        return {
            "due": self.tr("Most urgent first"),
            "waiting": self.tr("Longest waiting first"),
            "last_activity": self.tr("Newest first"),
        }

    def show_order(self, order: str) -> None:
        """Say the order."""
        words = self.order_words()[order]
        self.sort.setText(words)
        self.sort.setAccessibleName(self.tr("Order: {order}").format(order=words))
        self.sort.update()

    def choose_order(self) -> None:
        """Open the choice of orders."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for order, words in self.order_words().items():
            action = QAction(words, menu)
            action.setCheckable(True)
            action.setChecked(words == self.sort.text())
            action.triggered.connect(lambda _=False, order=order: self.order_chosen.emit(order))
            menu.addAction(action)
        menu.popup(self.sort.mapToGlobal(QPoint(self.theme.space(2), self.sort.height())))

    def _show_body(self, shown: QWidget) -> None:
        """The keyboard stays here, whichever is shown; Qt would give it to the window's first button."""
        here = self.list.hasFocus() or self.empty.hasFocus()
        self.body.setCurrentWidget(shown)
        if here:
            shown.setFocus()

    def show_rows(self) -> None:
        """Put the rows in front."""
        self._show_body(self.list)

    def show_nothing(self) -> None:
        """Put the empty state in front."""
        self._show_body(self.empty)
