"""Providers that say a part of a delivery in the address they call, and all of it where they call by GET."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class ToldInQuery(Protocol):
    """An adapter whose deliveries may come by GET, their fields in the query; it has no handshake.

    Attributes:
        reads_query: the query says something of a delivery, so it is kept with it for a replay.
    """

    reads_query: bool
