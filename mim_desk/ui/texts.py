"""Words on screen: plain labels, times, sizes, durations, direction and elision.

Customers' text is only ever drawn as plain text; what is spliced into a sentence is isolated first.
"""

import math
import re
import unicodedata
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication, QDateTime, QEvent, QLocale, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel, QWidget

from mim_desk.ui.fonts import font_key

_LONGEST_LINE: Final = 400
_ISOLATES: Final = ("LRI", "RLI", "FSI")
_SHORTEST_WHOLE_MINUTES_S: Final = 20 * 60
_ELISIONS_KEPT: Final = 4096
_OURS: Final = QLocale(QLocale.Language.English)
_OVERRIDES: Final = re.compile("[\u202d\u202e]")
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def tr(context: str, text: str, n: int = -1) -> str:
    """``text`` in the agent's language; ``%n`` is the count."""
    return QCoreApplication.translate(context, text, None, n)


class PlainLabel(QLabel):
    """A label that never reads markup, whatever a name or message contains."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self._stand_at_start()

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show ``text`` in the order in which it was written."""
        super().setText(in_written_order(text))

    def changeEvent(self, event: QEvent) -> None:
        """Labels stand at the start of their pane, whatever the direction of their words."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._stand_at_start()

    def _stand_at_start(self) -> None:
        if self.alignment() & Qt.AlignmentFlag.AlignHCenter:
            return
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        vertical = self.alignment() & Qt.AlignmentFlag.AlignVertical_Mask
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | vertical)


def tooltip(text: str, key: str = "") -> str:
    """A tooltip with its key at the end; safe for any text, since Qt guesses markup in tooltips."""
    if not text:
        return ""
    shown = escaped(in_written_order(text)).replace("\n", "<br>")
    return f"<span>{shown}&nbsp;&nbsp; {escaped(key)}</span>" if key else f"<span>{shown}</span>"


def escaped(text: str) -> str:
    """``html.escape`` without its module, whose two thousand entities the start would wait for."""
    return text.translate(_MARKUP)


def in_written_order(text: str, instead: str = "") -> str:
    """``text`` without the overrides that turn letters and digits round: ``001`` never reads ``100``."""
    return text if text.isascii() else _OVERRIDES.sub(instead, text)


def isolated(text: str) -> str:
    """``text`` as one run of its own direction inside a sentence."""
    return f"\u2068{in_written_order(text)}\u2069"


def left_to_right(text: str) -> str:
    """A number, time, address or file name that keeps its order in any sentence."""
    return f"\u2066{text}\u2069"


def runs_right_to_left(text: str) -> bool:
    """Direction of a text by its first strong character outside isolated runs (UAX #9, rule P2)."""
    depth = 0
    for char in text[:_LONGEST_LINE]:
        kind = unicodedata.bidirectional(char)
        if kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif not depth and kind in ("R", "AL", "L"):
            return kind != "L"
    return False


def script_of(text: str, language: str = "") -> str:
    """Key of ``font.family_by_script`` for a text, empty where Inter has the letters.

    Han alone does not tell its language, so the contact's decides between Chinese and Japanese forms.
    """
    han = False
    for char in text[:_LONGEST_LINE]:
        code = ord(char)
        if code < 0x590:
            continue
        if 0x590 <= code <= 0x8FF or 0xFB50 <= code <= 0xFEFC:
            return "Arabic"
        if 0x3040 <= code <= 0x30FF:
            return "Kana"
        if 0xAC00 <= code <= 0xD7AF or 0x1100 <= code <= 0x11FF:
            return "Hangul"
        han = han or 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF
    return _han(language) if han else ""


def _han(language: str) -> str:
    if language.startswith("ja"):
        return "Kana"
    if language.startswith("ko"):
        return "Hangul"
    traditional = language.lower() in ("zh-tw", "zh-hk", "zh-mo") or "hant" in language.lower()
    return "Han_traditional" if traditional else "Han_simplified"


def one_line(text: str, limit: int = _LONGEST_LINE) -> str:
    """The beginning of a text without line breaks or overrides; a run of spaces is one space."""
    return " ".join(in_written_order(text[: limit * 2]).split())[:limit]


def initials(name: str) -> str:
    """One or two letters for an avatar; a name without letters gets ``#``."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return "#"
    first = words[0][0]
    wide = script_of(first) != ""
    if wide or len(words) == 1:
        return first.upper()
    return (first + words[-1][0]).upper()


def clock_time(at: datetime) -> str:
    """The time of day here, ``10:37``."""
    return f"{at.astimezone():%H:%M}"


def day(at: datetime, now: datetime) -> str:
    """``20 Nov``; with the year when it is another one."""
    here, today = at.astimezone(), now.astimezone()
    pattern = "d MMM" if here.year == today.year else "d MMM yyyy"
    return _formatted(at, pattern)


def list_time(at: datetime, now: datetime) -> str:
    """Time of day for today, else the day."""
    return clock_time(at) if at.astimezone().date() == now.astimezone().date() else day(at, now)


def full_time(at: datetime) -> str:
    """``Sun 22 Nov 2026, 10:37``, for tooltips."""
    return _formatted(at, "ddd d MMM yyyy, HH:mm")


def _formatted(at: datetime, pattern: str) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at.timestamp())), pattern)


def duration(span: timedelta, *, roomy: bool = False) -> str:
    """What is left, rounded up: ``1:48`` under 20 min, ``22 min`` under 1 h, ``1 h 20`` (or ``1 h 20 min``) above."""
    seconds = max(0, math.ceil(span.total_seconds()))
    if seconds < _SHORTEST_WHOLE_MINUTES_S:
        return f"{seconds // 60}:{seconds % 60:02d}"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return tr("texts", "{minutes} min").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return tr("texts", "{days} d {hours} h").format(days=hours // 24, hours=hours % 24)
    words = tr("texts", "{hours} h {minutes:02d} min") if roomy else tr("texts", "{hours} h {minutes:02d}")
    return words.format(hours=hours, minutes=rest)


def ago(at: datetime, now: datetime) -> str:
    """``8 s ago``, ``2 min ago``, ``3 h ago``, else the day."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return tr("texts", "{count} s ago").format(count=seconds)
    if seconds < 3600:
        return tr("texts", "{count} min ago").format(count=seconds // 60)
    if seconds < 24 * 3600:
        return tr("texts", "{count} h ago").format(count=seconds // 3600)
    return day(at, now)


def file_size(size: int) -> str:
    """``214 KB``, ``1.2 MB``."""
    if size < 1000:
        return tr("texts", "{size} B").format(size=size)
    if size < 1_000_000:
        return tr("texts", "{size} KB").format(size=math.ceil(size / 1000))
    return tr("texts", "{size} MB").format(size=QLocale().toString(size / 1_000_000, "f", 1))


def count(number: int) -> str:
    """A number with the locale's group marks; where no language is set, with those of our own words."""
    here = QLocale()
    return (_OURS if here.language() == QLocale.Language.C else here).toString(number)


def language(tag: str) -> str:
    """``Swedish`` for ``sv``; the tag itself where Qt does not know it."""
    found = QLocale(tag.replace("-", "_")).language() if tag else QLocale.Language.C
    return tag if found == QLocale.Language.C else QLocale.languageToString(found)


def utc_now() -> datetime:
    """The desk's own clock; clocks of conversations follow ``session.hub_now`` instead."""
    return datetime.now(UTC)


_elided: OrderedDict[tuple[str, str, int], str] = OrderedDict()
_metrics: dict[str, QFontMetrics] = {}


def metrics(font: QFont) -> QFontMetrics:
    """Metrics of a font, made once."""
    key = font_key(font)
    found = _metrics.get(key)
    if found is None:
        found = _metrics[key] = QFontMetrics(font)
    return found


def _drawable(text: str) -> str:
    """Without what would break a line; spaces at the ends stay, since pieces are drawn beside each other."""
    return one_line(text) if len(text) > _LONGEST_LINE or not text.isprintable() else text


def elided(text: str, font: QFont, width: int) -> str:
    """``text`` on one line of at most ``width`` pixels; measured once per text, font and width."""
    key = (text, font_key(font), width)
    found = _elided.get(key)
    if found is None:
        found = metrics(font).elidedText(_drawable(text), Qt.TextElideMode.ElideRight, width)
        _elided[key] = found
        if len(_elided) > _ELISIONS_KEPT:
            _elided.popitem(last=False)
    return found
