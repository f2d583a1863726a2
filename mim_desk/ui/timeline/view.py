"""The timeline's view: an own virtual scroll area that lays out exactly what is in sight."""
# long: one widget takes all of Qt's events; what they mean is in the files beside it

from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.accessible import announce, install
from mim_desk.ui.timeline.acts import Acts
from mim_desk.ui.timeline.arrivals import Arrivals
from mim_desk.ui.timeline.bubble import Bubble, BubbleMaker
from mim_desk.ui.timeline.current import Current
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.feed import TimelineFeed
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.model import MOST_HELD, PAGE, TimelineModel
from mim_desk.ui.timeline.paint import paint_entry
from mim_desk.ui.timeline.pointer import Pointer
from mim_desk.ui.timeline.repaint import repaint
from mim_desk.ui.timeline.scene import Scene
from mim_desk.ui.timeline.stack import Placed, Stack
from mim_desk.ui.timeline.thumbnails import Thumbnails

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

_NEAR_END: Final = 8
_FRAME_S: Final = 0.016
_WHEEL_STEP: Final = 60
_LEAST_COLUMN: Final = 160.0
_FLASH_ROLE: Final = "unread-fade"
_LOOK_AT_DAY_MS: Final = 20_000


class TimelineView(QAbstractScrollArea):
    """All of one contact's messages, newest at the bottom.

    Attributes:
        model: the window of items held.
        quote_requested: the agent answers this message (rows.Message).
        answer_wanted: the agent answers this comment (rows.Message) ``public`` or ``private``.
        hide_wanted: a public comment is hidden from others, or shown again (id first).
        retry_requested: the agent tries a failed message again (id).
        react_wanted, change_wanted, take_back_wanted: an emoji for a message, another text, or none (id first).
        held_opened: the agent wants to decide about a held reply (id).
        seen: the newest incoming message in sight (id), while the window is active.
        settled: another conversation is in sight.
    """

    quote_requested = Signal(object)
    answer_wanted = Signal(object, str)
    hide_wanted = Signal(str, bool)
    retry_requested = Signal(str)
    react_wanted = Signal(str, str)
    change_wanted = Signal(str, str)
    take_back_wanted = Signal(str)
    held_opened = Signal(str)
    seen = Signal(str)
    settled = Signal()

    def __init__(self, theme: Theme, session: "Session", parent: QWidget | None = None) -> None:
        install()
        super().__init__(parent)
        self.theme = theme
        self.session = session
        self.model = TimelineModel(self)
        self.feed = TimelineFeed(session, self.model)
        self.ink = Ink(theme)
        self.stack = Stack(self.model, self._maker())
        self.placed: list[Placed] = []
        self.thumbnails = Thumbnails(session, self)
        self._syncing = False
        self._painted_at = 0.0
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.timeout.connect(self._end_flash)
        self._day_timer = QTimer(self, interval=_LOOK_AT_DAY_MS)
        self._day_timer.timeout.connect(self._look_at_day)
        self._day_timer.start()
        self._dress()
        self.scene = self._scene()
        self.acts = Acts(self)
        self.pointer = Pointer(self)
        self.current = Current(self)
        self.arrivals = Arrivals(self)
        self._connect()

    def _dress(self) -> None:
        self.setObjectName("timeline")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(wording.tr("Timeline"))
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(_WHEEL_STEP // 3)

    def _connect(self) -> None:
        self.model.replaced.connect(self._replaced)
        self.model.changed.connect(self._changed)
        self.thumbnails.ready.connect(self._picture_came)
        self.theme.changed.connect(self._renew)
        self.feed.on_open = self.settled.emit
        self.feed.on_contact = self._contact_came
        changes = self.session.changes
        self._ends = (changes.subscribe(self.feed.take), changes.on_foretold(self.feed.foretell))
        for end in self._ends:
            self.destroyed.connect(end)

    def show_contact(
        self, contact_id: str, conversation_id: str, *, row: rows.Conversation | None = None, target: str = ""
    ) -> None:
        """Show a contact's timeline, at the first unread message or at ``target``."""
        self.acts.close()
        self.feed.open(contact_id, conversation_id, row=row, target=target)

    def clear(self) -> None:
        """Show nothing."""
        self.feed.close()

    def close_down(self) -> None:
        """End what runs; before the view is deleted."""
        for end in self._ends:
            end()
        self._flash_timer.stop()
        self._day_timer.stop()
        self.thumbnails.close()

    @property
    def shown_seq(self) -> int:
        """The last event the agent has seen here; the composer's ``base_seq``."""
        return self.arrivals.shown_seq(self.feed.seq)

    def jump(self, message_id: str) -> None:
        """Bring a message into sight, reading it if it is not held."""
        if self.stack.to_entry(message_id, self.viewport().height() / 3):
            self._flash(message_id)
            self.refresh()
        elif self.feed.contact_id:
            self.feed.open(self.feed.contact_id, self.feed.conversation_id, target=message_id)

    def to_newest(self) -> None:
        """Go to the newest message."""
        if self.model.more_after:
            self.feed.newest()
            return
        self.stack.to_bottom()
        self.refresh()

    def _maker(self) -> BubbleMaker:
        contact = self.feed.contact
        maker = BubbleMaker(
            self.ink, self.column()[1], rtl=self.isRightToLeft(), language=contact.language if contact else ""
        )
        maker.names = self.feed.names
        return maker

    def column(self) -> tuple[float, float]:
        """Left edge and width of the column messages stand in."""
        room = float(self.width() - 2 * self.theme.space(5))
        width = max(min(room, sizes.COLUMN_MAX), _LEAST_COLUMN)
        bar = self.width() - self.viewport().width() if self.isRightToLeft() else 0
        return (self.width() - width) / 2 - bar, width

    def _scene(self) -> Scene:
        return Scene(self.ink, self._today(), self.isRightToLeft(), self.devicePixelRatioF(), self._picture)

    def _today(self) -> date:
        return self.session.hub_now().astimezone().date()

    def _look_at_day(self) -> None:
        """After midnight *today* is yesterday."""
        if self.scene.today != self._today():
            self.scene.today = self._today()
            self.viewport().update()

    def _picture(self, attachment: rows.Attachment) -> QPixmap | None:
        return self.thumbnails.picture(attachment)

    def _renew(self) -> None:
        """Everything is laid out anew: theme, width, direction, language."""
        self.ink = Ink(self.theme)
        maker = self._maker()
        maker.image_sizes = self.stack.maker.image_sizes
        maker.quotes = self.stack.maker.quotes
        self.stack.renew(maker)
        self.scene = self._scene()
        self.refresh()

    def _contact_came(self) -> None:
        contact = self.feed.contact
        if contact is not None and contact.language != self.stack.maker.language:
            self._renew()
        self.stack.maker.names = self.feed.names

    def _replaced(self) -> None:
        self.pointer.selection.clear()
        self.current.leave()
        self.arrivals.clear()
        self.stack.maker.names = self.feed.names
        self.stack.maker.quotes = {}
        self.scene = self._scene()
        self._find_quotes()
        self._go_to_start()
        self.refresh()

    def _go_to_start(self) -> None:
        """Where a fresh timeline opens: the message asked for, the first unread one, the end."""
        target = self.feed.target
        self.stack.to_bottom()
        if target and self.stack.to_entry(target, self.viewport().height() / 3):
            self._flash(target)
        elif self.model.first_unread:
            self.stack.to_entry(self.model.first_unread, self.theme.space(12))

    def _changed(self, ended: list[str]) -> None:
        self.arrivals.take(ended)
        self._find_quotes()
        if len(self.model.entries) > MOST_HELD + PAGE:
            self.model.trim(self.placed[len(self.placed) // 2].index if self.placed else 0)
        self.refresh(in_place=True)
        if ended and self.stack.at_bottom:
            self._paint_at_once()

    def _paint_at_once(self) -> None:
        """Before the steps that wait, the first in a while; more that comes meanwhile shares the next frame."""
        now = monotonic()
        if self.isVisible() and now - self._painted_at >= _FRAME_S:
            self._painted_at = now
            QCoreApplication.sendPostedEvents(self.window(), QEvent.Type.UpdateRequest.value)

    def _find_quotes(self) -> None:
        quotes, far = self.stack.maker.quotes, wording.tr("An earlier message")
        for entry in self.model.entries:
            message = entry.item.message
            if not wording.quotes(message) or quotes.get(entry.id, far) != far:
                continue
            place = self.model.place((message.reply_to and message.reply_to.message_id) or "")
            shown = wording.quote(message, None if place is None else self.model.entries[place].item.message) or far
            if quotes.get(entry.id) != shown:
                quotes[entry.id] = shown
                self.stack.forget(entry.id)

    def _picture_came(self, attachment_id: str) -> None:
        for placed in self.placed:
            for attachment in placed.bubble.entry.item.message.attachments:
                if attachment.id == attachment_id:
                    self._learn_size(placed.bubble, attachment)
        self.refresh()

    def _learn_size(self, bubble: Bubble, attachment: rows.Attachment) -> None:
        picture = self.thumbnails.picture(attachment)
        if picture is not None and not (attachment.width and attachment.height):
            self.stack.maker.image_sizes[attachment.id] = picture.size().toSizeF()
            self.stack.forget(bubble.entry.id)

    def _flash(self, message_id: str) -> None:
        self.scene.flashed = message_id
        self._flash_timer.start(self.theme.motion(_FLASH_ROLE))

    def _end_flash(self) -> None:
        self.scene.flashed = ""
        self.viewport().update()

    def refresh(self, *, in_place: bool = False) -> None:
        """Place what is in sight, tell the scroll bar and repaint; ``in_place`` only what changed."""
        self.stack.height = float(self.viewport().height())
        before, self.placed = self.placed if in_place else None, self.stack.visible()
        self._sync_bar()
        self.current.follow()
        if self.scene.covered != self.current.words.covers:
            before, self.scene.covered = None, self.current.words.covers
        self.arrivals.follow()
        repaint(self.viewport(), before, self.placed)
        self._read_more()
        self._tell_seen()

    def _read_more(self) -> None:
        if not self.placed:
            return
        if self.placed[0].index < _NEAR_END:
            self.feed.older()
        if self.placed[-1].index >= len(self.model.entries) - _NEAR_END:
            self.feed.newer()

    def _tell_seen(self) -> None:
        if not self.isActiveWindow():
            return
        for placed in reversed(self.placed):
            message = placed.bubble.entry.item.message
            if message.kind is MessageKind.INCOMING:
                if message.id not in self.feed.foretold:
                    self.seen.emit(message.id)
                return

    def _sync_bar(self) -> None:
        total, above = self.stack.extent() if self.placed else (0.0, 0.0)
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        self._syncing = True
        bar.setPageStep(height)
        bar.setRange(0, max(round(total) - height, 0))
        bar.setValue(round(above))
        self._syncing = False

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """The bar moved: by its distance, so that guessed heights never make a jump."""
        if self._syncing:
            return
        bar = self.verticalScrollBar()
        if bar.value() >= bar.maximum() and not self.model.more_after:
            self.stack.to_bottom()
        else:
            self.stack.scroll_by(-dy)
        self.refresh()

    def entry_at(self, point: QPoint) -> tuple[Placed, QPointF] | None:
        """The entry under a point of the viewport, and the point in its coordinates."""
        left = self.column()[0]
        for placed in self.placed:
            if placed.y <= point.y() < placed.y + placed.bubble.height:
                return placed, QPointF(point.x() - left, point.y() - placed.y)
        return None

    def bubble_of(self, place: int) -> Bubble:
        """The layout of the entry at ``place``."""
        return self.stack.bubble(self.model.entries[place])

    def on_screen(self, placed: Placed, rect: QRectF) -> QRectF:
        """A bubble's rectangle in the viewport's coordinates."""
        return rect.translated(self.column()[0], placed.y)

    def viewportEvent(self, event: QEvent) -> bool:
        """Pointer leaving ends what hovering showed."""
        if event.type() == QEvent.Type.Leave:
            self.pointer.left()
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self.ink.color("surface"))
        left = self.column()[0]
        dirty = QRectF(event.rect())
        for placed in self.placed:
            clip = dirty.translated(-left, -placed.y)
            if clip.intersects(QRectF(-left, 0, self.viewport().width(), placed.bubble.height)):
                self._paint(painter, placed, left, clip)
        self.current.paint_ring(painter)

    def _paint(self, painter: QPainter, placed: Placed, left: float, clip: QRectF) -> None:
        selected = self.pointer.selection.ranges(placed.bubble, self.ink)
        self.scene.selected = {placed.bubble.entry.id: selected} if selected else {}
        painter.save()
        painter.translate(left, placed.y)
        paint_entry(painter, placed.bubble, self.scene, clip)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width lays out anew; another height keeps the place."""
        super().resizeEvent(event)
        if self.stack.maker.width != self.column()[1]:
            self._renew()
        else:
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Direction and activation matter here."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._renew()
        elif event.type() == QEvent.Type.ActivationChange:
            self._tell_seen()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select or click."""
        self.pointer.pressed(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select or hover."""
        self.pointer.moved(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Click what was pressed."""
        self.pointer.released(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select a word."""
        self.pointer.double_clicked(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a message."""
        self.pointer.menu(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keyboard moves from message to message and acts on the current one."""
        if not self.current.pressed(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which message has the keyboard."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide it."""
        super().focusOutEvent(event)
        self.viewport().update()

    def tell_current(self, message_id: str) -> None:
        """Tell screen readers which message has the keyboard."""
        place = self.model.place(message_id)
        if place is not None:
            announce(self, described(self.model.entries[place], self.feed.names))

    def copy(self) -> str:
        """Copy the selection, else the current message; what was copied."""
        text = self.pointer.selection.text(self.bubble_of) or self.current.text()
        if text:
            QGuiApplication.clipboard().setText(text)
        return text
