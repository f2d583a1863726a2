"""Channels whose accounts carry more or less by their settings."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from mim_desk.domain.inbox import Capabilities


@runtime_checkable
class VariesByAccount(Protocol):
    """An adapter whose account's settings say more of what it can carry than the manifest."""

    def capabilities(self, announced: Capabilities, settings: Mapping[str, Any]) -> Capabilities:
        """What an account with these settings can carry."""
        ...
