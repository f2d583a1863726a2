"""Tokens that an account has already, or need not have: beside ``UsesAccessToken`` of ``base``."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import AccessToken, Account


@runtime_checkable
class KeepsTokens(Protocol):
    """An adapter whose accounts may do without a token, or hold one that was entered or renewed before."""

    def token_at_hand(self, account: Account, now: datetime) -> AccessToken | None:
        """The token to call with, an empty one where the account's calls need none; None when it has to be asked for."""
        ...
