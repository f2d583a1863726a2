"""How an account stands at its provider, and the tokens of it that are replaced before their end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account, Refused, Request, Response
from mim_desk.domain.inbox import FigureState

__all__ = ["Figure", "FigureState", "Renewed", "RenewsSecrets", "Standing", "TellsStanding"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One fact about an account as its provider tells it, such as *Quality rating: green*."""

    name: str
    value: str
    state: FigureState = FigureState.OK


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands at its provider.

    Attributes:
        token_ends_at: when its access token ends, where the provider says so.
        files_bytes: how much all files of one message may have together, 0 where the provider names no limit; None
            where it did not say, so that what it said before stays.
        mended_by: calls that set right what is wrong, each for itself; none reaches a contact. A stored account's are
            made, and then it is asked again.
    """

    figures: tuple[Figure, ...] = ()
    token_ends_at: datetime | None = None
    mended_by: tuple[Request, ...] = ()
    files_bytes: int | None = None


@runtime_checkable
class TellsStanding(Protocol):
    """An adapter whose provider can be asked how an account stands."""

    def standing_requests(self, account: Account) -> Sequence[Request]:
        """Harmless calls, each for itself; none when there is nothing to ask of this account."""
        ...

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        """What the answers say; None stands for one that did not come. It leaves out what it cannot read."""
        ...


@dataclass(frozen=True, slots=True)
class Renewed:
    """A secret that the provider replaced, and how long it lasts; never logged."""

    secrets: Mapping[str, str] = field(repr=False)
    lasts_s: float


@runtime_checkable
class RenewsSecrets(Protocol):
    """An adapter whose account's stored token ends unless it is replaced in time."""

    def renewal(self, account: Account) -> Request | None:
        """The call that asks for a new token; None when this account's does not end."""
        ...

    def read_renewal(self, account: Account, response: Response) -> Renewed | Refused:
        """The new token in the answer, or why there is none."""
        ...
