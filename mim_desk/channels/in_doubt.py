"""Providers that list what they took."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account, Outgoing, Receipt, Request, Response


@runtime_checkable
class ListsWhatItTook(Protocol):
    """An adapter whose provider lists what it took, so that a send in doubt can be settled; nothing is sent by it."""

    def ask_for(self, account: Account, message: Outgoing, since: datetime) -> Request:
        """The call that lists what went to the recipient ``since``."""
        ...

    def found_in(self, account: Account, message: Outgoing, since: datetime, response: Response) -> Sequence[Receipt]:
        """What of the list may be this message, the oldest first; none where it is not there or cannot be told."""
        ...
