"""Fixtures of screens that need a session."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mim_desk.ui.theme import load_fonts
from tests.ui.stage import Stage


@pytest.fixture
def stage(desk_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Stage]:
    """A session on the two dozen conversations of the pictures."""
    load_fonts()
    made = Stage(desk_loop, tmp_path)
    yield made
    made.close()
