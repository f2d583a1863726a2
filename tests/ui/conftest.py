"""Fixtures of screens that need a session, and of a whole desk at work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.theme import Mode, load_fonts
from tests.looks.scene import desk_at
from tests.ui.stage import Stage

Story = Callable[[DeskAtWork], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture
def stage(desk_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Stage]:
    """A session on the two dozen conversations of the pictures."""
    load_fonts()
    made = Stage(desk_loop, tmp_path)
    yield made
    made.close()


@pytest.fixture
def play(desk_loop: asyncio.AbstractEventLoop, qapp: QApplication, tmp_path: Path) -> Play:
    """``play(story, mode="light", size=(1440, 900))`` runs a coroutine function with a desk at work."""
    qapp.setQuitOnLastWindowClosed(False)

    def run(story: Story, mode: Mode = "light", size: tuple[int, int] = (1440, 900), **scene: bool) -> None:
        async def told() -> None:
            async with desk_at(tmp_path / "workspace", qapp, mode, size=size, **scene) as desk:
                await story(desk)

        desk_loop.run_until_complete(told())

    return run
