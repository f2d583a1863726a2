"""The window with a session behind it: pages, actions of the program, notices; what is not one pane's own affair."""

import asyncio
from contextlib import suppress

from PySide6.QtCore import QObject, QProcess, Signal
from PySide6.QtWidgets import QWidget

from mim_desk.desk.embedded_hub import own_program
from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.desk.session import UNWRITABLE, Notice, Session
from mim_desk.desk.settings import Network
from mim_desk.desk.shapes import SearchHit
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.ui.channel_setup.pages import SetupPages
from mim_desk.ui.commands import Commands
from mim_desk.ui.first_run.view import FirstRun
from mim_desk.ui.icons import icon
from mim_desk.ui.main_window import MainWindow
from mim_desk.ui.notices.server import NoticeServer, notices_here
from mim_desk.ui.notices.watch import NoticeWatch
from mim_desk.ui.palette.view import Palette
from mim_desk.ui.preferences.canned_replies import CannedRepliesPage
from mim_desk.ui.preferences.view import Preferences
from mim_desk.ui.problems import Problems
from mim_desk.ui.search.view import SearchPane
from mim_desk.ui.sign_in.view import SignIn
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Mode
from mim_desk.ui.timeline.panel import ThreadPanel
from mim_desk.ui.widgets.banner import Fact
from mim_desk.ui.widgets.focus_before import FocusBefore
from mim_desk.ui.wiring import Wiring


