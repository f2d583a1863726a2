"""The line to one hub: client, replica and posting together, and what they tell the session."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

import msgspec

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.desk.hub_client import HubClient, SignedOut, Unreachable
from mim_desk.desk.hub_clock import HubClock
from mim_desk.desk.outbox.outbox import NotKept, Outbox
from mim_desk.desk.pending import OutboxItem
from mim_desk.desk.posting import Posting
from mim_desk.desk.replica import Replica
from mim_desk.desk.tasks import OnProblem, TaskOwner, whole
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, events, rows

TYPING_EVERY_S = 3.0
Ephemeral = events.Typing | events.PresenceChange


class Line:
    """Connected to one hub at a time, or to none.

    Attributes:
        client: the calls to the hub, None without one.
        freshness: how near the cache is to it.
        level_at: when the cache was last known to be level with it.
        on_me: called with who the token belongs to, each time the hub was reached anew.
        on_signed_out: called when the token is no longer good.
    """

    def __init__(self, cache: Cache, outbox: Outbox, changes: Changes, on_problem: OnProblem) -> None:
        self.client: HubClient | None = None
        self._clock = HubClock()
        self.freshness = Freshness(FreshnessState.OFFLINE, self._clock())
        self.on_me: list[Callable[[api.Me], None]] = []
        self.on_signed_out: list[Callable[[str], None]] = []
        self.on_freshness: list[Callable[[Freshness], None]] = []
        self.on_ephemeral: list[Callable[[Ephemeral], None]] = []
        self._cache = cache
        self._outbox = outbox
        self._changes = changes
        self._on_problem = on_problem
        self._owner: TaskOwner | None = None
        self._replica: Replica | None = None
        self._posting: Posting | None = None
        self._replicating: asyncio.Task[None] | None = None
        self.level_at = self._clock()
        self._typed: dict[str, float] = {}
        self._unreadable: set[str] = set()
        self._arrived: set[str] = set()
        self._withheld: Counter[str] = Counter()
        self._turns = asyncio.Lock()
        self._ended = False

    async def connect(self, url: str, token: str) -> None:
        """Follow the hub at ``url``; a line to another one is closed. After ``end`` this does nothing."""
        async with self._turns:
            if self.client is not None and self.client.url == url.rstrip("/"):
                self.try_now()
                return
            await self._close()
            if not self._ended:
                self._open(url, token)

    def _open(self, url: str, token: str) -> None:
        self.client = client = HubClient(url, token)
        self._owner = owner = TaskOwner(self._on_problem)
        self._replica = Replica(client, self._cache, owner, self)
        self._posting = Posting(client, self._outbox, owner, self, self._withheld)
        self._replicating = owner.spawn(self._replicate(self._replica), name="replica")
        owner.spawn(self._introduce(client, self._posting), name="who am I")

    async def end(self) -> None:
        """Close the line for good: a ``connect`` that is still to begin would go on with files that are closed."""
        self._ended = True
        await self.close()

    async def close(self) -> None:
        """Close the line; what is unsent waits for the next one."""
        async with self._turns:
            await self._close()

    async def _close(self) -> None:
        if self._posting is not None:
            self._posting.end()
        if self._owner is not None:
            await self._owner.close()
            with suppress(NotKept):
                await self._outbox.end_handing_over()
        if self.client is not None:
            await self.client.close()
        self.client = self._owner = self._replica = self._posting = self._replicating = None
        self.fares(FreshnessState.OFFLINE, self.freshness.seq, "")

    def wake(self) -> None:
        """Something new is in the outbox."""
        if self._posting is not None:
            self._posting.wake()

    @contextmanager
    def withheld(self, item_id: str) -> Iterator[bool]:
        """Keep an item from being handed over meanwhile; answers False when that is under way already."""
        if self._posting is not None and item_id in self._posting.under_way:
            yield False
            return
        self._withheld[item_id] += 1
        try:
            yield True
        finally:
            self._withheld[item_id] -= 1
            if not self._withheld[item_id]:
                del self._withheld[item_id]
            self.wake()

    def try_now(self) -> None:
        """Do not wait for the next attempt."""
        if self._replica is not None:
            self._replica.try_now()
        if self._posting is not None:
            self._posting.try_now()

    def start_over(self) -> None:
        """The cache was replaced by an empty one: follow from a snapshot."""
        if self._owner is not None and self._replica is not None:
            self._owner.spawn(self._restart(self._owner, self._replica), name="start over")

    async def _restart(self, owner: TaskOwner, replica: Replica) -> None:
        ended = None
        while ended is not self._replicating is not None:  # the next one, if another damage was as quick
            ended = self._replicating
            ended.cancel()
            await asyncio.wait([ended])
        self._replicating = owner.spawn(self._replicate(replica), name="replica")

    async def _replicate(self, replica: Replica) -> None:
        try:
            await replica.run()
        except SignedOut as error:
            for callback in list(self.on_signed_out):
                callback(error.reason)

    async def _introduce(self, client: HubClient, posting: Posting) -> None:
        backoff = Backoff()
        while True:
            try:
                me = await client.me()
            except Unreachable as error:
                await backoff.wait(error.retry_after_s)
            except Refusal:
                return  # the replica meets the same answer and tells it
            else:
                posting.work_as(me.agent.id)
                for callback in list(self.on_me):
                    callback(me)
                return

    def typing(self, conversation_id: str) -> None:
        """Tell the hub, at most every few seconds, that the agent is writing; may be lost."""
        now = asyncio.get_running_loop().time()
        due = now - self._typed.get(conversation_id, -TYPING_EVERY_S) >= TYPING_EVERY_S
        if due and self.client is not None and self._owner is not None and self.is_live:
            self._typed[conversation_id] = now
            self._owner.spawn(_lossy(partial(self.client.typing, conversation_id)), name="typing")

    @property
    def is_live(self) -> bool:
        """Whether the cache is level with the hub."""
        return self.freshness.state is FreshnessState.LIVE

    # -- told by replica and posting ---------------------------------------------------------------

    def hub_now(self) -> datetime:
        """The hub's time."""
        return self._clock()

    def hub_time(self, now: datetime) -> None:
        """The hub said what time it is."""
        self._clock.set(now)

    async def applied(self, change: Change) -> None:
        """Rows are in the cache: what waited for them leaves the outbox."""
        unsent = self._outbox.pending.items
        if change.reset:
            arrived = await self._cache.present_messages(list(unsent)) if unsent else set()
        else:
            arrived = {id_ for ids in change.messages.values() for id_ in ids if id_ in unsent}
        self._arrived |= arrived
        try:
            await self._outbox.drop(self._arrived)
            self._arrived.clear()
        finally:  # while the outbox cannot be written they are dropped with the next that arrive
            self._changes.publish(change)

    def coming(self, messages: Sequence[rows.Message]) -> None:
        """New messages of the contact on screen are on their way into the cache."""
        self._changes.foretell(messages)

    def not_kept(self, messages: Sequence[rows.Message]) -> None:
        """What was foretold is read again: the cache could not take it."""
        for message in messages:
            self._changes.publish(Change(messages={message.contact_id: frozenset({message.id})}))

    def fares(self, state: FreshnessState, seq: int, reason: str) -> None:
        """The replica's state changed or was confirmed."""
        before = self.freshness
        now = self.hub_now()
        if state is FreshnessState.LIVE:
            self.level_at = now
        same = state is before.state
        since = before.since if same else self.level_at if state is FreshnessState.OFFLINE else now
        behind_s = (now - self.level_at).total_seconds() if state is FreshnessState.BEHIND else 0.0
        self.freshness = Freshness(state, since, behind_s, seq, reason)
        if not same or reason != before.reason or round(behind_s) != round(before.behind_s):
            for callback in list(self.on_freshness):
                callback(self.freshness)
        if state is FreshnessState.LIVE and not same and self._posting is not None:
            self._posting.try_now()

    def ephemeral(self, event: Ephemeral) -> None:
        """Typing or presence, kept nowhere."""
        for callback in list(self.on_ephemeral):
            callback(event)

    def unreadable(self, type_: str, error: Exception) -> None:
        """An event that this version cannot read was passed over; told once for each kind."""
        if type_ not in self._unreadable:
            self._unreadable.add(type_)
            self._on_problem(f"read a {type_} of the hub", error)

    async def moved(self, item: OutboxItem) -> None:
        """The state of an outbox item changed."""
        if not item.is_message:
            await self._cache.relay([item.conversation_id])
        messages = {item.contact_id: frozenset({item.id})} if item.is_message else {}
        self._changes.publish(
            Change(conversations=frozenset({item.conversation_id}), messages=messages, nouns=frozenset({"outbox"}))
        )

    async def answered(self, row: rows.Conversation) -> None:
        """The hub answered a change with the new row; its event will find it there already."""

        def batch() -> Batch:
            made = Batch()
            made.put("conversation", row, msgspec.json.encode(row))
            return made

        await whole(self._answered(batch, row.id))

    async def _answered(self, batch: Callable[[], Batch], id_: str) -> None:
        change = await self._cache.apply(batch, 0)
        await self._cache.relay([id_])
        self._changes.publish(change)

    async def confirmed(self, message_id: str) -> bool:
        """Whether a message is in the cache already."""
        return bool(await self._cache.present_messages([message_id]))


async def _lossy(call: Callable[[], Awaitable[None]]) -> None:
    try:
        await call()
    except (Unreachable, Refusal):
        return  # typing is worth nothing a moment later
