"""Connects the window's panes with the session: who is asked when something is clicked or changes."""
# long: one object connects every part of the window with the session; what a part does is in its own file

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject, QPoint, QTimer, Signal

from mim_desk.desk.changes import Change
from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.desk.session import Session
from mim_desk.desk.settings import Network
from mim_desk.desk.shapes import ListQuery, ListRow, ViewCounts
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.message import AuthorType
from mim_desk.protocol import events, rows
from mim_desk.ui import status
from mim_desk.ui.contact_panel.acts import ContactActs
from mim_desk.ui.contact_panel.view import ContactPanel, Known
from mim_desk.ui.inbox.acts import ConversationActs
from mim_desk.ui.inbox.face import Surroundings
from mim_desk.ui.inbox.feed import InboxFeed
from mim_desk.ui.inbox.model import ROW_ROLE
from mim_desk.ui.inbox.nothing import READ_AGAIN, Nothing, could_not_load, nothing_for
from mim_desk.ui.inbox.portraits import Portraits
from mim_desk.ui.inbox.views.lines import MORE, TITLES, folded, places, view_lines
from mim_desk.ui.main_window import MainWindow
from mim_desk.ui.one_at_a_time import OneAtATime
from mim_desk.ui.texts import tr
from mim_desk.ui.timeline.panel import ThreadPanel
from mim_desk.ui.widgets.banner import Fact

TICK_MS = 1000
CONTACT_LATER_MS = 60
"""The open conversation's new message goes first; the contact's details can wait."""
REMEMBERED = ("mine", "unassigned", "all")
"""Views a start may begin with."""
PATIENCE_S = 12.0
"""How long a start may say that it connects before it says offline."""


