"""Paints a line of the views pane, wide or as a rail."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.ui import texts
from mim_desk.ui.inbox.views.model import LINE_ROLE, ViewLine
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

Index = QModelIndex | QPersistentModelIndex


class ViewDelegate(QStyledItemDelegate):
    """Draws views and heads.

    Attributes:
        chosen: key of the view whose conversations are listed.
        rail: only drawings, with counts at their corner.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.chosen = "mine"
        self.rail = False
        self.keyboard = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """30 for a view, a little more for a head, 40 in the rail."""
        width = self.theme.size("pane-views-rail" if self.rail else "pane-views-min")
        return QSize(width, self.height_of(index.data(LINE_ROLE)))

    def height_of(self, line: ViewLine) -> int:
        """How high a line is."""
        theme = self.theme
        if self.rail:
            return theme.space(3) if line.is_head else theme.size("control-large")
        return theme.line("section") + theme.space(4) + theme.space(2) if line.is_head else theme.size("row-view")

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        rtl = option.direction == Qt.LayoutDirection.RightToLeft
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        line: ViewLine = index.data(LINE_ROLE)
        painter.save()
        brush = Brush(painter, self.theme, rect, rtl=rtl)
        if line.is_head:
            self._draw_head(brush, rect, line)
        else:
            inner = self._ground(brush, rect, line, state)
            if self.rail:
                self._draw_rail(brush, inner, line)
            else:
                self._draw_line(brush, inner, line)
        painter.restore()

    def _draw_head(self, brush: Brush, rect: QRect, line: ViewLine) -> None:
        if self.rail:
            return
        theme = self.theme
        room = rect.adjusted(theme.space(4), theme.space(4), -theme.space(4), -theme.space(2))
        brush.text(room, line.title, theme.font("section"), theme.color("text-muted"))

    def _ground(self, brush: Brush, rect: QRect, line: ViewLine, state: QStyle.StateFlag) -> QRect:
        theme = self.theme
        half = theme.space("half")
        inner = rect.adjusted(theme.space(2), 0, -theme.space(2), 0)
        if self.rail:
            inner = rect.adjusted(theme.space(2) + 1, half, -theme.space(2) - 1, -half)
        chosen = line.key == self.chosen
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            brush.fill(inner, theme.color("selection" if chosen else "hover"), theme.radius("control"))
        if chosen and theme.high_contrast:
            brush.frame(inner, theme.color("accent"), theme.radius("control"), theme.size("focus-ring"))
        if self.keyboard and state & QStyle.StateFlag.State_HasFocus:
            brush.frame(inner, theme.color("focus-ring"), theme.radius("control"), theme.size("focus-ring"))
        return inner

    def _draw_glyph(self, brush: Brush, at: QRect, line: ViewLine, role: str) -> None:
        theme = self.theme
        if line.channel:
            brush.mark(line.channel, at)
        elif line.dot:
            side = theme.size("view-dot")
            box = QRect(0, 0, side, side)
            box.moveCenter(at.center())
            brush.fill(box, theme.label(line.dot), theme.size("view-dot-radius"))
        else:
            brush.icon(line.icon, at, theme.color(role))

    def _draw_line(self, brush: Brush, inner: QRect, line: ViewLine) -> None:
        theme = self.theme
        chosen = line.key == self.chosen
        side = theme.size("icon")
        at = QRect(inner.left() + theme.space(2), inner.center().y() - side // 2 + 1, side, side)
        self._draw_glyph(brush, at, line, "accent-text" if chosen else "text-secondary")
        room = QRect(at.right() + 1 + theme.space(2) + 2, inner.top(), 0, inner.height())
        room.setRight(inner.right() - theme.space(2))
        taken = self._draw_count(brush, room, line, chosen)
        font = theme.font("body-strong" if chosen else "body", script=texts.script_of(line.title))
        color = theme.color("accent-text" if chosen else "text-secondary")
        brush.text(room.adjusted(0, 0, -taken - theme.space(2), 0), line.title, font, color)

    def _draw_count(self, brush: Brush, room: QRect, line: ViewLine, chosen: bool) -> int:
        if not line.count:
            return 0
        theme = self.theme
        alarm = line.alarm
        font = theme.font("label" if alarm or chosen else "meta", tabular=True)
        role = "danger" if alarm else "accent-text" if chosen else "text-muted"
        return brush.text(room, texts.count(line.count), font, theme.color(role), end=True)

    def _draw_rail(self, brush: Brush, inner: QRect, line: ViewLine) -> None:
        theme = self.theme
        side = theme.size("icon")
        at = QRect(0, 0, side, side)
        at.moveCenter(inner.center())
        at.translate(1, 1)
        self._draw_glyph(brush, at, line, "accent-text" if line.key == self.chosen else "text-secondary")
        if not line.count:
            return
        text = str(line.count) if line.count < 100 else "99+"
        width = brush.badge_width(text)
        height = theme.line("badge") + theme.space("half")
        corner = QRect(inner.right() + 1 - width + theme.space(1), inner.top() - theme.space("half"), width, height)
        ground, ink = ("danger", "on-danger") if line.alarm else ("pressed", "text-secondary")
        brush.fill(corner, theme.color(ground), height // 2)
        brush.text(corner, text, theme.font("badge", tabular=True), theme.color(ink), centre=True)
