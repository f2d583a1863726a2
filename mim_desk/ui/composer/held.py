"""A held reply beside what happened meanwhile; the agent decides."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.desk.freshness import FreshnessState
from mim_desk.desk.shapes import ListRow, TimelineItem
from mim_desk.domain.message import MessageKind
from mim_desk.domain.send_guard import MovedReason
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording as timeline_wording
from mim_desk.ui.timeline.scene import bubble_path
from mim_desk.ui.timeline.shown_text import file_name, shown
from mim_desk.ui.timeline.text_block import TextBlock
from mim_desk.ui.timeline.view import TimelineView
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.chip import Chip, chip_width, draw_chip
from mim_desk.ui.widgets.form import label
from mim_desk.ui.widgets.glyph import Glyph
from mim_desk.ui.widgets.paint import Brush

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

_TILE: Final = 36


class ColumnHead(Line):
    """A column's title with a chip at the end."""

    def __init__(self, theme: Theme, title: str, chip: Chip | None, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._title, self.chip = title, chip
        self.setFixedHeight(theme.size("chip") + theme.space(2))
        self.setAccessibleName(title)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        brush, theme = self.brush(QPainter(self)), self.theme
        area = self.rect().adjusted(0, 0, 0, -theme.space(2))
        brush.text(area, self._title, theme.font("heading"), theme.color("text"))
        if self.chip is None:
            return
        if self.chip.icon:
            width = chip_width(brush, self.chip)
            draw_chip(brush, QRect(area.width() - width, 0, width, theme.size("chip")), self.chip)
            return
        font = theme.font("label")
        width = texts.metrics(font).horizontalAdvance(self.chip.text) + 2 * theme.size("chip-pad")
        box = QRect(area.width() - width, 0, width, theme.size("chip"))
        brush.fill(box, theme.color("accent-soft"), theme.radius("chip"))
        brush.text(box, self.chip.text, font, theme.color("accent-text"), centre=True)


class HeldBubble(Line):
    """The reply as it would leave, in a dashed frame."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._message: rows.Message | None = None
        self._block: TextBlock | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tell(self, message: rows.Message) -> None:
        """Another reply."""
        self._message = message
        self.setAccessibleName(tr("Your held reply: {text}").format(text=message.text[:1000]))
        self._lay_out()

    def resizeEvent(self, event: object) -> None:
        """Another width breaks the lines anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        if self._message is None or self.width() < _TILE:
            return
        theme = self.theme
        text = shown(self._message.text).text
        font = theme.font("message", script=texts.script_of(text))
        width = self.width() - 2 * theme.space(3)
        self._block = TextBlock(text, font, theme.line("message"), width, rtl=self.isRightToLeft())
        files = len(self._message.attachments) * (_TILE + theme.space(2))
        self.setFixedHeight(round(self._block.height) + files + 10 + theme.space(8))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, text, files and when it was written."""
        if self._message is None or self._block is None:
            return
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        painter.setPen(QPen(theme.color("warning"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("bubble-reply"))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius, tail = theme.radius("bubble"), theme.radius("bubble-tail")
        painter.drawPath(bubble_path(area, radius, tail, tail_right=not self.isRightToLeft()))
        painter.setPen(theme.color("text"))
        x = theme.space(3) if not self._block.rtl else self.width() - theme.space(3) - self._block.width
        self._block.draw(painter, QPointF(x, 10), area)
        y = 10 + round(self._block.height) + theme.space(1)
        for attachment in self._message.attachments:
            y = self._file(brush, attachment, y)
        foot = QRect(
            theme.space(3), self.height() - theme.space(6), self.width() - 2 * theme.space(3), theme.line("meta")
        )
        written = tr("Written {time}").format(time=texts.clock_time(self._message.occurred_at))
        brush.text(foot, written, theme.font("meta", tabular=True), theme.color("bubble-reply-meta"), end=True)

    def _file(self, brush: Brush, attachment: rows.Attachment, y: int) -> int:
        theme = self.theme
        tile = QRect(theme.space(3), y, _TILE, _TILE)
        brush.fill(tile, theme.color("surface"), theme.radius("control"))
        glyph = QRect(0, 0, theme.size("icon"), theme.size("icon"))
        glyph.moveCenter(tile.center())
        brush.icon("file", glyph, theme.color("accent-text"))
        words = QRect(tile.right() + 11, y, self.width() - tile.right() - theme.space(6), theme.line("body"))
        name = texts.left_to_right(file_name(attachment.name))
        brush.text(words, name, theme.font("body-strong"), theme.color("text"))
        words.translate(0, theme.line("body"))
        kind = timeline_wording.kind_line(attachment)
        brush.text(words, kind, theme.font("meta"), theme.color("bubble-reply-meta"))
        return y + _TILE + theme.space(2)


class CheckLines(QWidget):
    """What is no longer so, and what still is."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.space(2))

    def tell(self, lines: list[tuple[bool, str]]) -> None:
        """Good or not, and the sentence, always whole."""
        while (item := self._column.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for good, text in lines:
            self._column.addWidget(self._line(text, good=good))
        self.setAccessibleName(" ".join(text for _, text in lines))

    def _line(self, text: str, *, good: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.theme.space(2))
        mark = Glyph(self.theme, "check" if good else "warning", "icon-field", "positive" if good else "warning")
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(self.theme, text, "body", "secondary", wrap=True), 1)
        return line


def checks_of(item: TimelineItem, row: ListRow, names: dict[str, str], me_id: str) -> list[tuple[bool, str]]:
    """Each fact the send guard looked at, in words."""
    reasons = set(item.held.reasons) if item.held is not None else set()
    newer = item.held.messages if item.held is not None else ()
    lines: list[tuple[bool, str]] = []
    answered = next((m for m in newer if m.kind is MessageKind.REPLY), None)
    if MovedReason.ANSWERED in reasons:
        name = texts.isolated(names.get(answered.author.id, "") if answered else "") or tr("Somebody")
        time = texts.clock_time(answered.occurred_at) if answered else ""
        lines.append((False, tr("{name} answered at {time}, after you wrote.").format(name=name, time=time)))
    if MovedReason.CUSTOMER_WROTE in reasons:
        wrote = tr("{name} wrote again meanwhile.").format(name=texts.isolated(row.contact_name))
        lines.append((False, wrote))
    if MovedReason.RESOLVED in reasons:
        lines.append((False, tr("It was resolved meanwhile.")))
    closed = MovedReason.WINDOW_CLOSED in reasons
    if row.conversation.reply_window_until is not None or closed:
        lines.append((not closed, tr("The reply window is closed.") if closed else tr("The reply window is open.")))
    if MovedReason.ASSIGNEE_CHANGED in reasons:
        other = texts.isolated(names.get(row.conversation.assignee_id or "", "")) or tr("somebody else")
        lines.append((False, tr("Now assigned to {name}.").format(name=other)))
    elif row.conversation.assignee_id == me_id:
        lines.append((True, tr("Still assigned to you.")))
    return lines


class HeldPanel(QWidget):
    """What the conversation is now, beside the held reply.

    Attributes:
        discarded, edited, overridden: the agent's decision (message id).
        left: back to the timeline.
    """

    discarded = Signal(str)
    edited = Signal(str)
    overridden = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, session: "Session", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.session = theme, session
        self.message_id = ""
        self.setObjectName("held_reply")
        self.now_view = TimelineView(theme, session, self)
        self._now_head = ColumnHead(theme, tr("The conversation now"), None, self)
        self._own_head = ColumnHead(theme, tr("Your held reply"), Chip(tr("Held"), "risk", "pause"), self)
        self._bubble, self._checks = HeldBubble(theme, self), CheckLines(theme, self)
        self._foot = FootLine(theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(self._now_column(), 1)
        row.addWidget(Rule(theme, self))
        row.addLayout(self._own_column(), 1)

    def _now_column(self) -> QVBoxLayout:
        theme = self.theme
        column = QVBoxLayout()
        column.setContentsMargins(0, theme.space(5), 0, theme.space(4))
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(theme.space(5), 0, theme.space(5), 0)
        head.addWidget(self._now_head)
        column.addLayout(head)
        column.addWidget(self.now_view, 1)
        column.addWidget(self._foot)
        return column

    def _own_column(self) -> QVBoxLayout:
        theme = self.theme
        self.discard = Button(theme, tr("Discard reply"), kind="primary", parent=self)
        self.edit = Button(theme, tr("Edit"), parent=self)
        self.override = Button(theme, tr("Send anyway"), kind="text", parent=self)
        for button, signal in (
            (self.discard, self.discarded),
            (self.edit, self.edited),
            (self.override, self.overridden),
        ):
            button.clicked.connect(lambda _=False, wanted=signal: wanted.emit(self.message_id))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.space(2))
        for button in (self.discard, self.edit, self.override):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout()
        column.setContentsMargins(theme.space(5), theme.space(5), theme.space(5), theme.space(5))
        column.setSpacing(theme.space(3))
        for part in (self._own_head, self._bubble, self._checks):
            column.addWidget(part)
        column.addLayout(buttons)
        column.addStretch()
        return column

    def show_held(self, item: TimelineItem, row: ListRow, names: dict[str, str]) -> None:
        """Compare this reply with its conversation."""
        self.message_id = item.message.id
        self._bubble.tell(item.message)
        me_id = self.session.me.id if self.session.me is not None else ""
        self._checks.tell(checks_of(item, row, names, me_id))
        newer = len(item.held.messages) if item.held is not None else 0
        self._now_head.chip = Chip(tr("%n new", newer).replace("%n", str(newer))) if newer else None
        self._now_head.update()
        self._foot.tell(self._foot_words())
        self.now_view.model.hidden = frozenset({item.message.id})
        self.now_view.show_contact(item.message.contact_id, item.message.conversation_id)

    def _foot_words(self) -> str:
        fresh = self.session.freshness
        if fresh.state is FreshnessState.LIVE:
            return ""
        return tr("From your offline copy, complete to {time}").format(time=texts.clock_time(fresh.since))

    def close_down(self) -> None:
        """End what runs; before the panel is deleted."""
        self.now_view.close_down()


class Rule(Line):
    """The hairline between the columns."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setFixedWidth(theme.size("hairline"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        QPainter(self).fillRect(self.rect(), self.theme.color("hairline"))


class FootLine(Line):
    """Where the left column's rows come from."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._text = ""
        self.setFixedHeight(theme.space(5))

    def tell(self, text: str) -> None:
        """Other words."""
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        brush, theme = self.brush(QPainter(self)), self.theme
        side = theme.size("icon-small")
        brush.icon("history", QRect(theme.space(5), (self.height() - side) // 2, side, side), theme.color("text-muted"))
        room = self.rect().adjusted(theme.space(5) + side + 6, 0, -theme.space(5), 0)
        brush.text(room, self._text, theme.font("meta"), theme.color("text-muted"))
