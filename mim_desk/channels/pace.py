"""How fast a network lets an account write, where it says so."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account


@dataclass(frozen=True, slots=True)
class Pace:
    """The most that may leave.

    Attributes:
        per_second: messages of the account, to whomever.
        chat_every_s: between two messages to one chat, as soon as ``chat_burst`` have left at once.
    """

    per_second: float
    chat_every_s: float
    chat_burst: int = 1


@runtime_checkable
class Paced(Protocol):
    """An adapter whose network tells how fast an account may write."""

    def pace(self, account: Account, recipient: str) -> Pace:
        """The pace of messages to this contact."""
        ...
