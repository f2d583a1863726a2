"""The composer: what an agent writes to a contact or to the team, and how it leaves."""
# long: one widget holds text, files and quote of one place; what is typed while a draft comes belongs with them

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.desk.changes import Change
from mim_desk.desk.shapes import Draft, ListRow
from mim_desk.domain.buttons import NO_FRAME
from mim_desk.domain.canned_reply import undefined
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.answering import Address, Answering
from mim_desk.ui.composer.attaching import Attaching
from mim_desk.ui.composer.completion import Completion
from mim_desk.ui.composer.copying import Copying
from mim_desk.ui.composer.drafts import DraftKeeper, Place, joined
from mim_desk.ui.composer.enclosing import Enclosing
from mim_desk.ui.composer.frame import ComposerFrame
from mim_desk.ui.composer.marking import Marking
from mim_desk.ui.composer.picking import Picking
from mim_desk.ui.composer.telling import Telling
from mim_desk.ui.composer.ways import Going
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.one_at_a_time import OneAtATime
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording as timeline_wording

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

REPLY: Final = "reply"
NOTE: Final = "note"
_NO_SHEET: Final = rows.CapabilitySheet(text_length=0)
_CLOCK_MS: Final = 1000


class ComposerPanel(QWidget):
    """Writes into one conversation at a time; text, files and quote belong to conversation and mode.

    Attributes:
        shown_seq: asked for the last event the agent has seen, when something is sent.
        quoted: the message that is answered, None for none.
        sent: something went to the outbox (its id).
    """

    sent = Signal(str)
    focused = Signal()

    def __init__(self, theme: Theme, session: "Session", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.session = theme, session
        self.shown_seq: Callable[[], int | None] = lambda: None
        self.row: ListRow | None = None
        self.going = Going()
        self.mode = REPLY
        self._modes: dict[str, str] = {}
        self.quoted: rows.Message | None = None
        self._filling = False
        self._coming: Place | None = None
        self._turn = 0
        self._reading_around = OneAtATime(session.owner, self._read_around, "composer.around")
        self.frame = ComposerFrame(theme, self)
        self.editor = self.frame.editor
        self.drafts = DraftKeeper(session, self)
        self.attaching = Attaching(self)
        self.completion = Completion(self)
        self.picking = Picking(self)
        self.copying = Copying(self)
        self.answering = Answering(self)
        self.enclosing = Enclosing(self)
        self.marking = Marking(self)
        self.telling = Telling(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(4), 0, theme.space(4), 14)
        column.addWidget(self.frame)
        self._clock = QTimer(self, interval=_CLOCK_MS)
        self._connect()
        self.setEnabled(False)

    def _connect(self) -> None:
        frame, editor = self.frame, self.editor
        frame.reply_tab.clicked.connect(lambda: self.use(REPLY))
        frame.note_tab.clicked.connect(lambda: self.use(NOTE))
        frame.send.clicked.connect(self.submit)
        frame.quote.dropped.connect(lambda: self.quote(None))
        frame.buttons.clicked.connect(self.offer)
        frame.offer.changed.connect(self._edited)
        frame.copies.changed.connect(self._edited)
        frame.offer.left.connect(editor.setFocus)
        for offered in (frame.ways, frame.closed_line.ways):
            offered.chosen.connect(self.go_by)
        key = QKeySequence("Ctrl+Shift+B")
        QShortcut(key, self, self.offer, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        editor.send_wanted.connect(self.submit)
        editor.textChanged.connect(self._edited)
        editor.refused.connect(frame.refusal.tell)
        self.drafts.loaded.connect(self._fill)
        self._clock.timeout.connect(self._tick)
        self._ends = (self.session.changes.subscribe(self._changed), self.session.on_freshness(lambda _: self.tell()))

    def close_down(self) -> None:
        """Keep what is written and end what runs; before the panel is deleted."""
        self._clock.stop()
        self._leave()
        self.picking.close_down()
        self.attaching.reader.close()
        for end in self._ends:
            end()

    # -- what is written into ---------------------------------------------------------------------

    @property
    def inbox(self) -> rows.Inbox | None:
        """The inbox the reply leaves through."""
        return self.going.inbox

    @property
    def contact(self) -> rows.Contact | None:
        """Whom the reply goes to."""
        return self.going.contact

    @property
    def loading(self) -> bool:
        """The draft is on its way: what is typed already stays, and nothing is sent yet."""
        return self._coming is not None

    @property
    def place(self) -> Place | None:
        """Conversation and mode of what is written."""
        return (self.row.conversation.id, self.mode) if self.row is not None else None

    def open(self, row: ListRow, mode: str = "") -> None:
        """Write into this conversation; nothing of the one before stays."""
        same = self.row is not None and self.row.conversation.id == row.conversation.id
        self.row = row
        if same and mode in ("", self.mode):
            self.tell()
            return
        self._leave()
        self._turn += 1
        self.mode = mode or self._modes.get(row.conversation.id, REPLY)
        self._blank()
        self.setEnabled(True)
        self._clock.start()
        self._reading_around.ask()
        self._load()

    def close_conversation(self) -> None:
        """Write into nothing."""
        self._leave()
        self._turn += 1
        self.row = None
        self._blank()
        self._clock.stop()
        self.setEnabled(False)

    def use(self, mode: str) -> None:
        """Reply or note; each keeps its own text."""
        if self.row is None or mode == self.mode:
            self.frame.show_mode(note=self.mode == NOTE)
            return
        self._leave()
        self.mode = self._modes[self.row.conversation.id] = mode
        self._blank()
        self._load()
        self.editor.setFocus()

    def _leave(self) -> None:
        """Keep what stands here; the place's draft may still be on its way."""
        self.drafts.flush()
        written = self._draft()
        if self._coming is not None and not written.empty:
            self.drafts.add(self._coming, written)
        self._coming = None

    def _draft(self) -> Draft:
        quoted = self.quoted.id if self.quoted is not None else None
        buttons = self.frame.offer.buttons if self.mode == REPLY else ()
        chosen = self.going.chosen if self.mode == REPLY else ""
        copies, frame = self.copying.written, self.frame.offer.around if self.mode == REPLY else NO_FRAME
        return Draft(self.editor.text(), tuple(self.attaching.files), quoted, None, buttons, chosen, copies, frame)

    def _blank(self) -> None:
        self._empty()
        self.tell()

    def _empty(self) -> None:
        self.completion.close()
        self._filling = True
        self.editor.replace("")
        self._filling = False
        self.quoted, self.going.chosen = None, ""
        if self.row is not None:
            self.going.choose("", self.row.conversation)
        self.answering.forget()
        self.frame.offer.show_buttons(())
        self.frame.copies.show_copies(rows.Copies())
        self.frame.enclose.forget()
        self.attaching.show_files(())
        self.frame.quote.tell("")
        self.frame.refusal.tell("")
        self.frame.show_mode(note=self.mode == NOTE)
        self.editor.blanks.use(self.mode == REPLY)

    def _load(self) -> None:
        if self.place is not None:
            self._coming = self.place
            self.lock()
            self.drafts.load(self.place)

    def lock(self) -> None:
        """Nothing can be typed into a closed reply window."""
        closed = self.closed()
        self.editor.setReadOnly(closed)
        for tool in (self.frame.attach, self.frame.emoji, self.frame.canned):
            tool.setEnabled(not closed)
        self.frame.buttons.setEnabled(not closed and self.mode == REPLY)
        self.frame.offer.setEnabled(not closed)
        free = not closed and self.mode == REPLY and self.answering.comment is None
        self.enclosing.tell(on=self.row is not None and free)

    async def _read_around(self) -> None:
        if self.row is None:
            return
        turn, conversation = self._turn, self.row.conversation
        inboxes = {inbox.id: inbox for inbox in await self.session.cache.inboxes()}
        contact = await self.session.cache.contact(conversation.contact_id)
        wrote = await self.session.cache.last_incoming(conversation.contact_id)
        last = await self.answering.read(conversation, inboxes)
        if turn == self._turn:
            self.answering.take(last)
            self.going.learn(contact, inboxes, wrote)
            self.going.choose(self.going.chosen, conversation)
            self.tell()
            await self.copying.read()
            await self.completion.read()

    def _fill(self, conversation_id: str, mode: str, draft: Draft) -> None:
        place = (conversation_id, mode)
        if place != self.place or place != self._coming:
            return
        self._coming = None
        if draft.text and self.editor.composing:
            QGuiApplication.inputMethod().commit()
        meanwhile = self._draft()
        self._put_before(draft.text)
        together = joined(draft, meanwhile)
        self.frame.offer.show_buttons(together.buttons, together.frame)
        self.frame.copies.show_copies(together.copies)
        if self.row is not None:
            self.going.choose(self.going.chosen or draft.inbox_id, self.row.conversation)
        self.attaching.show_files([*draft.attachments, *self.attaching.files])
        if draft.reply_to and self.quoted is None:
            self.session.owner.spawn(self._requote(draft.reply_to, place), name="composer.quote")
        if not meanwhile.empty:
            self.drafts.keep(place, together)
            self.completion.follow()
        refused = self.attaching.elsewhere.told_of(place)
        if refused:
            self.frame.refusal.tell(refused)
        self.tell()

    def _put_before(self, text: str) -> None:
        """The draft stands before what was typed while it was read."""
        self._filling = True
        if self.editor.text():
            self.editor.put_before(text)
        elif text:
            self.editor.replace(text)
        self._filling = False

    async def _requote(self, message_id: str, place: Place | None) -> None:
        message = await self.session.cache.message(message_id)
        if message is not None and place == self.place:
            self.quoted = message
            self.frame.quote.tell(timeline_wording.preview(message))
            self.tell()

    def take_back(self, conversation_id: str, *, template: bool = False) -> None:
        """A held or failed reply became a draft again: show it."""
        if self.row is not None and self.row.conversation.id == conversation_id:
            if template:
                self.picking.take_back()
                return
            self.drafts.drop()
            self.mode = self._modes[conversation_id] = REPLY
            self._blank()
            self._load()
            self.editor.setFocus()

    # -- writing ----------------------------------------------------------------------------------

    def written(self) -> checks.Written:
        """What stands here now."""
        buttons = self.frame.offer.buttons if self.mode == REPLY else ()
        copies, frame = self.copying.written, self.frame.offer.around if self.mode == REPLY else NO_FRAME
        return checks.Written(self.mode, self.editor.text(), tuple(self.attaching.files), buttons, copies, frame)

    def offer(self) -> None:
        """Write a button under the reply."""
        if self.row is not None and self.mode == REPLY and not self.closed():
            self.frame.offer.open()

    def go_by(self, inbox_id: str) -> None:
        """Let the reply leave through another of the contact's inboxes."""
        if self.row is None:
            return
        self.going.choose(inbox_id, self.row.conversation)
        self._keep()
        self.tell()
        self.editor.setFocus()

    def quote(self, message: rows.Message | None, how: str = "") -> None:
        """Answer this very message, a comment publicly or privately as ``how`` says; None answers none."""
        if message is not None and self.mode != REPLY:
            self.use(REPLY)
        self.quoted = message
        self.frame.quote.tell(timeline_wording.preview(message) if message is not None else "")
        self._keep()
        self.answering.answer(how)
        if message is not None:
            self.editor.setFocus()

    def _edited(self) -> None:
        if self._filling:
            return
        self.frame.refusal.tell("")
        self._keep()
        if self.mode == REPLY and self.row is not None and self.editor.text():
            self.session.typing(self.row.conversation.id)
        self.completion.follow()
        self.tell()

    def _keep(self) -> None:
        if self.place is not None and not self._filling and not self.loading:
            self.drafts.keep(self.place, self._draft())

    def sheet(self) -> rows.CapabilitySheet:
        """What the inbox carries."""
        inbox = self.answering.inbox or self.inbox
        return inbox.capabilities if inbox is not None else _NO_SHEET

    def closed(self) -> bool:
        """Whether no reply can be written here now."""
        if self.row is None or self.mode != REPLY or self.answering.inbox is not None:
            return False
        if self.row.conversation.archive or self.is_unreachable or self.tool_has_it:
            return True
        if not self.going.chosen and checks.replies_used_up(self.row.conversation):
            return True
        return self.going.closed(self.row.conversation, self.session.hub_now())

    def replies_left(self) -> int | None:
        """How many messages the channel still takes here; None where it does not count."""
        return self.row.conversation.replies_left if self.row is not None and not self.going.chosen else None

    @property
    def is_unreachable(self) -> bool:
        """Nothing can be sent to the contact through this inbox: they left or blocked us there."""
        return self._is_so_there(checks.unreachable)

    @property
    def tool_has_it(self) -> bool:
        """Another tool of the brand has the chat there."""
        return self._is_so_there(checks.held_by_tool)

    def _is_so_there(self, check: Callable[[rows.Contact | None, str], bool]) -> bool:
        """Whether something is so of the contact in the inbox by which the reply leaves."""
        if self.row is None or self.contact is None or self.mode != REPLY:
            return False
        conversation = self.row.conversation
        is_theirs = self.contact.id == conversation.contact_id
        return is_theirs and check(self.contact, self.going.chosen or conversation.inbox_id)

    def why_not(self) -> str:
        """Why what is written cannot be sent, one sentence."""
        closed, left = self.closed(), self.replies_left()
        return self.answering.why_not(self.written()) or checks.why_not(
            self.written(),
            self.sheet(),
            closed=closed,
            unreachable=self.is_unreachable,
            other_tool=self.tool_has_it,
            archived=bool(self.row and self.row.conversation.archive),
            replies_left=left,
        )

    # -- sending ----------------------------------------------------------------------------------

    def submit(self) -> None:
        """Send what is written, once: the field is empty before anything else can happen."""
        written, place = self.written(), self.place
        if place is None or self.loading or self.editor.isReadOnly():
            return
        if not (written.text.strip() or written.files or self.attaching.reader.is_reading(place)):
            return
        if self.attaching.reader.is_reading(place):
            self.frame.refusal.tell(tr("A file is still being read. Send as soon as it is here."))
            return
        why = self.why_not()
        if why:
            self.frame.refusal.tell(why)
            self._to_blank()
            return
        quoted = self.quoted.id if self.quoted is not None else None
        self.drafts.drop()
        known = self.row.conversation if self.row is not None else None
        chosen = self.going.chosen if written.mode == REPLY else ""
        offered, copies = tuple(written.buttons), written.copies
        draft = Draft(written.text, tuple(written.files), quoted, None, offered, chosen, copies, written.frame)
        address = self.answering.address(quoted, chosen)
        sending = self._send(place, draft, self.shown_seq() if written.mode == REPLY else None, known, address)
        self.session.owner.spawn(sending, name="composer.send", at_once=True)
        self._empty()
        self.editor.setFocus()  # it may have been on the button, which now has nothing to send
        QTimer.singleShot(0, self, self.tell)  # what stands around the field follows the reply on its way

    async def _send(
        self, place: Place, draft: Draft, base_seq: int | None, known: rows.Conversation | None, address: Address
    ) -> None:
        try:
            sent = await self.session.send(
                place[0],
                known=known,
                kind=place[1],
                text=draft.text.strip(),
                attachments=list(draft.attachments),
                reply_to=address.reply_to,
                base_seq=base_seq,
                buttons=draft.buttons,
                copies=draft.copies,
                frame=draft.frame,
                inbox_id=address.inbox_id,
                private=address.private,
            )
        except Exception as error:  # whatever it was, nothing an agent wrote is lost
            await self._give_back(place, draft)
            if place == self.place:
                back = tr("This was not sent. Your text is here again.")
                self.frame.refusal.tell(error.reason if isinstance(error, Refusal) else back)
            if not isinstance(error, Refusal):
                raise
            return
        self.sent.emit(sent)

    async def _give_back(self, place: Place, unsent: Draft) -> None:
        """What could not be sent stands in its composer again, before what was typed since."""
        here = place == self.place
        typed = here and self._coming is None
        if here:
            self.drafts.drop()
            self._coming = place
        try:
            await self.drafts.give_back(place, unsent, instead=typed)
        finally:
            if place == self.place:
                self._load()

    def _to_blank(self) -> None:
        """The keyboard goes to the first blank."""
        blanks = undefined(self.editor.text()) if self.mode == REPLY else ()
        if blanks:
            self.completion.choose(blanks[0].start, blanks[0].end)

    def files_changed(self) -> None:
        """A file came or went."""
        self.frame.refusal.tell("")
        self._keep()
        self.tell()

    # -- what is shown ----------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.row is not None and self.mode == REPLY:
            self.telling.tell_window()
            if self.closed() != self.frame.closed_line.isVisibleTo(self.frame):
                self.tell()

    def tell(self) -> None:
        """Show what is so now."""
        self.telling.tell()

    def _changed(self, change: Change) -> None:
        if self.row is None:
            return
        if (
            change.reset
            or change.nouns & {"inbox", "canned_reply"}
            or self.row.conversation.contact_id in change.contacts
        ):
            self._reading_around.ask()
