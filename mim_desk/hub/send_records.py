"""What a sender reads and writes in the store: leasing with all that an attempt needs, and its outcome."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mim_desk.channels.base import Adapter, LastIncoming, Outgoing, OutgoingFile, Sender
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.buttons import NO_FRAME, framed_in_words, in_words, keyed
from mim_desk.domain.enclosed import in_words as enclosed_in_words
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import account_news, carrying, connections, elsewhere, enclosing, pacing, quotas, template_sends
from mim_desk.hub.file_links import NO_LINKS, FileLinks
from mim_desk.hub.file_metadata import neutral_name
from mim_desk.hub.sending_rules import Next, Verdict
from mim_desk.hub.store import (
    agents,
    attachments,
    consents,
    contacts,
    inboxes,
    messages,
    private_replies,
    sends,
    templates,
)
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.sends import Lease
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

LEASE: Final = timedelta(seconds=90)
MOST_OF_AN_INBOX: Final = 16
"""Replies of one inbox that one hub sends at a time."""
_NOTHING: Final[Mapping[str, int]] = {}


@dataclass(frozen=True)
class Job:
    """A leased reply and how its channel sends; without an adapter the inbox is gone.

    Attributes:
        outgoing: what the channel is to carry, where no file has to be read for it.
    """

    lease: Lease
    channel: str
    adapter: Adapter | None
    outgoing: Outgoing | None = None


class Handoff:
    """Replies leased by the transaction that stored them, so that sending costs no second commit.

    Attributes:
        room: how many more the sender takes now.
        under_way: how many replies of each inbox the sender is sending; replaced, never changed, since the writer reads it.
    """

    def __init__(self) -> None:
        self.room = 0
        self.under_way: Mapping[str, int] = _NOTHING
        self._jobs: list[Job] = []
        self._start: Callable[[Sequence[Job]], None] | None = None

    def give(self, jobs: Sequence[Job]) -> None:
        """Pass leased replies to the sender, once their lease is committed; before it runs they wait for it."""
        if self._start is None:
            self._jobs.extend(jobs)
        else:
            self._start(jobs)

    @contextmanager
    def taken_by(self, start: Callable[[Sequence[Job]], None]) -> Iterator[None]:
        """Have ``start`` begin what is passed and what waits, without a turn of the loop in between."""
        waiting, self._jobs = self._jobs, []
        start(waiting)
        self._start = start
        try:
            yield
        finally:
            self._start = None


def paused(conn: Connection) -> list[str]:
    """Inboxes whose replies wait until somebody mends them."""
    return [inbox.id for inbox in inboxes.everything(conn) if inbox.health.state == "paused"]


def next_due(conn: Connection, here: Collection[str] = ()) -> datetime | None:
    """When there is something for this hub to lease or to settle."""
    return sends.next_due(conn, _waiting(conn, here))


def _waiting(conn: Connection, here: Collection[str]) -> list[str]:
    """Inboxes for which this hub sends nothing now: they are paused, or leave over another hub's connection."""
    return sorted({*paused(conn), *connections.elsewhere(conn, here)})


def lease(unit: Unit, room: int, under_way: Mapping[str, int] = _NOTHING, here: Collection[str] = ()) -> list[Job]:
    """Settle leases that ran out, then take due replies, shown as *sending* from this commit on.

    ``under_way`` says how many replies of each inbox are being sent: a slow provider gets a part of the room only.
    ``here`` are the inboxes that this hub is connected to.
    """
    sends.expire(unit)
    counts, waiting, jobs = Counter(under_way), set(_waiting(unit.conn, here)), list[Job]()
    while len(jobs) < room:
        waiting |= {inbox_id for inbox_id, count in counts.items() if count >= MOST_OF_AN_INBOX}
        most = MOST_OF_AN_INBOX - max((n for inbox_id, n in counts.items() if inbox_id not in waiting), default=0)
        limit = min(most, room - len(jobs))
        taken = sends.lease(unit, LEASE, limit, paused=sorted(waiting))
        counts.update(one.message.inbox_id for one in taken)
        jobs += [_job(unit, one) for one in taken]
        if len(taken) < limit:
            break
    return jobs


