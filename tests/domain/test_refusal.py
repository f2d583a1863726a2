"""Refusals travel like any exception."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mim_desk.domain.refusal import Refusal


def test_a_refusal_passes_through_a_context_manager_unchanged() -> None:
    @contextmanager
    def room() -> Iterator[None]:
        yield

    refusal = Refusal("full", "The room is full. Come back later.", "room")

    with pytest.raises(Refusal) as caught, room():
        raise refusal

    assert caught.value is refusal
    assert str(refusal) == "The room is full. Come back later."
