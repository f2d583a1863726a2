"""What hub and adapter hand each other about calls: of a provider to us, of ours to it, and what its answers mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from mim_desk.channels.events import (
    Event,
    Unknown,
)
from mim_desk.domain.consent import Purpose
from mim_desk.domain.message import DeliveryStatus


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
    """Bytes left and no whole answer came, or none that can be read: the provider may have taken it."""

    problem: str


UNREADABLE_ANSWER: Final = InDoubt("unreadable")
"""A success that is not in the provider's words, as of a proxy's page: nobody knows who said it."""


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
        whole: for a retry, whether all of the account has to wait, and not this contact alone; None where that is as
            the HTTP status says: at 429 it has.
        moved_to: for a retry, the external id by which the channel calls the contact now.
        alarm: what it says of the whole account, for the inbox's health: a name, and a sentence.
        templates_stale: the provider knows the template otherwise than we do, so they are asked for anew.
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
    whole: bool | None = None
    moved_to: str = ""
    alarm: tuple[str, str] | None = None
    templates_stale: bool = False
