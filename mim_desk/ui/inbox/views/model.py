"""The lines of the views pane: sections, views, labels and inboxes with their counts."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mim_desk.ui import texts

Index = QModelIndex | QPersistentModelIndex

LINE_ROLE: Final = Qt.ItemDataRole.UserRole


class ViewLine(msgspec.Struct, frozen=True):
    """One line.

    Attributes:
        key: ``mine``, ``inbox:ID``, ``label:ID``, ``go:preferences``; empty for a section's head.
        icon: a drawing, empty where a mark or a dot stands.
        channel: the mark of an inbox.
        dot: colour role of a label.
        alarm: the count is about something that failed.
    """

    key: str
    title: str
    icon: str = ""
    channel: str = ""
    dot: str = ""
    count: int = 0
    alarm: bool = False

    @property
    def is_head(self) -> bool:
        """Whether it names a section."""
        return not self.key


class ViewsModel(QAbstractListModel):
    """Lines in order; heads cannot be chosen.

    Attributes:
        rail: only drawings are seen, so that tooltips name the views.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[ViewLine] = []
        self.rail = False

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's signature
        """Lines."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The line, its title, or what a screen reader says."""
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<span>{texts.escaped(line.title)}</span>" if self.rail else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.title}, {line.count}" if line.count else line.title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A head is only read."""
        if index.isValid() and self.lines[index.row()].is_head:
            return Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)

    def show(self, lines: Sequence[ViewLine]) -> None:
        """Take new lines; where only counts differ, only they repaint."""
        if [line.key + line.title for line in lines] != [line.key + line.title for line in self.lines]:
            self.beginResetModel()
            self.lines = list(lines)
            self.endResetModel()
            return
        before, self.lines = self.lines, list(lines)
        for at, line in enumerate(lines):
            if line != before[at]:
                self.dataChanged.emit(self.index(at), self.index(at))

    def index_of(self, key: str) -> QModelIndex:
        """Where a view stands."""
        for at, line in enumerate(self.lines):
            if line.key == key and key:
                return self.index(at)
        return QModelIndex()
