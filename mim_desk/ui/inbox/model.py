"""The rows of the conversation list: a window over one query, kept in order without jumps."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from mim_desk.ui import kinds

if TYPE_CHECKING:
    from mim_desk.desk.shapes import ListKey, ListRow

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE: Final = Qt.ItemDataRole.UserRole
"""The ListRow."""
STATE_ROLE: Final = ROW_ROLE + 1
"""``loaded``, ``loading``, ``unavailable offline`` or ``failed``: of the whole list."""
MOST_ROWS: Final = 1000
PAGE: Final = 100
_MOST_RUNS: Final = 64


def arranged(wanted: Sequence["ListRow"], shown: Sequence["ListRow"], pins: AbstractSet[str]) -> list["ListRow"]:
    """``wanted`` with every pinned row at the index where it is shown; the others flow around it."""
    kept = [(at, row) for at, row in enumerate(shown) if row.conversation.id in pins]
    fresh = {row.conversation.id: row for row in wanted}
    held = {row.conversation.id for _, row in kept}
    flow = [row for row in wanted if row.conversation.id not in held]
    for at, row in kept:
        flow.insert(min(at, len(flow)), fresh.get(row.conversation.id, row))
    return flow


def _runs(indexes: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


class ConversationListModel(QAbstractListModel):
    """At most ``MOST_ROWS`` rows of a longer list.

    Attributes:
        page_wanted: the view nears the end and there is more.
        earlier_wanted: the view nears the beginning and rows were dropped there.
        state: how the last read went.
        gone: pinned rows that no longer belong to the query.
        names: agents' names by id, for previews and screen readers.
    """

    page_wanted = Signal()
    earlier_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[ListRow] = []
        self.more = False
        self.dropped: list[ListKey | None] = []
        self.state = "loading"
        self.gone: set[str] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's signature
        """Rows exposed."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row, its name, or the sentence a screen reader says."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.contact_name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._said(row)
        return self.state if role == STATE_ROLE else None

    def _said(self, row: "ListRow") -> str:
        parts = [row.contact_name, row.inbox_name or row.channel]
        if row.conversation.unread:
            parts.append(self.tr("%n unread", "", row.conversation.unread))
        if row.conversation.last_message is not None:
            parts.append(kinds.preview(row.conversation.last_message))
        return ", ".join(parts)

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the query has rows behind the last one."""
        return self.more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page; it arrives later."""
        if self.more:
            self.page_wanted.emit()

    def index_of(self, conversation_id: str) -> QModelIndex:
        """Where a conversation stands, invalid when it is not in the window."""
        for at, row in enumerate(self.rows):
            if row.conversation.id == conversation_id:
                return self.index(at)
        return QModelIndex()

    @property
    def first_key(self) -> "ListKey | None":
        """What the window starts after."""
        return self.dropped[-1] if self.dropped else None

    def restart(self, rows: Sequence["ListRow"], *, more: bool) -> None:
        """Show another query."""
        self.beginResetModel()
        self.rows = list(rows)
        self.more = more
        self.dropped = []
        self.gone.clear()
        self.state = "loaded"
        self.endResetModel()

    def fail(self, state: str) -> None:
        """The query could not be read."""
        self.restart((), more=False)
        self.state = state

    def append(self, rows: Sequence["ListRow"], *, more: bool) -> None:
        """Take the page behind the last row; the window then slides down."""
        known = {row.conversation.id for row in self.rows}
        fresh = [row for row in rows if row.conversation.id not in known]
        self.more = more
        if fresh:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self.rows.extend(fresh)
            self.endInsertRows()
        while len(self.rows) > MOST_ROWS:
            self.dropped.append(self.rows[PAGE - 1].key)
            self._remove(0, PAGE - 1)

    def prepend(self, rows: Sequence["ListRow"]) -> None:
        """Take back the page dropped last; the window slides up."""
        if self.dropped:
            self.dropped.pop()
        known = {row.conversation.id for row in self.rows}
        fresh = [row for row in rows if row.conversation.id not in known]
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self.rows[:0] = fresh
            self.endInsertRows()
        if len(self.rows) > MOST_ROWS:
            self.more = True
            self._remove(MOST_ROWS, len(self.rows) - 1)

    def refresh(self, wanted: Sequence["ListRow"], pins: AbstractSet[str], *, more: bool) -> None:
        """Take the window as it was just read again; pinned rows keep their place."""
        self.more = more
        self.state = "loaded"
        known = {row.conversation.id: row for row in self.rows}
        same = [known[row.conversation.id] if known.get(row.conversation.id) == row else row for row in wanted]
        target = arranged(same, self.rows, pins)[: MOST_ROWS + len(pins)]
        present = {row.conversation.id for row in wanted}
        self.gone = {row.conversation.id for row in target} - present
        self._become(target)

    def release(self, conversation_id: str) -> None:
        """Let go of a pinned row that does not belong here any more."""
        index = self.index_of(conversation_id)
        if conversation_id in self.gone and index.isValid():
            self.gone.discard(conversation_id)
            self._remove(index.row(), index.row())

    def _become(self, target: list["ListRow"]) -> None:
        wanted = {row.conversation.id: at for at, row in enumerate(target)}
        leaving = _runs(at for at, row in enumerate(self.rows) if row.conversation.id not in wanted)
        known = {row.conversation.id for row in self.rows}
        coming = _runs(at for at, row in enumerate(target) if row.conversation.id not in known)
        if len(leaving) + len(coming) > _MOST_RUNS:
            self.beginResetModel()
            self.rows = target
            self.endResetModel()
            return
        for first, last in reversed(leaving):
            self._remove(first, last)
        for first, last in coming:
            self._insert(first, target[first : last + 1])
        self._reorder(target)
        self._replace(target)

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        del self.rows[first : last + 1]
        self.endRemoveRows()

    def _insert(self, at: int, rows: list["ListRow"]) -> None:
        first = min(at, len(self.rows))
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self.rows[first:first] = rows
        self.endInsertRows()

    def _reorder(self, target: list["ListRow"]) -> None:
        before = [row.conversation.id for row in self.rows]
        after = [row.conversation.id for row in target]
        if before == after:
            return
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        place = {conversation_id: at for at, conversation_id in enumerate(after)}
        known = {row.conversation.id: row for row in self.rows}
        moved = [self.index(place[before[index.row()]]) for index in held]
        self.rows = [known[conversation_id] for conversation_id in after]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _replace(self, target: list["ListRow"]) -> None:
        changed = [at for at, row in enumerate(target) if row is not self.rows[at]]
        self.rows = target
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first), self.index(last))
