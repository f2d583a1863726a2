"""Canned replies and emoji that fit what is typed, as list models of plain rows."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mim_desk.domain.search_text import fold
from mim_desk.protocol import rows

Index = QModelIndex | QPersistentModelIndex

REPLY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
EMOJI_ROLE: Final = Qt.ItemDataRole.UserRole + 2
MOST_EMOJI: Final = 24


class CannedModel(QAbstractListModel):
    """The replies found, best first.

    Attributes:
        typed: what they fit.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.typed = ""
        self._replies: list[rows.CannedReply] = []

    def show(self, replies: Sequence[rows.CannedReply], typed: str) -> None:
        """Other replies."""
        self.beginResetModel()
        self.typed, self._replies = typed, list(replies)
        self.endResetModel()

    def reply(self, place: int) -> rows.CannedReply | None:
        """The reply in a row."""
        return self._replies[place] if 0 <= place < len(self._replies) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many were found."""
        return 0 if parent.isValid() else len(self._replies)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The reply, and its words for screen readers."""
        reply = self.reply(index.row())
        if reply is None:
            return None
        if role == REPLY_ROLE:
            return reply
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"/{reply.shortcut}, {reply.title}"
        return None


@dataclass(frozen=True, slots=True)
class Emoji:
    """An emoji and the short code that calls it."""

    char: str
    code: str


_COMMON: Final = {
    "smile": "😄", "grin": "😁", "joy": "😂", "wink": "😉", "blush": "😊", "heart_eyes": "😍", "thinking": "🤔",
    "sad": "😢", "cry": "😭", "sweat_smile": "😅", "hug": "🤗", "shrug": "🤷", "+1": "👍", "-1": "👎", "thumbs_up": "👍",
    "ok": "👌", "clap": "👏", "wave": "👋", "pray": "🙏", "thanks": "🙏", "muscle": "💪", "heart": "❤️", "fire": "🔥",
    "star": "⭐", "sparkles": "✨", "tada": "🎉", "party": "🥳", "gift": "🎁", "check": "✅", "cross": "❌",
    "warning": "⚠️", "question": "❓", "exclamation": "❗", "phone": "📞", "email": "📧", "calendar": "📅", "clock": "🕐",
    "plane": "✈️", "car": "🚗", "taxi": "🚕", "train": "🚆", "hotel": "🏨", "suitcase": "🧳", "bed": "🛏️", "key": "🔑",
    "package": "📦", "truck": "🚚", "cart": "🛒", "money": "💰", "card": "💳", "dress": "👗", "shirt": "👕", "shoe": "👟",
    "coat": "🧥", "bag": "👜", "sun": "☀️", "rain": "🌧️", "snow": "❄️", "rocket": "🚀", "eyes": "👀", "bulb": "💡",
}  # fmt: skip
_RANGES: Final = ((0x1F300, 0x1F64F), (0x1F680, 0x1F6FC), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x2600, 0x27BF))
_NO_EMOJI: Final = ("MODIFIER", "CIRCLED", "DINGBAT", "ORNAMENT")


@cache
def all_emoji() -> tuple[Emoji, ...]:
    """Every emoji with its short code; the common ones first."""
    found = [Emoji(char, code) for code, char in _COMMON.items()]
    known = set(_COMMON)
    for first, last in _RANGES:
        for code_point in range(first, last + 1):
            name = unicodedata.name(chr(code_point), "")
            code = name.lower().replace(" ", "_").replace("-", "_")
            if code and code not in known and not any(word in name for word in _NO_EMOJI):
                found.append(Emoji(chr(code_point), code))
    return tuple(found)


def emoji_like(typed: str, recent: Sequence[str]) -> list[Emoji]:
    """Emoji whose code begins with ``typed``, then those with a word that does; recent ones first."""
    wanted = fold(typed).replace(" ", "_")
    if not wanted:
        last = [Emoji(char, "") for char in recent]
        return (last + [each for each in all_emoji() if each.char not in recent])[:MOST_EMOJI]
    begins = [each for each in all_emoji() if each.code.startswith(wanted)]
    within = [each for each in all_emoji() if f"_{wanted}" in each.code]
    return list(dict.fromkeys(begins + within))[:MOST_EMOJI]


class EmojiModel(QAbstractListModel):
    """The emoji found."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._emoji: list[Emoji] = []

    def show(self, emoji: Sequence[Emoji]) -> None:
        """Other emoji."""
        self.beginResetModel()
        self._emoji = list(emoji)
        self.endResetModel()

    def emoji(self, place: int) -> Emoji | None:
        """The emoji in a row."""
        return self._emoji[place] if 0 <= place < len(self._emoji) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many were found."""
        return 0 if parent.isValid() else len(self._emoji)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The emoji, and its words for screen readers."""
        emoji = self.emoji(index.row())
        if emoji is None:
            return None
        if role == EMOJI_ROLE:
            return emoji
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{emoji.char} {emoji.code}"
        return None
