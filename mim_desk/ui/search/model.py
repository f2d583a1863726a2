"""What a search found, as a list of plain rows."""

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mim_desk.desk.shapes import SearchHit, SearchHits
from mim_desk.ui import texts

Index = QModelIndex | QPersistentModelIndex

HIT_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_NOTHING: Final = "\u2060"
"""An invisible letter in the place of another keeps the matches where they are."""


class HitModel(QAbstractListModel):
    """The newest messages found."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[SearchHit] = []

    def show(self, hits: SearchHits | None) -> None:
        """Other hits."""
        self.beginResetModel()
        self._hits = list(hits.hits) if hits is not None else []
        self.endResetModel()

    def hit(self, place: int) -> SearchHit | None:
        """The hit in a row."""
        return self._hits[place] if 0 <= place < len(self._hits) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many are listed."""
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The hit, and its words for screen readers."""
        hit = self.hit(index.row())
        if hit is None:
            return None
        if role == HIT_ROLE:
            return hit
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{texts.one_line(hit.contact_name, 80)}, {texts.one_line(hit.text, 200)}"
        return None


def excerpt(hit: SearchHit, before: int = 24, length: int = 160) -> tuple[str, list[tuple[int, int]]]:
    """The part of a hit's text around its first match in one line, and where the matches are in it."""
    first = hit.spans[0][0] if hit.spans else 0
    start = max(0, first - before) if first > before + 8 else 0
    part = hit.text[start : start + length]
    lead = "… " if start else ""
    shift = len(lead) - start
    flat = texts.in_written_order("".join(" " if char.isspace() else char for char in part), _NOTHING).rstrip()
    inside = [(a + shift, min(b + shift, len(lead) + len(flat))) for a, b in hit.spans if start <= a < start + length]
    return lead + flat, inside
