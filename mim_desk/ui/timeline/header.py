"""The bar over the timeline: who, whose it is, the clock, and what can be done with the conversation."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from mim_desk.desk.shapes import ListRow
from mim_desk.domain.conversation import Status
from mim_desk.ui import icons, texts
from mim_desk.ui.actions import BY_ID
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.wording import tr
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.chip import Chip, chip_width, clock_chip, draw_chip, window_chip
from mim_desk.ui.widgets.paint import Brush

if TYPE_CHECKING:
    from mim_desk.ui.inbox.portraits import Portraits

_TICK_MS: Final = 1000
_ROOMY: Final = 500


class ThreadHeader(QWidget):
    """One conversation's bar.

    Attributes:
        list_wanted, resolve_wanted, claim_wanted, contact_wanted: what the agent asked for.
        snooze_wanted, label_wanted, priority_wanted: the same, with where a menu may open.
    """

    list_wanted = Signal()
    resolve_wanted = Signal()
    claim_wanted = Signal()
    contact_wanted = Signal()
    label_wanted = Signal(QPoint)
    snooze_wanted = Signal(QPoint)
    priority_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._now = theme, now
        self._row: ListRow | None = None
        self._me_id = ""
        self._sub = self._short_sub = ""
        self._chip: Chip | None = None
        self.portraits: Portraits | None = None
        self.setObjectName("thread_header")
        self.setFixedHeight(theme.size("bar-top"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make_buttons()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        theme.changed.connect(self.update)

    def _make_buttons(self) -> None:
        theme = self._theme
        self.to_list = IconButton(theme, "chevron_start", tr("Back to the list"), key=BY_ID["back"].key, parent=self)
        self.to_list.hide()
        self.to_list.clicked.connect(self.list_wanted)
        self._list_hidden = False
        self.snooze = IconButton(theme, "snooze", tr("Snooze"), key=BY_ID["snooze"].key, parent=self)
        self.label = IconButton(theme, "label", tr("Label"), key=BY_ID["label"].key, parent=self)
        self.more = IconButton(theme, "more", tr("More"), parent=self)
        self.resolve = Button(theme, tr("Resolve"), icon="resolve", key=BY_ID["resolve"].key, parent=self)
        self.back = Button(theme, tr("Open timeline"), icon="all_conversations", parent=self)
        self.back.hide()
        self._narrow = False
        self.snooze.clicked.connect(lambda: self.snooze_wanted.emit(self._below(self.snooze)))
        self.label.clicked.connect(lambda: self.label_wanted.emit(self._below(self.label)))
        self.more.clicked.connect(self._more_menu)
        self.resolve.clicked.connect(self.resolve_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(theme.space(2))
        row.addWidget(self.to_list)
        row.addStretch()
        for button in (self.snooze, self.label, self.more):
            row.addWidget(button)
        row.addSpacing(theme.space(3))
        row.addWidget(self.resolve)
        row.addWidget(self.back)
        row.addSpacing(theme.space(3))

    def tell(self, row: ListRow | None, me_id: str) -> None:
        """Another conversation, or another state of it."""
        was = self._drawn()
        self._row, self._me_id = row, me_id
        self._sub, self._short_sub = (self._sentence(row), self._owner(row)) if row is not None else ("", "")
        self._show_buttons()
        self._offer_resolve(is_resolved=row is not None and row.conversation.status is Status.RESOLVED)
        self._tick()
        if row is not None:
            self._timer.start()
        else:
            self._timer.stop()
        self.setAccessibleName(texts.in_written_order(f"{row.contact_name}, {self._sub}") if row is not None else "")
        if self._drawn() != was:
            self.update()

    def _drawn(self) -> tuple[object, ...]:
        """All that is drawn beside the chip, and where it ends."""
        row = self._row
        who = (row.contact_name, row.conversation.contact_id, row.channel) if row is not None else ()
        ends = tuple(button.isVisibleTo(self) for button in (self.to_list, self.snooze, self.more, self.back))
        return (*who, self._sub, *ends)

    def _offer_resolve(self, *, is_resolved: bool) -> None:
        words = tr("Reopen") if is_resolved else tr("Resolve")
        if words != self.resolve.text():
            self.resolve.glyph = "reopen" if is_resolved else "resolve"
            self.resolve.reword(words)

    def offer_list(self, hidden: bool) -> None:
        """Where the list is hidden behind the conversation, the bar leads back to it."""
        self._list_hidden = hidden
        self._show_buttons()
        self.update()

    def _show_buttons(self) -> None:
        self.to_list.setVisible(self._list_hidden)
        shown = self._row is not None and not self.back.isVisibleTo(self)
        for button in (self.more, self.resolve):
            button.setVisible(shown)
        for button in (self.snooze, self.label):
            button.setVisible(shown and not self._narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow bar keeps the name: snooze and label go into "more"."""
        super().resizeEvent(event)
        narrow = self.width() < _ROOMY
        if narrow != self._narrow:
            self._narrow = narrow
            self._show_buttons()

    def show_held(self, held: bool) -> None:
        """While a held reply is compared the bar says so and leads back."""
        self.back.setVisible(held)
        self.tell(self._row, self._me_id)
        if held:
            self._sub = self._short_sub = tr("Your reply is held: the conversation moved on")
            self.update()

    def _sentence(self, row: ListRow) -> str:
        number = texts.left_to_right(f"#{row.conversation.number}")
        assignee = row.conversation.assignee_id
        if assignee is None:
            return tr("Nobody has it, {number}").format(number=number)
        if assignee == self._me_id:
            return tr("Assigned to you, {number}").format(number=number)
        name = texts.isolated(row.assignee_name or tr("somebody"))
        return tr("Assigned to {name}, {number}").format(name=name, number=number)

    def _owner(self, row: ListRow) -> str:
        """The same without its number, for where there is no room."""
        assignee = row.conversation.assignee_id
        if assignee is None:
            return tr("Nobody has it")
        if assignee == self._me_id:
            return tr("Assigned to you")
        return tr("Assigned to {name}").format(name=texts.isolated(row.assignee_name or tr("somebody")))

    def _tick(self) -> None:
        chip = self._chip_now()
        if chip != self._chip:
            self._chip = chip
            self.update()

    def _chip_now(self) -> Chip | None:
        if self._row is None:
            return None
        conversation, now = self._row.conversation, self._now()
        until = conversation.reply_window_until
        if until is not None and until <= now:
            return Chip(tr("Window closed"), "breach", "reply_window")
        chip = clock_chip(conversation, now)
        if chip is not None and chip.tone in ("neutral", "risk") and not chip.icon:
            words = tr("Reply in {time}").format(time=chip.text)
            return Chip(words, chip.tone, part=chip.part, ticks=True)
        if chip is None and until is not None:
            closing = window_chip(until, now)
            return closing if closing is not None and closing.tone == "risk" else None
        return chip

    def _below(self, button: QWidget) -> QPoint:
        return button.mapToGlobal(QPoint(0, button.height()))

    def _more_menu(self) -> None:
        menu = self._menu()
        mine = self._row is not None and self._row.conversation.assignee_id == self._me_id
        if not mine:
            claim = menu.addAction(icons.icon(self._theme, "assign", "text-muted", 16), tr("Take it"))
            claim.triggered.connect(self.claim_wanted)
        if self._narrow:
            snooze = menu.addAction(icons.icon(self._theme, "snooze", "text-muted", 16), tr("Snooze"))
            snooze.triggered.connect(lambda: self.snooze_wanted.emit(self._below(self.more)))
            label = menu.addAction(icons.icon(self._theme, "label", "text-muted", 16), tr("Label"))
            label.triggered.connect(lambda: self.label_wanted.emit(self._below(self.more)))
        priority = menu.addAction(icons.icon(self._theme, "priority", "text-muted", 16), tr("Set the priority"))
        priority.triggered.connect(lambda: self.priority_wanted.emit(self._below(self.more)))
        contact = menu.addAction(icons.icon(self._theme, "person", "text-muted", 16), tr("Contact"))
        contact.triggered.connect(self.contact_wanted)
        menu.popup(self._below(self.more))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def sizeHint(self) -> QSize:
        """A bar."""
        return QSize(self._theme.size("pane-timeline-min"), self._theme.size("bar-top"))

    def show_portraits(self, portraits: "Portraits") -> None:
        """Pictures of contacts instead of their letters, once they are here."""
        self.portraits = portraits
        portraits.came.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw face, name, sentence, chip and the hairline."""
        theme = self._theme
        brush = Brush(QPainter(self), theme, self.rect(), rtl=self.isRightToLeft())
        brush.fill(self.rect(), theme.color("surface"))
        brush.hairline(0, self.height() - 1, self.width())
        if self._row is None:
            return
        side = theme.size("avatar-header")
        start = theme.space(2) + self.to_list.width() + theme.space(1) if self._list_hidden else theme.space(4)
        face = QRect(start, (self.height() - side) // 2 - 1, side, side)
        letters, seed = texts.initials(self._row.contact_name), self._row.conversation.contact_id
        picture = self.portraits.of(seed, side, brush.ratio) if self.portraits is not None else None
        brush.marked_avatar(face, letters, seed, self._row.channel, theme.color("surface"), picture)
        shown = (self.snooze, self.more, self.back)
        first = next((button for button in shown if button.isVisibleTo(self)), self.back)
        end = self._logical_left(first) - theme.space(3)
        end = self._draw_chip(brush, end)
        left = face.right() + 1 + theme.space(3)
        name = QRect(left, face.top() - 2, end - left, theme.line("heading"))
        font = theme.font("heading", script=texts.script_of(self._row.contact_name))
        brush.text(name, self._row.contact_name, font, theme.color("text"))
        sub = QRect(left, name.bottom() + 1, end - left, theme.line("meta"))
        brush.text(sub, self.sentence_in(sub.width()), theme.font("meta", tabular=True), theme.color("text-muted"))

    def sentence_in(self, width: int) -> str:
        """Whose it is; its number only where that is not cut."""
        needed = texts.metrics(self._theme.font("meta", tabular=True)).horizontalAdvance(self._sub)
        return self._sub if needed <= width else self._short_sub

    def _logical_left(self, button: QWidget) -> int:
        if not self.isRightToLeft():
            return button.x()
        return self.width() - button.x() - button.width()

    def _draw_chip(self, brush: Brush, end: int) -> int:
        if self._chip is None or self.back.isVisibleTo(self):
            return end
        width, height = chip_width(brush, self._chip), self._theme.size("chip")
        draw_chip(brush, QRect(end - width, (self.height() - height) // 2, width, height), self._chip)
        return end - width - self._theme.space(3)
