"""What a provider took of a reply already, so that the rest can follow and nothing leaves twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mim_desk.channels.base import Request, Step, Taken


@dataclass(frozen=True)
class Before:
    """What the provider took of the same reply already; some providers give what they took no id.

    Attributes:
        done: how many of the reply's steps are over; 0 when the rest cannot be made without the answers to them.
        steps: how many steps the reply had, so that nothing goes on in the middle of what is written otherwise now.
    """

    parts: int = 0
    external_ids: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    done: int = 0
    steps: int = 0

    def and_also(self, taken: Taken, done: int = 0, steps: int = 0) -> "Before":
        """With one more; what was noted of the first is kept."""
        ids = (*self.external_ids, *taken.external_ids)
        return Before(self.parts + 1, ids, {**taken.details, **self.details}, done, steps)

    @property
    def goes_on(self) -> bool:
        """Whether the rest can follow by itself."""
        return self.parts > 0 and self.done > 0

    def fits(self, steps: int) -> bool:
        """Whether the reply is still cut into as many steps, so that the rest is what was not taken."""
        return not self.goes_on or self.steps == steps


def stands_alone(steps: Sequence[Step], place: int) -> bool:
    """Whether there is a step at ``place`` that needs no answer to the one before it."""
    return place < len(steps) and isinstance(steps[place], Request)


NOTHING_BEFORE: Final = Before()
