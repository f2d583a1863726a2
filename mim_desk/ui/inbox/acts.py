"""What an agent does to a conversation from the list: each act shows at once and can be undone."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from mim_desk.desk.pending import Pending
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import ListRow
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.protocol import rows
from mim_desk.protocol.api import ConversationPatch
from mim_desk.ui import texts
from mim_desk.ui.palette.reason import ReasonPalette
from mim_desk.ui.texts import tr
from mim_desk.ui.widgets.toast import Toast

_RESPONSES = ("first_response", "next_response")
_NOT_THERE = (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)


class ConversationActs:
    """Acts on one row at a time.

    Attributes:
        labels: the workspace's labels, for the menu.
    """

    def __init__(self, session: Session, owner: TaskOwner, toast: Toast, over: QWidget) -> None:
        self._session = session
        self._owner = owner
        self._toast = toast
        self._over = over
        self.labels: Sequence[rows.Label] = ()
        self._why: ReasonPalette | None = None

    def resolve(self, row: ListRow) -> None:
        """Resolve, or reopen what is resolved; where nobody answered the agent is asked why."""
        name = texts.isolated(row.contact_name)
        if row.conversation.status == Status.RESOLVED:
            self._patch(row, ConversationPatch(status=Status.OPEN), tr("inbox", "{name} reopened").format(name=name))
        elif waits_for_an_answer(row.conversation, self._session.outbox.pending):
            self._why = self._why or ReasonPalette(self._toast.theme, self._over)
            self._why.ask(row.contact_name, partial(self._resolve, row))
        else:
            self._resolve(row)

    def _resolve(self, row: ListRow, reason: str = "") -> None:
        words = tr("inbox", "{name} resolved").format(name=texts.isolated(row.contact_name))
        self._patch(row, ConversationPatch(status=Status.RESOLVED, reason=reason or msgspec.UNSET), words)

    def assign_to_me(self, row: ListRow) -> None:
        """Take it."""
        me = self._session.me
        if me is not None:
            words = tr("inbox", "{name} is yours").format(name=texts.isolated(row.contact_name))
            self._patch(row, ConversationPatch(assignee_id=me.id), words)

    def unassign(self, row: ListRow) -> None:
        """Put it back in the queue."""
        words = tr("inbox", "{name} is back in the queue").format(name=texts.isolated(row.contact_name))
        self._patch(row, ConversationPatch(assignee_id=None), words)

    def choose_snooze(self, row: ListRow, at: QPoint) -> None:
        """Offer times to wake up."""
        menu = self._menu()
        for words, until in snooze_times(self._session.hub_now()):
            self._offer(menu, f"{words}\t{texts.clock_time(until)}", partial(self._snooze, row, until))
        menu.popup(at)

    def _snooze(self, row: ListRow, until: datetime) -> None:
        patch = ConversationPatch(status=Status.SNOOZED, snoozed_until=until)
        name, time = texts.isolated(row.contact_name), texts.full_time(until)
        self._patch(row, patch, tr("inbox", "{name} sleeps until {time}").format(name=name, time=time))

    def choose_label(self, row: ListRow, at: QPoint) -> None:
        """Offer the workspace's labels; those it has are ticked."""
        menu = self._menu()
        for label in self.labels:
            action = self._offer(menu, label.name, partial(self._toggle_label, row, label.name))
            action.setCheckable(True)
            action.setChecked(label.name in row.conversation.labels)
        if not self.labels:
            menu.addAction(tr("inbox", "The workspace has no labels yet")).setEnabled(False)
        menu.popup(at)

    def _toggle_label(self, row: ListRow, name: str) -> None:
        before = row.conversation.labels
        after = [label for label in before if label != name] if name in before else [*before, name]
        words = tr("inbox", "Label {name} removed") if name in before else tr("inbox", "Label {name} added")
        self._patch(row, ConversationPatch(labels=after), words.format(name=texts.isolated(name)))

    def choose_priority(self, row: ListRow, at: QPoint) -> None:
        """Offer the priorities."""
        menu = self._menu()
        words = {"none": "No priority", "low": "Low", "medium": "Medium", "high": "High", "urgent": "Urgent"}
        for priority in Priority:
            action = self._offer(menu, tr("inbox", words[priority]), partial(self._prioritise, row, priority))
            action.setCheckable(True)
            action.setChecked(row.conversation.priority == priority)
        menu.popup(at)

    def _prioritise(self, row: ListRow, priority: Priority) -> None:
        self._patch(row, ConversationPatch(priority=priority), tr("inbox", "Priority set"))

    def _menu(self) -> QMenu:
        menu = QMenu(self._over)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _offer(self, menu: QMenu, words: str, run: Callable[[], None]) -> QAction:
        action = menu.addAction(words.replace("&", "&&"))
        action.triggered.connect(lambda _checked=False: run())
        return action

    def _patch(self, row: ListRow, patch: ConversationPatch, words: str) -> None:
        back = reverted(row.conversation, patch)
        conversation_id = row.conversation.id
        self._spawn(conversation_id, patch)
        self._toast.say(words, lambda: self._spawn(conversation_id, back))

    def _spawn(self, conversation_id: str, patch: ConversationPatch) -> None:
        self._owner.spawn(self._session.patch(conversation_id, patch), name="change a conversation")


def waits_for_an_answer(conversation: rows.Conversation, pending: Pending) -> bool:
    """Whether resolving it leaves the contact without an answer (response_times.md, rule 3)."""
    running = any(clock.state == "running" and clock.name in _RESPONSES for clock in conversation.clocks)
    last = conversation.last_message
    by_agent = last is not None and last.kind is MessageKind.REPLY and last.author.type is AuthorType.AGENT
    on_its_way = by_agent and last is not None and last.delivery_status not in _NOT_THERE
    return running and not on_its_way and not pending.answers(conversation)


def reverted(conversation: rows.Conversation, patch: ConversationPatch) -> ConversationPatch:
    """The patch that takes ``patch`` back."""
    given = {
        name: getattr(conversation, name)
        for name in patch.__struct_fields__
        if getattr(patch, name) is not msgspec.UNSET and hasattr(conversation, name)
    }
    return ConversationPatch(**given)


def snooze_times(now: datetime) -> list[tuple[str, datetime]]:
    """When a snoozed conversation may come back."""
    here = now.astimezone()
    tomorrow = (here + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7)
    times = [
        (tr("inbox", "In 1 hour"), now + timedelta(hours=1)),
        (tr("inbox", "In 3 hours"), now + timedelta(hours=3)),
    ]
    times.append((tr("inbox", "Tomorrow"), tomorrow))
    if monday != tomorrow:
        times.append((tr("inbox", "Monday"), monday))
    times.append((tr("inbox", "In a week"), tomorrow + timedelta(days=6)))
    return times
