"""A foreseen "no" with a reason for the agent."""

from dataclasses import dataclass


@dataclass(eq=False)
class Refusal(Exception):
    """A rule said no; not frozen, since context managers set the traceback of what passes through them.

    Attributes:
        code: stable machine word, e.g. ``conversation-moved``.
        reason: one plain sentence for the agent; first the fact, then what to do.
        field: the input that was refused, empty when it is none in particular.
    """

    code: str
    reason: str
    field: str = ""

    def __str__(self) -> str:
        return self.reason
