# long: every row that travels stands in one place, as it is told outside
"""Rows as they travel: in API answers, in the snapshot and as the data of events (DESIGN.md).

Times are aware UTC, ids are strings, sizes are bytes, durations are seconds.
"""

from datetime import datetime
from typing import Any

import msgspec

from mim_desk.domain.buttons import Frame
from mim_desk.domain.conversation import Priority, Status, WaitingOn
from mim_desk.domain.enclosed import CardLimits, ContactCard, Enclosed, Place, PlaceLimits, Sticker, StickerLimits
from mim_desk.domain.formatting import Formatting
from mim_desk.domain.message import AttachmentState, AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.domain.people import Presence, Role
from mim_desk.domain.splitting import Counting
from mim_desk.domain.template import Part, TemplateStatus


class Author(msgspec.Struct, frozen=True):
    """Who wrote a message; ``id`` is the contact's, agent's or bot's, empty for the system."""

    type: AuthorType
    id: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """A file of a message; ``url`` is a path below the hub, empty until the state is ok."""

    id: str
    name: str
    mime_type: str
    size: int
    state: AttachmentState = AttachmentState.OK
    url: str = ""
    width: int | None = None
    height: int | None = None


class Location(msgspec.Struct, frozen=True):
    """A place in degrees; ``address`` is there only where it was given by itself."""

    latitude: float
    longitude: float
    name: str = ""
    address: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def plain(self) -> Place:
        """The place as the rules take it."""
        return Place(self.latitude, self.longitude, self.name, self.address if isinstance(self.address, str) else "")


class ReplyTo(msgspec.Struct, frozen=True):
    """The quoted message: ours by id, else the provider's external id."""

    message_id: str | None = None
    external_id: str | None = None


class Reaction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One emoji by one person (contact id), or by the brand (``brand``); ``external_id`` is the provider's of ours."""

    emoji: str
    by: str
    external_id: str = ""


class Choice(msgspec.Struct, frozen=True):
    """The button or list row a contact chose."""

    id: str
    title: str


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reply offers to choose; ``url`` opens an address instead, ``asks_place`` is answered with a location.

    The rest is of a row in a list.
    """

    title: str
    id: str = ""
    url: str = ""
    description: str = ""
    section: str = ""
    asks_place: bool = False


class Delivery(msgspec.Struct, frozen=True):
    """How far a reply got; ``reason`` is a sentence for people, ``code`` the provider's."""

    status: DeliveryStatus
    reason: str = ""
    code: str = ""
    attempts: int = 0
    parts: int = 0
    """How many messages it is on a channel that counts them; of a failed reply, how many were taken."""
    window_closed: bool = False
    """The channel takes nothing more before the customer writes again."""


class ChosenTemplate(msgspec.Struct, frozen=True):
    """A template with what an agent filled in, by the keys of its parameters; of a file the attachment's id.

    Attributes:
        kinds: under which other kind a hole is filled (``currency``, ``date_time``), by the same keys.
    """

    name: str
    language: str
    parameters: dict[str, str] = {}
    kinds: dict[str, str] = {}


class Copies(msgspec.Struct, frozen=True, omit_defaults=True):
    """Addresses that get a reply besides the contact: ``cc`` is seen by all, ``bcc`` by nobody."""

    cc: list[str] = []
    bcc: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.cc or self.bcc)


class Message(msgspec.Struct, frozen=True):
    """One item of a conversation; ``occurred_at`` is the provider's time, ``received_at`` the hub's."""

    id: str
    conversation_id: str
    contact_id: str
    inbox_id: str
    kind: MessageKind
    author: Author
    occurred_at: datetime
    received_at: datetime
    type: MessageType = MessageType.TEXT
    text: str = ""
    attachments: list[Attachment] = []
    location: Location | None = None
    reply_to: ReplyTo | None = None
    reactions: list[Reaction] = []
    choice: Choice | None = None
    buttons: list[Button] = []
    external_id: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    delivery: Delivery | None = None
    activity: str = ""
    """Key of a system line, e.g. ``assigned``; its values are in ``details``."""
    details: dict[str, str] = {}
    template: ChosenTemplate | None = None
    """Of a reply that goes as a template; ``text`` says how it reads."""
    contact_card: ContactCard | None = None
    sticker: Sticker | None = None
    """Which sticker a reply is."""
    copies: Copies | None = None
    """Who else gets a reply."""
    frame: Frame | None = None
    """What stands above and below the text of a reply with buttons."""


class LastMessage(msgspec.Struct, frozen=True):
    """What a list row shows of the newest message that is not an activity; text is cut to 200 characters."""

    id: str
    kind: MessageKind
    type: MessageType
    text: str
    author: Author
    occurred_at: datetime
    delivery_status: DeliveryStatus | None = None
    deleted: bool = False


