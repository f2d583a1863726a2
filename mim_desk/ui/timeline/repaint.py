"""Repaints what changed: a delivery tick costs one bubble, not the whole view."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from mim_desk.ui.timeline.stack import Placed


def repaint(viewport: QWidget, before: Sequence[Placed] | None, now: Sequence[Placed]) -> None:
    """Have painted again what is not as it was ``before``; everything when something moved or before is None."""
    changed = None if before is None else changed_in_place(before, now)
    if changed is None:
        viewport.update()
        return
    for placed in changed:
        viewport.update(0, int(placed.y) - 1, viewport.width(), int(placed.bubble.height) + 3)


def changed_in_place(before: Sequence[Placed], now: Sequence[Placed]) -> list[Placed] | None:
    """Entries with another layout in the place of the old one; None when any came, went or moved."""
    if len(before) != len(now):
        return None
    changed = []
    for old, new in zip(before, now, strict=True):
        here = (old.bubble.entry.id, old.y, old.bubble.height) == (new.bubble.entry.id, new.y, new.bubble.height)
        if not here:
            return None
        if old.bubble is not new.bubble:
            changed.append(new)
    return changed
