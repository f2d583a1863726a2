"""What an adapter may do in a chat besides sending a reply: typing, read marks, reactions, changes of what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account, LastIncoming, Request


@dataclass(frozen=True, slots=True)
class Target:
    """A contact's chat, and the message in it that something is done to.

    Attributes:
        recipient: the contact's external id in this inbox.
        at: the hub's time, for signatures.
        key: a UUID of this very act, for providers that want one.
        external_ids: the provider's ids of the message, several where it left in parts; none of typing.
        details: what the adapter noted of the message.
        reaction_id: the provider's id of our reaction that is taken back, where it told one.
    """

    recipient: str
    at: datetime
    key: str
    external_ids: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    last_incoming: LastIncoming | None = None
    reaction_id: str = ""

    @property
    def external_id(self) -> str:
        """The provider's id of the message, of its first part where there are several."""
        return self.external_ids[0] if self.external_ids else ""


@runtime_checkable
class ShowsTyping(Protocol):
    """The contact can see that somebody writes."""

    def typing(self, account: Account, target: Target) -> Request | None:
        """The call that says so; None where this chat has none."""
        ...


@runtime_checkable
class MarksRead(Protocol):
    """The contact can see that we have read."""

    def mark_read(self, account: Account, target: Target) -> Request | None:
        """The call that says so of a message of the contact's and those before it; None where it cannot be said."""
        ...


@runtime_checkable
class Reacts(Protocol):
    """We can put an emoji on a message of the contact's; ``classify`` tells what the answer means."""

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        """The call; an empty emoji takes ours back. A Refusal where this chat has none."""
        ...


@runtime_checkable
class ChangesText(Protocol):
    """The text of our sent message can be changed."""

    def change_text(self, account: Account, target: Target, text: str) -> Request:
        """The call; a Refusal where this message cannot be changed."""
        ...


@runtime_checkable
class Moderates(Protocol):
    """Customers' public comments can be hidden from others, or deleted; ``classify`` tells what the answers mean."""

    def hide(self, account: Account, target: Target, *, hidden: bool) -> Request:
        """The call that hides a comment or shows it again; a Refusal where this message is none."""
        ...

    def remove(self, account: Account, target: Target) -> Request:
        """The call that deletes it for good."""
        ...


@runtime_checkable
class TakesBack(Protocol):
    """Our sent message can be taken back."""

    def take_back(self, account: Account, target: Target) -> Sequence[Request]:
        """The calls, one for each part."""
        ...


@runtime_checkable
class EndsSessions(Protocol):
    """The channel keeps a session with the contact that we may end; after that only they can begin another."""

    def ends_sessions(self, account: Account) -> bool:
        """Whether the settings want it."""
        ...

    def end_session(self, account: Account, target: Target) -> Request | None:
        """The call that ends it; None where the settings do not want that. ``classify`` tells what the answer means."""
        ...
