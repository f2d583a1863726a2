# long: the whole contract in one place, its shapes and its protocols; nothing here branches.
"""What a channel adapter is: it verifies, parses, renders and classifies; it opens no socket."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, runtime_checkable

from mim_desk.channels.events import (
    AccountTold,
    ConsentChanged,
    ContactActed,
    DeliveredUpTo,
    Echo,
    Event,
    IdentityChanged,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    MessageHidden,
    PastChat,
    Picked,
    ReachChanged,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TemplateChanged,
    ThreadMoved,
    TypingSeen,
    Unknown,
)
from mim_desk.domain.buttons import Button, ButtonLimits
from mim_desk.domain.consent import Purpose
from mim_desk.domain.enclosed import ContactCard, Enclosed, Place, Sticker
from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.template import Filling, Template

__all__ = [
    "OK", "AccessToken", "Account", "AccountTold", "Action", "Adapter", "AskedByWord", "AskedForReports",
    "ConsentChanged", "ContactActed", "ContactCard", "CountsReplies", "DeliveredUpTo", "Echo", "Enclosed",
    "Event", "ExplainsRefusals", "FetchesMedia", "HandshakeAnswer", "HasTemplates", "HearsOfInboxes",
    "IdentityChanged", "InDoubt", "IncomingFile", "IncomingMessage", "LastIncoming", "MessageDeleted",
    "MessageEdited", "MessageHidden", "NeverLeft", "Nudge", "Outgoing", "OutgoingFile", "OutgoingTemplate",
    "Parsed", "PastChat", "Picked", "Place", "Poll", "Polled", "RawRequest", "ReachChanged", "ReactionSeen",
    "ReadUpTo", "Receipt", "Refused", "Request", "Response", "Sender", "Step", "Sticker", "Taken",
    "TemplateChanged", "TemplatePage", "ThreadMoved", "TypingSeen", "Unknown", "Unwanted", "UsesAccessToken",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One call of a provider, exactly as it came.

    Attributes:
        path: path as sent, undecoded; ``query`` without the question mark.
        headers: names in lower case; of repeated ones the last.
        received_at: the hub's time, for checks of age.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account, with its secrets opened; never logged.

    Attributes:
        webhook_url: the address the provider calls, for signatures over it; empty while it is unknown.
        renewed: what the provider gave in place of secrets since they were entered.
    """

    inbox_id: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    brand_name: str = ""
    webhook_url: str = ""
    renewed: Mapping[str, str] = field(default_factory=dict, repr=False)

    def newest(self, name: str) -> str:
        """A secret as the provider renewed it, else as it was entered."""
        return self.renewed.get(name) or self.secrets.get(name, "")


