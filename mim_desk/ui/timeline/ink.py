"""Fonts, colours and distances of the timeline, looked up once per theme."""

from typing import Final

from PySide6.QtGui import QColor, QFont, QFontMetricsF

from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.entries import Shape

PAD_X: Final = 12.0
PAD_Y: Final = 7.0
NOTE_PAD_Y: Final = 8.0
GAP_RUN: Final = 3.0
GAP: Final = 8.0
GAP_WIDE: Final = 10.0
META_GAP: Final = 12.0
META_DROP: Final = 5.0
ICON_LINE: Final = 13
ICON_TICK: Final = 15
ICON_META: Final = 14
TILE: Final = 36.0
TILE_ICON: Final = 20
COLUMN_MAX: Final = 860.0
MEDIA_MAX: Final = 320.0
MEDIA_MIN: Final = 80.0
MOST_WIDTHS: Final = 5000
MEDIA_UNKNOWN: Final = (240.0, 160.0)
"""Room for an image whose size nobody told."""


class Ink:
    """What the timeline draws with; made anew when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.meta = theme.font("meta", tabular=True)
        self.label = theme.font("label")
        self.body = theme.font("body")
        self.body_strong = theme.font("body-strong")
        self.meta_metrics = QFontMetricsF(self.meta)
        self.label_metrics = QFontMetricsF(self.label)
        self.strong_metrics = QFontMetricsF(self.body_strong)
        self._widths: dict[str, float] = {}
        self.message_line = theme.line("message")
        self.body_line = theme.line("body")
        self.meta_line = float(theme.line("meta"))
        self.bubble_share = theme.share("bubble-max-share")
        self.bubble_max = float(theme.size("bubble-max"))

    def meta_width(self, text: str) -> float:
        """Width of a word in the meta font; the same few are asked for again and again."""
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) > MOST_WIDTHS:
                self._widths.clear()
            found = self._widths[text] = float(self.meta_metrics.horizontalAdvance(text))
        return found

    def color(self, role: str) -> QColor:
        """A colour of the theme."""
        return self.theme.color(role)

    def message_font(self, script: str) -> QFont:
        """The face of a message's own script."""
        return self.theme.font("message", script=script)

    def ground(self, shape: Shape) -> QColor:
        """Behind the text of a bubble or card."""
        return self.color(_GROUNDS[shape])

    def meta_role(self, shape: Shape) -> str:
        """Role of times and names inside a bubble."""
        return _METAS[shape]

    def text_role(self, shape: Shape) -> str:
        """Role of a message's own words."""
        return "note-text" if shape is Shape.NOTE else "text"


_GROUNDS: Final = {
    Shape.INCOMING: "bubble-incoming",
    Shape.REPLY: "bubble-reply",
    Shape.AUTOMATIC: "bubble-automatic",
    Shape.NOTE: "note",
    Shape.LINE: "surface",
}
_METAS: Final = {
    Shape.INCOMING: "bubble-meta",
    Shape.REPLY: "bubble-reply-meta",
    Shape.AUTOMATIC: "bubble-meta",
    Shape.NOTE: "note-muted",
    Shape.LINE: "text-muted",
}
