"""How a public comment is answered: below it for everybody, or once to its author alone; never by mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.domain.inbox import CommentRules
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.sentence import SentenceLine
from mim_desk.ui.composer.split import split_of
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording as timeline_wording
from mim_desk.ui.widgets.segment import Segment

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel

PUBLIC: Final = "public"
PRIVATE: Final = "private"
_NEWEST: Final = 30
"""Among so many messages the last comment is looked for."""


def is_comment(message: rows.Message) -> bool:
    """Whether everybody can read this message of a customer's."""
    is_there = message.kind is MessageKind.INCOMING and message.deleted_at is None
    return is_there and message.details.get("public") == "yes"


@dataclass(frozen=True)
class PrivateWay:
    """Whether a comment can be answered privately.

    Attributes:
        inbox: through which one, None where it cannot.
        why_not: one sentence; empty also where the network knows no private answers at all.
    """

    inbox: rows.Inbox | None = None
    why_not: str = ""


def private_way(comment: rows.Message, inboxes: Mapping[str, rows.Inbox], now: datetime) -> PrivateWay:
    """By which inbox the author of a comment is answered privately, or why not."""
    here = inboxes.get(comment.inbox_id)
    sheet = here.capabilities.comments if here is not None else None
    if here is None or sheet is None or sheet.private_s is None or not comment.details.get("private_as"):
        return PrivateWay()
    if comment.details.get("private_reply"):
        return PrivateWay(None, tr("This comment was answered privately already."))
    if now - comment.occurred_at >= timedelta(seconds=sheet.private_s):
        days = sheet.private_s // 86_400
        told = tr("Older than %n days: it can only be answered publicly.", days).replace("%n", texts.count(days))
        return PrivateWay(None, told)
    rules = CommentRules(**msgspec.structs.asdict(sheet))
    for there in (here, *inboxes.values()):
        if rules.is_private_way(here.settings, there.channel, there.settings):
            return PrivateWay(there)
    channel = timeline_wording.channel_name(sheet.private_channel)
    return PrivateWay(None, tr("They would answer on {channel}: connect it first.").format(channel=channel))


class AnswerLine(SentenceLine):
    """Two choices, and below them, always whole, who can read what is written.

    Attributes:
        chosen: the agent picked one.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, above=theme.size("control") + theme.space(2))
        self._how = ""
        words = {PUBLIC: (tr("Reply publicly"), "globe"), PRIVATE: (tr("Reply privately"), "lock")}
        self.segments = {how: Segment(theme, *told) for how, told in words.items()}
        group = self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        for how, segment in self.segments.items():
            group.addButton(segment)
            row.addWidget(segment)
            segment.clicked.connect(lambda _=False, how=how: self.chosen.emit(how))
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(3), theme.space(2), theme.space(3), 0)
        column.addLayout(row)
        column.addStretch()
        self.hide()

    def tell(self, how: str, words: str, why_not: str, *, on: bool) -> None:
        """Which is chosen, who reads it, and why it cannot be private; nothing where no comment is answered."""
        self._how = how
        self._group.setExclusive(False)
        for name, segment in self.segments.items():
            segment.setChecked(name == how)
        self._group.setExclusive(True)
        private = self.segments[PRIVATE]
        private.setEnabled(not why_not)
        private.setToolTip(texts.tooltip(why_not or tr("Ctrl+Shift+U changes between the two.")))
        private.setAccessibleDescription(why_not)
        self.say(words)
        self.setVisible(on)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sentence below the choices, loud where everybody reads it."""
        icon, role = {PUBLIC: ("globe", "warning"), PRIVATE: ("lock", "text-secondary")}.get(
            self._how, ("info", "text-secondary")
        )
        self.draw(QPainter(self), icon, self.theme.color(role))


@dataclass(frozen=True)
class Address:
    """Where a reply goes: what it answers, by which inbox (empty for the usual one), and whether to its author alone."""

    reply_to: str | None
    inbox_id: str
    private: bool = False


