"""From the first paint to the last: opens the session, gives the window its panes, and closes in order."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from mim_desk.desk.opening import Beginning, Opened, Prepared
from mim_desk.domain.refusal import Refusal
from mim_desk.ui import first_rows
from mim_desk.ui.collecting import Collector
from mim_desk.ui.main_window import MainWindow, dress
from mim_desk.ui.problems import Problems
from mim_desk.ui.sign_in.view import ChooseKeeping, Unlock
from mim_desk.ui.widgets.banner import Fact

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mim_desk.desk.keys import Keys
    from mim_desk.desk.session import Session
    from mim_desk.ui.at_work import DeskAtWork

_SETTLE_S = 0.6
_TRY_AGAIN_S = 3.0
_LONGEST_WAIT_S = 30.0


class Life(QObject):
    """One run of the desk.

    Attributes:
        problems: where the unforeseen goes.
        desk: the window at work, None before the session is open.
    """

    def __init__(
        self,
        app: QApplication,
        window: MainWindow,
        opening: Beginning,
        preparing: "Future[Prepared]",
        told: Callable[[str], None],
        company: "Callable[[DeskAtWork], Coroutine[Any, Any, None]] | None" = None,
    ) -> None:
        super().__init__()
        self._app = app
        self._window = window
        self._beginning = opening
        self._preparing = preparing
        self._told = told
        self._company = company
        self.problems = Problems(self)
        self.desk: DeskAtWork | None = None
        self.problems.shown.connect(self._show_problem)
        self._over = asyncio.Event()
        self._code = 0
        window.theme.changed.connect(lambda: dress(app, window.theme))

    def come_to_front(self) -> None:
        """Another start asked for the window."""
        whole = self._window.window()
        whole.showNormal()
        whole.raise_()
        whole.activateWindow()

    def quit(self) -> None:
        """End the run; what is open is closed in order."""
        self._over.set()

    async def run(self, screenshot: Path | None, seconds: float | None = None) -> int:
        """Open, work, close; after ``seconds`` when they are given, with a picture first if one is wanted."""
        opened = await asyncio.wrap_future(self._beginning.opened)
        first_rows.show(self._app, self._window, opened, self._told)
        session = await self._session(opened, screenshot)
        if session is None:
            return self._code
        from mim_desk.ui.at_work import DeskAtWork

        if not await self._started(session, unattended=screenshot is not None):
            await session.close()
            return self._code
        self.desk = desk = DeskAtWork(self._window, session, self.problems)
        desk.quit_wanted.connect(self.quit)
        desk.start(opened.store.status)
        self._told("ready")
        self._collector = Collector(self)
        if self._company is not None:
            desk.owner.spawn(self._company(desk), name="company")
        await self._stay(screenshot is not None, seconds)
        if screenshot is not None:
            await self._picture(desk, screenshot)
        await self._close(desk, session, opened)
        return self._code

    async def _session(self, opened: Opened, screenshot: Path | None) -> "Session | None":
        made = await asyncio.wrap_future(self._preparing)
        keys = made.keys
        if keys is None and screenshot is not None:
            self._picture_of_the_question(screenshot)
            return None
        keys = keys or await self._asked_keys(opened)
        if keys is None:
            return None
        return made.session(opened.store.paths, keys, made.settings, self.problems.report, early_hub=made.hub)

    async def _started(self, session: "Session", *, unattended: bool) -> bool:
        """Whether its files are open; while the disk is full that is tried again until the window is closed."""
        while not self._over.is_set():
            try:
                await session.start()
            except Refusal as refusal:
                if unattended:
                    sys.stderr.write(f"mim-desk: {refusal}\n")
                    self._code = 2
                    return False
                self._show_problem(refusal.reason)
            else:
                self._window.banner.forget("problem")
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(_TRY_AGAIN_S):
                    await self._over.wait()
        return False

    def _picture_of_the_question(self, screenshot: Path) -> None:
        """Nobody is there to answer it."""
        self._window.show_front(Unlock(self._window.theme))
        self._app.processEvents()
        self._save_picture(screenshot)

    async def _asked_keys(self, opened: Opened) -> "Keys | None":
        """Keys after asking for the passphrase or where to keep them; None when the window was closed."""
        from mim_desk.desk.secrets import Asks

        answer: asyncio.Future[Keys] = asyncio.get_running_loop().create_future()
        form: Unlock | ChooseKeeping
        if opened.opening.asks is Asks.UNLOCK:
            form, use = Unlock(self._window.theme), opened.store.unlock
        else:
            form, use = ChooseKeeping(self._window.theme, opened.opening.problem), opened.store.seal
            form.session_only.connect(lambda: _settle_once(answer, opened.store.for_this_session()))
        tried = asyncio.Event()
        form.submitted.connect(tried.set)
        self._window.show_front(form)
        form.fields["passphrase"].input.setFocus()
        async with asyncio.TaskGroup() as group:
            trying = group.create_task(_try_until_right(form, use, tried, answer))
            over = group.create_task(self._over.wait())
            both: set[asyncio.Future[Any]] = {answer, over}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            trying.cancel()
            over.cancel()
        self._window.show_front(None)
        return answer.result() if answer.done() else None

    async def _stay(self, for_a_picture: bool, seconds: float | None) -> None:
        if seconds is None and for_a_picture:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return

    async def _picture(self, desk: "DeskAtWork", file: Path) -> None:
        """Save what would be seen once things have come to rest."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                await self._unless_over(desk.settled())
                await self._unless_over(asyncio.sleep(_SETTLE_S))
        except TimeoutError:
            self.problems.note("the picture was taken before everything was loaded")
        self._save_picture(file)

    async def _unless_over(self, wait: Coroutine[Any, Any, None]) -> None:
        async with asyncio.TaskGroup() as group:
            either = {group.create_task(wait), group.create_task(_waited(self._over))}
            _, late = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            for task in late:
                task.cancel()

    def _save_picture(self, file: Path) -> None:
        if not self._window.window().grab().save(str(file)):
            sys.stderr.write(f"mim-desk: The picture could not be saved as {file}.\n")
            self._code = 1

    async def _close(self, desk: "DeskAtWork", session: "Session", opened: Opened) -> None:
        await desk.close()
        await session.close()
        opened.store.close()
        self._window.window().hide()

    def _show_problem(self, sentence: str) -> None:
        self._window.banner.tell(Fact("problem", "danger", "failed", sentence, act=self.tr("Hide")))
        QTimer.singleShot(0, self._window.banner.update)


def end_by_signal(loop: asyncio.AbstractEventLoop, quit_: Callable[[], None]) -> None:
    """Close in order when the system, a terminal or a colleague's script asks for the end."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, quit_)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: quit_())


async def _waited(event: asyncio.Event) -> None:
    await event.wait()


async def _try_until_right(
    form: Unlock | ChooseKeeping,
    use: "Callable[[str], Awaitable[Keys]]",
    tried: asyncio.Event,
    answer: "asyncio.Future[Keys]",
) -> None:
    while not answer.done():
        await tried.wait()
        tried.clear()
        form.busy(True)
        try:
            keys = await use(form.fields["passphrase"].text)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            _settle_once(answer, keys)


def _settle_once(answer: "asyncio.Future[Keys]", keys: "Keys") -> None:
    if not answer.done():
        answer.set_result(keys)
