"""The buttons of a sent reply: where each stands in its bubble. They show what the customer sees."""

from typing import Final

from PySide6.QtCore import QRectF

from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline.ink import Ink

HEIGHT: Final = 26.0
_GAP: Final = 4.0
PAD: Final = 10.0
_LONGEST: Final = 100


def pills(buttons: list[rows.Button], ink: Ink, top: float, inner: float) -> tuple[list[tuple[QRectF, str]], float]:
    """Where each stands and what is on it, in lines as wide as the bubble may be; and where they end."""
    found: list[tuple[QRectF, str]] = []
    x, y = 0.0, top + _GAP
    for button in buttons:
        words = texts.one_line(button.title, _LONGEST)
        mark = sizes.ICON_META + 4 if button.url else 0
        width = min(ink.label_metrics.horizontalAdvance(words) + mark + 2 * PAD + 2, inner)
        if found and x + width > inner:
            x, y = 0.0, y + HEIGHT + _GAP
        found.append((QRectF(x, y, width, HEIGHT), words))
        x += width + _GAP
    return found, y + HEIGHT + 2 if found else top


def described(buttons: list[rows.Button]) -> str:
    """The same for screen readers."""
    named = ", ".join(texts.one_line(one.title, _LONGEST) for one in buttons)
    return texts.tr("timeline", "offers: {buttons}").format(buttons=named) if named else ""
