"""What each action of ``actions.py`` does, and what the palette offers."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from mim_desk.desk.shapes import ListQuery, SearchHits
from mim_desk.ui import texts
from mim_desk.ui.actions import ALL, BY_ID, Actions, shown_key, title_of
from mim_desk.ui.icons import icon
from mim_desk.ui.palette.model import Choice
from mim_desk.ui.palette.view import Palette
from mim_desk.ui.texts import tr
from mim_desk.ui.wiring import Wiring

_CONVERSATIONS_OFFERED = 8
MENU = (
    "connect_channel", "preferences", "",
    "theme:light", "theme:dark", "theme:high_contrast", "theme:system", "",
    "full_screen", "sign_out", "quit",
)  # fmt: skip
"""The workspace's menu; empty names are lines."""


class Commands(QObject):
    """Runs actions by id.

    Attributes:
        elsewhere: id of an action that belongs to the program, e.g. ``quit``, ``preferences``.
        search_wanted: words to search messages for; may be empty.
    """

    elsewhere = Signal(str)
    search_wanted = Signal(str)

    def __init__(self, wiring: Wiring, palette: Palette) -> None:
        super().__init__(wiring)
        self.wiring = wiring
        self.window = wiring.window
        self.palette = palette
        self.actions = Actions(wiring.window)
        self.actions.triggered.connect(self.run)
        wiring.place_wanted.connect(self.run)
        palette.chosen.connect(self.run)
        palette.typed.connect(self._find)
        wiring.window.views.search.clicked.connect(self.open_palette)
        wiring.window.views.head.clicked.connect(self._open_menu)
        wiring.window.views.footer.clicked.connect(self._open_menu)
        wiring.window.list.search_wanted.connect(lambda: self.search_wanted.emit(""))
        self._acts = self._own_acts()

    def _own_acts(self) -> dict[str, Callable[[], None]]:
        view = self.window.list.list
        return {
            "next_conversation": lambda: self._step(1),
            "previous_conversation": lambda: self._step(-1),
            "open": view.open_current,
            "reply": lambda: self._write("reply"),
            "note": lambda: self._write("note"),
            "template": self._template,
            "resolve": self._resolve,
            "snooze": self._snooze,
            "assign_to_me": self._assign_to_me,
            "unassign": self._unassign,
            "label": self._label,
            "priority": self._priority,
            "take_next": self._take_next,
            "contact_panel": self.window.toggle_contact,
            "palette": self.open_palette,
            "search": lambda: self.search_wanted.emit(""),
            "back": self._back,
            "undo": self.window.toast.undo,
        }

    def run(self, action_id: str) -> None:
        """Do it."""
        kind, _, own = action_id.partition(":")
        if action_id in self._acts:
            self._acts[action_id]()
        elif kind == "go":
            self.wiring.choose_view(own)
        elif kind in ("inbox", "label"):
            self.wiring.choose_view(action_id)
        elif kind == "conversation":
            self.wiring.open(own)
        elif kind == "search":
            self.search_wanted.emit(own)
        else:
            self.elsewhere.emit(action_id)

    # -- acts on a conversation ------------------------------------------------------------------

    def _step(self, by: int) -> None:
        self.window.list.list.setFocus()
        self.window.list.list.step(by)

    def _write(self, mode: str) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.open(row.conversation.id, mode=mode)

    def _template(self) -> None:
        self._write("reply")
        self.wiring.timeline.composer.picking.ask()

    def _resolve(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.resolve(row)

    def _snooze(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.choose_snooze(row, self.wiring.menu_point())

    def _assign_to_me(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.assign_to_me(row)

    def _unassign(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.unassign(row)

    def _label(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.choose_label(row, self.wiring.menu_point())

    def _priority(self) -> None:
        row = self.wiring.subject()
        if row is not None:
            self.wiring.acts.choose_priority(row, self.wiring.menu_point())

    def _take_next(self) -> None:
        self.wiring.owner.spawn(self._take_longest_waiting(), name="take the next conversation")

    async def _take_longest_waiting(self) -> None:
        found = await self.wiring.session.cache.conversations(ListQuery("unassigned", "waiting"), limit=1)
        if not found:
            self.window.toast.say(tr("inbox", "Nothing waits in the queue"))
            return
        self.wiring.acts.assign_to_me(found[0])
        self.wiring.open(found[0].conversation.id)

    def _back(self) -> None:
        timeline = self.wiring.timeline.timeline
        if self.window.places.currentWidget() is not self.window.panes:
            self.window.leave_place()
        elif timeline.hasFocus() and timeline.current.escape():
            return
        elif self.window.layout_kind == "single" and self.window.reading:
            self.wiring.close_conversation()
        else:
            self.window.list.list.setFocus()

    def _open_menu(self) -> None:
        menu = QMenu(self.window)
        menu.aboutToHide.connect(menu.deleteLater)
        for action_id in MENU:
            if not action_id:
                menu.addSeparator()
                continue
            action = menu.addAction(title_of(BY_ID[action_id]))
            action.setIcon(icon(self.window.theme, BY_ID[action_id].icon, size=self.window.theme.size("icon-text")))
            action.setShortcut(QKeySequence(BY_ID[action_id].key))
            action.triggered.connect(lambda _=False, chosen=action_id: self.run(chosen))
        head = self.window.views.head
        menu.popup(head.mapToGlobal(QPoint(self.window.theme.space(2), head.height())))

    # -- the palette -----------------------------------------------------------------------------

    def open_palette(self) -> None:
        """Offer what can be done here."""
        row = self.wiring.subject()
        groups = (tr("palette", "Actions"), tr("palette", "Go to"), tr("palette", "Messages"))
        about = texts.one_line(row.contact_name, 40) if row is not None else ""
        self.palette.open(self._choices(has_row=row is not None), groups, about)

    def _choices(self, *, has_row: bool) -> list[Choice]:
        made = []
        for action in ALL:
            if action.id == "palette" or (action.on_conversation and not has_row):
                continue
            group = tr("palette", "Go to" if action.id.startswith("go:") else "Actions")
            key = shown_key(action.key)
            made.append(Choice(action.id, title_of(action), action.icon, key, tr("actions", action.detail), group))
        places = [(f"inbox:{inbox.id}", inbox.name, "inbox") for inbox in self.wiring.inboxes]
        places += [(f"label:{label.name}", label.name, "label") for label in self.wiring.labels]
        return [*made, *(Choice(*place, group=tr("palette", "Go to")) for place in places)]

    def _find(self, typed: str) -> None:
        if typed.strip():
            self.wiring.owner.spawn(self._find_messages(typed), name="find for the palette")

    async def _find_messages(self, typed: str) -> None:
        hits = await self.wiring.session.cache.search(typed, limit=_CONVERSATIONS_OFFERED)
        self.palette.offer(typed, _found(hits, typed))


def _found(hits: SearchHits, typed: str) -> list[Choice]:
    group = tr("palette", "Messages")
    words = tr("palette", "Search messages for {text}").format(text=texts.isolated(typed))
    key = shown_key(BY_ID["search"].key)
    made = [Choice(f"search:{typed}", words, "search", key, group=group)]
    seen: set[str] = set()
    for hit in hits.hits:
        if hit.conversation_id in seen:
            continue
        seen.add(hit.conversation_id)
        name, line = texts.one_line(hit.contact_name, 60), texts.one_line(hit.text, 80)
        letters = texts.initials(hit.contact_name)
        made.append(
            Choice(
                f"conversation:{hit.conversation_id}",
                name,
                detail=line,
                group=group,
                letters=letters,
                seed=hit.contact_id,
                channel=hit.channel,
            )
        )
    return made