def _job(unit: Unit, taken: Lease) -> Job:
    inbox = inboxes.by_id(unit.conn, taken.message.inbox_id)
    if inbox is None:
        return Job(taken, "removed", None)
    return Job(taken, inbox.channel, ADAPTERS.get(inbox.channel), _without_files(unit, taken.message))


def _without_files(unit: Unit, message: rows.Message) -> Outgoing | None:
    if message.attachments:
        return None
    try:
        return outgoing(unit.conn, message, unit.now)
    except Refusal:
        return None  # the sender asks again and records why


def outgoing(conn: Connection, message: rows.Message, now: datetime, links: FileLinks = NO_LINKS) -> Outgoing:
    """What the channel is to carry; a Refusal when the contact cannot be reached there."""
    contact = contacts.by_id(conn, message.contact_id)
    there = contacts.identity_written_to(conn, contact, message) if contact else None
    if there is None and private_replies.is_private(message):
        return outgoing_of(conn, message, None, now, links)
    if there is None:
        raise Refusal("no-address", "This contact has no address in the inbox. Answer through another one.")
    if there.blocked_at is not None:
        raise Refusal("blocked", "This contact left or blocked us here. Answer through another inbox.")
    inbox = inboxes.by_id(conn, message.inbox_id)
    if contact is not None and inbox is not None:
        consents.refuse_stopped(contact, inbox, there.external_id)
    if inbox is not None:
        account_news.refuse_closed(inbox, there.external_id)
    if there.other_tool:
        told = "Another tool of yours took this chat over. Answer once it hands the chat back."
        raise Refusal("other-tool", told)
    return outgoing_of(conn, message, there, now, links)


def outgoing_of(
    conn: Connection, message: rows.Message, there: rows.Identity | None, now: datetime, links: FileLinks = NO_LINKS
) -> Outgoing:
    """A reply as its channel gets it, without an address where its quote is one; a Refusal for everything that is no reply: a note never leaves."""
    if message.kind is not MessageKind.REPLY:
        raise Refusal("not-a-reply", "Only replies are sent to customers.")
    files = _files(conn, message, now, links) if message.attachments else ()
    quoted, details = _quoted(conn, message)
    last = _last_incoming(conn, message, there.acted_at if there else None)
    automatic = message.author.type is not AuthorType.AGENT
    template = template_sends.outgoing(conn, message)
    recipient = there.external_id if there else ""
    made = Outgoing(message.id, recipient, now, message.text, files, quoted, details, last, automatic, template)
    made = _enclosing(conn, message, made)
    if private_replies.is_private(message):
        made = replace(made, private=True)
    if message.copies:
        made = replace(made, cc=tuple(message.copies.cc), bcc=tuple(message.copies.bcc))
    return _offering(conn, message, made) if message.buttons else made


def _enclosing(conn: Connection, message: rows.Message, made: Outgoing) -> Outgoing:
    """The reply with its place, card or sticker, which are lines of the text where the channel has none."""
    enclosed = enclosing.of(message)
    if enclosed is None:
        return made
    inbox = inboxes.by_id(conn, message.inbox_id)
    if inbox is not None and enclosing.is_carried(enclosed, inbox.capabilities):
        return replace(made, enclosed=enclosed)
    return replace(made, text=enclosed_in_words(message.text, enclosed))


def _offering(conn: Connection, message: rows.Message, made: Outgoing) -> Outgoing:
    """The reply with its buttons, which are lines of the text where the channel has none."""
    inbox = inboxes.by_id(conn, message.inbox_id)
    limits = carrying.limits_of(inbox.capabilities) if inbox else None
    buttons = carrying.plain(message.buttons)
    frame = message.frame or NO_FRAME
    if limits is None:
        return replace(made, text=framed_in_words(in_words(made.text, buttons), frame))
    return replace(made, buttons=keyed(message.id, buttons), button_limits=limits, frame=frame)


def _files(conn: Connection, message: rows.Message, now: datetime, links: FileLinks) -> tuple[OutgoingFile, ...]:
    """The reply's files, whose names tell nothing of the people at work."""
    people = agents.names(conn)
    named = [(one, neutral_name(one.name, people)) for one in message.attachments]
    return tuple(
        OutgoingFile(
            one.id,
            name,
            one.mime_type,
            attachments.content(conn, one.id) or b"",
            links.address(message.id, one.id, name, now),
            links.preview(message.id, one.id, now),
        )
        for one, name in named
    )


