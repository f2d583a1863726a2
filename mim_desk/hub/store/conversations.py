"""Conversations: how people change them; reading and listing for all the hub."""

from datetime import datetime

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from mim_desk.domain.conversation import Status, WaitingOn
from mim_desk.domain.message import Activity, AuthorType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import (
    agents,
    archives,
    conversation_clocks,
    conversation_rows,
    derive,
    driver,
    message_rows,
    plain_rows,
    recount,
    sla,
    teams,
)
from mim_desk.hub.store.conversation_lists import Filter, Order, find
from mim_desk.hub.store.conversation_rows import audience, by_id, of_contact, unresolved
from mim_desk.hub.store.times import moment_or_none, ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

NO_REASON = "no answer was needed"
"""Kept where somebody resolves an unanswered conversation and gives no reason (response_times.md, rule 3)."""

__all__ = [
    "Filter",
    "Order",
    "audience",
    "by_id",
    "find",
    "next_wake",
    "of_contact",
    "patch",
    "read",
    "unresolved",
    "wake",
]


def patch(
    unit: Unit,
    conversation_id: str,
    wanted: api.ConversationPatch,
    expected_version: int | None,
    actor: rows.Author,
) -> rows.Conversation:
    """Change what ``wanted`` names, with a system line for each; a Refusal when the version is another."""
    was = conversation_rows.locked(unit, conversation_id)
    if expected_version is not None and was.version != expected_version:
        raise plain_rows.moved_on("conversation")
    change = _Change(unit, was, actor)
    change.assign(wanted)
    change.sort(wanted)
    change.move(wanted)
    return change.stored()


