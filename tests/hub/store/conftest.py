"""Every test of the store runs on both dialects: an encrypted SQLite file and a real PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mim_desk.hub.store.store import Store
from tests.fakes import FakeClock
from tests.hub.store import made

KEY = bytes(range(32))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
async def store(database: str, clock: FakeClock) -> AsyncIterator[Store]:
    """An open store at an hour after the made messages' START, empty."""
    clock.now = made.START.replace(hour=10)
    opened = await Store.open(database, KEY, now=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def shop(store: Store) -> Store:
    """A store with a workspace, two agents, two inboxes of one brand and a policy."""
    await store.writer.run(made.prepare)
    return store
