"""Visitors' streams: one dispatcher follows the event log and wakes the streams an event concerns.

A stream holds no queue: woken, it reads from the log what came for its contact. So resuming after a
break and going on live are the same, and a slow browser costs no memory.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec

from mim_desk.hub.event_log import EventLog, LoggedEvent, LogReset
from mim_desk.hub.store import agents
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.availability import Availability
from mim_desk.hub.web_chat.ratings import wants_rating
from mim_desk.hub.web_chat.sessions import Session, contact_of
from mim_desk.hub.web_chat.visitor_view import event_bytes, shown, state_of
from mim_desk.hub.web_chat.widgets import Widget

FAR_BEHIND: Final = 5_000
"""Events a returning browser may have missed; further back it starts from a snapshot."""
_REMEMBERED_DIGESTS: Final = 500


Key = TypeVar("Key")


class _Identity(msgspec.Struct, frozen=True):
    """By what a contact is known in an inbox."""

    inbox_id: str
    external_id: str


class _Named(msgspec.Struct, frozen=True):
    """What the dispatcher needs to know of a row."""

    contact_id: str = ""
    external_id: str | None = None
    identities: list[_Identity] = []


_named = msgspec.json.Decoder(_Named)


class Feed:
    """One open stream of a session.

    Attributes:
        reached: everything up to this seq was told.
        pending: the log is to be read from after this seq; None when nothing waits.
        end: why the stream is over: ``superseded``, ``gone``, ``draining`` or empty while it goes on.
    """

    def __init__(self, session: Session, widget: Widget, reached: int) -> None:
        self.session = session
        self.widget = widget
        self.contact_id: str | None = None
        self.reached = reached
        self.pending: int | None = None
        self.moved = False
        self.end = ""
        self.typing_until: datetime | None = None
        self._woken = asyncio.Event()
        self._digests: dict[str, bytes] = {}
        self._state: tuple[str, int, int] | None = None
        self._hours: Availability | None = None
        self._asked = ""

    def wake(self, seq: int) -> None:
        """The log holds something for this stream at ``seq``."""
        if self.pending is None:
            self.pending = max(seq - 1, self.reached)
        self._woken.set()

    def typed(self, until: datetime) -> None:
        """Somebody of the brand types until then."""
        self.typing_until = until
        self._woken.set()

    def close(self, why: str) -> None:
        """End the stream."""
        self.end = self.end or why
        self._woken.set()

    async def woken(self, within_s: float) -> bool:
        """Wait for news; False when the time is over."""
        try:
            async with asyncio.timeout(within_s):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def is_new(self, message_id: str, data: bytes) -> bool:
        """Whether the message looks different from when this stream last told it."""
        digest = blake2b(data, digest_size=12).digest()
        if self._digests.get(message_id) == digest:
            return False
        self._digests.pop(message_id, None)
        self._digests[message_id] = digest
        if len(self._digests) > _REMEMBERED_DIGESTS:
            self._digests.pop(next(iter(self._digests)))
        return True

    def hours_event(self, hours: Availability) -> bytes:
        """Whether somebody answers now, when that is other than this stream last told."""
        if hours == self._hours:
            return b""
        self._hours = hours
        return event_bytes("state", {"hours": hours})

    def rating_event(self, conversation_id: str) -> bytes:
        """The question how a conversation was, once for each."""
        if conversation_id in ("", self._asked):
            return b""
        self._asked = conversation_id
        return event_bytes("csat_request", {"conversation": conversation_id})

    def state_events(self, state: str, visitor: tuple[str, int], brand: tuple[str, int]) -> bytes:
        """State and read marks, as far as they changed."""
        before, now = self._state, (state, visitor[1], brand[1])
        self._state = now
        parts = []
        if before is None or before[0] != state:
            parts.append(event_bytes("state", {"state": state}))
        for place, (by, mark) in enumerate((("visitor", visitor), ("brand", brand)), start=1):
            if mark[1] and (before is None or before[place] != mark[1]):
                parts.append(event_bytes("read", {"up_to": mark[0], "place": mark[1], "by": by}))
        return b"".join(parts)


class Feeds:
    """All streams of this hub."""

    def __init__(self, store: Store, sign: Callable[[Session, str], str]) -> None:
        self._store = store
        self._log: EventLog = store.log
        self._sign = sign
        self._seq = store.log.seq
        self._by_session: dict[str, set[Feed]] = defaultdict(set)
        self._by_contact: dict[str, set[Feed]] = defaultdict(set)
        self._by_identity: dict[_Identity, set[Feed]] = defaultdict(set)
        self._leading: dict[str, Feed] = {}
        self.count = 0

    async def run(self) -> None:
        """Follow the log until cancelled."""
        wake = self._log.subscribe()
        while True:
            await wake.wait()
            await self._catch_up()

    async def _catch_up(self) -> None:
        try:
            while self._seq < self._log.seq:
                events = await self._log.after(self._seq)
                if not events:
                    return
                for event in events:
                    self._dispatch(event)
                self._seq = events[-1].seq
        except LogReset:
            self._seq = self._log.seq
            for feed in self._all():
                feed.moved = True
                feed.wake(self._seq)

    def _dispatch(self, event: LoggedEvent) -> None:
        if not self.count:
            return
        if event.type in ("message", "conversation"):
            named = _named.decode(event.payload)
            session_id = (named.external_id or "").partition(":")[0] if event.type == "message" else ""
            # Not a defaultdict access: a look must not leave an empty set behind.
            for feed in {*self._by_contact.get(named.contact_id, ()), *self._by_session.get(session_id, ())}:
                feed.wake(event.seq)
        elif event.type in ("contact", "forgotten"):
            for feed in self._by_contact.get(event.row_id.removeprefix("contact:"), ()):
                feed.moved = True
                feed.wake(event.seq)
            if event.type == "contact":
                self._adopt(event)

    def _adopt(self, event: LoggedEvent) -> None:
        """A page that had no contact has one from now on; what that wrote before, as somebody else, is news there."""
        for identity in _named.decode(event.payload).identities:
            for feed in self._by_identity.get(identity, ()):
                if feed.contact_id is None:
                    feed.contact_id = event.row_id
                    self._by_contact[event.row_id].add(feed)
                    feed.moved = not event.fresh
                    feed.wake(event.seq)

    @asynccontextmanager
    async def opened(self, session: Session, widget: Widget, after: int | None, *, leads: bool) -> AsyncIterator[Feed]:
        """A stream that begins after ``after``; one that leads replaces the session's earlier one."""
        feed = Feed(session, widget, self._seq if after is None else after)
        if leads and session.id in self._leading:
            self._leading[session.id].close("superseded")
        if leads:
            self._leading[session.id] = feed
        self._join(feed)
        try:
            # Joined first and asked then: whatever is committed meanwhile is found by the first read.
            self._move(feed, await self._store.read(partial(contact_of, session=session)))
            if feed.reached != self._seq:
                feed.wake(feed.reached + 1)
            yield feed
        finally:
            self._leave(feed)
            if self._leading.get(session.id) is feed:
                del self._leading[session.id]

    def typed(self, contact_id: str, until: datetime) -> None:
        """Somebody of the brand types to a contact."""
        for feed in self._by_contact.get(contact_id, ()):
            feed.typed(until)

    def is_followed(self, contact_id: str) -> bool:
        """Whether a page of the contact is open here."""
        return contact_id in self._by_contact

    def end(self, session_id: str) -> None:
        """The session is over: so are its streams."""
        for feed in list(self._by_session.get(session_id, ())):
            feed.close("gone")

    def drain(self) -> None:
        """The hub is about to stop."""
        for feed in self._all():
            feed.close("draining")

    async def news(self, feed: Feed) -> bytes:
        """What a woken stream has to tell."""
        told = self._typing(feed)
        if feed.pending is None:
            return told
        after, feed.pending = feed.pending, None
        up_to = max(self._log.seq, after)
        if feed.moved or after > self._log.seq or up_to - after > FAR_BEHIND:
            return told + await self._reset(feed)
        found = await self._store.read(partial(_read, feed=feed, after=after, up_to=up_to))
        if found is not None and (found.trimmed or found.moved):
            return told + await self._reset(feed)
        feed.reached = up_to
        if found is None:
            return told
        self._move(feed, found.contact_id)
        return told + self._written(feed, found)

    def _typing(self, feed: Feed) -> bytes:
        until, feed.typing_until = feed.typing_until, None
        if until is None:
            return b""
        left = max(0, int((until - datetime.now(until.tzinfo)).total_seconds() * 1000))
        return event_bytes("typing", {"until": until, "for_ms": left})

    async def _reset(self, feed: Feed) -> bytes:
        feed.moved = False
        feed.reached = self._log.seq
        self._move(feed, await self._store.read(partial(contact_of, session=feed.session)))
        return event_bytes("reset", {"last_event_id": feed.reached}, feed.reached)

    def _written(self, feed: Feed, found: "_Found") -> bytes:
        sign = partial(self._sign, feed.session)
        parts = []
        for message_id, (seq, fresh) in found.told.items():
            one = found.messages.get(message_id)
            data = one and shown(one, feed.session, feed.widget, sign, found.people)
            if data is None:
                continue
            look = msgspec.structs.replace(
                data, attachments=[msgspec.structs.replace(f, url="") for f in data.attachments]
            )
            if feed.is_new(message_id, msgspec.json.encode(look)):
                parts.append(event_bytes("message" if fresh else "message_updated", data, seq))
        if found.changed:
            brand = found.brand if feed.widget.is_on("show_read") else ("", 0)
            parts.append(feed.state_events(found.state, found.visitor, brand))
            parts.append(feed.rating_event(found.rating))
        return b"".join(parts)

    def _join(self, feed: Feed) -> None:
        self.count += 1
        self._by_session[feed.session.id].add(feed)
        self._by_identity[_identity(feed)].add(feed)
        if feed.contact_id is not None:
            self._by_contact[feed.contact_id].add(feed)

    def _move(self, feed: Feed, contact_id: str | None) -> None:
        if contact_id == feed.contact_id:
            return
        _drop(self._by_contact, feed.contact_id, feed)
        feed.contact_id = contact_id
        if contact_id is not None:
            self._by_contact[contact_id].add(feed)
            # What came for this contact before the stream was known to be theirs is found by one more look.
            feed.wake(feed.reached + 1)

    def _leave(self, feed: Feed) -> None:
        self.count -= 1
        _drop(self._by_session, feed.session.id, feed)
        _drop(self._by_identity, _identity(feed), feed)
        _drop(self._by_contact, feed.contact_id, feed)

    def _all(self) -> list[Feed]:
        return [feed for feeds in self._by_session.values() for feed in feeds]


