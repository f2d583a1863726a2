"""What is selected in the timeline: from one place in one text to another in perhaps another."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QTextLayout

from mim_desk.ui import texts
from mim_desk.ui.timeline.bubble import Bubble
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.model import TimelineModel
from mim_desk.ui.timeline.text_block import selection_format

_REST = 1 << 30


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a message's shown text, in Qt's units."""

    message_id: str
    position: int


class Selection:
    """A stretch over one or several messages."""

    def __init__(self, model: TimelineModel) -> None:
        self._model = model
        self.start: Spot | None = None
        self.end: Spot | None = None

    def begin(self, spot: Spot) -> None:
        """Start anew at ``spot``."""
        self.start = self.end = spot

    def extend(self, spot: Spot) -> bool:
        """Reach to ``spot``; whether that changed anything."""
        if self.start is None or spot == self.end:
            return False
        self.end = spot
        return True

    def choose(self, message_id: str, start: int, end: int) -> None:
        """Select a part of one message."""
        self.start, self.end = Spot(message_id, start), Spot(message_id, end)

    def clear(self) -> bool:
        """Select nothing; whether something was selected."""
        had = not self.empty
        self.start = self.end = None
        return had

    @property
    def empty(self) -> bool:
        """Whether nothing is selected."""
        return self.start is None or self.start == self.end

    def _ordered(self) -> tuple[int, int, int, int] | None:
        """First entry and position, last entry and position."""
        if self.start is None or self.end is None or self.start == self.end:
            return None
        first, last = self._model.place(self.start.message_id), self._model.place(self.end.message_id)
        if first is None or last is None:
            return None
        ends = sorted([(first, self.start.position), (last, self.end.position)])
        return *ends[0], *ends[1]

    def ranges(self, bubble: Bubble, ink: Ink) -> list[QTextLayout.FormatRange]:
        """How a bubble's text shows the selection."""
        part = self._part(bubble)
        if part is None:
            return []
        return [selection_format(*part, ink.color("text-selection"), ink.color("text"))]

    def _part(self, bubble: Bubble) -> tuple[int, int] | None:
        ordered = self._ordered()
        place = self._model.place(bubble.entry.id)
        if ordered is None or place is None or bubble.text is None:
            return None
        first, start, last, end = ordered
        if not first <= place <= last:
            return None
        length = bubble.text.length()
        part = (start if place == first else 0, min(end if place == last else _REST, length))
        return part if part[0] < part[1] else None

    def text(self, bubble_of: Callable[[int], Bubble]) -> str:
        """What goes to the clipboard; several messages are told apart by time and name."""
        ordered = self._ordered()
        if ordered is None:
            return ""
        parts = []
        for place in range(ordered[0], ordered[2] + 1):
            bubble = bubble_of(place)
            part = self._part(bubble)
            if part is not None and bubble.text is not None:
                parts.append((bubble.entry.item, bubble.text.part(*part)))
        if len(parts) == 1:
            return parts[0][1]
        lines = [
            f"[{texts.clock_time(item.message.occurred_at)}] {texts.one_line(item.author_name, 60)}: {text}"
            for item, text in parts
        ]
        return "\n".join(lines)
