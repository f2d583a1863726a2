"""What a channel adapter is: it verifies, parses, renders and classifies; it opens no socket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from mim_desk.channels.calls import (
    OK,
    UNREADABLE_ANSWER,
    Account,
    Action,
    HandshakeAnswer,
    InDoubt,
    NeverLeft,
    Nudge,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    Unwanted,
)
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
from mim_desk.channels.outgoing import LastIncoming, Outgoing, OutgoingFile, OutgoingTemplate
from mim_desk.domain.enclosed import ContactCard, Enclosed, Place, Sticker
from mim_desk.domain.template import Template

__all__ = [
    "OK", "UNREADABLE_ANSWER", "AccessToken", "Account", "AccountTold", "Action", "Adapter", "AskedByWord", "AskedForReports", "CallsSeveral",
    "ConsentChanged", "ContactActed", "ContactCard", "CountsReplies", "DeliveredUpTo", "Echo", "Enclosed",
    "Event", "ExplainsRefusals", "FetchesMedia", "HandshakeAnswer", "HasTemplates", "HearsOfInboxes",
    "IdentityChanged", "InDoubt", "IncomingFile", "IncomingMessage", "LastIncoming", "MessageDeleted",
    "MessageEdited", "MessageHidden", "NeverLeft", "Nudge", "Outgoing", "OutgoingFile", "OutgoingTemplate",
    "Parsed", "PastChat", "Picked", "Place", "Poll", "Polled", "RawRequest", "ReachChanged", "ReactionSeen",
    "ReadUpTo", "Receipt", "Refused", "Request", "Response", "Sender", "Step", "Sticker", "Taken",
    "TemplateChanged", "TemplatePage", "ThreadMoved", "TypingSeen", "Unknown", "Unwanted", "UsesAccessToken",
]  # fmt: skip


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

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        """What the provider's answer to a sent call means; in doubt where it says yes and cannot be read."""
        ...


@runtime_checkable
class CallsSeveral(Protocol):
    """An adapter whose accounts are of more than one provider, so that an answer is read by who was called."""

    def classify_of(self, account: Account, request: Request, response: Response) -> Taken | Refused | InDoubt:
        """As ``classify``, for the answer to this call."""
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
