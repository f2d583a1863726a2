"""Names, pictures and other ids of people that a network tells only when it is asked for them."""

from typing import Protocol, runtime_checkable

from mim_desk.channels.base import Account, Request, Response


@runtime_checkable
class TellsProfiles(Protocol):
    """An adapter whose deliveries name nobody, but whose provider can be asked who somebody is."""

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        """A call that changes nothing; None for what is nobody's id, such as a group's."""
        ...

    def read_profile(self, response: Response) -> str | None:
        """The name in the answer; None where there is none, whatever the bytes."""
        ...


@runtime_checkable
class TellsPictures(Protocol):
    """An adapter whose profiles have a picture.

    Attributes:
        asks_named: it is asked for people, too, whom its deliveries name: then for the picture alone.
    """

    asks_named: bool

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        """A call that changes nothing; None for what is nobody's id."""
        ...

    def read_picture(self, response: Response) -> str:
        """The source of the picture in the answer, as ``fetch`` takes it; empty where there is none."""
        ...


@runtime_checkable
class TellsUnionIds(Protocol):
    """An adapter whose provider, when asked, tells an id by which a person is one in all accounts of the same owner."""

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        """A call that changes nothing; None for what is nobody's id."""
        ...

    def read_union_id(self, response: Response) -> str:
        """That id; empty where the answer has none, whatever the bytes."""
        ...
