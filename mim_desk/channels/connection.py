"""What a driver is: it holds a connection to a provider for an adapter, which opens no socket itself."""

from typing import Final, Protocol

from mim_desk.channels.base import Account, InDoubt, NeverLeft, Poll, Refused, Request, Response

REFUSED_TOKEN: Final = "token"  # noqa: S105  # a code
"""Of a ``Refused``: the provider does not take the access token, so the hub asks for another one and tries once more."""


class Intake(Protocol):
    """What the hub is to a driver that listens."""

    async def connected(self) -> None:
        """Say that the connection stands and deliveries may come: what was wrong before is over.

        From here on the replies of an account whose driver ``sends_over_connection`` are given to this driver.
        """
        ...

    async def take(self, news: Poll) -> None:
        """Store deliveries and the place to go on from, which a single delivery shares its transaction with.

        Returns once that is committed, and waits while the store takes nothing: only then may the provider be told
        that we have it. A delivery that cannot be read is kept in the journal and taken like the others.
        ``wait_s`` means nothing here. May be called several times at once where the cursor stays as it is.
        """
        ...


class Driver(Protocol):
    """Holds the connection of one account, or makes one to send; made anew whenever the settings change.

    Where the channel ``UsesAccessToken`` the account it listens for has the token as ``renewed["access_token"]``.

    Of all hubs one at a time listens for an account. A driver only moves bytes: what they mean the adapter tells.

    Attributes:
        sends_over_connection: replies leave over the connection that listens, so they are sent by the hub that has it
            and wait while nobody has; else any hub sends them, each with a driver of its own.
    """

    sends_over_connection: bool

    def __init__(self, account: Account) -> None: ...

    async def listen(self, cursor: str, intake: Intake) -> Refused:
        """Connect and hand over what comes, from ``cursor`` on (empty at the start), until the connection ends.

        Returns why it ended, in a sentence for the admin: ``Action.SETTINGS`` pauses the account, after anything else
        it is called again, later and later while it does not get as far as ``connected``. A cancelled one ends at
        once; whatever was not committed comes again from ``cursor``.
        """
        ...

    async def send(self, request: Request) -> Response | NeverLeft | InDoubt:
        """Make one call that the adapter rendered; ``classify`` reads the answer. Never raises for what a peer does."""
        ...

    async def probe(self, request: Request) -> Response | NeverLeft | InDoubt:
        """The same for the adapter's ``probe``, over a connection of its own that is closed again."""
        ...
