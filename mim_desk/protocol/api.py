# long: every shape of the API stands in one place, as it is told outside
"""Bodies of the HTTP interface below ``/api/v1`` (DESIGN.md, "Names on the outside")."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from mim_desk.domain.buttons import Frame
from mim_desk.domain.conversation import Priority, Status, WaitingOn
from mim_desk.domain.enclosed import ContactCard, Sticker
from mim_desk.protocol import rows

Row = TypeVar("Row")
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A place in the event log, as far as any store counts."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says its offset."""


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """One page of a keyset listing; ``next`` is opaque and goes back as ``after``."""

    items: list[Row]
    next: str | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; ``type`` ends in the stable code, ``detail`` is for people."""

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""
    field: str = ""
    messages: list[rows.Message] = []
    """With ``conversation-moved``: the messages that the composer had not shown, oldest first."""
    reasons: list[str] = []
    """With ``conversation-moved``: ``answered, customer_wrote, assignee_changed, resolved, window_closed``."""
    seq: int = 0
    """With ``conversation-moved``: up to this event all is told here; the ``base_seq`` of whoever decides by it."""


class SignIn(msgspec.Struct, frozen=True):
    """POST /api/v1/sessions."""

    login: str
    password: str


class SignedIn(msgspec.Struct, frozen=True):
    """The answer to a sign-in; the token is said once."""

    token: str
    agent: rows.Agent
    workspace: rows.Workspace


class Me(msgspec.Struct, frozen=True):
    """GET /api/v1/me."""

    agent: rows.Agent
    workspace: rows.Workspace


class NewInbox(msgspec.Struct, frozen=True):
    """POST /api/v1/inboxes."""

    name: str
    channel: str
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    brand: dict[str, str] = {}
    """``name`` and ``logo_url``; the workspace's name where empty."""


class Check(msgspec.Struct, frozen=True):
    """One thing that was tried about an account.

    Attributes:
        state: ``ok``, ``warning`` (it works, but ...) or ``danger``.
        told: what came of it; of a ``danger`` one sentence that says what to do.
        field: which field of the form is to be mended.
    """

    title: str
    state: str = "ok"
    told: str = ""
    field: str = ""


class TriedOut(msgspec.Struct, frozen=True):
    """The answer to trying an account: every check in its order, those after a ``danger`` were not made."""

    checks: list[Check]
    took_s: float

    @property
    def is_good(self) -> bool:
        """Whether the account can be saved as it is."""
        return all(one.state != "danger" for one in self.checks)


class CreatedInbox(msgspec.Struct, frozen=True):
    """Its answer; ``row`` is the whole new inbox.

    Attributes:
        widget: public name of a web chat (``wpub_...``).
        comes_by: how messages reach the hub: ``webhook`` (its address is to be entered at the provider), ``told``
            (the hub entered it there by itself), ``asked`` (the hub asks or holds a connection) or ``page``.
    """

    id: str
    webhook_url: str
    row: rows.Inbox
    verify_token: str | None = None
    widget: str | None = None
    comes_by: str = "webhook"


class InboxPatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """PATCH /api/v1/inboxes/{id}; what is UNSET, and settings and secrets that are not named, stay."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    settings: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    secrets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    brand: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    paused: bool | msgspec.UnsetType = msgspec.UNSET
    """Replies wait and nothing is asked for until it goes on; what comes by webhook is taken."""


class KeptDelivery(msgspec.Struct, frozen=True):
    """A delivery that was not understood or not applied, as GET /api/v1/inboxes/{id}/deliveries lists it.

    Attributes:
        state: ``unparsed`` (an item was not understood) or ``dead`` (one could not be applied).
        preview: the beginning of the body as plain text, without tokens and secrets.
    """

    n: int
    received_at: datetime
    state: str
    reason: str
    preview: str
    size: int


class Replayed(msgspec.Struct, frozen=True):
    """What a replay brought: messages that are new now, and deliveries that still cannot be read."""

    deliveries: int
    messages: int
    unsettled: int


class NewMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """POST /api/v1/conversations/{id}/messages.

    Attributes:
        id: a UUID made on the desk, the idempotency key for the life of the message.
        base_seq: the last event the composer had shown; None means no send guard.
        composed: ``live`` or ``offline``.
        attachments: ids answered by POST /api/v1/attachments.
        template: the reply goes as this template; ``text`` is written anew by the hub.
        inbox_id: another inbox of the contact's than the one they wrote to last.
        buttons: what the reply offers to choose; the hub names those that have no id.
        frame: what stands above and below the text of a reply with buttons, where their limits have room for it.
        copies: who else gets it, where the inbox's capabilities have ``copies``.
        location, contact_card, sticker: one of them at most; a sticker's ``attachment`` is among ``attachments``.
        private: it goes to the author of the public comment in ``reply_to`` alone, through the inbox of their private
            conversation, which the hub knows; possible once for each comment.
    """

    id: str
    kind: str = "reply"
    text: str = ""
    attachments: list[str] = []
    reply_to: rows.ReplyTo | None = None
    base_seq: Seq | None = None
    composed: str = "live"
    override: bool = False
    inbox_id: str | None = None
    template: rows.ChosenTemplate | None = None
    buttons: list[rows.Button] | None = None
    location: rows.Location | None = None
    contact_card: ContactCard | None = None
    sticker: Sticker | None = None
    private: bool = False
    copies: rows.Copies | None = None
    frame: Frame | None = None


class ConversationPatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """PATCH /api/v1/conversations/{id}; what is UNSET stays, ``If-Match`` carries the version."""

    status: Status | msgspec.UnsetType = msgspec.UNSET
    waiting_on: WaitingOn | msgspec.UnsetType = msgspec.UNSET
    assignee_id: str | None | msgspec.UnsetType = msgspec.UNSET
    team_id: str | None | msgspec.UnsetType = msgspec.UNSET
    priority: Priority | msgspec.UnsetType = msgspec.UNSET
    labels: list[str] | msgspec.UnsetType = msgspec.UNSET
    snoozed_until: Moment | None | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET
    """Why an unanswered conversation is resolved."""


class ResponseSpread(msgspec.Struct, frozen=True):
    """Answered segments of one clock, in seconds of open time; null where there is none."""

    count: int
    median_s: float | None = None
    slowest_s: float | None = None


class ResponseReport(msgspec.Struct, frozen=True):
    """GET /api/v1/reports/responses; ``waiting`` still run, ``no_reply`` were resolved without an answer."""

    first_response: ResponseSpread
    next_response: ResponseSpread
    in_time: int = 0
    late: int = 0
    no_reply: int = 0
    waiting: int = 0


class RefreshedTemplates(msgspec.Struct, frozen=True):
    """POST /api/v1/inboxes/{id}/templates; ``problem`` says why the provider's list could not be had."""

    count: int
    problem: str = ""


class ReadUpTo(msgspec.Struct, frozen=True):
    """POST /api/v1/conversations/{id}/read."""

    up_to: str


class NewReaction(msgspec.Struct, frozen=True):
    """PUT /api/v1/messages/{id}/reaction; an empty emoji takes ours back."""

    emoji: str


class Hiding(msgspec.Struct, frozen=True):
    """PUT /api/v1/messages/{id}/hidden."""

    hidden: bool


class ChangedText(msgspec.Struct, frozen=True):
    """PATCH /api/v1/messages/{id}."""

    text: str


class NewAgent(msgspec.Struct, frozen=True):
    """POST /api/v1/agents."""

    name: str
    login: str
    password: str
    role: str = "agent"


class NewCannedReply(msgspec.Struct, frozen=True):
    """POST /api/v1/canned-replies."""

    shortcut: str
    title: str
    text: str
    language: str = ""


class ChannelManifest(msgspec.Struct, frozen=True):
    """One entry of GET /api/v1/channels, for set-up screens; made from the channel's manifest.toml."""

    channel: str
    name: str
    settings: list[dict[str, Any]]
    secrets: list[dict[str, Any]]
    capabilities: rows.CapabilitySheet
    guide: str = ""


class SnapshotPage(msgspec.Struct, frozen=True):
    """GET /api/v1/snapshot: rows by event type, all as of ``seq``; last page when ``next`` is None."""

    epoch: str
    seq: int
    hub_time: datetime
    rows: dict[str, list[msgspec.Raw]]
    next: str | None = None


class NewArchive(msgspec.Struct, frozen=True):
    """POST /api/v1/archives; the same name twice is the same archive."""

    name: str