def _quoted(conn: Connection, message: rows.Message) -> tuple[str | None, dict[str, str]]:
    """The provider's id of the quoted message and what its adapter noted of it."""
    quoted = message.reply_to
    if quoted is None:
        return None, {}
    named = quoted.message_id or messages.id_of(conn, message.inbox_id, quoted.external_id or "")
    original = messages.by_id(conn, named) if named else None
    return quoted.external_id or (original.external_id if original else None), original.details if original else {}


def _last_incoming(conn: Connection, message: rows.Message, acted_at: datetime | None) -> LastIncoming | None:
    """The contact's last message; they may have done something later that counts like one."""
    last = messages.last_incoming(conn, message.conversation_id, message.inbox_id)
    if last is None:
        return LastIncoming(acted_at) if acted_at else None
    at = max(last.occurred_at, acted_at) if acted_at else last.occurred_at
    return LastIncoming(at, last.external_id, last.details, last.text)


def begin(unit: Unit, taken: Lease, parts: int) -> None:
    """Say before the first byte of a reply in several parts how many they are: after a crash nobody would know."""
    sends.begin(unit, taken.message.id, taken.token, parts)


def unkey(unit: Unit, taken: Lease) -> None:
    """Say before the first byte of a call that our key does not cover, so that a crash in it is never tried again."""
    sends.unkey(unit, taken.message.id, taken.token)


def give_back(unit: Unit, taken: Lease, *, has_left: bool) -> None:
    """End a lease early: where nothing left it is due again and no try of it is counted, else it counts as run out."""
    if has_left:
        sends.release(unit, taken.message.id, taken.token)
        return
    sends.retry(unit, taken.message.id, taken.token, unit.now, counts=False, before=taken.before)


def record(unit: Unit, taken: Lease, told: Verdict) -> None:
    """Store what became of a reply, unless another sender holds it by now."""
    message_id = taken.message.id
    if told.alarm is not None:
        account_news.alarm(unit, taken.message.inbox_id, *told.alarm)
    if told.next in (Next.AGAIN, Next.PAUSE):
        _try_again(unit, taken, told)
        return
    is_private = private_replies.is_private(taken.message)
    if is_private and told.next is Next.DONE:
        private_replies.link(unit, taken.message, told.recipient)
    delivery = rows.Delivery(_status(told), told.reason, told.code, taken.attempt, told.parts, told.window_closed)
    begun = taken.before.goes_on or told.parts > 1
    settled = sends.settle(unit, message_id, taken.token, delivery, told.external_ids, told.details, was_begun=begun)
    if is_private and settled is not None and told.next is Next.FAILED:
        private_replies.give_up(unit, settled)
    if told.elsewhere:
        elsewhere.send(unit, message_id)
    if told.templates_stale:
        templates.want(unit, taken.message.inbox_id)
    if told.unwanted is not None:
        consents.withdrawn_at_provider(unit, taken.message, told.unwanted, f"{message_id}:{told.code}")


def _try_again(unit: Unit, taken: Lease, told: Verdict) -> None:
    tried = told.code not in (quotas.CODE, pacing.CODE)
    held = sends.retry(
        unit,
        taken.message.id,
        taken.token,
        unit.now + told.wait,
        told.reason,
        told.code,
        counts=tried,
        before=told.begun,
        in_doubt=told.in_doubt,
    )
    if held is not None and told.moved_to:
        _moved(unit, taken, told.moved_to)
    if held is not None and told.next is Next.PAUSE:
        inboxes.set_health(unit, taken.message.inbox_id, state="paused", reason=told.reason)


def _moved(unit: Unit, taken: Lease, external_id: str) -> None:
    """The channel calls the contact otherwise now: the next try goes there, in the same conversation."""
    contact, inbox = contacts.by_id(unit.conn, taken.message.contact_id), taken.message.inbox_id
    there = contacts.identity_written_to(unit.conn, contact, taken.message) if contact else None
    if there is not None and there.external_id != external_id:
        contacts.rename(unit, inbox, there.channel, Sender(external_id, formerly=(there.external_id,)))


def _status(told: Verdict) -> DeliveryStatus:
    match told.next:
        case Next.DONE:
            return told.status
        case Next.UNKNOWN:
            return DeliveryStatus.UNKNOWN
        case _:
            return DeliveryStatus.FAILED
