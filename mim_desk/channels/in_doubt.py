"""What providers do for a send in doubt: some list what they took, some know our key only for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

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


KEYS_SINCE: Final = "keys_since"
"""Among what was renewed of an account: since when it calls as who it calls now (RFC 3339)."""


@runtime_checkable
class KnowsKeysByDevice(Protocol):
    """An adapter whose provider knows our keys by the device that called: from another one each is a new key.

    That the secrets were changed the hub notes itself, under ``KEYS_SINCE``; a sign-in the adapter notes there.
    """

    def keys_since(self, account: Account) -> datetime | None:
        """Since when keys are known, None where no other device ever called: what is in doubt from before is not sent again."""
        ...


@runtime_checkable
class ForgetsKeys(Protocol):
    """An adapter whose provider takes our key for a known one only so long, reckoned from the first try."""

    key_lasts: timedelta
