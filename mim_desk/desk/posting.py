"""Taking the outbox to the hub: in order within a conversation, with the same id until there is an answer."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.hub_client import Changed, HubClient, Moved, SignedOut, Unreachable
from mim_desk.desk.outbox.outbox import NotKept, Outbox
from mim_desk.desk.pending import OutboxItem, OutboxState
from mim_desk.desk.recheck import is_over, recheck
from mim_desk.desk.shapes import HeldReply
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.enclosed import Sticker
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

LIVE_FOR = timedelta(seconds=20)
"""A reply that could not be handed over for this long counts as composed offline."""


class Listener(Protocol):
    """Who keeps the rows right while items move; the session."""

    def hub_now(self) -> datetime:
        """The hub's time."""

    async def moved(self, item: OutboxItem) -> None:
        """The state of an item changed; show it."""

    async def answered(self, row: rows.Conversation) -> None:
        """The hub answered a change with the new row."""

    async def confirmed(self, message_id: str) -> bool:
        """Whether the message is in the cache already."""


class Posting:
    """Sends what waits, one lane for each conversation.

    Attributes:
        agent_id: whom the hub takes us for, empty until it said so; nothing of anybody else is handed over.
        under_way: ids of the items being handed over right now.

    Args:
        withheld: ids that must not be handed over, since the agent is deciding about them, and how often.
    """

    def __init__(
        self, client: HubClient, outbox: Outbox, owner: TaskOwner, listener: Listener, withheld: Mapping[str, int]
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._owner = owner
        self._listener = listener
        self._backoff = Backoff(most_s=10.0)
        self.agent_id = ""
        self.under_way: set[str] = set()
        self._withheld = withheld
        self._lanes: set[str] = set()
        self._pausing = False
        self._ended = False

    def wake(self) -> None:
        """Something waits: start the lanes that are not under way; during a pause they start after it."""
        if self._ended or self._pausing:
            return
        items = self._outbox.pending.items.values()
        waiting = {item.conversation_id for item in items if self._may_go(item)}
        for conversation_id in waiting - self._lanes:
            self._lanes.add(conversation_id)
            self._owner.spawn(self._lane(conversation_id), name="send what waits")

    def try_now(self) -> None:
        """End a pause."""
        self._backoff.try_now()
        self.wake()

    def work_as(self, agent_id: str) -> None:
        """The hub said whose token it is: what that agent wrote may go."""
        self.agent_id = agent_id
        self.wake()

    def end(self) -> None:
        """Start nothing more."""
        self._ended = True

    def next_of(self, conversation_id: str) -> OutboxItem | None:
        """The next item of a conversation.

        Behind a held reply only notes and read marks go on; behind a held change also replies, which no change of a
        conversation has a say about.
        """
        replies_wait = changes_wait = False
        for item in self._outbox.pending.items.values():
            if item.conversation_id != conversation_id:
                continue
            if item.state is OutboxState.HELD:
                replies_wait, changes_wait = replies_wait or item.is_message, True
            elif self._may_go(item) and not (item.needs_order and (replies_wait if item.is_message else changes_wait)):
                return item
        return None

    def _may_go(self, item: OutboxItem) -> bool:
        mine = bool(self.agent_id) and item.agent_id in (self.agent_id, "")
        return mine and item.state is OutboxState.WAITING and not self._withheld.get(item.id)

    async def _lane(self, conversation_id: str) -> None:
        try:
            while not self._ended and (item := self.next_of(conversation_id)) is not None:
                await self._hand_over(item)
                self._backoff.succeeded()
        except SignedOut:
            self._ended = True
        except Unreachable as error:
            with suppress(NotKept):
                await self._out_of_reach(conversation_id)
            self._rest(conversation_id, error.retry_after_s)
        except NotKept:
            self._rest(conversation_id, 0.0)
        finally:
            self._lanes.discard(conversation_id)

    def _rest(self, conversation_id: str, at_least_s: float) -> None:
        """End a lane; after a pause it starts again."""
        self._lanes.discard(conversation_id)
        if not self._pausing:
            self._owner.spawn(self._pause(at_least_s), name="wait for the hub")

    async def _pause(self, at_least_s: float) -> None:
        self._pausing = True
        try:
            await self._backoff.wait(at_least_s)
        finally:
            self._pausing = False
        self.wake()

    async def _out_of_reach(self, conversation_id: str) -> None:
        """What was written long ago is checked as if composed offline."""
        if not self.under_way:
            await self._outbox.end_handing_over()
        for item in list(self._outbox.pending.items.values()):
            old = self._listener.hub_now() - item.created_at > LIVE_FOR
            if item.conversation_id == conversation_id and item.state is OutboxState.WAITING and old:
                await self._outbox.compose_offline(item)

    async def _hand_over(self, item: OutboxItem) -> None:
        """One item; while the disk cannot keep that it may have left, it waits."""
        self.under_way.add(item.id)
        try:
            await self._outbox.begin_handing_over()
            await self._heard_of(await self._as_of_now(item))
        finally:
            self.under_way.discard(item.id)

    async def _as_of_now(self, item: OutboxItem) -> OutboxItem:
        """Whatever kept it, a lost line, a closed desk or a sleep: what waited long counts as composed offline."""
        if self._listener.hub_now() - item.created_at <= LIVE_FOR:
            return item
        return await self._outbox.compose_offline(item)

    async def _heard_of(self, item: OutboxItem) -> None:
        """One item, which is in doubt where no answer comes."""
        try:
            await self._answered(item)
        except asyncio.CancelledError:
            with suppress(NotKept):  # known in memory, and to the mark of what is on its way
                await self._outbox.doubt(item)
            raise
        except NotKept:
            with suppress(NotKept):  # the hub may have it, and that is known in memory
                await self._outbox.doubt(item)
            raise
        except Unreachable as error:
            if error.may_have_arrived:
                await self._outbox.doubt(item)
            raise

    async def _answered(self, item: OutboxItem) -> None:
        try:
            if isinstance(item.body, api.NewMessage):
                await self._message(item, item.body)
            elif isinstance(item.body, api.ConversationPatch):
                await self._patch(item, item.body)
            else:
                row = await self._client.read(item.conversation_id, item.body.up_to)
                await self._outbox.follow(item, row.version)
                await self._listener.answered(row)
        except (SignedOut, NotKept):
            raise
        except Moved as moved:
            held = HeldReply(moved.reasons, moved.messages, moved.seq)
            await self._listener.moved(await self._outbox.hold(item, held, moved.reason))
        except Refusal as refused:
            if isinstance(item.body, api.ReadUpTo):
                await self._outbox.drop([item.id])
            else:
                await self._listener.moved(await self._outbox.fail(item, refused.reason))

    async def _message(self, item: OutboxItem, body: api.NewMessage) -> None:
        ids = await self._attachments(item)
        there = dict(zip((each.id for each in item.files), ids, strict=True))
        body = msgspec.structs.replace(
            body, attachments=ids, template=_naming(body.template, there), sticker=_stuck(body.sticker, there)
        )
        message = await self._client.post_message(item.conversation_id, body)
        accepted = await self._outbox.accept(item, message)
        if await self._listener.confirmed(item.id):
            await self._outbox.drop([item.id])
        await self._listener.moved(accepted)

    async def _attachments(self, item: OutboxItem) -> list[str]:
        """The hub's ids of the item's files; what the hub does not have is uploaded first."""
        if not item.files:
            return []
        known = await self._outbox.uploaded(each.id for each in item.files)
        for each in item.files:
            file = None if each.id in known else await self._outbox.file(each.id)
            if file is not None:
                known[each.id] = (await self._client.upload(file.name, file.mime_type, file.data)).id
                await self._outbox.keep_uploaded(each.id, known[each.id])
        return [known.get(each.id, each.id) for each in item.files]

    async def _patch(self, item: OutboxItem, patch: api.ConversationPatch) -> None:
        if is_over(patch, self._listener.hub_now()):
            await self._outbox.drop([item.id])
            await self._listener.moved(item)
            return
        left: api.ConversationPatch | None = patch
        version = item.base_version
        row: rows.Conversation | None = None
        while left is not None:
            try:
                row = await self._client.patch(item.conversation_id, left, version)
                break
            except Changed:
                row = await self._client.conversation(item.conversation_id)
            version = row.version
            if item.base is None:
                continue
            verdict = recheck(patch, item.base, row, item.created_at)
            if verdict.conflict:
                held = HeldReply((verdict.code,))
                await self._listener.moved(await self._outbox.hold(item, held, verdict.conflict))
                return
            left = verdict.patch
        if row is None:
            await self._outbox.drop([item.id])
        else:
            await self._outbox.follow(item, row.version)
            await self._listener.answered(row)


def _stuck(sticker: Sticker | None, there: Mapping[str, str]) -> Sticker | None:
    """The sticker whose picture has the hub's id."""
    if sticker is None or not sticker.attachment:
        return sticker
    return Sticker(sticker.id, sticker.pack, there.get(sticker.attachment, sticker.attachment))


def _naming(template: rows.ChosenTemplate | None, there: Mapping[str, str]) -> rows.ChosenTemplate | None:
    """The template with its files under the hub's ids."""
    if template is None:
        return None
    values = {key: there.get(value, value) for key, value in template.parameters.items()}
    return msgspec.structs.replace(template, parameters=values)
