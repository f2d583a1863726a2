"""Where reading begins, for channels whose provider keeps what came before the inbox was connected."""

from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account, Refused, Request, Response


@runtime_checkable
class BeginsNow(Protocol):
    """An adapter of which the hub asks the place to begin at before it saves a new inbox.

    Whatever comes after that moment is read from this place on, however long it takes until the first look;
    what came before it stays where it is.
    """

    def beginning_request(self, account: Account) -> Request | None:
        """The call that tells it, made like the trial of the account; None when this account is told by webhook."""
        ...

    def read_beginning(self, account: Account, response: Response) -> str | Refused:
        """The cursor to begin with, or why there is none."""
        ...
