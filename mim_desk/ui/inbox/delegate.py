"""Paints a conversation row (looks/README, "Conversation row")."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.ui import texts
from mim_desk.ui.inbox.face import Face, Surroundings, face_of
from mim_desk.ui.inbox.model import ROW_ROLE
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.chip import Chip, chip_width, clock_chip, draw_chip, window_closing
from mim_desk.ui.widgets.paint import Brush

if TYPE_CHECKING:
    from mim_desk.desk.shapes import ListRow
    from mim_desk.ui.inbox.portraits import Portraits

_FACES_KEPT = 2000


class RowDelegate(QStyledItemDelegate):
    """Draws rows from plain data; nothing is measured that was measured before.

    Attributes:
        opened: id of the conversation in the thread pane.
        busy: what somebody does in a conversation just now, by conversation id.
        compact: one line of preview, no labels.
        show_assignee: off in Mine.
        portraits: pictures of contacts, None for letters.
    """

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.now = now
        self.opened = ""
        self.busy: Mapping[str, str] = {}
        self.compact = False
        self.show_assignee = False
        self.keyboard = False
        self.portraits: Portraits | None = None
        self.around = Surroundings()
        self._faces: dict[str, tuple[ListRow, Face]] = {}

    def look_again(self, around: Surroundings) -> None:
        """Labels or the reader changed: every face is worked out anew."""
        self.around = around
        self._faces.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The same for every row."""
        name = "row-conversation-compact" if self.compact else "row-conversation"
        return QSize(self.theme.size("pane-list-min"), self.theme.size(name))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        row: ListRow = index.data(ROW_ROLE)
        painter.save()
        rtl = option.direction == Qt.LayoutDirection.RightToLeft
        rect: QRect = option.rect
        self._draw(Brush(painter, self.theme, rect, rtl=rtl), rect, row, self._state(option))
        painter.restore()

    def _state(self, option: QStyleOptionViewItem) -> QStyle.StateFlag:
        state: QStyle.StateFlag = option.state
        return state

    def face(self, row: "ListRow") -> Face:
        """The row's face, worked out once."""
        known = self._faces.get(row.conversation.id)
        if known is not None and known[0] is row:
            return known[1]
        if len(self._faces) > _FACES_KEPT:
            self._faces.clear()
        made = face_of(row, self.around)
        self._faces[row.conversation.id] = (row, made)
        return made

    def _draw(self, brush: Brush, rect: QRect, row: "ListRow", state: QStyle.StateFlag) -> None:
        theme, face = self.theme, self.face(row)
        opened = row.conversation.id == self.opened
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = theme.color("selection" if opened else "hover" if over else "surface-list")
        brush.painter.fillRect(rect, ground)
        self._draw_edges(brush, rect, opened, bool(state & QStyle.StateFlag.State_HasFocus))
        side = theme.size("avatar-row-compact" if self.compact else "avatar-row")
        start = rect.left() + theme.space(4)
        top = rect.top() + ((rect.height() - side) // 2 if self.compact else theme.size("row-pad-top"))
        avatar = QRect(start, top, side, side)
        who = row.conversation.contact_id
        picture = self.portraits.of(who, side, brush.ratio) if self.portraits is not None else None
        brush.marked_avatar(avatar, face.letters, who, row.channel, ground, picture)
        text_start = theme.size("row-text-start-compact" if self.compact else "row-text-start")
        body = rect.adjusted(text_start, 0, -theme.space(3), 0)
        self._draw_lines(brush, body, row, face)

    def _draw_edges(self, brush: Brush, rect: QRect, opened: bool, focused: bool) -> None:
        theme = self.theme
        if opened:
            bar = QRect(rect.left(), rect.top(), theme.size("selection-bar"), rect.height())
            brush.fill(bar, theme.color("accent"))
            if theme.high_contrast:
                brush.frame(rect, theme.color("accent"), width=theme.size("focus-ring"))
        else:
            start = rect.left() + theme.size("row-text-start")
            brush.hairline(start, rect.bottom(), rect.right() + 1 - start)
        if focused and self.keyboard and not opened:
            brush.frame(rect, theme.color("focus-ring"), width=theme.size("focus-ring"))

    def _draw_lines(self, brush: Brush, body: QRect, row: "ListRow", face: Face) -> None:
        theme = self.theme
        heights = [theme.size(f"row-line-{part}") for part in ("name", "preview", "labels")]
        top = body.top() + (theme.space(1) + theme.space("half") if self.compact else theme.size("row-pad-top"))
        name = QRect(body.left(), top, body.width(), heights[0])
        preview = QRect(body.left(), name.bottom() + 1, body.width(), heights[1])
        labels = QRect(body.left(), preview.bottom() + 2, body.width(), heights[2])
        now = self.now()
        self._draw_name(brush, name, row, face, now)
        self._draw_preview(brush, preview, face)
        if not self.compact:
            taken = self._draw_end(brush, labels, row, now)
            self._draw_labels(brush, labels.adjusted(0, 0, -taken, 0), face)

    def _draw_name(self, brush: Brush, line: QRect, row: "ListRow", face: Face, now: datetime) -> None:
        theme = self.theme
        taken = self._draw_clock(brush, line, row, now) + theme.space(2)
        flag = theme.size("icon-small") if face.priority in ("high", "urgent") else 0
        room = line.adjusted(0, 0, -taken - (flag + theme.space(1) if flag else 0), 0)
        font = theme.font("body-strong", script=face.name_script)
        width = brush.text(room, face.name, font, theme.color("text"))
        if flag:
            at = QRect(line.left() + width + theme.space(1), line.center().y() - flag // 2, flag, flag)
            role = "danger" if face.priority == "urgent" else "text-muted"
            brush.icon("priority", at, theme.color(role))

    def _draw_clock(self, brush: Brush, line: QRect, row: "ListRow", now: datetime) -> int:
        theme = self.theme
        chip = clock_chip(row.conversation, now)
        if chip is not None:
            width = chip_width(brush, chip)
            draw_chip(brush, self._chip_rect(line, width), chip)
            return width
        at = row.conversation.last_activity_at or row.conversation.created_at
        font = theme.font("meta", tabular=True)
        return brush.text(line, texts.list_time(at, now), font, theme.color("text-muted"), end=True)

    def _chip_rect(self, line: QRect, width: int) -> QRect:
        return QRect(line.right() + 1 - width, line.top(), width, self.theme.size("chip"))

    def _draw_preview(self, brush: Brush, line: QRect, face: Face) -> None:
        theme = self.theme
        if face.unread:
            width = brush.badge_width(face.unread)
            side = theme.size("badge")
            brush.badge(QRect(line.right() + 1 - width, line.top(), width, side), face.unread)
            line = line.adjusted(0, 0, -width - theme.space(2), 0)
        if face.failed:
            side = theme.size("icon-small")
            glyph = QRect(line.left(), line.center().y() - side // 2 + 1, side, side)
            brush.icon("failed", glyph, theme.color("danger"))
            line = line.adjusted(side + theme.space(1), 0, 0, 0)
        if face.lead:
            strong = theme.font("body-strong" if face.lead_role == "danger" else "body")
            taken = brush.text(line, face.lead, strong, theme.color(face.lead_role))
            line = line.adjusted(taken + theme.space(1), 0, 0, 0)
        font = theme.font("body-strong" if face.unread else "body", script=face.preview_script)
        brush.text(line, face.preview, font, theme.color("text" if face.unread else "text-secondary"))

    def _draw_labels(self, brush: Brush, line: QRect, face: Face) -> None:
        theme = self.theme
        font, muted = theme.font("meta"), theme.color("text-muted")
        square, gap = theme.size("label-square"), theme.size("label-gap")
        x, hidden = line.left(), face.hidden_labels
        for place, (name, role) in enumerate(face.labels):
            needed = square + gap + texts.metrics(font).horizontalAdvance(name)
            if place and x + needed > line.right():
                hidden += len(face.labels) - place
                break
            box = QRect(x, line.center().y() - square // 2, square, square)
            brush.fill(box, theme.label(role), theme.size("label-radius"))
            room = QRect(box.right() + 1 + gap, line.top(), line.right() - box.right() - gap, line.height())
            x = room.left() + brush.text(room, name, font, muted) + gap + 1
        if hidden:
            brush.text(QRect(x, line.top(), line.right() - x, line.height()), f"+{hidden}", font, muted)

    def _draw_end(self, brush: Brush, line: QRect, row: "ListRow", now: datetime) -> int:
        """One thing at the end of the last line, the most pressing one; answers its width."""
        theme = self.theme
        closing = window_closing(row.conversation.reply_window_until, now)
        if row.outbox_state in ("held", "waiting"):
            held = row.outbox_state == "held"
            words = texts.tr("inbox", "Held") if held else texts.tr("inbox", "Leaves when online")
            return self._end_words(
                brush, line, words, "pause" if held else "queued", "warning" if held else "text-muted"
            )
        if closing:
            return self._end_words(brush, line, closing, "reply_window", "warning")
        if row.conversation.id in self.busy:
            return self._end_words(brush, line, self.busy[row.conversation.id], "", "accent-text")
        if row.conversation.human_only:
            return self._end_words(brush, line, texts.tr("inbox", "Human only"), "human_only", "text-secondary")
        if self.show_assignee and row.assignee_name:
            side = theme.size("avatar-assignee")
            at = QRect(line.right() + 1 - side, line.top(), side, side)
            brush.avatar(at, texts.initials(row.assignee_name), row.conversation.assignee_id or "")
            return side + theme.space(2)
        return 0

    def _end_words(self, brush: Brush, line: QRect, words: str, icon: str, role: str) -> int:
        theme = self.theme
        color = theme.color(role)
        room = line.adjusted(line.width() // 3, 0, 0, 0)
        width = brush.text(room, words, theme.font("meta", tabular=True), color, end=True)
        if not icon:
            return width + theme.space(2)
        side = theme.size("icon-small")
        left = line.right() + 1 - width - theme.space(1) - side
        brush.icon(icon, QRect(left, line.center().y() - side // 2 + 1, side, side), color)
        return width + side + theme.space(1) + theme.space(2)

    def chip_region(self, rect: QRect, rtl: bool, row: "ListRow", brush: Brush) -> tuple[QRect, Chip] | None:
        """Where the clock chip of a visible row is, for the tick and the tooltip."""
        chip = clock_chip(row.conversation, self.now())
        if chip is None:
            return None
        line = rect.adjusted(0, self.theme.size("row-pad-top"), -self.theme.space(3), 0)
        seen = self._chip_rect(line, chip_width(brush, chip))
        return (brush.seen(seen) if rtl else seen), chip
