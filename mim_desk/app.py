"""The desk's start: the first frame at once, everything heavy after that; builds each long-lived object once.

Nothing above ``first_paint`` may import SQLAlchemy, httpx, keyring, qasync or the hub (performance.md, P1a).
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QApplication

from mim_desk.desk.paths import HOME_VARIABLE, Paths, home
from mim_desk.ui.first_frame import FirstFrame

if TYPE_CHECKING:
    from mim_desk.desk.opening import Beginning
    from mim_desk.ui.at_work import DeskAtWork
    from mim_desk.ui.main_window import MainWindow
    from mim_desk.ui.single_instance import SingleInstance

Told = Callable[[str], None]
"""Called with ``painted``, ``panes``, ``rows`` and ``ready`` as the start reaches them."""

Company = Callable[["DeskAtWork"], Coroutine[Any, Any, None]]
"""What runs beside the desk while it is open."""

PEOPLE_COME_S = 60.0
"""After so long most of a demo's people have written."""


def main(arguments: argparse.Namespace, told: Told = lambda _: None, company: Company | None = None) -> int:
    """Open the desk; answers the process's exit code."""
    try:
        Paths(home()).make()
    except OSError as problem:
        return _no(f"The home folder {home()} cannot be used: {problem.strerror}. Set {HOME_VARIABLE} to another one.")
    gc.disable()  # nothing of the start is garbage; Life enables it again
    painted = first_paint(arguments)
    told("painted")
    return live(painted, arguments, told, company)


def _no(reason: str) -> int:
    sys.stderr.write(f"mim-desk: {reason}\n")
    return 2


def demo(arguments: argparse.Namespace) -> int:
    """Open the desk on a throw-away workspace, with simulated people on every channel."""
    from mim_desk.desk.throw_away import throw_away_home

    with throw_away_home() as folder:
        from mim_desk.rehearsal.scripts import stage

        os.environ |= {HOME_VARIABLE: str(folder), "MIM_DESK_KEYRING": "memory", "MIM_DESK_WORKSPACE": stage().brand}
        Paths(folder).settings.write_text('{"first_run_done": true}', "utf-8")
        arguments.seconds = stays_s(arguments)
        return main(arguments, company=_company(arguments))


def stays_s(arguments: argparse.Namespace) -> float | None:
    """How long a demo stays; one that is only pictured, until people of most channels have written."""
    seconds: float | None = arguments.seconds
    return PEOPLE_COME_S if seconds is None and arguments.screenshot is not None else seconds


def _company(arguments: argparse.Namespace) -> Company:
    """The people who come: again and again, or each once where somebody practises."""
    trains = bool(getattr(arguments, "training", False))
    return partial(_receive_people, opens_one=arguments.screenshot is not None, trains=trains)


async def _receive_people(desk: "DeskAtWork", *, opens_one: bool, trains: bool) -> None:
    import asyncio

    from mim_desk.rehearsal.beside import beside
    from mim_desk.ui import rehearsing

    here = asyncio.get_running_loop()
    url, token = await rehearsing.live_hub_url(desk.session), desk.session.keys.admin_token
    desk.wiring.show_view("all")

    def opened(page_url: str) -> None:
        sys.stdout.write(f"Chat with this desk yourself: {page_url}\n")
        sys.stdout.flush()
        rehearsing.offer_chat_page(desk, page_url)

    async def play() -> None:
        from mim_desk.rehearsal import rehearsal
        from mim_desk.rehearsal.workspace import OpenedChat

        def told(chat: OpenedChat) -> None:
            here.call_soon_threadsafe(opened, chat.page_url)

        await rehearsal.run(url, token, rehearsal.Rehearsal(rounds=1 if trains else None), on_open=told)

    if opens_one:
        rehearsing.open_first_listed(desk)
    training = rehearsing.train(desk) if trains else None
    await beside(play)
    if training is not None:
        training.end()


class Painted(NamedTuple):
    """What the rest of the start goes on with; ``before`` are the settings as plain JSON."""

    app: QApplication
    frame: FirstFrame
    paths: Paths
    before: dict[str, Any]


def first_paint(arguments: argparse.Namespace) -> Painted:
    """Show the three panes."""
    if arguments.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = _application()
    paths = Paths(home())
    before = _settings_before(paths)
    frame = FirstFrame(str(before.get("theme", "")), before.get("window", {}))
    frame.show()
    app.processEvents()
    return Painted(app, frame, paths, before)


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("mim-desk")
    app.setApplicationDisplayName("MIM Desk")
    app.setDesktopFileName("org.mimdesk.MimDesk")
    app.setQuitOnLastWindowClosed(False)
    return app


def _settings_before(paths: Paths) -> dict[str, Any]:
    """The settings as plain JSON; they are read and checked properly after the paint."""
    try:
        told = json.loads(paths.settings.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def live(painted: Painted, arguments: argparse.Namespace, told: Told, company: Company | None) -> int:
    """Everything after the first paint, until the desk is closed."""
    from mim_desk.ui.single_instance import SingleInstance

    app, frame, paths, before = painted
    alone = SingleInstance(paths.home)
    if not alone.first:
        frame.close()
        return _another_runs(alone, paths, arguments)
    opening = _begin_opening(paths, before)
    window = panes(painted)
    told("panes")
    from mim_desk.ui import first_rows

    first_rows.show_soon(app, window, opening, told)
    preparing = opening.prepare(unasked=arguments.screenshot is not None)
    alone.listen()

    from mim_desk.ui.event_loop import DeskLoop
    from mim_desk.ui.life import Life, end_by_signal

    loop = DeskLoop(app)
    life = Life(app, window, opening, preparing, told, company)
    frame.closing.connect(life.quit)
    alone.called.connect(life.come_to_front)
    with loop:
        end_by_signal(loop, life.quit)
        code: int = loop.run_until_complete(life.run(arguments.screenshot, getattr(arguments, "seconds", None)))
    alone.close()
    return code


def _another_runs(alone: "SingleInstance", paths: Paths, arguments: argparse.Namespace) -> int:
    alone.call()
    busy = f"A desk runs already in {paths.home}, so there is no picture. Close it, or set {HOME_VARIABLE}."
    return 0 if arguments.screenshot is None else _no(busy)


def _begin_opening(paths: Paths, before: dict[str, Any]) -> "Beginning":
    from mim_desk.desk.opening import begin
    from mim_desk.desk.shapes import ListQuery

    window = before.get("window", {})
    view = window.get("view")
    query = ListQuery(view if view in ("unassigned", "all") else "mine", "due")
    return begin(paths, str(window.get("me_id", "")), query)


def panes(painted: Painted) -> "MainWindow":
    """Build the real panes and lay them over the first frame."""
    from mim_desk.ui import texts
    from mim_desk.ui.main_window import MainWindow, dress
    from mim_desk.ui.theme import MODES, Theme, load_fonts

    app, frame, _, before = painted
    load_fonts()
    mode = before.get("theme")
    theme = Theme(mode if mode in MODES else "system", app)
    dress(app, theme)
    window = MainWindow(theme, texts.utc_now)
    frame.cover(window)
    window.list.list.setFocus()  # else Qt begins with the first button
    window.take_sizes(before.get("window", {}))
    app.processEvents()
    return window
