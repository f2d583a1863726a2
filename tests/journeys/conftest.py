"""Fixtures of the journeys: a shop page, a real browser and where the desk keeps its things."""

from collections.abc import Iterator

import pytest

from tests.journeys.shop import Shop, opened_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with opened_shop() as page:
        yield page
