"""The clock chip: what it says about a conversation, and how it is drawn."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPen

from mim_desk.ui import texts
from mim_desk.ui.widgets.paint import Brush

if TYPE_CHECKING:
    from mim_desk.protocol import rows

_TONES: Final = {
    "neutral": ("surface-sunken", "text-secondary"),
    "risk": ("warning-soft", "warning"),
    "breach": ("danger-soft", "danger"),
    "ok": ("positive-soft", "positive"),
    "accent": ("accent-soft", "accent-text"),
}
_MET_SHOWN: Final = timedelta(minutes=5)
_CLOSING_SHOWN: Final = timedelta(hours=1)
_FULL_CIRCLE: Final = 360 * 16


class Chip(msgspec.Struct, frozen=True):
    """One chip.

    Attributes:
        icon: a drawing, or empty for the ring that shows ``part`` of the time left.
        ticks: whether its text changes by itself.
    """

    text: str
    tone: str = "neutral"
    icon: str = ""
    part: float = 0.0
    ticks: bool = False


def clock_of(conversation: "rows.Conversation") -> "rows.Clock | None":
    """The running clock that is due first."""
    running = [clock for clock in conversation.clocks if clock.state == "running" and clock.due_at]
    return min(running, key=lambda clock: clock.due_at or clock.started_at, default=None)


def clock_chip(conversation: "rows.Conversation", now: datetime) -> Chip | None:
    """The chip of a conversation at the hub's time ``now``; None where no clock speaks."""
    clock = clock_of(conversation)
    if clock is not None:
        return _running(clock, now)
    if conversation.waiting_on != "none" or conversation.status == "snoozed":
        return Chip(texts.tr("inbox", "Paused"), icon="pause")
    met = (clock.stopped_at for clock in conversation.clocks if clock.state == "met")
    if any(at is not None and now - at < _MET_SHOWN for at in met):
        return Chip(texts.tr("inbox", "Met"), "ok", "check", ticks=True)
    return None


def _running(clock: "rows.Clock", now: datetime) -> Chip:
    assert clock.due_at is not None
    left = clock.due_at - now
    if left <= timedelta(0):
        over = texts.duration(timedelta(seconds=int(-left.total_seconds())))
        return Chip(texts.tr("inbox", "{time} over").format(time=over), "breach", "warning", ticks=True)
    at_risk = clock.at_risk_at is not None and now >= clock.at_risk_at
    share = left.total_seconds() / max(1, clock.target_s)
    return Chip(texts.duration(left), "risk" if at_risk else "neutral", part=min(1.0, share), ticks=True)


def window_chip(until: datetime | None, now: datetime, replies: tuple[int, int] | None = None) -> Chip | None:
    """The reply window's chip, None where the channel has none; ``replies`` are those left, and of how many."""
    if until is None:
        return None
    left = until - now
    if left <= timedelta(0):
        return Chip(texts.tr("inbox", "Closed"), "breach", "reply_window")
    shown, few = texts.duration(left, roomy=True), False
    if replies is not None:
        counted, few = [texts.count(one) for one in replies], replies[0] <= 1
        if not replies[0]:
            return Chip(texts.tr("inbox", "No replies left"), "breach", "reply_window")
        shown = texts.tr("inbox", "{left} of {most} left, {time}").format(left=counted[0], most=counted[1], time=shown)
    tone = "risk" if left < _CLOSING_SHOWN or few else "neutral"
    return Chip(shown, tone, "reply_window", ticks=True)


def window_closing(until: datetime | None, now: datetime) -> str:
    """``Closes in 42 min`` in the last hour, else empty."""
    if until is None or not timedelta(0) < until - now <= _CLOSING_SHOWN:
        return ""
    return texts.tr("inbox", "Closes in {time}").format(time=texts.duration(until - now))


def chip_width(brush: Brush, chip: Chip) -> int:
    """Room a chip needs; with tabular figures it is that of its widest digit."""
    theme = brush.theme
    font = theme.font("label", tabular=True)
    text = texts.metrics(font).horizontalAdvance(chip.text)
    return text + theme.size("chip-icon") + theme.space(1) + 2 * theme.size("chip-pad")


def draw_chip(brush: Brush, rect: QRect, chip: Chip) -> None:
    """Draw ``chip`` filling ``rect``."""
    theme = brush.theme
    ground, ink = _TONES[chip.tone]
    color = theme.color(ink)
    brush.fill(rect, theme.color(ground), theme.radius("chip"))
    if theme.high_contrast:
        brush.frame(rect, theme.color("hairline-strong"), theme.radius("chip"))
    side = theme.size("chip-icon")
    glyph = QRect(rect.left() + theme.size("chip-pad"), rect.top() + (rect.height() - side) // 2, side, side)
    if chip.icon:
        brush.icon(chip.icon, glyph, color)
    else:
        draw_ring(brush, glyph, color, chip.part)
    label = rect.adjusted(theme.size("chip-pad") + side + theme.space(1), 0, 0, 0)
    brush.text(label, chip.text, theme.font("label", tabular=True), color)


def draw_ring(brush: Brush, rect: QRect, color: QColor, part: float) -> None:
    """A ring that empties clockwise; ``part`` is the share of time left."""
    stroke = brush.theme.size("ring-stroke") * rect.width() / (rect.width() + 1)
    inset = rect.width() / 7
    circle = QRectF(brush.seen(rect)).adjusted(inset, inset, -inset, -inset)
    faint = QColor(color)
    faint.setAlphaF(0.25)
    brush.painter.setBrush(Qt.BrushStyle.NoBrush)
    brush.painter.setPen(QPen(faint, stroke))
    brush.painter.drawEllipse(circle)
    brush.painter.setPen(QPen(color, stroke, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    brush.painter.drawArc(circle, _FULL_CIRCLE // 4, -round(_FULL_CIRCLE * part))
