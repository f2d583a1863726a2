"""What a dealer is: KakaoTalk gives consultation talk to dealers alone, and each has a way of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mim_desk.channels.base import (
    Account,
    InDoubt,
    Outgoing,
    Parsed,
    Poll,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.gestures import Target


class Dealer(Protocol):
    """One dealer's form of everything; stateless and without I/O, like the adapter.

    Attributes:
        name: as people know it.
        sends_notices: whether AlimTalk goes through it.
        files_lie_at: what the addresses of customers' files begin with.
    """

    name: str
    sends_notices: bool
    files_lie_at: tuple[str, ...]

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise a Refusal that names the field whose form is wrong."""
        ...

    def probe(self, account: Account) -> Request | None:
        """A harmless call that proves the credentials, where the dealer has one."""
        ...

    def judge_probe(self, response: Response | None) -> None:
        """Raise a Refusal that names the wrong field."""
        ...

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """What a delivery says; never raises."""
        ...

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        """The calls of one reply."""
        ...

    def classify(self, response: Response) -> Taken | Refused | InDoubt:
        """What the dealer's answer means."""
        ...

    def end_session(self, account: Account, target: Target) -> Request:
        """The call that ends a consultation."""
        ...

    def next_poll(self, account: Account) -> Request | None:
        """The call for reports, where they are asked for."""
        ...

    def read_poll(self, response: Response) -> Poll | Refused:
        """The reports in the answer."""
        ...
