"""Providers that took a message and tell later that it did not arrive, for a reason that passes by itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Again:
    """When a text that did not arrive is sent once more, and how often at most."""

    after: timedelta
    most: int


@runtime_checkable
class SendsAgain(Protocol):
    """An adapter whose provider says by a code that a later try may succeed; what failed certainly did not arrive."""

    def sent_again(self, code: str) -> Again | None:
        """When a text that failed with this code is sent again; None where that is the agent's to decide."""
        ...
