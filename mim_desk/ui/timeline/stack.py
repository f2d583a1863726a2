"""Which entries stand where: exact for what is seen, estimated for the rest, anchored while it changes.

The place is kept as an entry and its distance from the top of the view, never as pixels of the whole,
so nothing that happens above moves what the agent reads.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from mim_desk.ui.timeline.bubble import Bubble, BubbleMaker
from mim_desk.ui.timeline.entries import Entry, Shape
from mim_desk.ui.timeline.model import TimelineModel

PAD_TOP: Final = 8.0
PAD_BOTTOM: Final = 12.0
MOST_BUBBLES: Final = 300
_LETTERS_PER_LINE: Final = 52


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry in sight; ``y`` is the distance of its top from the view's top."""

    index: int
    y: float
    bubble: Bubble


class Stack:
    """Layouts of a model's entries and the place in them.

    Attributes:
        at_bottom: whether the newest message is kept in sight when others arrive.
        height: of the view.
    """

    def __init__(self, model: TimelineModel, maker: BubbleMaker) -> None:
        self._model = model
        self.maker = maker
        self.at_bottom = True
        self.height = 0.0
        self._anchor = ""
        self._anchor_y = 0.0
        self._bubbles: OrderedDict[str, Bubble] = OrderedDict()
        self._heights: dict[str, float] = {}
        self._sizes: list[float] = []
        self._sized = -1

    def renew(self, maker: BubbleMaker) -> None:
        """Lay everything out anew: another width, theme or direction."""
        maker.unfolded = self.maker.unfolded
        self.maker = maker
        self._bubbles.clear()
        self._heights.clear()
        self._sized = -1

    def forget(self, message_id: str) -> None:
        """Lay one entry out anew."""
        self._bubbles.pop(message_id, None)
        self._heights.pop(message_id, None)
        self._sized = -1

    def bubble(self, entry: Entry) -> Bubble:
        """The layout of an entry, kept among the last few hundred."""
        found = self._bubbles.get(entry.id)
        if found is None or not self._still(found, entry):
            found = self._bubbles[entry.id] = self.maker.made(entry)
            self._learn(entry.id, found.height)
            if len(self._bubbles) > MOST_BUBBLES:
                self._bubbles.popitem(last=False)
        self._bubbles.move_to_end(entry.id)
        return found

    def _still(self, found: Bubble, entry: Entry) -> bool:
        """Whether a kept layout is that of ``entry``, perhaps from an earlier visit."""
        if found.entry is not entry and found.entry != entry:
            return False
        found.entry = entry
        return found.quoted == self.maker.quotes.get(entry.id, "")

    def _learn(self, message_id: str, height: float) -> None:
        self._heights[message_id] = height
        place = self._model.place(message_id)
        if self._sized == self._model.version and place is not None:
            self._sizes[place] = height

    def visible(self) -> list[Placed]:
        """What is in sight, top to bottom; settles the place at the ends."""
        entries = self._model.entries
        if not entries:
            return []
        placed = self._from_bottom() if self.at_bottom else self._from_anchor()
        if not self.at_bottom and self._ends_above(placed):
            self.at_bottom = True
            placed = self._from_bottom()
        self._anchor, self._anchor_y = placed[0].bubble.entry.id, placed[0].y
        return placed

    def _ends_above(self, placed: list[Placed]) -> bool:
        last = placed[-1]
        if last.index < len(self._model.entries) - 1 or self._model.more_after:
            return False
        return last.y + last.bubble.height <= self.height - PAD_BOTTOM + 0.5

    def _from_bottom(self) -> list[Placed]:
        entries = self._model.entries
        y = self.height - PAD_BOTTOM
        placed: list[Placed] = []
        for index in range(len(entries) - 1, -1, -1):
            bubble = self.bubble(entries[index])
            y -= bubble.height
            placed.append(Placed(index, y, bubble))
            if y <= 0:
                break
        return placed[::-1]

    def _from_anchor(self) -> list[Placed]:
        entries = self._model.entries
        index = self._model.place(self._anchor)
        index, y = (0, PAD_TOP) if index is None else (index, self._anchor_y)
        while y + self.height_of(entries[index]) < 0 and index < len(entries) - 1:
            y += self.height_of(entries[index])
            index += 1
        while y > self.height and index > 0:
            index -= 1
            y -= self.height_of(entries[index])
        return self._filled(index, y)

    def _filled(self, index: int, y: float) -> list[Placed]:
        entries = self._model.entries
        above: list[Placed] = []
        first, top = index, y
        while top > 0 and first > 0:
            first -= 1
            bubble = self.bubble(entries[first])
            top -= bubble.height
            above.append(Placed(first, top, bubble))
        shift = min(0.0, PAD_TOP - top) if first == 0 else 0.0
        placed = [Placed(p.index, p.y + shift, p.bubble) for p in reversed(above)]
        y += shift
        while index < len(entries) and (y < self.height or not placed):
            bubble = self.bubble(entries[index])
            placed.append(Placed(index, y, bubble))
            y += bubble.height
            index += 1
        return [p for p in placed if p.y + p.bubble.height > 0] or placed[-1:]

    def height_of(self, entry: Entry) -> float:
        """Exact height where the entry was laid out once, else a guess."""
        known = self._heights.get(entry.id)
        if known is not None:
            return known
        if entry.shape is Shape.LINE:
            return 30.0
        lines = 1 + min(len(entry.item.message.text), 3000) // _LETTERS_PER_LINE
        return 18.0 + 20.0 * lines + (120.0 if entry.item.message.attachments else 0.0)

    def scroll_by(self, distance: float) -> None:
        """Move down by so many pixels, up when negative."""
        if self.at_bottom and distance >= 0:
            return
        self.at_bottom = False
        self._anchor_y -= distance

    def to_bottom(self) -> None:
        """Show the newest held."""
        self.at_bottom = True

    def to_entry(self, message_id: str, y: float) -> bool:
        """Put an entry's top at ``y``; False when it is not held."""
        if self._model.place(message_id) is None:
            return False
        self._anchor, self._anchor_y, self.at_bottom = message_id, y, False
        return True

    def extent(self) -> tuple[float, float]:
        """Height of all that is held, and how much of it is above the view; for the scroll bar."""
        if self._sized != self._model.version:
            self._sizes = [self.height_of(entry) for entry in self._model.entries]
            self._sized = self._model.version
        place = self._model.place(self._anchor) or 0
        total = PAD_TOP + PAD_BOTTOM + sum(self._sizes)
        above = PAD_TOP - self._anchor_y + sum(self._sizes[:place])
        return total, total - self.height if self.at_bottom else above

    def bounds(self, message_id: str, placed: list[Placed]) -> Placed | None:
        """Where an entry is among those in sight."""
        return next((p for p in placed if p.bubble.entry.id == message_id), None)