class Clock(msgspec.Struct, frozen=True):
    """One SLA clock of a conversation (response_times.md 1.2).

    Attributes:
        name: ``first_response`` or ``next_response``.
        state: ``running``, ``met``, ``breached`` (answered late) or ``no_reply``; *at risk* and
            a running breach follow from ``due_at`` and the hub's time.
        target_s: the policy's target in seconds of open business time.
        at_risk_at: from when the clock is at risk.
        segment: number of the waiting segment, 0 for the first response.
    """

    name: str
    state: str
    started_at: datetime
    due_at: datetime | None
    target_s: int
    at_risk_at: datetime | None = None
    stopped_at: datetime | None = None
    segment: int = 0
    policy_id: str = ""


class Conversation(msgspec.Struct, frozen=True):
    """One episode with one contact; ``version`` grows with each change and is its ETag."""

    id: str
    number: int
    contact_id: str
    inbox_id: str
    brand_id: str
    created_at: datetime
    version: int
    status: Status = Status.OPEN
    waiting_on: WaitingOn = WaitingOn.NONE
    assignee_id: str | None = None
    team_id: str | None = None
    priority: Priority = Priority.NONE
    labels: list[str] = []
    unread: int = 0
    read_up_to: str | None = None
    """Id of the newest incoming message that an agent has read."""
    waiting_since: datetime | None = None
    next_due: datetime | None = None
    reply_window_until: datetime | None = None
    replies_left: int | None = None
    """How many more messages may answer the customer's last one; None where the channel does not count them."""
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    last_activity_at: datetime | None = None
    last_message: LastMessage | None = None
    clocks: list[Clock] = []
    human_only: bool = False
    contact_read_up_to: str | None = None
    """Id of the newest reply that the contact has read."""
    offers: str | None = None
    """Id of the reply whose buttons the contact's next message may answer in words."""
    archive: str = ""
    """Of which archive it was read, such as ICQ: then it can be read and searched, and never answered or reopened."""


class Identity(msgspec.Struct, frozen=True):
    """One address of a contact on one channel; ``display`` is what people read."""

    channel: str
    inbox_id: str
    external_id: str
    display: str = ""
    verified: bool = False
    blocked_at: datetime | None = None
    """Since when nothing can be sent there: the contact left or blocked us."""
    other_tool: bool = False
    """Whether another tool of the brand has the chat: replies are held until it hands it back."""
    other_tool_at: datetime | None = None
    """When that was told last."""
    acted_at: datetime | None = None
    """When they last did something, other than writing, by which the channel lets us answer."""
    over_at: datetime | None = None
    """When the channel ended their session last: until they write again only templates go."""


class Consent(msgspec.Struct, frozen=True):
    """What a contact wants to be sent: a statement of domain.consent on the wire.

    Attributes:
        channel, inbox_id, external_id: where; all empty for the whole contact.
        purpose: ``messages`` (anything at all), ``marketing`` or another one.
        source: ``keyword``, ``provider`` or ``agent``; ``by`` is that agent's id, ``reason`` their words.
        evidence: the provider's id of what proves it, such as the message that said STOP.
        blocks: nothing at all gets through there until they give it back, not even an answer.
    """

    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str = ""
    inbox_id: str = ""
    external_id: str = ""
    by: str = ""
    reason: str = ""
    evidence: str = ""
    blocks: bool = False


class Contact(msgspec.Struct, frozen=True):
    """The customer; ``fields`` are names typed or given, unverified ones under ``claimed.*``."""

    id: str
    name: str
    created_at: datetime
    language: str = ""
    time_zone: str = ""
    identities: list[Identity] = []
    consents: list[Consent] = []
    fields: dict[str, str] = {}
    labels: list[str] = []
    version: int = 1
    avatar: Attachment | None = None
    """Their picture, as a network told it and the hub copied it."""


class Brand(msgspec.Struct, frozen=True):
    """The single sender customers see."""

    id: str
    name: str
    logo_url: str = ""
    verified: bool = False


class MediaLimit(msgspec.Struct, frozen=True):
    """Which files an inbox carries (domain.inbox.MediaRule on the wire)."""

    types: list[str]
    max_bytes: int
    as_link: bool = False


class ButtonSheet(msgspec.Struct, frozen=True):
    """domain.buttons.ButtonLimits on the wire."""

    most: int
    title_length: int
    text_length: int
    most_links: int = 0
    most_mixed: int = 0
    link_text_length: int = 0
    rows: int = 0
    row_length: int = 0
    description_length: int = 0
    section_length: int = 0
    header_length: int = 0
    footer_length: int = 0
    place_requests: bool = False
    place_words: bool = False


class CommentSheet(msgspec.Struct, frozen=True):
    """domain.inbox.CommentRules on the wire."""

    private_s: int | None = None
    private_channel: str = ""
    private_setting: str = ""
    hiding: bool = False
    deleting: bool = False
    liking: bool = False


class SmsSheet(msgspec.Struct, frozen=True):
    """domain.sms_segments.SmsRules on the wire."""

    long_reference: bool = False
    national: str = ""
    latin: bool = False


