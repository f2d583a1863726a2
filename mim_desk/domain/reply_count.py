"""The reply count: how many messages the channel lets us answer to one of the customer's.

The customer's next message opens a new count; what certainly failed takes nothing of it. What the customer does besides
writing (follows, scans a code, picks from a menu) may open a small one of its own beside it, for a moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mim_desk.domain.message import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply after the customer's last message.

    Attributes:
        parts: the channel's own messages it is made of; of a failed one, those that were taken.
        window_closed: the channel refused it until the customer writes again.
    """

    status: DeliveryStatus
    parts: int = 1
    window_closed: bool = False

    @property
    def taken(self) -> int:
        """What it takes of the count; what is in doubt counts."""
        return self.parts if self.status is DeliveryStatus.FAILED else max(self.parts, 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """What lets us answer: the customer's message, or something that they did.

    Attributes:
        until: when what is left of it lapses; None where the count alone ends it.
    """

    at: datetime
    allowed: int
    until: datetime | None = None


def left(openings: Sequence[Opening], answers: Iterable[tuple[datetime, Answer]], now: datetime) -> int:
    """How many more messages may be sent ``now``; each answer was taken from the newest that was open at its time.

    Args:
        openings: newest first.
        answers: each with when it was sent; what still waits is sent now.
    """
    rest = [one.allowed for one in openings]
    for at, answer in sorted(answers, key=lambda one: one[0]):
        taken = answer.taken
        for place, one in enumerate(openings):
            if at < one.at:
                continue
            if answer.window_closed:
                rest[place] = 0
            elif one.until is None or at <= one.until:
                used = min(taken, rest[place])
                rest[place] -= used
                taken -= used
    return sum(more for one, more in zip(openings, rest, strict=True) if one.until is None or now < one.until)
