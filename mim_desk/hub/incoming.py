"""Incoming messages of many deliveries, applied together: few statements however many there are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mim_desk.channels.events import IncomingMessage
from mim_desk.domain import human_only, sla_clocks
from mim_desk.domain.conversation import REOPEN_SPAN, Status, reopens
from mim_desk.domain.human_only import Topic
from mim_desk.domain.message import Activity, AuthorType, MessageKind, clean_text
from mim_desk.domain.sla_clocks import Clock, Policy
from mim_desk.hub.deliveries import Delivery, Outcome
from mim_desk.hub.store import (
    attachments,
    bulk,
    contacts,
    conversation_rows,
    derive,
    driver,
    ids,
    offers,
    quotes,
    recount,
    reply_counts,
    reply_windows,
    sla,
    workspaces,
)
from mim_desk.hub.store.bulk import Key, Known, NewMessage, Stored
from mim_desk.hub.store.times import moment, ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_GATED_CHARACTERS: Final = 20_000
"""How much of a text is read for what belongs to people: about two milliseconds."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One incoming message, the delivery that brought it and where its outcome is told.

    Attributes:
        key: what decides whether it is a duplicate.
        received: when the hub got it.
        came: the provider's time, but never later than it was received.
    """

    delivery: Delivery
    event: IncomingMessage
    outcome: Outcome
    key: Key
    received: datetime
    came: datetime


def arrival(delivery: Delivery, event: IncomingMessage, outcome: Outcome) -> Arrival:
    """A message of a delivery, ready to be stored."""
    inbox_id, received = delivery.inbox_id, whole_ms(delivery.received_at)
    key = (inbox_id, event.external_id)
    return Arrival(delivery, event, outcome, key, received, min(whole_ms(event.occurred_at), received))


@dataclass(slots=True)
class _Open:
    """A conversation while messages are added to it.

    Attributes:
        was: the row as stored, None for a new one.
        is_late: a message came before what is told already, so all has to be told again.
        allowed: how many replies the channel takes for one of the contact's messages.
        segments: clocks that changed.
    """

    row: rows.Conversation
    was: rows.Conversation | None = None
    answered_at: int | None = None
    agent_started: bool = False
    is_late: bool = False
    window_s: int | None = None
    allowed: int | None = None
    messages: list[NewMessage] = field(default_factory=list)
    segments: list[Clock] = field(default_factory=list)


def apply(unit: Unit, arrivals: Sequence[Arrival]) -> list[NewMessage]:
    """Store what is new of ``arrivals`` and log it; the new messages."""
    fresh = _fresh(unit, arrivals)
    return _Incoming(unit, fresh).apply() if fresh else []


def _fresh(unit: Unit, arrivals: Sequence[Arrival]) -> list[tuple[Arrival, str, bytes]]:
    """Arrivals that are no duplicates, with our id and the hash of the body; all outcomes are told."""
    known = bulk.known_messages(unit.conn, (one.key for one in arrivals))
    fresh: list[tuple[Arrival, str, bytes]] = []
    for one in arrivals:
        body, same = body_hash(one.event), known.get(one.key)
        if same is None:
            same = known[one.key] = Known(one.event.message_id or ids.new_id(unit.now), body)
            fresh.append((one, same.message_id, body))
            one.outcome.new += 1
        else:
            one.outcome.duplicates += 1
            one.outcome.conflicts += same.body_hash not in (None, body)
        one.outcome.message_ids.append(same.message_id)
    return fresh


def body_hash(event: IncomingMessage) -> bytes:
    """What must be the same when the same message comes again."""
    body = f"{event.type}\0{event.text}\0{event.reply_to}\0{[file.attachment_id for file in event.files]}"
    return hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class _Incoming:
    """A set of new messages on its way into the store."""

    def __init__(self, unit: Unit, fresh: Sequence[tuple[Arrival, str, bytes]]) -> None:
        conn = unit.conn
        workspace = workspaces.the_one(conn)
        self._unit = unit
        self._fresh = fresh
        self._inboxes = bulk.inboxes(conn, (one.delivery.inbox_id for one, _, _ in fresh))
        senders = ((one.delivery.inbox_id, one.event.sender) for one, _, _ in fresh)
        self._people = contacts.Arriving(unit, contacts.known_as(conn, senders))
        self._rule: Policy | None = sla.policy(conn)
        self._reopen_span = timedelta(seconds=workspace.reopen_span_s) if workspace else REOPEN_SPAN
        self._open: dict[Key, _Open] = {}

    def apply(self) -> list[NewMessage]:
        people = [
            self._people.of(one.delivery.inbox_id, one.delivery.channel, one.event.sender, one.came)
            for one, _, _ in self._fresh
        ]
        self._people.write()
        pairs = [
            (person.id, self._inboxes[one.delivery.inbox_id].brand.id)
            for (one, _, _), person in zip(self._fresh, people, strict=True)
        ]
        stored = bulk.newest_conversations(self._unit.conn, pairs)
        for (one, message_id, body), pair in zip(self._fresh, pairs, strict=True):
            if pair not in self._open:
                self._open[pair] = self._opened(one, pair, stored.get(pair))
            self._take(self._open[pair], one, message_id, body)
        return self._write()

    def _opened(self, one: Arrival, pair: Key, stored: Stored | None) -> _Open:
        """The conversation that the first message of a contact goes on with, or a new one."""
        if stored is None or not self._goes_on(stored.row, one.came):
            return _Open(
                rows.Conversation(
                    id=ids.new_id(self._unit.now),
                    number=0,
                    contact_id=pair[0],
                    inbox_id=one.delivery.inbox_id,
                    brand_id=pair[1],
                    created_at=whole_ms(self._unit.now),
                    version=1,
                )
            )
        open_ = _Open(stored.row, stored.row, stored.answered_at, stored.agent_started)
        said = {Status.RESOLVED: Activity.REOPENED, Status.SNOOZED: Activity.WOKEN}.get(stored.row.status)
        if said is not None:
            self._add(open_, _system_line(self._unit, stored.row, said, one), None)
        return open_

    def _goes_on(self, row: rows.Conversation, came: datetime) -> bool:
        if row.status is not Status.RESOLVED:
            return True
        return row.resolved_at is None or reopens(row.resolved_at, came, self._reopen_span)

    def _take(self, open_: _Open, one: Arrival, message_id: str, body: bytes) -> None:
        one = _after_answer(one, open_.answered_at)
        message = message_of(self._unit, one, message_id, open_.row)
        message = quotes.found(self._unit.conn, message, (new.row for new in open_.messages))
        message = offers.linked(self._unit.conn, message, open_.row.offers)
        can = self._inboxes[one.delivery.inbox_id].capabilities
        short = reply_windows.short_of(message.details)
        open_.window_s, open_.allowed = can.reply_window_s, short.replies if short else can.replies_per_message
        if open_.answered_at is not None and ms(one.came) < open_.answered_at:
            open_.is_late = True
        clocks = self._clocks(open_, one.came)
        open_.row = derive.after_incoming(open_.row, message, one.came, open_.window_s, clocks)
        if not open_.row.human_only and _is_for_people(message.text):
            open_.row = msgspec.structs.replace(open_.row, human_only=True)
        self._add(open_, message, one.came, body, self._people.home(one.delivery.inbox_id, one.event.sender))

    def _clocks(self, open_: _Open, came: datetime) -> list[rows.Clock]:
        """The conversation's clocks with a message that came at ``came``; mostly one runs already."""
        row = open_.row
        runs = sla.running(row.clocks)
        if open_.is_late or self._rule is None or (runs is not None and came >= runs.started_at):
            return row.clocks
        if row.status is Status.PENDING and self._rule.from_handoff:
            return row.clocks
        before = sla.of_rows(row.clocks)
        if sla_clocks.is_late(before, came):
            open_.is_late = True
            return row.clocks
        after = sla_clocks.with_incoming(before, came, self._rule, agent_started=open_.agent_started)
        open_.segments += [clock for clock in after if clock not in before]
        return sla.to_rows(after)

    def _add(
        self,
        open_: _Open,
        message: rows.Message,
        came: datetime | None,
        body: bytes | None = None,
        home: str | None = None,
    ) -> None:
        payload = msgspec.json.encode(message)
        fact, fact_at = (None, None) if came is None else (sla.IN, ms(came))
        open_.messages.append(NewMessage(message, payload, fact, fact_at, body, home))

    def _write(self) -> list[NewMessage]:
        conn, opened = self._unit.conn, list(self._open.values())
        messages = [message for open_ in opened for message in open_.messages]
        bulk.insert_messages(conn, messages)
        new = [open_ for open_ in opened if open_.was is None]
        numbers = driver.take_numbers(conn, "conversation", len(new)) if new else []
        for open_, number in zip(new, numbers, strict=True):
            open_.row = msgspec.structs.replace(open_.row, number=number)
        for open_ in opened:
            if open_.is_late:
                self._tell_again(open_)
            self._count_replies(open_)
        on_time = [open_ for open_ in opened if not open_.is_late]
        sla.keep(conn, [(open_.row.id, clock) for open_ in on_time for clock in open_.segments])
        self._write_conversations(opened)
        return messages

    def _tell_again(self, open_: _Open) -> None:
        open_.row = recount.recounted(
            self._unit.conn, open_.row, self._rule, open_.window_s, agent_started=open_.agent_started
        )

    def _count_replies(self, open_: _Open) -> None:
        """How many replies the newest message allows; of those to an earlier one some may still be on their way."""
        if open_.was is None:
            open_.row = msgspec.structs.replace(open_.row, replies_left=open_.allowed)
        elif open_.allowed is not None or open_.row.replies_left is not None:
            open_.row = reply_counts.shown(self._unit, open_.row)

    def _write_conversations(self, opened: Sequence[_Open]) -> None:
        conn, new, changed, joined = self._unit.conn, [], [], []
        for open_ in opened:
            version = 1 if open_.was is None else open_.was.version + 1
            row = open_.row = msgspec.structs.replace(open_.row, version=version)
            if open_.was is None:
                new.append(conversation_rows.values(row, self._log(open_)))
            else:
                changed.append((open_.was, row, self._log(open_)))
            if open_.was is None or row.inbox_id != open_.was.inbox_id:
                joined.append((row.inbox_id, row.id))
        driver.insert_many(conn, conversation_rows.COLUMNS, new)
        conversation_rows.store_changes(conn, changed)
        conversation_rows.join_inboxes(conn, joined)

    def _log(self, open_: _Open) -> bytes:
        """Log the conversation, then its new messages; the conversation's payload."""
        row, payload = open_.row, msgspec.json.encode(open_.row)
        seen_by = msgspec.json.encode(conversation_rows.audience(row, open_.was)).decode()
        self._unit.append_told("conversation", row.id, payload, row.id, seen_by, fresh=open_.was is None)
        for new in open_.messages:
            self._unit.append_told("message", new.row.id, new.payload, row.id, seen_by, fresh=True)
        return payload