class Wiring(QObject):
    """The inbox at work.

    Attributes:
        place_wanted: an action or place that is not the inbox's own, e.g. ``preferences``.
        opened: the row of the conversation that was opened.
        ticked: a second has passed; clocks on screen repaint.
        inboxes_read: the workspace's inboxes and labels were read again.
    """

    place_wanted = Signal(str)
    opened = Signal(object)
    ticked = Signal()
    inboxes_read = Signal()
    _opening = ""
    _shown_row: ListRow | None = None

    def __init__(self, window: MainWindow, session: Session, owner: TaskOwner, timeline: ThreadPanel) -> None:
        super().__init__(window)
        self.window = window
        self.session, self.owner, self.timeline = session, owner, timeline
        self.counts = ViewCounts()
        self.inboxes: list[rows.Inbox] = []
        self.labels: list[rows.Label] = []
        self._nothing: Nothing | None = None
        self._shown_view = ""
        self._unfolded: set[str] = set()
        self._listed_once = asyncio.Event()
        self._began = time.monotonic()
        self._met = asyncio.Event()
        self.feed = InboxFeed(window.list.list, session.cache, session.changes, owner)
        self.acts = ConversationActs(session, owner, window.toast, window)
        self.contact = ContactPanel(window.theme)
        self.contact_acts = ContactActs(self.contact, session, owner, self.refuse)
        window.take_contact(self.contact)
        self._reading_contact = OneAtATime(owner, self._read_contact, "read a contact")
        self._reading_around = OneAtATime(owner, self._read_around, "read inboxes and labels")
        self._ends: list[Callable[[], None]] = []
        self._busy: dict[str, tuple[str, datetime]] = {}
        self._agents: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._contact_later = QTimer(self, singleShot=True, interval=CONTACT_LATER_MS)
        self._contact_later.timeout.connect(self._read_contact_again)
        self._connect()
        self._listen()

    def _listen(self) -> None:
        session = self.session
        self._ends += [
            session.changes.subscribe(self._changed),
            session.on_freshness(self._freshness_changed),
            session.ephemeral(self._somebody_acts),
        ]

    def _connect(self) -> None:
        window = self.window
        window.list.list.opened.connect(self.open)
        window.list.tab_chosen.connect(self.choose_view)
        window.list.order_chosen.connect(self._order)
        window.list.empty.acted.connect(self._act_on_nothing)
        window.views.lists.chosen.connect(self.choose_view)
        window.views.lists.resized.connect(self._show_lines)
        window.views.places.chosen.connect(self.place_wanted)
        window.banner.acted.connect(self._act_on_fact)
        window.rearranged.connect(self._rearranged)
        self.feed.counted.connect(self._counted)
        self.feed.listed.connect(self._listed)
        self.contact.conversation_chosen.connect(self.open)
        self.contact.show_pictures_of(self.timeline.timeline.thumbnails)
        portraits = Portraits(self.session, self.timeline.timeline.thumbnails, window)
        self._ends.append(portraits.close)
        window.list.list.show_portraits(portraits)
        self.timeline.header.show_portraits(portraits)
        self.timeline.refused.connect(self.refuse)
        self.timeline.contact_wanted.connect(window.toggle_contact)
        self.timeline.list_wanted.connect(self.close_conversation)
        self._rearranged()
        self.timeline.resolve_wanted.connect(self.acts.resolve)
        self.timeline.claim_wanted.connect(self.acts.assign_to_me)
        self.timeline.snooze_wanted.connect(self.acts.choose_snooze)
        self.timeline.label_wanted.connect(self.acts.choose_label)
        self.timeline.priority_wanted.connect(self.acts.choose_priority)

    def start(self) -> None:
        """Show the first view and keep everything as new as the cache."""
        self.window.views.places.lines.show(places())
        self.window.views.fit_places()
        self._timer.start(TICK_MS)
        self._reading_around.ask()
        self.begin_view()
        self._freshness_changed(self.session.freshness)

    def close(self) -> None:
        """Let go of the session."""
        self._timer.stop()
        self._contact_later.stop()
        self.feed.close()
        for end in self._ends:
            end()

    async def listed_once(self) -> None:
        """The first list was read from the cache."""
        await self._listed_once.wait()

    async def met_once(self) -> None:
        """The hub answered, or the wait for it is over."""
        await self._met.wait()

    # -- where one is ----------------------------------------------------------------------------

    def begin_view(self) -> None:
        """The view the agent chose last; before a choice the one where somebody waits."""
        chosen = self.session.settings.current.view
        if chosen in REMEMBERED:
            self.show_view(chosen)
        else:
            self._shown_view = ""
            self.owner.spawn(self._begin_view(), name="choose the first view")

    async def _begin_view(self) -> None:
        agents, counts = await self.session.cache.agents(), await self.session.cache.counts()
        if not self._shown_view:
            alone = len(agents) <= 1 or (not counts.mine and counts.all > 0)
            self.show_view("all" if alone else "mine")

    @property
    def begins_with(self) -> str:
        """The view whose rows the next start paints first."""
        chosen = self.session.settings.current.view or self._shown_view
        return chosen if chosen in REMEMBERED else ""

    def choose_view(self, key: str) -> None:
        """The agent wants another view; the desk begins with it the next time."""
        if key.startswith(MORE):
            self._unfold(key.removeprefix(MORE))
            return
        if key in REMEMBERED and key != self.session.settings.current.view:
            self.session.settings.change(view=key)
        if self.window.layout_kind == "single" and self.window.reading:
            self.close_conversation()  # it would hide the list that was asked for
        self.show_view(key)

    def show_view(self, key: str) -> None:
        """List a view, an inbox or a label."""
        self._shown_view = key
        kind, _, own = key.partition(":")
        order = self.feed.query.order
        query = {
            "inbox": ListQuery("inbox", order, inbox_id=own),
            "label": ListQuery("label", order, label=own),
        }.get(kind, ListQuery(key, order))
        self.window.show_place(None)
        self._show_lines()
        self.window.views.lists.choose(key)
        self.window.views.places.choose("")
        self.window.list.show_title(self._title(key), key)
        self.window.list.list.look.show_assignee = key != "mine"
        self.feed.show(query)

    def _title(self, key: str) -> str:
        kind, _, own = key.partition(":")
        if kind == "inbox":
            return next((inbox.name for inbox in self.inboxes if inbox.id == own), "")
        return own if kind == "label" else tr("inbox", TITLES[key])

    def _order(self, order: str) -> None:
        self.window.list.show_order(order)
        self.feed.order(order)

    def open(self, conversation_id: str, *, mode: str = "", target: str = "") -> None:
        """Show a conversation with its contact; ``mode`` begins to write, ``target`` is a message to jump to."""
        row = self._row(conversation_id)
        self._opening = conversation_id
        if row is not None:
            self._show(row, mode, target)
        else:
            self.owner.spawn(self._open_unlisted(conversation_id, mode, target), name="open a conversation")

    async def _open_unlisted(self, conversation_id: str, mode: str, target: str) -> None:
        found = await self.session.cache.list_rows([conversation_id])
        if conversation_id in found and self._opening == conversation_id:
            self._show(found[conversation_id], mode, target)

    def refuse(self, reason: str) -> None:
        """Say a foreseen no."""
        self.window.banner.tell(Fact("refusal", "warning", "warning", reason, act=tr("window", "Hide")))

    def _show(self, row: ListRow, mode: str, target: str) -> None:
        left = self.window.list.list.opened_id
        self.window.list.list.mark_opened(row.conversation.id)
        if left != row.conversation.id:
            self.window.list.list.rows.release(left)
        self.window.show_timeline(True)
        self.timeline.open(row, target=target)
        if mode or self.window.layout_kind == "single":
            self.timeline.focus_composer(mode)
        self._show_contact(row)
        self.opened.emit(row)

    def close_conversation(self) -> None:
        """Back to the list."""
        self._opening = ""
        left = self.window.list.list.opened_id
        self.window.list.list.mark_opened("")
        self.window.list.list.rows.release(left)
        self.timeline.close_conversation()
        self.window.show_timeline(False)
        self.window.list.list.setFocus()

    def _row(self, conversation_id: str) -> ListRow | None:
        found: ListRow | None = self.window.list.list.rows.index_of(conversation_id).data(ROW_ROLE)
        return found

    def subject(self) -> ListRow | None:
        """The row an action is about: the opened conversation, else the one under the cursor."""
        view = self.window.list.list
        if view.look.keyboard and view.hasFocus() and view.current_id:
            return self._row(view.current_id)
        return self._row(view.opened_id) or self._row(view.current_id)

    def menu_point(self) -> QPoint:
        """Where a menu about the subject opens."""
        view = self.window.list.list
        row = self.subject()
        index = view.rows.index_of(row.conversation.id) if row else view.currentIndex()
        rect = view.visualRect(index) if index.isValid() else view.viewport().rect()
        return view.viewport().mapToGlobal(rect.center())

    def _show_contact(self, row: ListRow) -> None:
        self._shown_row = row
        self._reading_contact.ask()

    async def _read_contact(self) -> None:
        row = self._shown_row
        if row is None:
            return
        contact = await self.session.cache.contact(row.conversation.contact_id)
        others = await self.session.cache.conversations_of(row.conversation.contact_id)
        if contact is None or self.window.list.list.opened_id != row.conversation.id:
            return
        known = Known(
            contact=contact,
            conversation=row.conversation,
            earlier=[each for each in others if each.id != row.conversation.id],
            channels={inbox.id: inbox.channel for inbox in self.inboxes},
            names={inbox.id: inbox.name for inbox in self.inboxes},
            assignee=row.assignee_name,
            name=row.contact_name,
        )
        self.contact.show_known(known, self.session.hub_now())
        self.contact_acts.look(contact)

    # -- what changes ----------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if change.reset or change.nouns & {"inbox", "label", "agent", "workspace"}:
            self._reading_around.ask()
        row = self._row(self.window.list.list.opened_id)
        if row is None:
            return
        conversation = row.conversation
        changed = conversation.id in change.conversations or conversation.contact_id in change.contacts
        if changed and not self._contact_later.isActive():
            self._contact_later.start()

    def _read_contact_again(self) -> None:
        row = self._row(self.window.list.list.opened_id)
        if row is not None:
            self._show_contact(row)

    async def _read_around(self) -> None:
        cache, me = self.session.cache, self.session.me
        self.inboxes = await cache.inboxes()
        self.labels = await cache.labels()
        self._agents = {agent.id: agent.name for agent in await cache.agents()}
        self.acts.labels = self.labels
        self.feed.me_id = me.id if me else ""
        known = [(label.id, label.name, label.color) for label in self.labels]
        known += [(label.name, label.name, label.color) for label in self.labels]
        self.window.list.list.look.look_again(Surroundings(self.feed.me_id, tuple(known)))
        if self.session.workspace is not None:
            self.window.views.head.tell(self.session.workspace.name)
        if me is not None:
            self.window.views.footer.tell_agent(me.id, me.name, "online")
        self._show_lines()
        self.feed.stir()
        self.inboxes_read.emit()

    def _counted(self, counts: ViewCounts) -> None:
        self.counts = counts
        for key, tab in self.window.list.tabs.items():
            number = getattr(counts, key)
            tab.tell_count(str(number) if number else "")
        self._show_lines()
        self._freshness_changed(self.session.freshness)

    def _rearranged(self) -> None:
        self.timeline.header.offer_list(self.window.layout_kind == "single")
        self._show_lines()

    def _show_lines(self) -> None:
        pane = self.window.views.lists
        lines = view_lines(self.counts, self.inboxes, self.labels, rail=self.window.views.rail)
        pane.show_lines(folded(lines, pane.has_room, self._unfolded, self._shown_view))

    def _unfold(self, section: str) -> None:
        self._unfolded ^= {section}
        self._show_lines()

    def _listed(self, has_rows: bool) -> None:
        self._listed_once.set()
        if has_rows:
            self.window.list.show_rows()
            return
        failed = self.window.list.list.rows.state == "failed"
        said = nothing_for(self.feed.query.view, self.counts, has_channel=bool(self.inboxes))
        said = could_not_load() if failed else said
        if said != self._nothing:
            self._nothing = said
            self.window.list.empty.show_kind(said.icon, said.title, said.why, *said.acts)
        self.window.list.show_nothing()

    def _act_on_nothing(self, number: int) -> None:
        if self._nothing is None:
            return
        if self._nothing.ids[number] == READ_AGAIN:
            self.feed.show(self.feed.query)
        else:
            self.place_wanted.emit(self._nothing.ids[number])

    def _somebody_acts(self, event: events.Typing | events.PresenceChange) -> None:
        """Somebody types in or looks at a conversation: its row says so until it expires."""
        if isinstance(event, events.Typing):
            if event.by.type == AuthorType.CONTACT:
                words = tr("inbox", "Typing")
            elif event.by.id == self.feed.me_id:
                return
            else:
                words = tr("inbox", "{name} is typing").format(name=self._first_name(event.by.id))
            self._busy[event.conversation_id] = (words, event.until)
        elif event.agent_id != self.feed.me_id and event.conversation_id:
            words = tr("inbox", "{name} is viewing").format(name=self._first_name(event.agent_id))
            self._busy.setdefault(event.conversation_id, (words, event.until))
        self._show_busy()

    def _first_name(self, agent_id: str) -> str:
        return self._agents.get(agent_id, tr("inbox", "Somebody")).partition(" ")[0]

    def _show_busy(self) -> None:
        now = self.session.hub_now()
        self._busy = {key: busy for key, busy in self._busy.items() if busy[1] > now}
        shown = {key: words for key, (words, _) in self._busy.items()}
        if shown != self.window.list.list.look.busy:
            self.window.list.list.look.busy = shown
            self.window.list.list.viewport().update()

    def _freshness_changed(self, fresh: Freshness) -> None:
        late = time.monotonic() - self._began > PATIENCE_S
        if fresh.state is FreshnessState.LIVE or late or self._stays_offline():
            self._met.set()
        if fresh.state is FreshnessState.OFFLINE and not self._met.is_set():
            fresh = replace(fresh, state=FreshnessState.CONNECTING)
        now = self.session.hub_now()
        self.window.views.footer.tell_fresh(*status.badge(fresh, now))
        fact = status.offline_fact(fresh, self.counts.outbox, now)
        if fact is None:
            self.window.banner.forget("offline")
        elif self.window.banner.facts.get("offline") != fact:
            self.window.banner.tell(fact)

    def _stays_offline(self) -> bool:
        return self.session.settings.current.network is Network.OFFLINE

    def _act_on_fact(self, key: str) -> None:
        if key == "offline":
            self.place_wanted.emit("try_now")
        else:
            self.window.banner.forget(key)

    def _tick(self) -> None:
        if self.window.isVisible() and not self.window.window().isMinimized():
            self.window.list.list.tick()
            self._freshness_changed(self.session.freshness)
            self._show_busy()
            self.ticked.emit()
