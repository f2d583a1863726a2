"""One webhook address for the accounts of several inboxes, as Meta has it."""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account


@runtime_checkable
class SharesWebhook(Protocol):
    """An adapter whose provider calls one address for the accounts of several inboxes.

    Attributes:
        shared_with: channels whose inboxes may be told of at the same address, its own among them.
    """

    shared_with: Collection[str]

    def shared_out(self, body: bytes, accounts: Sequence[tuple[str, Account]]) -> Sequence[bytes]:
        """A verified delivery cut for each of ``accounts`` (channel and account), empty where nothing is for one.

        The first is the one whose address was called: what is nobody's stays there.
        """
        ...
