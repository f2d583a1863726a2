"""Channels whose accounts carry more or less: by their settings, or by what their provider says when they are tried."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from mim_desk.channels.calls import Response
from mim_desk.domain.inbox import Capabilities


@runtime_checkable
class VariesByAccount(Protocol):
    """An adapter whose account's settings say more of what it can carry than the manifest."""

    def capabilities(self, announced: Capabilities, settings: Mapping[str, Any]) -> Capabilities:
        """What an account with these settings can carry."""
        ...


@runtime_checkable
class LearnsByProbe(Protocol):
    """An adapter whose provider says, when an account is tried, how much a message may carry."""

    def files_bytes(self, response: Response) -> int | None:
        """As ``Standing.files_bytes``, by the answer to ``probe``."""
        ...
