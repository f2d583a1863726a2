"""Providers that call places below the address of an inbox, as the homeservers of Matrix do."""

from collections.abc import Collection
from typing import Protocol, runtime_checkable


@runtime_checkable
class CalledBelow(Protocol):
    """An adapter whose provider adds paths of its own to the inbox's address.

    Attributes:
        methods_below: how deliveries come there.
    """

    methods_below: Collection[str]
