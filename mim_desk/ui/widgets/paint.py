"""Shared brush strokes: text on a baseline, avatars, channel marks, badges and key caps.

Geometry is given as if text ran left to right; ``Brush`` mirrors it where it does not.
"""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle

from mim_desk.ui import icons, texts
from mim_desk.ui.fonts import font_key
from mim_desk.ui.theme import Theme


class Brush:
    """A painter with a theme, a direction and the outer rectangle that is mirrored in.

    Attributes:
        outer: what start and end mean.
        rtl: whether panes run right to left.
    """

    def __init__(self, painter: QPainter, theme: Theme, outer: QRect, *, rtl: bool) -> None:
        self.painter = painter
        self.theme = theme
        self.outer = outer
        self.rtl = rtl
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self.painter.device().devicePixelRatio()

    def seen(self, rect: QRect) -> QRect:
        """``rect`` where it is drawn."""
        if not self.rtl:
            return rect
        return QStyle.visualRect(Qt.LayoutDirection.RightToLeft, self.outer, rect)

    def fill(self, rect: QRect, color: QColor, radius: int = 0) -> None:
        """A flat area, round where asked."""
        shown = self.seen(rect)
        if not radius:
            self.painter.fillRect(shown, color)
            return
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(color)
        self.painter.drawRoundedRect(shown, radius, radius)

    def frame(self, rect: QRect, color: QColor, radius: int = 0, width: int = 1) -> None:
        """A line inside the edge of ``rect``, on whole device pixels."""
        half = width / 2
        shown = QRectF(self.seen(rect)).adjusted(half, half, -half, -half)
        self.painter.setPen(QPen(color, width))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(shown, radius, radius)

    def icon(self, name: str, rect: QRect, color: QColor) -> None:
        """A tinted drawing that fills ``rect``."""
        drawn = icons.pixmap(name, color, rect.width(), self.ratio, rtl=self.rtl)
        self.painter.drawPixmap(self.seen(rect).topLeft(), drawn)

    def mark(self, channel: str, rect: QRect) -> None:
        """A channel's mark; framed in high contrast."""
        self.painter.drawPixmap(self.seen(rect).topLeft(), icons.channel_pixmap(channel, rect.width(), self.ratio))
        if self.theme.high_contrast:
            self.frame(rect, self.theme.color("hairline-strong"), self.theme.radius("chip"))

    def text(
        self, rect: QRect, text: str, font: QFont, color: QColor, *, end: bool = False, centre: bool = False
    ) -> int:
        """One elided line on the baseline of ``rect``; answers its width."""
        shown, width = fitted(text, font, rect.width())
        seen = self.seen(rect)
        measure = texts.metrics(font)
        at_right = self.rtl != end
        x = seen.right() + 1 - width if at_right else seen.left()
        if centre:
            x = seen.left() + (seen.width() - width) // 2
        free = seen.height() - measure.ascent() - measure.descent()
        y = seen.top() + free / 2 + measure.ascent()
        self.painter.setFont(font)
        self.painter.setPen(color)
        rtl = texts.runs_right_to_left(shown)
        self.painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.painter.drawText(QPointF(x, round(y)), shown)
        return width

    def avatar(self, rect: QRect, letters: str, seed: str) -> None:
        """A circle with letters."""
        ground, ink = self.theme.avatar(seed)
        self.fill(rect, ground, rect.width() // 2)
        if self.theme.high_contrast:
            self.frame(rect, self.theme.color("hairline-strong"), rect.width() // 2)
        font = QFont(self.theme.font("badge", script=texts.script_of(letters)))
        font.setPixelSize(max(self.theme.line("badge") - 5, round(rect.width() * 0.34)))
        self.text(rect, letters, font, ink, centre=True)

    def portrait(self, rect: QRect, picture: QPixmap) -> None:
        """A circle with the middle of a picture."""
        shown = picture.scaled(
            rect.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        )
        source = QRect(0, 0, rect.width(), rect.height())
        source.moveCenter(shown.rect().center())
        circle, seen = QPainterPath(), self.seen(rect)
        circle.addEllipse(seen)
        self.painter.save()
        self.painter.setClipPath(circle)
        self.painter.drawPixmap(seen, shown, source)
        self.painter.restore()

    def marked_avatar(
        self, rect: QRect, letters: str, seed: str, channel: str, ring: QColor, picture: QPixmap | None = None
    ) -> None:
        """An avatar whose bottom end corner carries the channel's mark in a gap of the ground.

        ``picture`` stands instead of the letters; it is round and of this size already.
        """
        theme = self.theme
        if picture is None:
            self.avatar(rect, letters, seed)
        else:
            self.painter.drawPixmap(self.seen(rect).topLeft(), picture)
            if theme.high_contrast:
                self.frame(rect, theme.color("hairline-strong"), rect.width() // 2)
        small = rect.width() < theme.size("avatar-row") - 2
        side = theme.size("channel-mark-small" if small else "channel-mark")
        mark = QRect(0, 0, side, side)
        mark.moveBottomRight(rect.bottomRight())
        mark.translate(theme.size("row-mark-out"), theme.size("row-mark-drop"))
        gap = theme.size("mark-ring")
        self.fill(mark.adjusted(-gap, -gap, gap, gap), ring, theme.radius("control"))
        self.mark(channel, mark)

    def badge_width(self, text: str) -> int:
        """Width of an unread badge."""
        width = texts.metrics(self.theme.font("badge", tabular=True)).horizontalAdvance(text)
        return max(self.theme.size("badge"), width + 2 * self.theme.size("badge-pad"))

    def badge(self, rect: QRect, text: str) -> None:
        """Unread messages."""
        self.fill(rect, self.theme.color("unread"), rect.height() // 2)
        ink = self.theme.color("on-unread")
        self.text(rect, text, self.theme.font("badge", tabular=True), ink, centre=True)

    def key_cap_width(self, key: str) -> int:
        """Width of one key cap."""
        width = texts.metrics(self.theme.font("badge")).horizontalAdvance(key)
        return max(self.theme.size("badge"), width + 2 * self.theme.size("badge-pad") + 2)

    def key_caps(self, rect: QRect, keys: str, ground: str = "surface") -> int:
        """Key caps at the end of ``rect``, e.g. for ``Ctrl+K``; answers the width taken."""
        x = rect.right() + 1
        font = QFont(self.theme.font("badge"))
        font.setWeight(self.theme.font("label").weight())
        gap = self.theme.space("half") + 1
        for key in reversed(keys.split("+")):
            width = self.key_cap_width(key)
            side = self.theme.size("badge")
            cap = QRect(x - width, rect.center().y() - side // 2 + 1, width, side)
            self.fill(cap, self.theme.color(ground), self.theme.radius("chip"))
            self.frame(cap, self.theme.color("hairline-strong"), self.theme.radius("chip"))
            self.text(cap, key, font, self.theme.color("text-muted"), centre=True)
            x = cap.left() - gap
        return rect.right() + 1 - x - gap

    def hairline(self, x: int, y: int, width: int, role: str = "hairline") -> None:
        """A horizontal line of one pixel."""
        self.painter.fillRect(self.seen(QRect(x, y, width, 1)), self.theme.color(role))


_fits: dict[tuple[str, str, int], tuple[str, int]] = {}


def fitted(text: str, font: QFont, width: int) -> tuple[str, int]:
    """``text`` elided to ``width`` and the width it takes, measured once."""
    key = (text, font_key(font), width)
    found = _fits.get(key)
    if found is None:
        shown = texts.elided(text, font, max(0, width))
        found = _fits[key] = (shown, min(width, texts.metrics(font).horizontalAdvance(shown)))
        if len(_fits) > 4096:
            del _fits[next(iter(_fits))]
    return found
