"""What an adapter reads out of a delivery: domain events, the same for every channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.enclosed import Place
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import Activity, DeliveryStatus, MessageType
from mim_desk.domain.template import TemplateStatus


@dataclass(frozen=True, slots=True)
class Sender:
    """The contact's identity on the channel.

    Attributes:
        external_id: the provider's id of the person, unique in the inbox.
        verified: whether the provider (or a signed proof) vouches for it.
        fields: more facts for the contact; unproven ones are named ``claimed.*`` by the adapter.
        picture: where the channel has a picture of them, as a file's source.
        stand_in: what to call them until the network tells a name, which takes its place.
        formerly: ids by which the inbox may know them so far; ``external_id`` takes their place.
        aliases: other ids of theirs by which the provider may name them alone.
        is_alias: ``external_id`` may be such an id of somebody the inbox knows by a better one.
    """

    external_id: str
    name: str = ""
    display: str = ""
    verified: bool = False
    language: str = ""
    time_zone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    formerly: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    is_alias: bool = False
    picture: str = ""
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file of an incoming message: stored already (``attachment_id``), inline (``data``), or to be fetched (``url``)."""

    name: str
    mime_type: str
    size: int = 0
    attachment_id: str = ""
    data: bytes | None = None
    url: str = ""
    external_id: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """The button or list row a contact chose."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of the contact; ``external_id`` decides duplicates in the inbox.

    Attributes:
        message_id: our UUID where the contact's own side made one (web chat), else the store makes it.
        reply_to: external id of the quoted message, ``reply_to_message_id`` where it is ours.
        wants_answer: False for what no one has to answer (an opt-out word, an automatic reply): it is kept in the
            timeline and opens, reopens and times nothing.
    """

    external_id: str
    sender: Sender
    occurred_at: datetime
    type: MessageType = MessageType.TEXT
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    reply_to: str | None = None
    reply_to_message_id: str | None = None
    choice: Picked | None = None
    message_id: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    wants_answer: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a reply of ours, or of a part of it, named by the provider's id or by our own.

    Attributes:
        readings: the provider's id as it may have written it before; taken only where ``recipient`` agrees.
        recipient: external id of whom it went to.
        templates_stale: it failed since the provider knows the template otherwise than we do.
        window_closed: it failed because nothing is taken before the customer writes again.
        elsewhere: it was taken back before it arrived, so it may go by another inbox that the settings name.
    """

    status: DeliveryStatus
    at: datetime
    external_id: str | None = None
    message_id: str | None = None
    reason: str = ""
    code: str = ""
    window_closed: bool = False
    elsewhere: bool = False
    readings: tuple[str, ...] = ()
    recipient: str | None = None
    templates_stale: bool = False


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """The contact has read our replies up to this one (all up to ``at`` when none is named)."""

    sender: Sender
    at: datetime
    external_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveredUpTo:
    """All our replies up to ``at`` have reached the contact."""

    sender: Sender
    at: datetime


@dataclass(frozen=True, slots=True)
class TypingSeen:
    """The contact types; never stored, told to the desks for ``lasts``."""

    sender: Sender
    at: datetime
    lasts: timedelta = timedelta(seconds=5)
    typing: bool = True


@dataclass(frozen=True, slots=True)
class Echo:
    """A reply that left our account elsewhere, or the provider's copy of our own; settles *unknown*.

    Attributes:
        message_id: our id of the reply, where the provider gives it back.
        partial: it shows a part of that reply, which does not say that the others were taken.
        opens: False where somebody else has the conversation: it is kept, it opens and times nothing.
        below: external id of the comment it stands below, where nobody is named: then ``sender`` is nobody, and it
            belongs to whom that comment is of.
    """

    external_id: str
    sender: Sender
    occurred_at: datetime
    text: str = ""
    message_id: str | None = None
    files: tuple[IncomingFile, ...] = ()
    partial: bool = False
    type: MessageType = MessageType.TEXT
    location: Place | None = None
    reply_to: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    opens: bool = True
    below: str | None = None


@dataclass(frozen=True, slots=True)
class ReactionSeen:
    """An emoji on a message; an empty emoji takes it back.

    Attributes:
        ours: it is the brand's, put there with another tool; ``sender`` is whose chat it is.
        lets_answer: by it the channel lets us answer as if they had written.
        reaction_id: the provider's id of the reaction itself, where a ``MessageDeleted`` of that id takes it back.
    """

    sender: Sender
    at: datetime
    emoji: str = ""
    external_id: str | None = None
    message_id: str | None = None
    ours: bool = False
    lets_answer: bool = False
    reaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The contact changed a message.

    Attributes:
        by: external id of who says so, where the channel lets anybody say it: only the author's word counts.
        type, files: what it carries now, where the channel says so; without files those that it has stay.
    """

    external_id: str
    at: datetime
    text: str
    by: str | None = None
    type: MessageType | None = None
    files: tuple[IncomingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """The contact took a message back, or a reaction that has an id of its own."""

    external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageHidden:
    """A public comment was hidden from others, or is shown again; its author never notices."""

    external_id: str
    at: datetime
    hidden: bool = True


@dataclass(frozen=True, slots=True)
class ReachChanged:
    """The contact can be written to (follows, subscribes, came back), or no longer (left, blocked us).

    Attributes:
        by_choice: they decided so themselves, which also says whether they want messages.
        session: only the session is over: they may begin another by writing, and templates go all the same.
    """

    sender: Sender
    at: datetime
    can_reach: bool
    by_choice: bool = False
    session: bool = False


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """The contact said, to us or to the provider, whether they want messages.

    Attributes:
        purpose: of what kind; all of them unless the channel tells them apart.
        source: a word they wrote, or the provider's notice.
        evidence: the provider's id of what proves it; told again, nothing changes.
        blocks: the channel lets nothing at all through until they give it back.
    """

    sender: Sender
    at: datetime
    granted: bool
    purpose: str = Purpose.MESSAGES
    source: Source = Source.KEYWORD
    evidence: str = ""
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """The channel calls a contact, known by one of ``sender.formerly``, by another id from now on."""

    sender: Sender
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactActed:
    """What the contact did besides writing (filled in a form, rated): a system line of the conversation.

    Attributes:
        line_id: our id of the line; told again under the same id, the line is changed.
        details: as the activity names them.
        conversation_id: the one it is about, if it is the contact's; else the newest.
        lets_answer: by it the channel lets us answer as if they had written.
    """

    sender: Sender
    at: datetime
    activity: Activity
    line_id: str
    details: Mapping[str, str] = field(default_factory=dict)
    conversation_id: str | None = None
    lets_answer: bool = False


@dataclass(frozen=True, slots=True)
class ThreadMoved:
    """Another tool of the brand took the contact's chat, handed it to us, or wants it.

    Attributes:
        ours: whether it is ours from now on; None where that stays as it is.
        line_id: our id of the system line; without an activity there is none.
    """

    sender: Sender
    at: datetime
    ours: bool | None
    activity: Activity | None = None
    line_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastChat:
    """What was said with a contact before the account was connected: kept to be read, it opens and times nothing."""

    sender: Sender
    said: tuple[IncomingMessage | Echo, ...]


@dataclass(frozen=True, slots=True)
class AccountTold:
    """News of the account itself, for the inbox's health; a later one of the same name takes its place.

    Attributes:
        until: when it is over by itself, None where it lasts.
        closes: while it stands, nothing can be sent to those whose external id begins so.
    """

    name: str
    value: str
    at: datetime
    state: FigureState = FigureState.OK
    until: datetime | None = None
    closes: str = ""


@dataclass(frozen=True, slots=True)
class TemplateChanged:
    """The provider tells news of a template; what is None stays as it was.

    Attributes:
        is_gone: it was deleted.
    """

    name: str
    language: str
    status: TemplateStatus | None = None
    reason: str = ""
    quality: str | None = None
    category: str | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """An item we do not know or could not read: counted, kept in the journal, skipped."""

    kind: str
    problem: str = ""


Event = (
    IncomingMessage
    | Receipt
    | ReadUpTo
    | DeliveredUpTo
    | TypingSeen
    | Echo
    | ReactionSeen
    | MessageEdited
    | MessageDeleted
    | MessageHidden
    | ReachChanged
    | ConsentChanged
    | IdentityChanged
    | ContactActed
    | ThreadMoved
    | PastChat
    | AccountTold
    | TemplateChanged
    | Unknown
)
