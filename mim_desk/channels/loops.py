"""Channels on which two machines may answer each other for ever, as they may by mail."""

from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account


@runtime_checkable
class GuardsLoops(Protocol):
    """An adapter whose account sends only so much to one address that nobody wrote."""

    def automatic_per_hour(self, account: Account) -> int:
        """How many automatic messages may leave to one address in an hour."""
        ...
