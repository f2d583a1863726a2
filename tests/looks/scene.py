"""The main window over a workspace on disk, at a fixed time: what the reference pictures show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.freshness import FreshnessState
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.main_window import MainWindow, dress
from mim_desk.ui.problems import Problems
from mim_desk.ui.theme import Mode, Theme, load_fonts
from tests.desk import workspace
from tests.fakes import FakeNotices
from tests.ui.templates.made import INBOX, TEMPLATES

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


async def close_the_window(desk: DeskAtWork) -> None:
    """Marta wrote long ago: her reply window is closed, and a template is chosen."""
    session = desk.wiring.session
    found = await session.cache.conversation(workspace.conversation_id(1))
    assert found is not None
    closed = msgspec.structs.replace(found, version=99, reply_window_until=NOW - timedelta(hours=18))
    sheet = msgspec.structs.replace(INBOX.capabilities, templates=True)
    inbox = msgspec.structs.replace(INBOX, capabilities=sheet, version=2)
    told = [("inbox", inbox), ("conversation", closed), *(("template", one) for one in TEMPLATES)]

    def batch() -> Batch:
        made = Batch()
        for type_, row in told:
            made.put(type_, row, msgspec.json.encode(row))
        return made

    session.changes.publish(await session.cache.apply(batch, 1001))
    await rest(1.0)
    picker = desk.wiring.timeline.composer.picking.picker
    picker.list.setCurrentIndex(picker.model.index(picker.model.place("item_ready"), 0))
    picker.form.use_language("es")
    await rest(0.5)
