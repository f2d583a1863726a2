"""What the desk's reads answer with: list rows, timeline items, drafts and search hits.

Light on purpose (no SQL, no HTTP), so that models can import it before the first paint; Structs and not dataclasses,
since the start would wait half a millisecond for each of these to be compiled.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

import msgspec

from mim_desk.domain.buttons import NO_FRAME, Frame
from mim_desk.protocol import rows

MIXED_VIEWS = ("drafts", "failed", "outbox")
"""Views whose conversations the outbox names, not the cache."""


class ListQuery(msgspec.Struct, frozen=True):
    """Which conversations, in which order.

    Attributes:
        view: ``mine, unassigned, all, snoozed, resolved, drafts, failed, outbox, inbox, label``.
        order: ``last_activity`` (newest first), ``waiting`` (longest first) or ``due`` (most urgent first).
        inbox_id: narrows any view to one inbox; needed by the view ``inbox``.
        label: narrows any view to one label; needed by the view ``label``.
        status: narrows to one status of the view.
    """

    view: str = "mine"
    order: str = "last_activity"
    inbox_id: str = ""
    label: str = ""
    status: str = ""


class ListKey(msgspec.Struct, frozen=True):
    """Where a page of the list ended; goes back as ``after``."""

    rank: int
    id: str


class ListRow(msgspec.Struct, frozen=True):
    """A conversation as the list shows it.

    Attributes:
        key: its place in the order of the query it was read with.
        draft: the reader's own unsent text, None without one.
        outbox_state: ``''``, ``waiting``, ``held`` or ``failed``; the worst of its replies.
        outbox_reason: one sentence for held and failed.
    """

    conversation: rows.Conversation
    contact_name: str
    channel: str
    inbox_name: str = ""
    assignee_name: str = ""
    draft: str | None = None
    outbox_state: str = ""
    outbox_reason: str = ""
    key: ListKey = ListKey(0, "")


class ViewCounts(msgspec.Struct, frozen=True):
    """How many conversations each view holds; inboxes and labels count unresolved ones."""

    mine: int = 0
    unassigned: int = 0
    all: int = 0
    snoozed: int = 0
    resolved: int = 0
    drafts: int = 0
    failed: int = 0
    outbox: int = 0
    unread: int = 0
    inboxes: Mapping[str, int] = {}
    labels: Mapping[str, int] = {}


class TimelineKey(msgspec.Struct, frozen=True, order=True):
    """A place in a contact's timeline: when it was written in ms, then the id."""

    at_ms: int
    id: str


def timeline_ms(message: rows.Message) -> int:
    """Where a message stands: the provider's time, but never after the hub had it, whatever a wrong clock says."""
    return round(min(message.occurred_at, message.received_at).timestamp() * 1000)


class HeldReply(msgspec.Struct, frozen=True):
    """Why the hub did not send a reply yet.

    Attributes:
        reasons: ``answered, customer_wrote, assignee_changed, resolved, window_closed``.
        messages: what the composer had not shown, oldest first.
        seq: up to which event of the hub that is all; 0 where it did not say.
    """

    reasons: tuple[str, ...]
    messages: tuple[rows.Message, ...] = ()
    seq: int = 0


class TimelineItem(msgspec.Struct, frozen=True):
    """A message as the timeline shows it.

    Attributes:
        outbox_state: ``''`` for what the hub has; ``waiting``, ``held`` or ``failed`` in the outbox.
        outbox_reason: one sentence for held and failed.
        sent_again: whether a copy of this failed or unknown reply is here.
    """

    message: rows.Message
    author_name: str
    channel: str
    outbox_state: str = ""
    outbox_reason: str = ""
    held: HeldReply | None = None
    sent_again: bool = False

    @property
    def key(self) -> TimelineKey:
        """Its place; outbox items stand after everything the hub has."""
        ms = timeline_ms(self.message)
        return TimelineKey(ms if not self.outbox_state else ms + 10**15, self.message.id)


class TimelinePage(msgspec.Struct, frozen=True):
    """Oldest first; ``before``/``after`` say whether there is more on that side.

    Attributes:
        seq: the cursor the page was read at; the composer's ``base_seq``.
    """

    items: list[TimelineItem]
    more_before: bool
    more_after: bool
    seq: int

    @property
    def more(self) -> bool:
        """Whether older messages exist."""
        return self.more_before


class LocalFile(msgspec.Struct, frozen=True):
    """A file chosen on this desk, kept encrypted in the outbox until the hub has it."""

    id: str
    name: str
    mime_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"LocalFile({self.id!r}, {self.name!r}, {self.mime_type!r})"

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


class Draft(msgspec.Struct, frozen=True):
    """Unsent text of one agent in one conversation and mode (``reply`` or ``note``).

    Attributes:
        buttons: what the reply will offer to choose.
        inbox_id: the inbox it will leave through, empty for the one the contact wrote to last.
        frame: what will stand above and below the text with the buttons.
        copies: who else will get it, as it is written: ``cc`` and ``bcc`` may not be addresses yet.
    """

    text: str
    attachments: tuple[LocalFile, ...] = ()
    reply_to: str | None = None
    updated_at: datetime | None = None
    buttons: tuple[rows.Button, ...] = ()
    inbox_id: str = ""
    copies: rows.Copies = msgspec.field(default_factory=rows.Copies)
    frame: Frame = NO_FRAME

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        written = self.text or self.attachments or self.buttons or self.copies or self.frame
        return not written and self.reply_to is None


class UnsentOf(msgspec.Struct, frozen=True):
    """How many replies and notes of one agent wait on this desk; the name is empty when nobody knows it."""

    name: str
    count: int


class SearchHit(msgspec.Struct, frozen=True, dict=True):
    """One message found by searching for ``wanted``."""

    message_id: str
    conversation_id: str
    contact_id: str
    contact_name: str
    channel: str
    kind: str
    text: str
    occurred_at: datetime
    wanted: str

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of each match in ``text``; worked out when it is looked at, as few hits are."""
        from mim_desk.domain.search_text import spans  # its tables take longer to make than the first paint may

        return spans(self.text, self.wanted)


class ContactHit(msgspec.Struct, frozen=True):
    """One contact found by name, number or address."""

    contact_id: str
    name: str
    detail: str


class SearchHits(msgspec.Struct, frozen=True):
    """The newest messages found.

    Attributes:
        total: how many messages match, counted up to ``TOTAL_CAP``.
        searched: how many messages the cache holds.
    """

    hits: list[SearchHit]
    total: int
    searched: int
    elapsed_ms: float
    contacts: list[ContactHit] = []


TOTAL_CAP = 1000
"""Where counting of hits stops; a total of this size means "or more"."""
