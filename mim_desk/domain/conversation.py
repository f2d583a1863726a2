"""A conversation: one episode with one contact, opened by a message and closed by resolve."""

from datetime import datetime, timedelta
from enum import StrEnum

REOPEN_SPAN = timedelta(hours=72)
"""Default of the workspace's reopen span (DESIGN.md, "A conversation is one episode")."""


class Status(StrEnum):
    """Where a conversation stands; *pending* means the bot has it."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class WaitingOn(StrEnum):
    """Whom the conversation waits for; an incoming message clears it."""

    NONE = "none"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"


class Priority(StrEnum):
    """How urgent people marked it; feeds routing and the SLA."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


def reopens(resolved_at: datetime, incoming_at: datetime, span: timedelta = REOPEN_SPAN) -> bool:
    """Whether a message at ``incoming_at`` continues the conversation resolved at ``resolved_at``."""
    return incoming_at - resolved_at <= span