class ArchivedMessage(msgspec.Struct, frozen=True):
    """A message of an archive.

    Attributes:
        external_id: the same whenever the same archive is read again; it decides what is known already.
        incoming: whether the customer wrote it.
        by: who wrote it, where that is somebody else than the chat's name says.
        attachments: ids of files that were uploaded for it.
        missing: names of files that the archive mentions and does not hold.
    """

    external_id: str
    at: datetime
    incoming: bool
    text: str = ""
    by: str = ""
    attachments: list[str] = []
    missing: list[str] = []


class ArchivedChat(msgspec.Struct, frozen=True):
    """POST /api/v1/archives/{id}/messages: some of one chat's messages, in their order.

    Attributes:
        external_id: of whom it was with, in the archive.
        fields: facts of them that may help to find them again: phone, email.
    """

    external_id: str
    name: str
    messages: list[ArchivedMessage]
    fields: dict[str, str] = {}


class Archived(msgspec.Struct, frozen=True):
    """What became of them."""

    conversation_id: str
    new: int
    known: int


class WhichAreKnown(msgspec.Struct, frozen=True):
    """POST /api/v1/archives/{id}/known, and its answer: external ids."""

    external_ids: list[str]


class Uploaded(msgspec.Struct, frozen=True):
    """POST /api/v1/attachments."""

    attachment: rows.Attachment


class Merge(msgspec.Struct, frozen=True):
    """POST /api/v1/contacts/{id}/merge: the other contact goes into the one of the address.

    Attributes:
        survivors: which fact survives where both have one: ``name``, ``language``, ``time_zone`` or
            ``fields.<name>`` to ``own`` or ``other``; the own one where nothing is said.
    """

    contact_id: str
    survivors: dict[str, str] = {}


class OtherContact(msgspec.Struct, frozen=True):
    """POST /api/v1/contacts/{id}/unmerge and ``.../not-same``: which other contact is meant."""

    contact_id: str


class Unmerged(msgspec.Struct, frozen=True):
    """Two contacts again: the one it was taken out of, and the one that stands for itself."""

    contact: rows.Contact
    other: rows.Contact


class SharedKey(msgspec.Struct, frozen=True):
    """What two contacts have in common: ``kind`` is ``phone``, ``email``, ``login`` or ``union_id``.

    Attributes:
        proven: whether both sides are proven; what somebody only typed is not.
    """

    kind: str
    value: str
    proven: bool


class MergeSuggestion(msgspec.Struct, frozen=True):
    """A contact that may be the same person; nothing is merged by itself.

    Attributes:
        same_inboxes: inboxes in which both write under different ids, which speaks against it.
    """

    contact: rows.Contact
    shared: list[SharedKey]
    same_inboxes: list[str] = []


class MergedContact(msgspec.Struct, frozen=True):
    """A contact that went into another one, and can be taken out again."""

    contact_id: str
    name: str
    at: datetime
    by: str
    identities: list[rows.Identity] = []


class ContactMerges(msgspec.Struct, frozen=True):
    """GET /api/v1/contacts/{id}/merges."""

    merged: list[MergedContact]
    suggestions: list[MergeSuggestion]


class NewConsent(msgspec.Struct, frozen=True):
    """POST /api/v1/contacts/{id}/consents: what an agent was told.

    Attributes:
        reason: how the agent knows, in their words.
        inbox_id: the inbox it is about; empty for everything that could ever be sent.
    """

    granted: bool
    reason: Annotated[str, msgspec.Meta(max_length=500)]
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "messages"
    inbox_id: str = ""


class ContactConsents(msgspec.Struct, frozen=True):
    """GET /api/v1/contacts/{id}/consents: what counts, and all that was ever said, the newest first."""

    standing: list[rows.Consent]
    ledger: list[rows.Consent]


class ContactPatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """PATCH /api/v1/contacts/{id}; what is UNSET stays. Of ``fields`` those that are named, an empty value removes one."""

    name: Annotated[str, msgspec.Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    language: Annotated[str, msgspec.Meta(max_length=60)] | msgspec.UnsetType = msgspec.UNSET
    time_zone: Annotated[str, msgspec.Meta(max_length=60)] | msgspec.UnsetType = msgspec.UNSET
    labels: (
        Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=50)] | msgspec.UnsetType
    ) = msgspec.UNSET
    fields: (
        Annotated[
            dict[Annotated[str, msgspec.Meta(max_length=60)], Annotated[str, msgspec.Meta(max_length=1000)]],
            msgspec.Meta(max_length=50),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