class _Change:
    """One change of a conversation, part by part."""

    def __init__(self, unit: Unit, was: rows.Conversation, actor: rows.Author) -> None:
        self._unit = unit
        self._was = was
        self._actor = actor
        self._row = was
        self._moved_clocks = False

    def assign(self, wanted: api.ConversationPatch) -> None:
        """Who owns it."""
        if wanted.assignee_id is not UNSET and wanted.assignee_id != self._row.assignee_id:
            self._assign(wanted.assignee_id)
        if wanted.team_id is not UNSET and wanted.team_id != self._row.team_id:
            team = teams.by_id(self._unit.conn, wanted.team_id) if wanted.team_id else None
            if wanted.team_id and team is None:
                raise plain_rows.missing("team")
            self._set(team_id=wanted.team_id)
            self._say(Activity.TEAM, team=team.name if team else "", team_id=wanted.team_id or "")

    def _assign(self, assignee_id: str | None) -> None:
        agent = agents.by_id(self._unit.conn, assignee_id) if assignee_id else None
        if assignee_id and agent is None:
            raise plain_rows.missing("agent")
        self._set(assignee_id=assignee_id)
        if agent is None:
            self._say(Activity.UNASSIGNED)
        elif self._actor == rows.Author(AuthorType.AGENT, agent.id):
            self._say(Activity.CLAIMED, assignee=agent.name, assignee_id=agent.id)
        else:
            self._say(Activity.ASSIGNED, assignee=agent.name, assignee_id=agent.id)

    def sort(self, wanted: api.ConversationPatch) -> None:
        """Priority, labels and whom it waits for."""
        if wanted.priority is not UNSET and wanted.priority != self._row.priority:
            self._set(priority=wanted.priority)
            self._say(Activity.PRIORITY, priority=wanted.priority.value)
        if wanted.labels is not UNSET:
            self._label(derive.labels(wanted.labels))
        if wanted.waiting_on is not UNSET and wanted.waiting_on != self._row.waiting_on:
            self._set(waiting_on=wanted.waiting_on)
            self._say(Activity.WAITING_ON, waiting_on=wanted.waiting_on.value)

    def _label(self, labels: list[str]) -> None:
        if labels == self._row.labels:
            return
        self._say(Activity.LABELS, **derive.label_change(self._row.labels, labels))
        self._set(labels=labels)
        conversation_rows.set_labels(self._unit.conn, self._row.id, labels)

    def move(self, wanted: api.ConversationPatch) -> None:
        """Where it stands."""
        status = wanted.status if wanted.status is not UNSET else self._row.status
        snoozed_until = wanted.snoozed_until if wanted.snoozed_until is not UNSET else self._row.snoozed_until
        if status is self._row.status and snoozed_until == self._row.snoozed_until:
            return
        archives.refuse(self._row)
        if self._row.status is Status.RESOLVED and status is not Status.RESOLVED:
            self._refuse_beside()
        if status is Status.SNOOZED:
            self._snooze(snoozed_until)
        elif status is Status.RESOLVED:
            self._resolve(wanted.reason if wanted.reason is not UNSET else "")
        elif status is not self._row.status:
            self._open(status)

    def _refuse_beside(self) -> None:
        """A contact has one unresolved conversation, and what goes on in another one is not opened beside it."""
        other = unresolved(self._unit.conn, self._row.contact_id, self._row.brand_id)
        other = other or conversation_rows.goes_on_in(self._unit.conn, self._row.id)
        if other is not None:
            raise Refusal("open-elsewhere", f"The contact's conversation is number {other.number}. Go on there.")

    def _snooze(self, until: datetime | None) -> None:
        if until is not None and until <= self._unit.now:
            raise Refusal("invalid", "Say a time in the future until which to snooze.", "snoozed_until")
        self._leave_bot()
        # Without a time it sleeps until the contact writes, which wakes every snooze.
        ends = None if until is None else whole_ms(until)
        self._set(status=Status.SNOOZED, snoozed_until=ends, resolved_at=None)
        self._say(Activity.SNOOZED, until=ends.isoformat() if ends is not None else "")

    def _resolve(self, reason: str) -> None:
        if self._row.waiting_since is not None and not reason.strip():
            reason = NO_REASON
        now = whole_ms(self._unit.now)
        self._set(
            status=Status.RESOLVED, resolved_at=now, snoozed_until=None, waiting_on=WaitingOn.NONE, human_only=False
        )
        self._say(Activity.RESOLVED, sla.RESOLVED, reason=reason.strip())

    def _open(self, status: Status) -> None:
        was = self._row.status
        self._leave_bot()
        self._set(status=status, snoozed_until=None, resolved_at=None)
        if status is Status.PENDING:
            self._say(Activity.PENDING, sla.BOT)
        elif was is not Status.PENDING:
            self._say(Activity.REOPENED if was is Status.RESOLVED else Activity.WOKEN)

    def _leave_bot(self) -> None:
        """A conversation that leaves *pending* is handed off; what waited for that runs from now on."""
        if self._row.status is Status.PENDING:
            self._say(Activity.HANDOFF, sla.HANDOFF)

    def _set(self, **changed: object) -> None:
        self._row = msgspec.structs.replace(self._row, **changed)

    def _say(self, said: Activity, fact: str | None = None, **details: str) -> None:
        message_rows.add_line(self._unit, self._row, said, self._actor, details, fact)
        self._moved_clocks = self._moved_clocks or fact is not None

    def stored(self) -> rows.Conversation:
        """Store and log it, if anything changed."""
        if self._row == self._was:
            return self._was
        row = conversation_clocks.told_again(self._unit, self._row) if self._moved_clocks else self._row
        return conversation_rows.save(self._unit, self._was, row)


def read(unit: Unit, conversation_id: str, up_to: str) -> rows.Conversation:
    """An agent has read the incoming messages up to this one."""
    was = conversation_rows.locked(unit, conversation_id)
    message = message_rows.by_id(unit.conn, up_to)
    if message is None or message.conversation_id != conversation_id:
        raise plain_rows.missing("message")
    known = message_rows.by_id(unit.conn, was.read_up_to) if was.read_up_to else None
    if known is not None and known.occurred_at > message.occurred_at:
        return was
    left = recount.unread_after(unit.conn, conversation_id, up_to)
    row = msgspec.structs.replace(was, unread=left, read_up_to=up_to)
    return was if row == was else conversation_rows.save(unit, was, row)


def wake(unit: Unit, limit: int = 100) -> list[rows.Conversation]:
    """Open the snoozed conversations whose time has come."""
    found = driver.rows(
        unit.conn,
        "SELECT id FROM conversations WHERE status = 'snoozed' AND snoozed_until <= ? ORDER BY snoozed_until LIMIT ?",
        (ms(unit.now), limit),
    )
    system = rows.Author(AuthorType.SYSTEM)
    opened = api.ConversationPatch(status=Status.OPEN)
    return [patch(unit, conversation_id, opened, None, system) for (conversation_id,) in found]


def next_wake(conn: Connection) -> datetime | None:
    """When the next snoozed conversation wakes."""
    found = driver.row(conn, "SELECT min(snoozed_until) FROM conversations WHERE status = 'snoozed'")
    return moment_or_none(found[0]) if found else None
