"""The first rows on screen: shown as soon as they are read, before the loop and the session are even imported."""

from collections.abc import Callable
from concurrent.futures import wait
from time import monotonic
from typing import Final

from PySide6.QtWidgets import QApplication

from mim_desk.desk.opening import Beginning, Opened
from mim_desk.ui.inbox.views.lines import TITLES
from mim_desk.ui.main_window import MainWindow
from mim_desk.ui.texts import tr

_LONGEST_S: Final = 0.5
_TURN_S: Final = 0.005


def show_soon(app: QApplication, window: MainWindow, beginning: Beginning, told: Callable[[str], None]) -> None:
    """Wait a moment for the rows; a keyring that takes longer is waited for by the loop."""
    until = monotonic() + _LONGEST_S
    while not beginning.opened.done() and monotonic() < until:
        app.processEvents()
        wait([beginning.opened], _TURN_S)
    if beginning.opened.done():
        show(app, window, beginning.opened.result(), told)


def show(app: QApplication, window: MainWindow, opened: Opened, told: Callable[[str], None]) -> None:
    """Put the rows into the list, when there are any and none are shown yet."""
    if opened.first is None or not opened.first.page or window.list.list.rows.rowCount():
        return
    view = opened.first.view
    window.list.show_title(tr("inbox", TITLES[view]), view)
    window.list.list.look.show_assignee = view != "mine"
    window.list.list.rows.restart(opened.first.page, more=False)
    window.list.show_rows()
    app.processEvents()
    told("rows")
