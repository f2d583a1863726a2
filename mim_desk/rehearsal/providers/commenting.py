"""Public comments as both networks keep them: whose each is, how old, whether it was answered privately or hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.graph import DAY_S, Graph, error
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Script

PRIVATELY_S: Final = 7 * DAY_S


@dataclass
class Comment:
    """One comment of a person's or of the brand's.

    Attributes:
        ours: whether the brand wrote it.
    """

    id: str
    phone: Phone
    at: float
    text: str = ""
    ours: bool = False
    answered_privately: bool = False
    hidden: bool = False


class Comments(dict[str, Comment]):
    """All comments by id, until they are deleted."""

    def of_person(self, comment_id: str) -> Comment | None:
        """A comment that somebody else than the brand wrote."""
        found = self.get(comment_id)
        return None if found is None or found.ours else found


class PublicSide(Graph):
    """Where people comment; they are answered privately elsewhere.

    Attributes:
        comments: those that are there.
    """

    comments: Comments

    def shown(self, call: Call, comment_id: str) -> Answer:
        """A comment as its fields tell it."""
        raise NotImplementedError


class Commenter(Phone):
    """The phone of somebody who comments there.

    Attributes:
        privately: where they were answered privately: from then on they write there.
    """

    script: Script
    privately: Phone | None = None


GONE: Final = error(100, "Unsupported post request: the comment does not exist.", 33)


def refusal(comment: Comment | None, now: float, second: Answer) -> Answer | None:
    """Why a comment takes no private reply; None where it does."""
    if comment is None:
        return GONE
    if comment.answered_privately:
        return second
    if now - comment.at > PRIVATELY_S:
        return error(100, "Private replies are possible within 7 days of the comment.")
    return None


def named_in(body: Mapping[str, Any]) -> str:
    """The comment that a message is addressed by; empty for one to a person."""
    return str((body.get("recipient") or {}).get("comment_id", ""))
