"""The reply count: how many messages the channel lets us answer to one of the customer's.

The customer's next message opens a new count; what certainly failed takes nothing of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

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


def left(allowed: int, answers: Iterable[Answer]) -> int:
    """How many more messages may answer the customer's last one."""
    given = list(answers)
    if any(one.window_closed for one in given):
        return 0
    return max(allowed - sum(one.taken for one in given), 0)