class _Found(msgspec.Struct):
    """What one read of the store answered."""

    contact_id: str
    told: dict[str, tuple[int, bool]]
    messages: dict[str, Any]
    state: str
    visitor: tuple[str, int]
    brand: tuple[str, int]
    changed: bool
    moved: bool
    trimmed: bool
    people: list[str]
    rating: str


def _read(conn: Connection, feed: Feed, after: int, up_to: int) -> _Found | None:
    contact_id = contact_of(conn, feed.session)
    if contact_id is None:
        return None
    told: dict[str, tuple[int, bool]] = {}
    changed = False
    for event in stored.events(conn, contact_id, after, up_to):
        changed = changed or event.type == "conversation"
        if event.type == "message":
            fresh = event.fresh or told.pop(event.row_id, (0, False))[1]
            told[event.row_id] = (event.seq, fresh)
    visible = stored.visible(conn, feed.session.sight, contact_id, list(told))
    conversations = stored.conversations(conn, contact_id)
    return _Found(
        contact_id,
        told,
        {one.message.id: one for one in visible},
        state_of(conversations[0] if conversations else None),
        *read_marks(conn, conversations),
        changed=changed,
        moved=stored.contact_changed(conn, contact_id, after, up_to),
        trimmed=stored.trimmed(conn) > after,
        people=agents.names(conn) if any(one.message.attachments for one in visible) else [],
        rating=wants_rating(conn, feed.session, feed.widget, conversations[0] if conversations else None),
    )


def read_marks(conn: Connection, conversations: list[Any]) -> tuple[tuple[str, int], tuple[str, int]]:
    """The newest message that the visitor has read, and the newest that the brand has, each with its place."""
    visitor = [(stored.place_of(conn, one.contact_read_up_to), one.contact_read_up_to or "") for one in conversations]
    brand = [(stored.place_of(conn, one.read_up_to), one.read_up_to or "") for one in conversations]
    (visitor_place, visitor_id), (brand_place, brand_id) = max(visitor, default=(0, "")), max(brand, default=(0, ""))
    return (visitor_id, visitor_place), (brand_id, brand_place)


def _identity(feed: Feed) -> _Identity:
    return _Identity(feed.session.inbox_id, feed.session.identity)


def _drop(index: dict[Key, set[Feed]], key: Key | None, feed: Feed) -> None:
    if key is None or key not in index:
        return
    index[key].discard(feed)
    if not index[key]:
        del index[key]
