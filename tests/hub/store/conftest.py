"""Every test of the store runs on both dialects: an encrypted SQLite file and a real PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mim_desk.hub.store.store import Store

KEY = bytes(range(32))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """An open store."""
    opened = await Store.open(database, KEY)
    yield opened
    await opened.close()