def _after_answer(one: Arrival, answered_at: int | None) -> Arrival:
    """An arrival after our answer, though the hub's clock was set back in between: the provider's time says so."""
    if answered_at is None or ms(one.received) > answered_at:
        return one
    return replace(one, came=min(whole_ms(one.event.occurred_at), moment(answered_at + 1)))


def _is_for_people(text: str) -> bool:
    """Whether the words alone say that no machine may answer; a file without words says nothing."""
    topics = human_only.gate(text[:_GATED_CHARACTERS]).topics if text else ()
    return any(topic is not Topic.UNREAD for topic in topics)


def message_of(unit: Unit, one: Arrival, message_id: str, row: rows.Conversation) -> rows.Message:
    """The row of an incoming message in its conversation."""
    event = one.event
    place, choice = event.location, event.choice
    quoted = event.reply_to or event.reply_to_message_id
    files = attachments.of_incoming(unit, event.files, message_id, row.contact_id) if event.files else []
    return rows.Message(
        id=message_id,
        conversation_id=row.id,
        contact_id=row.contact_id,
        inbox_id=one.delivery.inbox_id,
        kind=MessageKind.INCOMING,
        author=rows.Author(AuthorType.CONTACT, row.contact_id),
        occurred_at=one.came,
        received_at=one.received,
        type=attachments.carried(event.type, files),
        text=clean_text(event.text),
        attachments=files,
        location=rows.Location(place.latitude, place.longitude, place.name) if place else None,
        reply_to=rows.ReplyTo(event.reply_to_message_id, event.reply_to) if quoted else None,
        choice=rows.Choice(choice.id, choice.title) if choice else None,
        external_id=event.external_id,
        details=dict(event.details),
    )


def _system_line(unit: Unit, row: rows.Conversation, said: Activity, one: Arrival) -> rows.Message:
    return rows.Message(
        id=ids.new_id(unit.now),
        conversation_id=row.id,
        contact_id=row.contact_id,
        inbox_id=one.delivery.inbox_id,
        kind=MessageKind.ACTIVITY,
        author=rows.Author(AuthorType.SYSTEM),
        occurred_at=one.came,
        received_at=one.received,
        activity=said.value,
    )