class DeskAtWork(QObject):
    """Everything the window does once the session is open.

    Attributes:
        quit_wanted: the agent wants to close the program.
    """

    quit_wanted = Signal()

    def __init__(
        self, window: MainWindow, session: Session, problems: Problems, notices: NoticeServer | None = None
    ) -> None:
        super().__init__(window)
        self.window = window
        self.session = session
        self.problems = problems
        self.owner = TaskOwner(problems.report)
        session.cache.call_visitors(tr("contact_panel", "Visitor {number}"))
        self.timeline = ThreadPanel(window.theme, session)
        window.take_timeline(self.timeline, self.timeline.banner_slot)
        self.wiring = Wiring(window, session, self.owner, self.timeline)
        self.timeline.composer.completion.canned.make.clicked.connect(self._show_canned_replies)
        self.palette = Palette(window.theme, window)
        self.commands = Commands(self.wiring, self.palette)
        self.search = SearchPane(window.theme, session, window.list)
        self.commands.search_wanted.connect(self._search)
        self.search.hit_chosen.connect(self._show_hit)
        self._before_search = FocusBefore()
        self.search.closed.connect(self._search_closed)
        self._keeping = ""
        self._filled = asyncio.Event()
        self._pages: dict[str, QWidget] = {}
        self.setup = self._setup_pages()
        self.commands.elsewhere.connect(self._elsewhere)
        self.notices = notices or notices_here(icon(window.theme, "comment", "accent"), self)
        self.notices.activated.connect(self._open_from_notice)
        self.watch = NoticeWatch(session, self.owner, self.notices, self._reading)
        self.wiring.opened.connect(lambda row: self.watch.read(row.conversation.id))
        self._ends = (session.on_notice(self._tell_notice), session.on_freshness(self._freshness_changed))

    def _setup_pages(self) -> SetupPages:
        pages = SetupPages(self.window.theme, self.session, self.owner, self)
        pages.page_made.connect(self._show_setup)
        pages.refused.connect(self.wiring.refuse)
        self.wiring.inboxes_read.connect(lambda: pages.inboxes_read(self.wiring.inboxes))
        return pages

    def _search(self, text: str) -> None:
        if self.window.layout_kind == "single":
            self.window.show_timeline(False)
        if not self.search.isVisible():
            self._before_search.note()
        self.search.begin(text)

    def _search_closed(self) -> None:
        if not self._before_search.go_back():
            self.window.list.list.setFocus()

    def _show_hit(self, hit: SearchHit) -> None:
        self.wiring.open(hit.conversation_id, target=hit.message_id)

    def start(self, keeping: str) -> None:
        """Show the inbox, or the first screen on the first run; ``keeping`` says where the keys are."""
        self._keeping = keeping
        self.wiring.start()
        for notice in self.session.notices:
            self._tell_notice(notice)
        if keeping:
            self.window.banner.tell(Fact("keeping", "info", "lock", keeping, act=tr("window", "Hide")))
        if not self.session.settings.current.first_run_done:
            self._show_first_run()
        elif self.window.front.currentWidget() is self.window.frame:
            self.window.list.list.setFocus()

    async def settled(self) -> None:
        """The first list was read, the hub answered or is known to be away, and the first screen is filled."""
        await self.wiring.listed_once()
        await self.wiring.met_once()
        self._tell_filled()
        await self._filled.wait()

    def _tell_filled(self) -> None:
        if self._first_run_filled():
            self._filled.set()

    def _first_run_filled(self) -> bool:
        """Whether the first screen, when it is shown, has its channels and the chat page."""
        page = self.window.front.currentWidget()
        if not isinstance(page, FirstRun) or self.session.settings.current.network is Network.OFFLINE:
            return True
        live = self.session.freshness.state is FreshnessState.LIVE
        return live and bool(page.channels) and bool(self.wiring.inboxes)

    async def close(self) -> None:
        """Keep the sizes, stop everything of the window."""
        me = self.session.me
        with suppress(OSError):  # where the disk is full the window opens next time as it did before
            self.session.settings.change(
                window={**self.window.kept_sizes(), "me_id": me.id if me else "", "view": self.wiring.begins_with}
            )
        for end in self._ends:
            end()
        self.watch.close()
        self.wiring.close()
        self.search.close_down()
        self.timeline.close_down()
        await self.owner.close()

    # -- actions of the program ------------------------------------------------------------------

    def _elsewhere(self, action_id: str) -> None:
        kind, _, own = action_id.partition(":")
        if kind == "theme":
            self._set("theme", own)
            return
        acts = {
            "preferences": self._show_preferences,
            "canned_replies": self._show_canned_replies,
            "connect_channel": self._show_channels,
            "rehearsal": self._start_rehearsal,
            "training": lambda: self._start_rehearsal("--training"),
            "try_now": self.session.try_now,
            "sign_out": self._spawn_sign_out,
            "full_screen": self._toggle_full_screen,
            "quit": self.quit_wanted.emit,
        }
        acts[action_id]()

    def _toggle_full_screen(self) -> None:
        whole = self.window.window()
        if whole.isFullScreen():
            whole.showNormal()
        else:
            whole.showFullScreen()

    def _set(self, name: str, value: object) -> None:
        self.session.settings.change(**{name: value})
        if name == "theme":
            mode: Mode = value  # type: ignore[assignment]  # checked by the settings' own type
            self.window.theme.choose(mode)

    def _spawn_sign_out(self) -> None:
        self.owner.spawn(self._sign_out(), name="sign out")

    async def _sign_out(self) -> None:
        try:
            await self.session.sign_out()
        except Refusal as refusal:
            self.wiring.refuse(refusal.reason)
            return
        self.wiring.close_conversation()
        self.window.toast.fade()
        self._show_sign_in()

    def _start_rehearsal(self, *how: str) -> None:
        program, *arguments = own_program("demo", *how)
        QProcess.startDetached(program, arguments)
        self.window.toast.say(tr("window", "The rehearsal opens in a window of its own"))

    def _tell_notice(self, notice: Notice) -> None:
        if not notice.text:
            self.window.banner.forget(notice.code)
            return
        tone = "danger" if notice.code in ("outbox-damaged", UNWRITABLE) else "warning"
        self.window.banner.tell(Fact(notice.code, tone, "warning", notice.text, act=tr("window", "Hide")))

    def _freshness_changed(self, fresh: Freshness) -> None:
        """A cache that is level again is loaded, and pictures can be had again."""
        if fresh.state is FreshnessState.LIVE:
            self.timeline.timeline.thumbnails.retry()
            self.window.banner.forget("cache-rebuilt")
            self._tell_filled()

    def _reading(self) -> str:
        return self.window.list.list.opened_id if self.window.isActiveWindow() else ""

    def _open_from_notice(self, conversation_id: str) -> None:
        whole = self.window.window()
        whole.show()
        whole.raise_()
        whole.activateWindow()
        self.wiring.open(conversation_id)

    # -- pages -----------------------------------------------------------------------------------

    def _page(self, name: str, page: QWidget) -> QWidget:
        """Take ``page`` in the place of what was shown under this name."""
        old = self._pages.pop(name, None)
        if old is not None:
            old.deleteLater()
        self._pages[name] = page
        return page

    def _show_preferences(self) -> None:
        page = Preferences(self.window.theme)
        page.changed.connect(self._set)
        page.canned_wanted.connect(self._show_canned_replies)
        page.show_settings(self.session.settings.current, self._keeping)
        self.window.show_place(self._page("place", page))
        self.window.views.lists.choose("")
        self.window.views.places.choose("preferences")

    def _show_canned_replies(self) -> None:
        page = CannedRepliesPage(self.window.theme, self.session)
        self.window.show_place(self._page("place", page))
        self.window.views.lists.choose("")
        self.window.views.places.choose("preferences")
        page.begin()

    def _show_channels(self) -> None:
        self.setup.show_choice()
        self.window.views.lists.choose("")
        self.window.views.places.choose("connect_channel")

    def _show_setup(self, page: QWidget) -> None:
        self.window.show_front(None)
        self.window.show_place(self._page("place", page))

    async def _fill_channels(self, page: FirstRun) -> None:
        with suppress(Refusal):
            page.show_channels(await self.setup.read_channels())
            self._tell_filled()

    def _show_first_run(self) -> None:
        page = FirstRun(self.window.theme)
        page.tell_keeping(self._keeping)
        page.begun.connect(self._begin)
        page.channel_chosen.connect(self._begin_with)
        self.window.show_front(self._page("front", page))
        page.picks["own"].setFocus()
        self.wiring.inboxes_read.connect(lambda: self._fill_first_run(page))
        self._fill_first_run(page)

    def _fill_first_run(self, page: FirstRun) -> None:
        if self._pages.get("front") is not page:
            return
        address = next((inbox.page_url for inbox in self.wiring.inboxes if inbox.page_url), "")
        page.show_chat_page(address)
        if self.session.freshness.state != "offline":
            self.owner.spawn(self._fill_channels(page), name="read channels")

    def _begin(self, way: str) -> None:
        if way == "team":
            self._show_sign_in()
            return
        self._end_first_run()
        if way in ("rehearsal", "training"):
            self._elsewhere(way)

    def _begin_with(self, channel: str) -> None:
        self._end_first_run()
        self.setup.set_up(channel)

    def _end_first_run(self) -> None:
        self.session.settings.change(first_run_done=True)
        self.window.show_front(None)
        self.window.list.list.setFocus()

    def _show_sign_in(self) -> None:
        page = SignIn(self.window.theme, self.session.settings.current.hub_url)
        page.submitted.connect(lambda: self.owner.spawn(self._sign_in(page), name="sign in"))
        page.went_back.connect(self._leave_sign_in)
        self.window.show_front(self._page("front", page))
        page.fields["url"].input.setFocus()
        self.owner.spawn(self._tell_unsent(page), name="count what is unsent")

    async def _tell_unsent(self, page: SignIn) -> None:
        found = await self.session.unsent_here()
        if self._pages.get("front") is page:
            page.tell_unsent(found)

    def _leave_sign_in(self) -> None:
        """Back to the desk; whoever signed out of the hub on this computer goes on with it."""
        if not self.session.settings.current.hub_url:
            self.session.go_online()
        if self.session.settings.current.first_run_done:
            self.window.show_front(None)
        else:
            self._show_first_run()

    async def _sign_in(self, page: SignIn) -> None:
        page.busy(True)
        url, login, password = (page.fields[name].text for name in ("url", "login", "password"))
        try:
            await self.session.sign_in(url, login, password)
        except Refusal as refusal:
            page.refuse(refusal)
            return
        self._end_first_run()
        self.wiring.begin_view()
