"""Canned replies and emoji that fit what is typed, as list models of plain rows."""

import unicodedata
from collections.abc import Iterator, Sequence
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
_SHOWN_AS_EMOJI: Final = """
    231A-231B 23E9-23EC 23F0 23F3 2614-2615 2648-2653 2693 26A1 26AA-26AB 26BD-26BE 26C4-26C5 26D4 26EA 26F2-26F3 26F5
    26FA 26FD 2705 270A-270B 2728 274C 2753-2755 2757 2795-2797 2B50 2B55 1F300-1F320 1F32D-1F335 1F337-1F37C
    1F37E-1F393 1F3A0-1F3CA 1F3CF-1F3D3 1F3E0-1F3F0 1F3F4 1F3F8-1F3FA 1F400-1F43E 1F440 1F442-1F4FC 1F4FF-1F53D
    1F54B-1F54E 1F550-1F567 1F57A 1F5A4 1F5FB-1F64F 1F680-1F6C5 1F6CC 1F6D0-1F6D2 1F6D5-1F6D7 1F6EB-1F6EC 1F6F4-1F6FC
    1F7E0-1F7EB 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA70-1FA74 1FA78-1FA7A 1FA80-1FA86 1FA90-1FAA8 1FAB0-1FAB6
    1FAC0-1FAC2 1FAD0-1FAD6
"""
"""Code points that Unicode shows as emoji by themselves (emoji-data, Emoji_Presentation)."""


def _code_points() -> Iterator[int]:
    for part in _SHOWN_AS_EMOJI.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


@cache
def all_emoji() -> tuple[Emoji, ...]:
    """Every emoji with its short code; the common ones first."""
    found = [Emoji(char, code) for code, char in _COMMON.items()]
    known = {each.char for each in found}
    for code_point in _code_points():
        code = unicodedata.name(chr(code_point), "").lower().replace(" ", "_").replace("-", "_").removesuffix("_sign")
        if code and chr(code_point) not in known:
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