@dataclass(frozen=True, slots=True)
class HandshakeAnswer:
    """What the webhook address answers: to a provider's GET, and to a delivery once it is stored."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain"


OK: Final = HandshakeAnswer(b"ok")
"""What most providers want to hear of a delivery."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """A provider that is asked says that there is something to ask for; ``word`` goes with questions while it lasts."""

    word: str = field(repr=False)
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Parsed:
    """The events of a delivery, in its order; unknown and broken items are among them as ``Unknown``.

    Attributes:
        answer: what the provider hears once they are stored.
        calls: what it wants to be called for after that; each is made once, and nothing depends on it.
        nudge: the delivery says only that there is something to ask for.
    """

    events: tuple[Event, ...]
    answer: HandshakeAnswer = OK
    calls: "tuple[Request, ...]" = ()
    nudge: Nudge | None = None

    @property
    def unknown(self) -> int:
        """How many items could not be understood."""
        return sum(isinstance(event, Unknown) for event in self.events)


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send, with its bytes and its public address; that is empty when nobody outside reaches the hub."""

    id: str
    name: str
    mime_type: str
    data: bytes = field(repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class LastIncoming:
    """The contact's last message in the conversation, for channels whose replies build on it.

    Attributes:
        at: the provider's time of it.
        details: what the adapter noted when it came, such as a token to answer with.
    """

    at: datetime
    external_id: str | None = None
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingTemplate:
    """A template with what stands in its blanks; values that are files name one of the reply's files."""

    template: Template
    filling: Filling


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply on its way to a contact; there is no way to make one of a note: it carries no kind.

    Attributes:
        message_id: our UUID, the idempotency key.
        recipient: the contact's external id in this inbox.
        at: the hub's time of this attempt, for signatures.
        reply_to: the provider's id of the quoted message, ``reply_to_details`` what the adapter noted of it.
        automatic: no person wrote it, so some channels allow less.
        template: it goes as this template, and ``text`` is only how that reads.
        cc, bcc: addresses that get it too, where the channel carries copies; of ``bcc`` nobody else may learn.
        buttons: what it offers, each under the key by which a press is known again; none where the channel has no
            buttons: then they are words of the text. ``button_limits`` is what the channel's manifest says of them.
        enclosed: a place, a card or a sticker, only of those that the channel's manifest names.
        private: it goes to the author of the quoted public comment alone, who may never have written privately:
            then ``recipient`` is empty.
    """

    message_id: str
    recipient: str
    at: datetime
    text: str = ""
    files: tuple[OutgoingFile, ...] = ()
    reply_to: str | None = None
    reply_to_details: Mapping[str, str] = field(default_factory=dict, repr=False)
    last_incoming: LastIncoming | None = None
    automatic: bool = False
    template: OutgoingTemplate | None = None
    buttons: tuple[Button, ...] = ()
    button_limits: ButtonLimits | None = None
    enclosed: Enclosed | None = None
    private: bool = False
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    @property
    def plain_files(self) -> tuple[OutgoingFile, ...]:
        """The files that are no sticker."""
        own = self.enclosed.attachment if isinstance(self.enclosed, Sticker) else ""
        return tuple(one for one in self.files if one.id != own) if own else self.files

    @property
    def sticker_file(self) -> OutgoingFile | None:
        """The file that goes as a sticker."""
        own = self.enclosed.attachment if isinstance(self.enclosed, Sticker) else ""
        return next((one for one in self.files if own and one.id == own), None)


@dataclass(frozen=True, slots=True)
class Request:
    """One call to the provider; ``headers`` and, for some, ``url`` hold secrets and are never logged.

    Attributes:
        prepares: an upload or the like, by which nothing reaches the contact: it may be made again at any time.
        once: our key does not cover this call, so neither a lost answer nor a broken one (5xx other than 503) is
            followed by another try.
        instead: another way to the contact, gone when this call is rejected.
        asks: it only looks beforehand: whatever is answered, the next call is written from it.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    prepares: bool = False
    once: bool = False
    instead: "Request | None" = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """The provider's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """The connection failed before any byte: sending again is safe."""

    problem: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Bytes left and no whole answer came: the provider may have taken it."""

    problem: str


Step = Request | Callable[[Response], Request]
"""A call, or how it is written from the answer to the call before it; that may raise a Refusal."""


class Action(StrEnum):
    """What a refusal asks of the sender."""

    RETRY = "retry"
    WINDOW_CLOSED = "window_closed"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    SETTINGS = "settings"
    """The account does not work (token, address): it is paused until somebody mends it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider has it.

    Attributes:
        details: what the adapter notes of it, such as a token by which it can be quoted.
        recipient: external id of whom it reached, where the provider says so: of a private answer to a comment it is
            by this that the comment's author writes back.
    """

    external_ids: tuple[str, ...] = ()
    status: DeliveryStatus = DeliveryStatus.SENT
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Unwanted:
    """What the contact wants no more, as they said to the provider; ``blocks`` as of ConsentChanged."""

    purpose: str = Purpose.MESSAGES
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider has it certainly not; ``reason`` is one plain sentence for the agent.

    Attributes:
        unwanted: because the contact does not want it, as they said to the provider.
        mended_by: calls that may let the next try succeed; made at once, and nothing else depends on them.
        field: the setting or secret that is wrong, where that is known.
        elsewhere: it can never arrive here, so it may go by another inbox that the settings name.
        most_attempts: for a retry, after so many it is rejected; None for as many as the sender makes.
    """

    action: Action
    reason: str
    code: str = ""
    retry_after_s: float | None = None
    unwanted: Unwanted | None = None
    mended_by: tuple[Request, ...] = ()
    field: str = ""
    elsewhere: bool = False
    most_attempts: int | None = None


class Adapter(Protocol):
    """A channel's rules: stateless, without I/O.

    Attributes:
        channel: its name in addresses and rows.
        keyed: the provider takes our idempotency key, so a send in doubt may be repeated.
        local: replies reach the contact through the hub's own streams: nothing to render or to send.
    """

    channel: str
    keyed: bool
    local: bool

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """Raise a Refusal that names the field when the shape of the settings is wrong."""
        ...

    def probe(self, account: Account, now: datetime) -> Request | None:
        """A harmless call that proves the credentials before they are saved, if the channel has one."""
        ...

    def judge_probe(self, account: Account, response: Response | None) -> None:
        """Raise a Refusal that names the wrong field; no response means nobody could be reached."""
        ...

    def verify(self, account: Account, request: RawRequest) -> None:
        """Raise a Refusal unless the delivery is truly the provider's."""
        ...

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """The events of a verified delivery; never raises on foreign bytes, they become ``Unknown``."""
        ...

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        """Answer the provider's GET; raise a Refusal when it is not wanted."""
        ...

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        """The call or calls that send one reply, in order; a Refusal when the channel cannot carry it."""
        ...

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        """What the provider's answer to a sent call means."""
        ...


@runtime_checkable
class FetchesMedia(Protocol):
    """An adapter whose deliveries name files instead of bringing them."""

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        """The next call on the way to a file; None when the last answer is the file.

        Args:
            source: ``url`` or else ``external_id`` of its ``IncomingFile``.
            answered: the answers to the calls before, all of them with a status of 200 to 299.

        Raises a Refusal when the way ends: with the code ``expired`` the provider has the file no more, with
        ``not-ready`` it is asked again later. Headers that were written for one host never reach another.
        """
        ...


@dataclass(frozen=True, slots=True)
class Poll:
    """What a provider had for an account that is asked instead of being told.

    Attributes:
        items: deliveries, each as ``parse`` takes it.
        cursor: where to ask on, once they are stored.
        wait_s: before the next question.
    """

    items: tuple[bytes, ...] = ()
    cursor: str = ""
    wait_s: float = 0.0


@runtime_checkable
class Polled(Protocol):
    """An adapter whose provider is asked for what is new."""

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        """The next question; None when this account is told by webhook."""
        ...

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        """What the answer brought, or why there is none."""
        ...


@runtime_checkable
class AskedByWord(Polled, Protocol):
    """An adapter whose provider gives a word to ask with when it nudges."""

    def next_poll_with(self, account: Account, cursor: str, word: str) -> Request:
        """The next question, with that word."""
        ...


@runtime_checkable
class ExplainsRefusals(Protocol):
    """An adapter whose provider refuses for a reason that it tells only when it is asked."""

    def explanation_request(self, account: Account, request: Request, refused: Refused) -> Request | None:
        """A harmless call that tells why a sent call was refused; None where the refusal says enough."""
        ...

    def read_explanation(self, refused: Refused, response: Response) -> Refused:
        """The refusal in the words that follow from the answer; as it was where that says nothing."""
        ...


@runtime_checkable
class AskedForReports(Polled, Protocol):
    """An adapter whose provider is asked for what became of replies; messages are told by webhook all the same."""

    only_reports: bool


@runtime_checkable
class CountsReplies(Protocol):
    """An adapter whose provider lets one of the customer's messages be answered only so many times."""

    def messages_in(self, text: str, files: int) -> int:
        """How many of the provider's messages a reply takes."""
        ...


@runtime_checkable
class HearsOfInboxes(Protocol):
    """An adapter whose provider has to be told where its deliveries go."""

    def connected(self, account: Account) -> Sequence[Request]:
        """The calls that say so, made after each saving of the settings; ``classify`` tells what the answers mean."""
        ...


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a provider gives for an account's secrets, to call it with for a while; never logged.

    Attributes:
        renewed: secrets that it gave with it in place of others: kept for the next time, as ``Account.renewed``.
    """

    value: str = field(repr=False)
    lasts_s: float
    renewed: Mapping[str, str] = field(default_factory=dict, repr=False)


@runtime_checkable
class UsesAccessToken(Protocol):
    """An adapter whose calls carry a short-lived token; the hub asks for it, keeps it and renews it before its end.

    What ``render``, ``fetch`` and ``next_poll`` write has no token in it yet.
    """

    def token_request(self, account: Account, now: datetime) -> Request:
        """The call that asks for a token."""
        ...

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        """The token in the answer, or why there is none."""
        ...

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        """The call with the token in it; the same call where it goes to somebody who may not see the token."""
        ...

    def refuses_token(self, response: Response) -> bool:
        """Whether the provider says that the token of a call is no longer right: then nothing was done."""
        ...


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """A part of an account's templates; ``cursor`` asks for the next, empty at the end."""

    templates: tuple[Template, ...] = ()
    cursor: str = ""


@runtime_checkable
class HasTemplates(Protocol):
    """An adapter whose provider approves messages beforehand, to be sent outside the reply window."""

    def written_templates(self, account: Account) -> Sequence[Template]:
        """Those that stand in the settings, where the provider cannot list them."""
        ...

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        """The call for the next of an account's templates; None where the provider cannot be asked."""
        ...

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        """The templates in the answer, or why there are none; one that cannot be read is left out."""
        ...
