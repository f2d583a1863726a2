"""Calls that cannot wait for the hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mim_desk.desk.hub_client import Unreachable
from mim_desk.domain.refusal import Refusal

OUT_OF_REACH: Final = "The hub cannot be reached now. Try again when you are online."


@contextmanager
def reachable(field: str = "") -> Iterator[None]:
    """Being out of reach is a Refusal."""
    try:
        yield
    except Unreachable as error:
        raise Refusal("offline", OUT_OF_REACH, field) from error
