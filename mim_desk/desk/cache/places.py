"""Where a conversation stands: its bucket, its rank in each order, the counters it is counted in."""

from mim_desk.desk.moments import milliseconds
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import DeliveryStatus
from mim_desk.protocol import rows

FAR = 10**15
"""Milliseconds after every real time: rows without a time sort behind those with one."""

OPEN, SNOOZED, RESOLVED = range(3)
LABEL_MARK = "\x1f"

Facet = tuple[str, str]

_BUCKETS = {Status.SNOOZED: SNOOZED, Status.RESOLVED: RESOLVED}


def bucket(conversation: rows.Conversation) -> int:
    """Open (with pending), snoozed or resolved."""
    return _BUCKETS.get(conversation.status, OPEN)


def failed(conversation: rows.Conversation) -> bool:
    """Whether its newest message could not be delivered."""
    last = conversation.last_message
    return last is not None and last.delivery_status is DeliveryStatus.FAILED


def facets(conversation: rows.Conversation) -> list[Facet]:
    """Which counters a conversation is counted in."""
    place = bucket(conversation)
    undelivered = [("failed", "")] if failed(conversation) else []
    if place != OPEN:
        return [("bucket", str(place)), *undelivered]
    unread = [("unread", "")] if conversation.unread else []
    labels = [("label", label) for label in conversation.labels]
    owner = ("assignee", conversation.assignee_id or "")
    return [("bucket", str(OPEN)), owner, ("inbox", conversation.inbox_id), *labels, *unread, *undelivered]


def ranks(conversation: rows.Conversation) -> dict[str, int]:
    """Its place in each order, smallest first."""
    active = milliseconds(conversation.last_activity_at or conversation.created_at)
    waiting, due = conversation.waiting_since, conversation.next_due
    return {
        "activity_rank": -active,
        "waiting_rank": milliseconds(waiting) if waiting else 2 * FAR - active,
        "due_rank": milliseconds(due) if due else 2 * FAR - active,
    }