class CapabilitySheet(msgspec.Struct, frozen=True):
    """domain.inbox.Capabilities on the wire."""

    text_length: int
    media: list[MediaLimit] = []
    attachments_per_message: int = 1
    reply_window_s: int | None = None
    replies_per_message: int | None = None
    receipts: bool = False
    typing: bool = False
    quoting: bool = False
    buttons: bool = False
    templates: bool = False
    editing: bool = False
    part_length: int = 0
    counted: Counting = Counting.CHARACTERS
    segments: bool = False
    sms: SmsSheet = SmsSheet()
    button_limits: ButtonSheet | None = None
    deleting: bool = False
    typing_every_s: float = 0.0
    read_marks: bool = False
    reactions: list[str] = []
    copies: int = 0
    location: PlaceLimits | None = None
    contact_card: CardLimits | None = None
    sticker: StickerLimits | None = None
    comments: CommentSheet | None = None
    formatting: Formatting = Formatting.PLAIN
    files_bytes: int = 0


class Figure(msgspec.Struct, frozen=True):
    """One fact about an account as its provider tells it; ``state`` is ``ok``, ``warning`` or ``danger``."""

    name: str
    value: str
    state: str = "ok"


class Notice(msgspec.Struct, frozen=True):
    """News that a provider told of an account at ``at``; over by itself at ``until``, where there is one.

    Attributes:
        closes: while it stands, nothing can be sent to those whose external id begins so.
    """

    name: str
    value: str
    at: datetime
    state: str = "ok"
    until: datetime | None = None
    closes: str = ""


class Health(msgspec.Struct, frozen=True):
    """How an inbox does: state ``ok``, ``paused`` or ``failing`` with one sentence why.

    Attributes:
        paused_by: the agent who paused it, empty when the hub did because the account does not work.
        lag_p50_s, lag_p95_s: from the provider's time of a message to its arrival, of the newest messages.
        sent, failed: replies of the last hour.
        held: replies that wait to be sent.
        token_ends_at: when the provider takes the access token no more, where it says so.
        figures: what the provider tells of the account, asked at ``figures_at``.
        told_at: when the hub last logged figures of its own.
        notices: news that the provider told of the account, the newest last, one of each name.
    """

    state: str = "ok"
    reason: str = ""
    last_incoming_at: datetime | None = None
    unparsed_deliveries: int = 0
    paused_by: str = ""
    lag_p50_s: float | None = None
    lag_p95_s: float | None = None
    sent: int = 0
    failed: int = 0
    held: int = 0
    token_ends_at: datetime | None = None
    figures: tuple[Figure, ...] = ()
    figures_at: datetime | None = None
    told_at: datetime | None = None
    notices: tuple[Notice, ...] = ()


class Inbox(msgspec.Struct, frozen=True):
    """One connected account of a channel; secrets never travel."""

    id: str
    name: str
    channel: str
    brand: Brand
    capabilities: CapabilitySheet
    settings: dict[str, Any] = {}
    health: Health = Health()
    webhook_url: str = ""
    page_url: str = ""
    """Address of a page to try the inbox, where the channel has one (web chat)."""
    version: int = 1


class Agent(msgspec.Struct, frozen=True):
    """A person at work."""

    id: str
    name: str
    login: str
    role: Role
    presence: Presence = Presence.OFFLINE
    team_ids: list[str] = []
    version: int = 1


class Team(msgspec.Struct, frozen=True):
    """A group of agents."""

    id: str
    name: str
    version: int = 1


class Label(msgspec.Struct, frozen=True):
    """Free classification of conversations; ``color`` is a token such as ``label-blue``."""

    id: str
    name: str
    color: str = "label-grey"
    version: int = 1


class CannedReply(msgspec.Struct, frozen=True):
    """Stored text and the few letters that call it up; ``{{contact.name|there}}`` is a variable."""

    id: str
    shortcut: str
    title: str
    text: str
    language: str = ""
    version: int = 1


class Template(msgspec.Struct, frozen=True):
    """What the provider approved (or not) to be sent outside the reply window, in one language (domain.template)."""

    id: str
    inbox_id: str
    name: str
    language: str
    parts: list[Part] = []
    status: TemplateStatus = TemplateStatus.APPROVED
    reason: str = ""
    title: str = ""
    category: str = ""
    quality: str = ""
    external_id: str = ""
    version: int = 1


class SlaPolicy(msgspec.Struct, frozen=True):
    """Targets in seconds of open time; an empty ``calendar_id`` is round the clock."""

    id: str
    name: str
    first_response_s: int
    next_response_s: int
    calendar_id: str = ""
    order: int = 0
    version: int = 1


class Workspace(msgspec.Struct, frozen=True):
    """One brand team's data; one hub database is one workspace."""

    id: str
    name: str
    reopen_span_s: int = 72 * 3600
    version: int = 1


def located(enclosed: Enclosed | None) -> Location | None:
    """A place as it travels."""
    if not isinstance(enclosed, Place):
        return None
    return Location(enclosed.latitude, enclosed.longitude, enclosed.name, enclosed.address or msgspec.UNSET)


def enclosed(location: Location | None, contact_card: ContactCard | None, sticker: Sticker | None) -> Enclosed | None:
    """What a message carries besides words and files: it is one thing at most."""
    return (location.plain if location is not None else None) or contact_card or sticker
