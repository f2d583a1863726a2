"""Undoing a merge: each contact has again what is its own, also what came in after the merge.

Whose a message is follows from the identity that it came from or went to. At most one unresolved conversation per
contact and brand holds here too: what has no conversation of its own to go to goes on in the contact's unresolved
one, reopens one of the last days, or begins a new one, as it would have done on arrival.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from mim_desk.domain.conversation import REOPEN_SPAN, Status, reopens
from mim_desk.domain.message import Activity, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import (
    bulk,
    consents,
    contact_facts,
    contact_merge,
    contacts,
    conversation_rows,
    driver,
    match_keys,
    merges,
    recount,
    sla,
    workspaces,
)
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_message = msgspec.json.Decoder(rows.Message)


def unmerge(unit: Unit, source_id: str) -> tuple[rows.Contact, rows.Contact]:
    """Take a contact that was merged out of the one it is in: that one, and the one that stands for itself again."""
    edge = merges.of_source(unit.conn, source_id)
    if edge is None:
        raise Refusal("not-merged", "This contact was not merged, or the merge is undone already.", "contact_id")
    rest_id = merges.root(unit.conn, edge.target_id)
    first, second = sorted((source_id, rest_id))
    both = {one: contacts.locked(unit, one) for one in (first, second)}
    rest = both[rest_id]
    kept = merges.branch(unit.conn, rest_id)
    contact_facts.settle(kept, rest)
    merges.keep(unit, kept)
    leaving = merges.everyone(unit.conn, source_id)
    merges.undo(unit, source_id)
    _Split(unit, rest_id, source_id, leaving).apply()
    gone, stayed = _shared_out(unit, rest, source_id, leaving)
    rest = _stored(unit, rest, stayed)
    back = _stored(unit, both[source_id], gone)
    match_keys.tell_apart(unit, rest.id, back.id)
    contact_merge.tell(unit, rest.id, Activity.UNMERGED, back)
    return rest, back


def _shared_out(
    unit: Unit, rest: rows.Contact, source_id: str, leaving: set[str]
) -> tuple[list[rows.Identity], list[rows.Identity]]:
    """The identities that leave, as they are known now, and those that stay."""
    found = driver.rows(
        unit.conn, "SELECT inbox_id, external_id, home FROM identities WHERE contact_id = ?", (rest.id,)
    )
    keys = {(inbox_id, external_id) for inbox_id, external_id, home in found if home in leaving}
    text = "UPDATE identities SET contact_id = ? WHERE inbox_id = ? AND external_id = ?"
    driver.execute_many(unit.conn, text, [(source_id, *key) for key in sorted(keys)])
    gone = [one for one in rest.identities if (one.inbox_id, one.external_id) in keys]
    return gone, [one for one in rest.identities if one not in gone]


def _stored(unit: Unit, was: rows.Contact, identities: list[rows.Identity]) -> rows.Contact:
    """The contact with its facts joined anew; who had no name then has the one told since."""
    told = contact_facts.shown(merges.branch(unit.conn, was.id))
    name = told.name or next((one.display for one in identities if one.display != one.external_id), "")
    told = msgspec.structs.replace(told, name=name, identities=identities, version=was.version)
    return contacts.save(unit, consents.joined(unit.conn, told))


@dataclass
class _Held:
    """A conversation of the two with what is known of it."""

    row: rows.Conversation
    home: str | None
    folded_into: str | None
    before: bytes | None


@dataclass
class _Placed:
    """A message with where it is at home."""

    n: int
    row: rows.Message
    home: str | None
    home_conversation: str | None


@dataclass
class _Split:
    """The conversations of one contact on their way to two.

    Attributes:
        touched: conversations that have other messages now.
    """

    unit: Unit
    rest_id: str
    source_id: str
    leaving: set[str]
    held: dict[str, _Held] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def apply(self) -> None:
        self._read()
        waiting = list(self._taken_apart())
        for one in list(self.held.values()):
            self._unfold(one)
        for message, side in sorted(waiting, key=lambda one: (one[0].row.occurred_at, one[0].n)):
            self._place(message, side)
        for conversation_id in sorted(self.touched):
            self._tell_again(conversation_id)

    def _read(self) -> None:
        found = driver.rows(
            self.unit.conn,
            "SELECT id, home, folded_into, before_fold FROM conversations WHERE contact_id = ? ORDER BY number",
            (self.rest_id,),
        )
        for conversation_id, home, into, before in found:
            row = conversation_rows.locked(self.unit, conversation_id)
            self.held[conversation_id] = _Held(row, home, into, before)

    # -- whose is what -------------------------------------------------------------------------------

    def _side(self, home: str | None) -> str:
        return self.source_id if home in self.leaving else self.rest_id

    def _taken_apart(self) -> Iterator[tuple[_Placed, str]]:
        """Move whole what moves whole; the messages that have to leave their conversation, with their side."""
        for held in list(self.held.values()):
            messages = self._messages(held.row.id)
            side = self._side(held.home)
            if held.home is None and messages and self._all_leave(messages):
                side, held.home = self.source_id, self.source_id
                driver.execute(
                    self.unit.conn, "UPDATE conversations SET home = ? WHERE id = ?", (held.home, held.row.id)
                )
            out = [one for one in messages if one.home is not None and self._side(one.home) != side]
            yield from ((one, self._side(one.home)) for one in out)
            if side == self.source_id:
                held.row = conversation_rows.save(
                    self.unit, held.row, msgspec.structs.replace(held.row, contact_id=side)
                )
                stay = [(one.n, one.row) for one in messages if one not in out]
                contact_merge.put(self.unit, held.row, side, stay)
            if out:
                self.touched.add(held.row.id)

    def _all_leave(self, messages: list[_Placed]) -> bool:
        """Whether a conversation that began after the merge is wholly of those who leave."""
        known = [one for one in messages if one.home is not None]
        return bool(known) and all(one.home in self.leaving and one.home_conversation is None for one in known)

    def _messages(self, conversation_id: str) -> list[_Placed]:
        found = driver.rows(
            self.unit.conn,
            "SELECT n, row, home, home_conversation FROM messages WHERE conversation_id = ? ORDER BY occurred_at, n",
            (conversation_id,),
        )
        placed = [_Placed(n, _message.decode(row), home, there) for n, row, home, there in found]
        last: dict[str, _Placed] = {}
        for one in sorted(placed, key=lambda one: (self._here_since(one), one.n)):
            inbox_id = one.row.inbox_id
            if one.row.kind is MessageKind.INCOMING:
                one.home = one.home or self.rest_id
                last[inbox_id] = max(last.get(inbox_id, one), one, key=lambda said: (said.row.occurred_at, said.n))
            elif one.row.kind is MessageKind.REPLY and one.home is None:
                answered = last.get(inbox_id)
                one.home = answered.home if answered else self._reached_in(inbox_id)
        return placed

    def _here_since(self, one: _Placed) -> datetime:
        """From when a message stood where it stands: nobody answered it here before."""
        came_from = self.held.get(one.home_conversation or "")
        folded_at = came_from.row.resolved_at if came_from is not None and came_from.folded_into else None
        return max(one.row.occurred_at, folded_at) if folded_at else one.row.occurred_at

    def _reached_in(self, inbox_id: str) -> str:
        """Who is written to in an inbox where nobody of them had written before."""
        text = "SELECT home FROM identities WHERE contact_id = ? AND inbox_id = ? ORDER BY external_id"
        homes = [home or self.rest_id for (home,) in driver.rows(self.unit.conn, text, (self.rest_id, inbox_id))]
        return homes[0] if len(set(homes)) == 1 else self.rest_id

    # -- where it goes -------------------------------------------------------------------------------

    def _unfold(self, held: _Held) -> None:
        """A conversation that went on in one of the other side is itself again."""
        into = self.held.get(held.folded_into or "")
        if into is None or held.before is None or self._side(into.home) == self._side(held.home):
            return
        before, live = conversation_rows.decoded(held.before), self._goes_on_in(into).row
        status, resolved_at = before.status, before.resolved_at
        if live.status is Status.RESOLVED or self._unresolved(held.row) is not None:
            status, resolved_at = Status.RESOLVED, live.resolved_at or held.row.resolved_at
        again = msgspec.structs.replace(
            before,
            contact_id=held.row.contact_id,
            status=status,
            resolved_at=resolved_at,
            read_up_to=live.read_up_to or before.read_up_to,
        )
        held.row = conversation_rows.save(self.unit, held.row, msgspec.structs.replace(again, version=held.row.version))
        text = "UPDATE conversations SET folded_into = NULL, before_fold = NULL WHERE id = ?"
        driver.execute(self.unit.conn, text, (held.row.id,))
        held.folded_into = held.before = None
        self.touched.add(held.row.id)

    def _unresolved(self, row: rows.Conversation) -> rows.Conversation | None:
        return conversation_rows.unresolved(self.unit.conn, row.contact_id, row.brand_id)

    def _place(self, message: _Placed, side: str) -> None:
        there = self._home_of(message, side) or self._by_rule(message, side)
        contact_merge.put(self.unit, there, side, [(message.n, message.row)])
        at_home = message.home_conversation if self._is_folded(message.home_conversation, there.id) else None
        text = "UPDATE messages SET home = ?, home_conversation = ? WHERE n = ?"
        driver.execute(self.unit.conn, text, (message.home, at_home, message.n))
        conversation_rows.join_inboxes(self.unit.conn, [(message.row.inbox_id, there.id)])
        self.touched.add(there.id)

    def _is_folded(self, home_conversation: str | None, there_id: str) -> bool:
        """Whether the message is still away from where it came from."""
        return home_conversation is not None and home_conversation != there_id

    def _home_of(self, message: _Placed, side: str) -> rows.Conversation | None:
        """The conversation that it came from, or the one where that goes on on its own side."""
        held = self.held.get(message.home_conversation or "")
        if held is None or self._side(held.home) != side:
            return None
        return self._goes_on_in(held).row

    def _goes_on_in(self, held: _Held) -> _Held:
        """The conversation in which a folded one is told on, over all that it was folded into."""
        while held.folded_into in self.held:
            held = self.held[held.folded_into]
        return held

    def _by_rule(self, message: _Placed, side: str) -> rows.Conversation:
        """As on its arrival: the unresolved conversation, one of the last days, or a new one."""
        conn, row = self.unit.conn, message.row
        inbox = bulk.inboxes(conn, [row.inbox_id])[row.inbox_id]
        came_from = self.held[row.conversation_id].row
        found = conversation_rows.newest(self.unit, side, inbox.brand.id)
        if found is None or (found.status is Status.RESOLVED and not self._reopens(found, row.occurred_at)):
            found = conversation_rows.start(self.unit, side, inbox, row.occurred_at, resolved=True)
            self.held[found.id] = _Held(found, side if side != self.rest_id else None, None, None)
        if found.status is not Status.RESOLVED or came_from.status is Status.RESOLVED:
            return found
        opened = msgspec.structs.replace(
            found, status=Status.OPEN, resolved_at=None, read_up_to=came_from.read_up_to or found.read_up_to
        )
        found = self.held[found.id].row = conversation_rows.save(self.unit, found, opened)
        return found

    def _reopens(self, row: rows.Conversation, at: datetime) -> bool:
        workspace = workspaces.the_one(self.unit.conn)
        span = timedelta(seconds=workspace.reopen_span_s) if workspace else REOPEN_SPAN
        return row.resolved_at is None or reopens(row.resolved_at, at, span)

    # -- what it looks like then ---------------------------------------------------------------------

    def _tell_again(self, conversation_id: str) -> None:
        conn = self.unit.conn
        row = conversation_rows.locked(self.unit, conversation_id)
        found = driver.row(
            conn,
            "SELECT max(occurred_at), count(*), sum(CASE WHEN kind <> 'activity' THEN 1 ELSE 0 END)"
            " FROM messages WHERE conversation_id = ?",
            (conversation_id,),
        )
        assert found is not None
        if not found[2]:
            self._drop(row)
            return
        driver.execute(conn, "DELETE FROM conversation_inboxes WHERE conversation_id = ?", (conversation_id,))
        driver.execute(
            conn,
            "INSERT INTO conversation_inboxes (inbox_id, conversation_id)"
            " SELECT DISTINCT inbox_id, conversation_id FROM messages WHERE conversation_id = ?",
            (conversation_id,),
        )
        told = msgspec.structs.replace(row, unread=self._unread(row))
        contact_merge.recounted(self.unit, row, told, row.inbox_id)

    def _unread(self, row: rows.Conversation) -> int:
        if row.read_up_to is not None:
            return recount.unread_after(self.unit.conn, row.id, row.read_up_to)
        text = "SELECT count(*) FROM messages WHERE conversation_id = ? AND kind = 'incoming'"
        found = driver.row(self.unit.conn, text, (row.id,))
        return int(found[0]) if found else 0

    def _drop(self, row: rows.Conversation) -> None:
        """A conversation that nothing is left of is resolved and empty; its system lines stay in it."""
        closed = msgspec.structs.replace(
            row,
            status=Status.RESOLVED,
            resolved_at=row.resolved_at or row.created_at,
            unread=0,
            waiting_since=None,
            next_due=None,
            last_message=None,
            clocks=[],
        )
        sla.forget(self.unit.conn, row.id)
        conversation_rows.save(self.unit, row, closed)
