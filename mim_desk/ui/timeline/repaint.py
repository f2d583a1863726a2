"""Repaints what changed: a delivery tick costs one bubble, a new message the strip it came into."""

from collections.abc import Sequence
from math import ceil, floor

from PySide6.QtWidgets import QWidget

from mim_desk.ui.timeline.stack import Placed


def repaint(viewport: QWidget, before: Sequence[Placed] | None, now: Sequence[Placed]) -> None:
    """Have painted again what is not as it was ``before``; everything when that is None or hardly anything stayed.

    What only moved is moved on the screen, which costs a copy instead of drawing its words again.
    """
    moved = None if before is None or any(child.isVisible() for child in _over(viewport)) else shift(before, now)
    if before is None or moved is None:
        viewport.update()
        return
    if moved:
        viewport.scroll(0, moved, viewport.rect())
    stayed = {(placed.bubble.entry.id, placed.y + moved): placed.bubble for placed in before}
    for placed in now:
        if stayed.get((placed.bubble.entry.id, placed.y)) is not placed.bubble:
            update(viewport, placed)


def update(viewport: QWidget, placed: Placed) -> None:
    """Have one entry painted again, and not the one before it: nothing of an entry reaches above its top."""
    top = floor(placed.y)
    viewport.update(0, top, viewport.width(), ceil(placed.y + placed.bubble.height) + 2 - top)


def shift(before: Sequence[Placed], now: Sequence[Placed]) -> int | None:
    """By how many pixels everything that stayed moved; None when it did not move as one, or by parts of a pixel."""
    old = {placed.bubble.entry.id: placed for placed in before}
    moves = set()
    for placed in now:
        was = old.get(placed.bubble.entry.id)
        if was is not None:
            moves.add(placed.y - was.y)
            if placed.bubble.height != was.bubble.height:
                return None
    if len(moves) != 1:
        return None
    (moved,) = moves
    return int(moved) if moved == int(moved) else None


def _over(viewport: QWidget) -> Sequence[QWidget]:
    """Widgets that stand over the view and would be moved along."""
    return [child for child in viewport.children() if isinstance(child, QWidget)]
