"""Search as you type over the offline copy; a hit opens its message in the timeline."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from mim_desk.desk.shapes import TOTAL_CAP, SearchHits
from mim_desk.ui import texts
from mim_desk.ui.search.delegate import HitDelegate
from mim_desk.ui.search.model import HitModel
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import IconButton
from mim_desk.ui.widgets.empty_state import EmptyState
from mim_desk.ui.widgets.form import lead

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

MOST_HITS: Final = 50
_PAUSE_MS: Final = 40
_MOVES: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def tr(text: str, n: int = -1) -> str:
    """``text`` in the agent's language."""
    return texts.tr("search", text, n)


class SearchPane(QWidget):
    """A field and what it finds, over the list pane.

    Attributes:
        hit_chosen: the agent opens a message (SearchHit).
        closed: the agent is done searching.
    """

    hit_chosen = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, session: "Session", over: QWidget) -> None:
        super().__init__(over)
        self.theme, self.session = theme, session
        self._over = over
        self._asked = 0
        self.setObjectName("search_pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit(self)
        self.field.setObjectName("search_field")
        self.field.setPlaceholderText(tr("Search messages"))
        self.field.setAccessibleName(tr("Search messages"))
        self.field.installEventFilter(self)
        self.model = HitModel(self)
        self._delegate = HitDelegate(theme, session.hub_now())
        self.list = self._list()
        self.empty = EmptyState(theme, self)
        self.empty.hide()
        self.foot = PlainLabel("", self)
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self.field.returnPressed.connect(lambda: self._choose(self.list.currentIndex()))
        over.installEventFilter(self)
        self.hide()

    def _list(self) -> QListView:
        made = QListView(self)
        made.setModel(self.model)
        made.setItemDelegate(self._delegate)
        made.setUniformItemSizes(True)
        made.setMouseTracking(True)
        made.setAccessibleName(tr("Messages found"))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.clicked.connect(self._choose)
        made.activated.connect(self._choose)
        return made

    def _lay_out(self) -> None:
        theme = self.theme
        lead(theme, self.field)
        close = IconButton(theme, "close", tr("End the search"), key="Esc", parent=self)
        close.clicked.connect(self.end)
        head = QHBoxLayout()
        head.setContentsMargins(theme.space(2), theme.space(2), theme.space(2), theme.space(2))
        head.addSpacing(theme.space(1))
        head.addWidget(self.field, 1)
        head.addWidget(close)
        self.foot.setObjectName("muted")
        self.foot.setFont(theme.font("meta", tabular=True))
        self.foot.setContentsMargins(theme.space(4), theme.space(2), theme.space(4), theme.space(2))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.foot)

    def begin(self, text: str = "") -> None:
        """Open over the list, with words to look for."""
        self._delegate.now = self.session.hub_now()
        self._fit()
        self.show()
        self.raise_()
        if text:
            self.field.setText(text)
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end(self) -> None:
        """Back to the list."""
        self._pause.stop()
        self._asked += 1
        self.hide()
        self.closed.emit()

    def close_down(self) -> None:
        """End what runs; before the pane is deleted."""
        self._pause.stop()
        self._over.removeEventFilter(self)

    def _fit(self) -> None:
        self.setGeometry(self._over.rect())

    def _ask(self) -> None:
        """Look for what is typed; an older answer never covers a newer one."""
        self._asked += 1
        text = self.field.text().strip()
        if not text:
            self._tell(None, "")
            return
        self.session.owner.spawn(self._find(text, self._asked), name="search")

    async def _find(self, text: str, asked: int) -> None:
        hits = await self.session.cache.search(text, limit=MOST_HITS)
        if asked == self._asked:
            self._tell(hits, text)

    def _tell(self, hits: SearchHits | None, text: str) -> None:
        self.model.show(hits)
        nothing = hits is not None and not hits.hits
        self.list.setVisible(not nothing)
        self.empty.setVisible(nothing)
        self.foot.setText(_summary(hits) if hits is not None else "")
        if hits is None:
            return
        if nothing:
            title = tr("No hit for “{text}”").format(text=texts.isolated(texts.one_line(text, 60)))
            why = tr("Searched {count} cached messages.").format(count=texts.count(hits.searched))
            self.empty.show_kind("search", title, why)
        else:
            self.list.setCurrentIndex(self.model.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        hit = self.model.hit(index.row())
        if hit is not None:
            self.hit_chosen.emit(hit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the keyboard stays in the field; the pane follows the list's size."""
        if watched is self._over and event.type() is QEvent.Type.Resize:
            self._fit()
        elif watched is self.field and isinstance(event, QKeyEvent) and self._takes(event):
            return True
        return super().eventFilter(watched, event)

    def _takes(self, event: QKeyEvent) -> bool:
        pressed = event.type() is QEvent.Type.KeyPress
        if event.key() == Qt.Key.Key_Escape:
            event.accept()  # before it is a shortcut of the window
            if pressed:
                self.end()
            return True
        if pressed and Qt.Key(event.key()) in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """The list's own ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("surface-list"))


def _summary(hits: SearchHits) -> str:
    found = texts.count(hits.total) + ("+" if hits.total >= TOTAL_CAP else "")
    told = {"found": found, "searched": texts.count(hits.searched), "ms": str(max(1, round(hits.elapsed_ms)))}
    return tr("{found} hits in {searched} cached messages, {ms} ms").format(**told)