class Answering(QObject):
    """Which comment is answered, and how; undecided until the agent says it.

    Attributes:
        how: ``public``, ``private`` or empty.
        last: the contact's newest message in the inbox they wrote to last, where it is a comment.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self.how = ""
        self.last: rows.Message | None = None
        self._read_at = ""
        self._inboxes: Mapping[str, rows.Inbox] = {}
        panel.frame.answer.chosen.connect(self.choose)
        key = QKeySequence("Ctrl+Shift+U")
        QShortcut(key, panel, self.turn, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    async def read(self, row: rows.Conversation, inboxes: Mapping[str, rows.Inbox]) -> rows.Message | None:
        """The comment that an answer is for where nothing is quoted."""
        self._inboxes = inboxes
        self._read_at = row.last_message.id if row.last_message is not None else ""
        if all(inbox.capabilities.comments is None for inbox in inboxes.values()):
            return None
        page = await self._panel.session.cache.timeline(row.contact_id, limit=_NEWEST)
        incoming = [one.message for one in page.items if one.message.kind is MessageKind.INCOMING]
        newest = incoming[-1] if incoming else None
        return newest if newest is not None and is_comment(newest) else None

    def take(self, last: rows.Message | None) -> None:
        """Another message is the newest: what was decided of the one before does not hold for it."""
        is_other = (last.id if last else "") != (self.last.id if self.last else "")
        if is_other and self._panel.quoted is None:
            self.how = ""
        self.last = last

    def _follow(self) -> None:
        """Read again once something newer stands in the conversation."""
        row = self._panel.row
        newest = row.conversation.last_message if row is not None else None
        if row is not None and newest is not None and self._inboxes and newest.id != self._read_at:
            self._panel.session.owner.spawn(self._read_again(row.conversation), name="composer.comment")

    async def _read_again(self, row: rows.Conversation) -> None:
        last = await self.read(row, self._inboxes)
        now = self._panel.row
        if now is not None and now.conversation.id == row.id:
            self.take(last)
            self._panel.tell()

    @property
    def comment(self) -> rows.Message | None:
        """What is answered: the quoted message, else the last one, if it is a comment."""
        panel = self._panel
        if panel.mode != "reply" or panel.row is None:
            return None
        if panel.quoted is not None:
            return panel.quoted if is_comment(panel.quoted) else None
        is_its_inbox = self.last is not None and panel.inbox is not None and self.last.inbox_id == panel.inbox.id
        return self.last if is_its_inbox and not panel.going.chosen else None

    def forget(self) -> None:
        """Nothing is decided."""
        self.how = ""

    def answer(self, how: str) -> None:
        """Another message is answered, this way if it can be."""
        self.how = ""
        self.choose(how)
        self._panel.tell()

    def choose(self, how: str) -> None:
        """Publicly or privately."""
        if not how or self.comment is None or (how == PRIVATE and self._way().inbox is None):
            return
        self.how = how
        self._panel.frame.refusal.tell("")
        self._panel.tell()
        self._panel.editor.setFocus()

    def turn(self) -> None:
        """The other way, by the keyboard."""
        self.choose(PRIVATE if self.how != PRIVATE and self._way().inbox is not None else PUBLIC)

    def _way(self) -> PrivateWay:
        comment = self.comment
        return private_way(comment, self._inboxes, self._panel.session.hub_now()) if comment else PrivateWay()

    @property
    def inbox(self) -> rows.Inbox | None:
        """Through which inbox the answer leaves, once it is decided."""
        comment = self.comment
        if comment is None or not self.how:
            return None
        return self._way().inbox if self.how == PRIVATE else self._inboxes.get(comment.inbox_id)

    def why_not(self, written: checks.Written) -> str:
        """Why it cannot be sent so, one sentence."""
        if self.comment is None:
            return ""
        if not self.how:
            return tr("Choose whether everybody reads this or its author alone.")
        inbox = self.inbox
        if inbox is None:
            return self._way().why_not or tr("The inbox of this comment was removed.")
        parts = len(split_of(written.text, inbox.capabilities, written.buttons).parts)
        if self.how == PRIVATE and parts + len(written.files) > 1:
            return tr("A private reply is one message: a text, or one file.")
        return ""

    def tell(self) -> None:
        """Show it over the editor."""
        self._follow()
        comment = self.comment
        way = self._way()
        off = way.why_not or ("" if way.inbox is not None else tr("This network has no private answer to it."))
        name = texts.isolated(texts.one_line(self._panel.row.contact_name, 40)) if self._panel.row else ""
        channel = timeline_wording.channel_name(way.inbox.channel) if way.inbox is not None else ""
        words = {
            PUBLIC: tr("Everybody can read this, below the post."),
            PRIVATE: tr("Only {name} gets this, on {channel}. Once for this comment.").format(
                name=name, channel=channel
            ),
        }.get(self.how, tr("A public comment: choose who reads your answer."))
        self._panel.frame.answer.tell(self.how, words, off, on=comment is not None)

    def address(self, quoted: str | None, chosen: str) -> Address:
        """Where the reply goes as it is decided now."""
        comment, inbox, row = self.comment, self.inbox, self._panel.row
        if comment is None or inbox is None or row is None:
            return Address(quoted, chosen)
        there = inbox.id if inbox.id != row.conversation.inbox_id else ""
        return Address(comment.id, there, self.how == PRIVATE)

    def send_words(self) -> str:
        """What the button says; empty where it is the usual."""
        return {PUBLIC: tr("Reply publicly"), PRIVATE: tr("Reply privately")}.get(self.how, "") if self.comment else ""
