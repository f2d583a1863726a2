"""The templates of an inbox as a list model: one row for each name, whatever its languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mim_desk.domain.search_text import fold
from mim_desk.domain.template import PartKind, TemplateStatus
from mim_desk.protocol import rows
from mim_desk.ui.templates import wording

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Entry:
    """A template in all its languages.

    Attributes:
        shown: the language that is offered first.
    """

    shown: rows.Template
    variants: tuple[rows.Template, ...]

    @property
    def name(self) -> str:
        """The provider's name of it."""
        return self.shown.name


def body(row: rows.Template) -> str:
    """The words of a template's body."""
    return next((part.text for part in row.parts if part.kind is PartKind.BODY and part.card is None), "")


def entries(templates: Sequence[rows.Template], language: str) -> list[Entry]:
    """One entry for each name; what can be sent first, each in the contact's language where there is one."""
    named: dict[str, list[rows.Template]] = {}
    for row in templates:
        named.setdefault(row.name, []).append(row)
    made = [Entry(_fitting(found, language), tuple(found)) for found in named.values()]
    return sorted(made, key=lambda one: (not _can(one.shown), wording.title(one.shown).casefold()))


def _can(row: rows.Template) -> bool:
    return row.status is TemplateStatus.APPROVED


def _fitting(variants: Sequence[rows.Template], language: str) -> rows.Template:
    """Approved before others, then the contact's language as exactly as possible."""
    wanted = language.replace("-", "_").lower()
    short = wanted.partition("_")[0]

    def rank(row: rows.Template) -> tuple[bool, bool, bool]:
        code = row.language.replace("-", "_").lower()
        return not _can(row), not wanted or code != wanted, not short or code.partition("_")[0] != short

    return min(variants, key=rank)


class TemplateModel(QAbstractListModel):
    """The templates that fit what is searched."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Entry] = []
        self._found: list[Entry] = []
        self._words = ""

    @property
    def total(self) -> int:
        """How many there are, whatever is searched."""
        return len(self._all)

    def show(self, found: Sequence[Entry]) -> None:
        """Other templates."""
        self._all = list(found)
        self.search(self._words)

    def search(self, words: str) -> None:
        """Only those with all these words in title, name or body."""
        self._words = words
        wanted = fold(words).split()
        self.beginResetModel()
        self._found = [one for one in self._all if all(word in _text(one) for word in wanted)]
        self.endResetModel()

    def entry(self, place: int) -> Entry | None:
        """The template in a row."""
        return self._found[place] if 0 <= place < len(self._found) else None

    def place(self, name: str) -> int:
        """The row of a template, -1 when it is not shown."""
        return next((place for place, one in enumerate(self._found) if one.name == name), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many were found."""
        return 0 if parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The entry, and its words for screen readers."""
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == ENTRY_ROLE:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            row = entry.shown
            told = (wording.title(row), wording.category(row), wording.why_not(row) or body(row))
            return ", ".join(part for part in told if part)
        return None


def _text(entry: Entry) -> str:
    return fold(f"{wording.title(entry.shown)} {entry.name} {body(entry.shown)}")
