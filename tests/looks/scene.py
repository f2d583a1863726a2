"""The main window over a workspace on disk, at a fixed time: what the reference pictures show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from mim_desk.desk.freshness import FreshnessState
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.main_window import MainWindow, dress
from mim_desk.ui.problems import Problems
from mim_desk.ui.theme import Mode, Theme, load_fonts
from tests.desk import workspace
from tests.fakes import FakeNotices

NOW = datetime(2026, 11, 22, 10, 40, tzinfo=UTC)


@asynccontextmanager
async def desk_at(
    folder: Path,
    app: QApplication,
    mode: Mode,
    *,
    size: tuple[int, int] = (1440, 900),
    rtl: bool = False,
    live: bool = True,
) -> AsyncIterator[DeskAtWork]:
    """A desk at work in ``folder``, told that the hub is near and what time it is."""
    home = workspace.make_home(folder, now=NOW)
    session = home.session()
    session.settings.change(first_run_done=True, notifications=False)
    load_fonts()
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    theme = Theme(mode)
    dress(app, theme)
    await session.start()
    session.line.hub_time(NOW)
    if live:
        session.line.fares(FreshnessState.LIVE, 1000, "")
    window = MainWindow(theme, session.hub_now)
    window.resize(*size)
    window.show()
    app.processEvents()
    problems = Problems()
    desk = DeskAtWork(window, session, problems, FakeNotices())
    desk.start("")
    try:
        await desk.wiring.listed_once()
        yield desk
    finally:
        await rest(0.05)
        await desk.close()
        await session.close()
        window.close()
        window.deleteLater()
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


async def rest(seconds: float = 0.4) -> None:
    """Let reads and paints come to rest."""
    await asyncio.sleep(seconds)


def picture(desk: DeskAtWork) -> QImage:
    """What is seen."""
    desk.session.line.hub_time(NOW)
    return desk.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
