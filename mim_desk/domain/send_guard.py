"""The send guard: whether a reply may still go out as it was written (DESIGN.md, step 5).

The hub decides, from facts it reads in the same transaction in which it would store the reply.
"""

from dataclasses import dataclass
from enum import StrEnum


class Composed(StrEnum):
    """How the composer stood when the agent pressed send."""

    LIVE = "live"
    OFFLINE = "offline"


class MovedReason(StrEnum):
    """What happened since the composer last looked; the wire's ``reasons`` of ``conversation-moved``."""

    ANSWERED = "answered"
    CUSTOMER_WROTE = "customer_wrote"
    ASSIGNEE_CHANGED = "assignee_changed"
    RESOLVED = "resolved"
    WINDOW_CLOSED = "window_closed"


@dataclass(frozen=True)
class GuardFacts:
    """What the hub knows about the conversation at the moment of storing a reply.

    Attributes:
        base_seq: the last event the composer had shown; None asks for no guard.
        replies_by_others: seqs of replies that somebody else, person or bot, wrote.
        incoming: seqs of messages by the customer.
        assignee_changed, resolved: whether either happened after ``base_seq``.
        window_closed: whether the channel's reply window is closed now.
        override: the agent saw the newer messages and sends anyway.
    """

    base_seq: int | None
    composed: Composed = Composed.LIVE
    replies_by_others: tuple[int, ...] = ()
    incoming: tuple[int, ...] = ()
    assignee_changed: bool = False
    resolved: bool = False
    window_closed: bool = False
    override: bool = False


def reasons(facts: GuardFacts) -> tuple[MovedReason, ...]:
    """Why the reply is held, in the order of the enum; empty when it goes out.

    A live composer showed the agent everything but a reply that crossed its own; what was
    composed offline is held for anything that could change its meaning.
    """
    if facts.base_seq is None or facts.override:
        return ()
    base = facts.base_seq
    offline = facts.composed is Composed.OFFLINE
    held = {
        MovedReason.ANSWERED: any(seq > base for seq in facts.replies_by_others),
        MovedReason.CUSTOMER_WROTE: offline and any(seq > base for seq in facts.incoming),
        MovedReason.ASSIGNEE_CHANGED: offline and facts.assignee_changed,
        MovedReason.RESOLVED: offline and facts.resolved,
        MovedReason.WINDOW_CLOSED: offline and facts.window_closed,
    }
    return tuple(reason for reason, is_so in held.items() if is_so)
