"""What tests of the desk share: a filled home folder and an open session on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mim_desk.desk.session import Session
from tests.desk.workspace import Home, make_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A realistic workspace in a fresh home folder."""
    return make_home(tmp_path / "home")


@pytest_asyncio.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """An open session on it, without a hub."""
    session = home.session()
    await session.start()
    yield session
    await session.close()
