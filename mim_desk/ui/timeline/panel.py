"""The middle pane: header, banner, timeline or held reply, presence, composer."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mim_desk.desk.changes import Change
from mim_desk.desk.shapes import ListRow, TimelineItem
from mim_desk.domain.refusal import Refusal
from mim_desk.ui.composer.held import HeldPanel
from mim_desk.ui.composer.held_change import ChangeCard, first_undone
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.composer.refused import RefusedCard
from mim_desk.ui.one_at_a_time import OneAtATime
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.header import ThreadHeader
from mim_desk.ui.timeline.presence import PresenceLine
from mim_desk.ui.timeline.view import TimelineView
from mim_desk.ui.timeline.wording import tr
from mim_desk.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from mim_desk.desk.session import Session


class ThreadPanel(QWidget):
    """One conversation, read and answered.

    Attributes:
        header, timeline, presence, composer, held: its parts.
        banner_slot: room under the bar for the window's banner.
        refused: an action was refused (sentence).
        contact_wanted, list_wanted: the agent wants the contact panel, or the list that is hidden behind this.
        resolve_wanted, claim_wanted: an act on the conversation (ListRow).
        snooze_wanted, label_wanted, priority_wanted: the same, with where a menu may open.
    """

    refused = Signal(str)
    contact_wanted = Signal()
    list_wanted = Signal()
    resolve_wanted = Signal(object)
    claim_wanted = Signal(object)
    snooze_wanted = Signal(object, QPoint)
    label_wanted = Signal(object, QPoint)
    priority_wanted = Signal(object, QPoint)

    def __init__(self, theme: Theme, session: "Session", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.session = theme, session
        self.row: ListRow | None = None
        self._rereading = OneAtATime(session.owner, self._reread, "thread.row")
        self.setObjectName("thread")
        self.setMinimumWidth(theme.size("pane-timeline-min"))
        self.header = ThreadHeader(theme, session.hub_now, self)
        self.timeline = TimelineView(theme, session, self)
        self.presence = PresenceLine(theme, session.hub_now, self)
        self.card = RefusedCard(theme, self)
        self.change_card = ChangeCard(theme, self)
        self.composer = ComposerPanel(theme, session, self)
        self.composer.shown_seq = lambda: self.timeline.shown_seq
        self.held = HeldPanel(theme, session, self)
        self._stack_parts()
        self._connect()

    def _stack_parts(self) -> None:
        theme = self.theme
        self.empty = EmptyState(theme, self)
        how = tr("Or move with J and K. Enter opens it, R writes a reply.")
        self.empty.show_kind("all_conversations", tr("Choose a conversation"), how, keys="J+K+Enter+R")
        talk = QWidget(self)
        column = QVBoxLayout(talk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.presence)
        card = QVBoxLayout()
        card.setContentsMargins(theme.space(4), 0, theme.space(4), theme.space(2))
        card.setSpacing(theme.space(2))
        card.addWidget(self.change_card)
        card.addWidget(self.card)
        column.addLayout(card)
        column.addWidget(self.composer)
        self._pages = QStackedWidget(self)
        for page in (self.empty, talk, self.held):
            self._pages.addWidget(page)
        self._talk = talk
        self.banner_slot = QVBoxLayout()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.header)
        outer.addLayout(self.banner_slot)
        outer.addWidget(self._pages, 1)
        self.header.tell(None, "")

    def _connect(self) -> None:
        timeline, header, session = self.timeline, self.header, self.session
        timeline.quote_requested.connect(self.composer.quote)
        timeline.answer_wanted.connect(self.composer.quote)
        timeline.hide_wanted.connect(lambda id_, hidden: self._do(session.hide_comment(id_, hidden=hidden)))
        timeline.retry_requested.connect(self._retry)
        timeline.react_wanted.connect(lambda id_, emoji: self._do(session.react(id_, emoji)))
        timeline.change_wanted.connect(lambda id_, text: self._do(session.change_sent(id_, text)))
        timeline.take_back_wanted.connect(lambda id_: self._do(session.take_back_sent(id_)))
        timeline.held_opened.connect(self.compare)
        timeline.seen.connect(self._seen)
        timeline.model.changed.connect(lambda _: self._tell_held())
        timeline.model.replaced.connect(self._tell_held)
        timeline.settled.connect(self._tell_presence)
        header.resolve_wanted.connect(lambda: self.resolve_wanted.emit(self.row))
        header.claim_wanted.connect(lambda: self.claim_wanted.emit(self.row))
        header.snooze_wanted.connect(lambda at: self.snooze_wanted.emit(self.row, at))
        header.label_wanted.connect(lambda at: self.label_wanted.emit(self.row, at))
        header.priority_wanted.connect(lambda at: self.priority_wanted.emit(self.row, at))
        header.contact_wanted.connect(self.contact_wanted)
        header.list_wanted.connect(self.list_wanted)
        header.back.clicked.connect(self.show_timeline)
        for source in (self.card, self.held):
            source.discarded.connect(lambda id_: self._do(session.discard(id_, origin=self), then=self.show_timeline))
            source.edited.connect(self.take_back)
        self.card.overridden.connect(lambda id_: self._send_anyway(id_, timeline.shown_seq))
        self.held.overridden.connect(self._send_anyway)
        self.card.compared.connect(self.compare)
        self._connect_change_card()
        self._ends = (session.changes.subscribe(self._changed), session.ephemeral(self.presence.take))

    def _connect_change_card(self) -> None:
        card, session = self.change_card, self.session
        card.insisted.connect(lambda id_: self._do(session.override(id_, origin=self)))
        card.left.connect(lambda id_: self._do(session.discard(id_, origin=self)))

    def _retry(self, message_id: str) -> None:
        """Again, as far as the timeline has shown what came."""
        self._do(self.session.retry(message_id, base_seq=self.timeline.shown_seq, origin=self))

    def _send_anyway(self, message_id: str, seen: int = 0) -> None:
        """For what stands side by side, or in the timeline up to ``seen``; what comes later holds it again."""
        self._do(self.session.override(message_id, base_seq=seen, origin=self), then=self.show_timeline)

    def close_down(self) -> None:
        """Keep drafts and end what runs; before the panel is deleted."""
        for end in self._ends:
            end()
        self.composer.close_down()
        self.timeline.close_down()
        self.held.close_down()
        self.presence.show_conversation("", "", "", {})
        self.header.tell(None, "")

    # -- which conversation -----------------------------------------------------------------------

    def open(self, row: ListRow, *, mode: str = "", target: str = "") -> None:
        """Show a conversation; ``target`` is a message to jump to."""
        self.row = row
        conversation = row.conversation
        self.header.show_held(False)
        self.header.tell(row, self._me_id)
        self._pages.setCurrentWidget(self._talk)
        self.timeline.show_contact(conversation.contact_id, conversation.id, row=conversation, target=target)
        self.composer.open(row, mode)
        self._tell_presence()
        self._tell_change()

    def focus_composer(self, mode: str = "") -> None:
        """Write a reply or a note here."""
        self.show_timeline()
        if mode:
            self.composer.use(mode)
        self.composer.editor.setFocus()

    def close_conversation(self) -> None:
        """Show that none is chosen."""
        self.row = None
        self.header.tell(None, "")
        self._tell_change()
        self.timeline.clear()
        self.composer.close_conversation()
        self._pages.setCurrentWidget(self.empty)
        self._tell_presence()

    @property
    def _me_id(self) -> str:
        return self.session.me.id if self.session.me is not None else ""

    def _changed(self, change: Change) -> None:
        if self.row is not None and (change.reset or self.row.conversation.id in change.conversations):
            self._rereading.ask()
            self._tell_change()

    async def _reread(self) -> None:
        if self.row is None:
            return
        conversation_id = self.row.conversation.id
        found = await self.session.cache.list_rows([conversation_id])
        row = found.get(conversation_id)
        if row is not None and self._shows(conversation_id):
            self.row = row
            self.header.tell(row, self._me_id)
            self.composer.open(row)

    def _shows(self, conversation_id: str) -> bool:
        return self.row is not None and self.row.conversation.id == conversation_id

    def _tell_presence(self) -> None:
        row = self.row
        if row is None:
            self.presence.show_conversation("", "", "", {})
        else:
            names = self.timeline.feed.names
            self.presence.show_conversation(row.conversation.id, row.contact_name, self._me_id, names)

    def _seen(self, message_id: str) -> None:
        conversation = self.timeline.feed.conversation
        if conversation is None or not conversation.unread or conversation.read_up_to == message_id:
            return
        if message_id != self._told_seen:
            self._told_seen = message_id
            self._do(self.session.read(conversation.id, message_id, origin=self))

    _told_seen = ""

    # -- held replies -----------------------------------------------------------------------------

    def _tell_change(self) -> None:
        items = list(self.session.outbox.pending.items.values())
        undone = first_undone(items, self.row.conversation.id) if self.row is not None else None
        self.change_card.tell(undone, self.timeline.feed.names)

    def _held_items(self) -> list[TimelineItem]:
        return [entry.item for entry in self.timeline.model.entries if entry.item.outbox_state == "held"]

    def _tell_held(self) -> None:
        if self.timeline.model.entries:
            self.presence.written(self.timeline.model.entries[-1].item.message.author.id)
        held = next(iter(self._held_items()), None)
        self.card.tell(held, self.timeline.feed.names, self.session.hub_now())
        if self._pages.currentWidget() is self.held and all(
            item.message.id != self.held.message_id for item in self._held_items()
        ):
            self.show_timeline()

    def compare(self, message_id: str) -> None:
        """Show a held reply beside the conversation."""
        item = next((item for item in self._held_items() if item.message.id == message_id), None)
        if item is None or self.row is None:
            return
        self.held.show_held(item, self.row, self.timeline.feed.names)
        self._pages.setCurrentWidget(self.held)
        self.header.show_held(True)
        self.held.discard.setFocus()

    def show_timeline(self) -> None:
        """Back from the held reply."""
        if self.row is not None:
            self._pages.setCurrentWidget(self._talk)
            self.header.show_held(False)

    def take_back(self, message_id: str) -> None:
        """A held or failed reply becomes a draft again."""
        row = self.row
        if row is None:
            return

        def taken() -> None:
            self.show_timeline()
            self.composer.take_back(row.conversation.id, template=is_template)

        item = self.session.outbox.pending.items.get(message_id)
        is_template = item is not None and item.is_template
        self._do(self.session.take_back(message_id, origin=self), then=taken)

    # -- actions ----------------------------------------------------------------------------------

    def _do(self, action: Coroutine[Any, Any, object], *, then: Callable[[], None] | None = None) -> None:
        task = self.session.owner.spawn(self._done(action, then), name="thread.action")
        task.add_done_callback(lambda _: action.close())  # a task that ended before its start leaves it unawaited

    async def _done(self, action: Coroutine[Any, Any, object], then: Callable[[], None] | None) -> None:
        try:
            await action
        except Refusal as refusal:
            self.refused.emit(refusal.reason)
            return
        if then is not None:
            then()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground under everything."""
        color: QColor = self.theme.color("surface")
        QPainter(self).fillRect(self.rect(), color)
