"""What the palette offers for the letters typed so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

CHOICE_ROLE: Final = Qt.ItemDataRole.UserRole
MATCH_ROLE: Final = CHOICE_ROLE + 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette.

    Attributes:
        id: what runs, e.g. ``resolve``, ``conversation:ID``, ``search:TEXT``; empty for a section's head.
        letters: an avatar instead of the icon, with ``seed`` for its colours.
    """

    id: str
    title: str
    icon: str = ""
    key: str = ""
    detail: str = ""
    group: str = ""
    letters: str = ""
    seed: str = ""
    channel: str = ""


def ranked(choices: Iterable[Choice], typed: str) -> list[Choice]:
    """Choices that hold every typed word, those whose title begins with it first; order else kept."""
    words = typed.casefold().split()
    found = []
    for at, choice in enumerate(choices):
        title, rest = choice.title.casefold(), f"{choice.title} {choice.detail}".casefold()
        if all(word in rest for word in words):
            begins = not words or title.startswith(words[0])
            inside = all(word in title for word in words)
            found.append((not begins, not inside, at, choice))
    return [choice for *_, choice in sorted(found, key=lambda each: each[:3])]


def grouped(choices: Sequence[Choice], order: Sequence[str]) -> list[Choice]:
    """Heads put before each group, groups in ``order``."""
    lines: list[Choice] = []
    for group in order:
        mine = [choice for choice in choices if choice.group == group]
        if mine:
            lines += [Choice("", group), *mine]
    return lines


class PaletteModel(QAbstractListModel):
    """The lines on screen; heads cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Choice] = []
        self.typed = ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's signature
        """Lines."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The choice, its title, what was typed."""
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        answers = {
            CHOICE_ROLE: line,
            Qt.ItemDataRole.DisplayRole: line.title,
            Qt.ItemDataRole.AccessibleTextRole: f"{line.title} {line.detail} {line.key}".strip(),
            MATCH_ROLE: self.typed,
        }
        return answers.get(role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A head is only read."""
        if index.isValid() and not self.lines[index.row()].id:
            return Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)

    def show(self, lines: Sequence[Choice], typed: str) -> None:
        """Take other lines."""
        self.beginResetModel()
        self.lines = list(lines)
        self.typed = typed
        self.endResetModel()

    def next_choice(self, at: int, by: int) -> int:
        """The next line that can be chosen from ``at``, going round; -1 without one."""
        total = len(self.lines)
        for step in range(1, total + 1):
            line = (at + by * step) % total
            if self.lines[line].id:
                return line
        return -1
