"""Reads pages of one contact's timeline from the cache into the model, and what changed meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mim_desk.desk.changes import Change, News, folded
from mim_desk.desk.sent_again import copies
from mim_desk.desk.shapes import TimelineItem, TimelinePage
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.timeline.model import PAGE, TimelineModel, first_unread_of

if TYPE_CHECKING:
    from mim_desk.desk.session import Session


class TimelineFeed:
    """Keeps a model and the cache in step; all waiting is here.

    Attributes:
        contact_id, conversation_id: what is shown.
        conversation: its row as last read.
        seq: the cursor up to which the model was read.
        names: of agents, by id.
        sheets: what each inbox can carry, by its id.
        target: the message to begin at, empty for the first unread one or the end.
        foretold: ids of messages that are shown and not known to be in the cache yet.
        on_open: called when the first page is in the model.
        on_contact: called when the contact's row was read.
    """

    def __init__(self, session: "Session", model: TimelineModel) -> None:
        self._session = session
        self._model = model
        self.contact_id = self.conversation_id = ""
        self.conversation: rows.Conversation | None = None
        self.contact: rows.Contact | None = None
        self.names: dict[str, str] = {}
        self.sheets: dict[str, rows.CapabilitySheet] = {}
        self.seq = 0
        self.target = ""
        self.on_open: Callable[[], None] = lambda: None
        self.on_contact: Callable[[], None] = lambda: None
        self.foretold: set[str] = set()
        self._waiting: list[Change] = []
        self._catching_up = False
        self._turn = 0
        self._reading = False

    def open(
        self, contact_id: str, conversation_id: str, *, row: rows.Conversation | None = None, target: str = ""
    ) -> None:
        """Show a contact's timeline; ``row`` saves a read, ``target`` is a message to jump to."""
        self._turn += 1
        if contact_id != self.contact_id:
            self.seq = 0  # nothing of it was seen
        self.contact_id, self.conversation_id, self.conversation = contact_id, conversation_id, row
        self._reading = True
        self.foretold.clear()
        self._session.cache.show(contact_id, conversation_id)
        self._session.owner.spawn(self._open(self._turn, target), name="timeline.open")

    def close(self) -> None:
        """Show nothing."""
        self._turn += 1
        self.contact_id = self.conversation_id = ""
        self.conversation = self.contact = None
        self.target = ""
        self._reading = False
        self._session.cache.show("", "")
        self._model.replace(None)

    async def _open(self, turn: int, target: str) -> None:
        try:
            await self._read_first(turn, target)
        except Exception:
            if turn == self._turn:
                self._reading = False
                self._model.replace(None)  # else another contact's messages stay under this one's name
            raise
        if turn == self._turn:
            self._catch_up_soon()
            await self._read_contact(turn)

    async def _read_first(self, turn: int, target: str) -> None:
        cache = self._session.cache
        first = cache.around(target, limit=PAGE) if target else cache.timeline(self.contact_id, limit=PAGE)
        page, conversation = await asyncio.gather(first, self._read_conversation())
        page = page or await cache.timeline(self.contact_id, limit=PAGE)
        if conversation is not None and not target and self._unread_is_older(conversation, page):
            page = await cache.around(conversation.read_up_to or "", limit=PAGE) or page
        if not self.names:
            self.names = {agent.id: agent.name for agent in await cache.agents()}
        if turn != self._turn:
            return
        self.conversation, self.seq = conversation, page.seq
        self._model.me_id = self._session.me.id if self._session.me else ""
        self._reading = False
        self.target = target
        self._model.replace(page, first_unread=first_unread_of(conversation, page.items))
        self.on_open()

    async def _read_conversation(self) -> rows.Conversation | None:
        return self.conversation or await self._session.cache.conversation(self.conversation_id)

    async def _read_contact(self, turn: int) -> None:
        contact = await self._session.cache.contact(self.contact_id)
        inboxes = await self._session.cache.inboxes()
        if turn == self._turn:
            self.contact = contact
            self.sheets = {inbox.id: inbox.capabilities for inbox in inboxes}
            self.on_contact()

    @staticmethod
    def _unread_is_older(conversation: rows.Conversation, page: TimelinePage) -> bool:
        read = conversation.read_up_to
        if not conversation.unread or not read or not page.more_before:
            return False
        return all(item.message.id != read for item in page.items)

    def older(self) -> None:
        """Read the page before what is held."""
        if self._model.more_before and not self._reading and self._model.entries:
            self._reading = True
            self._session.owner.spawn(self._page(self._turn, before=True), name="timeline.older")

    def newer(self) -> None:
        """Read the page after what is held."""
        if self._model.more_after and not self._reading and self._model.entries:
            self._reading = True
            self._session.owner.spawn(self._page(self._turn, before=False), name="timeline.newer")

    def newest(self) -> None:
        """Go to the end, wherever the model stands."""
        self.open(self.contact_id, self.conversation_id)

    async def _page(self, turn: int, *, before: bool) -> None:
        try:
            page = await self._read_page(before=before)
        finally:
            if turn == self._turn:
                self._reading = False
        if turn == self._turn:
            (self._model.put_before if before else self._model.put_after)(page)
            self._catch_up_soon()

    async def _read_page(self, *, before: bool) -> TimelinePage:
        entries, cache = self._model.entries, self._session.cache
        if before:
            return await cache.timeline(self.contact_id, before=entries[0].item.key, limit=PAGE)
        return await cache.timeline(self.contact_id, after=entries[-1].item.key, limit=PAGE)

    def foretell(self, messages: Sequence[rows.Message]) -> None:
        """Show messages that are on their way into the cache, if each is plainly the newest; their change follows."""
        if self._reading or self._catching_up or self._model.more_after:
            return
        for message in messages:
            item = self._plainly_new(message)
            if item is not None:
                self.foretold.add(message.id)
                self._model.merge({message.id: item}, [message.id])

    def _plainly_new(self, message: rows.Message) -> TimelineItem | None:
        """What stands at the end, as the contact's last one of the same inbox does; None for everything else."""
        entries = self._model.entries
        if message.contact_id != self.contact_id or not entries or self._model.place(message.id) is not None:
            return None
        for entry in reversed(entries):
            like = entry.item
            if like.message.kind is MessageKind.INCOMING and like.message.inbox_id == message.inbox_id:
                item = TimelineItem(message, like.author_name, like.channel)
                return item if item.key > entries[-1].item.key else None
        return None

    def take(self, change: Change) -> None:
        """Read again what a change names."""
        if not self.contact_id:
            return
        ids = change.messages.get(self.contact_id, frozenset())
        self.foretold -= ids
        if change.reset:
            self.open(self.contact_id, self.conversation_id)
        elif change.news is not None and self._is_whole(change.news, ids):
            self.conversation, self.seq = change.news.conversation, max(self.seq, change.seq)
            if ids:
                self._model.merge(change.news.items, sorted(ids))
        elif ids or self.conversation_id in change.conversations or "agent" in change.nouns:
            self._waiting.append(change)
            self._catch_up_soon()
        elif not self._waiting:
            self.seq = max(self.seq, change.seq)

    def _is_whole(self, news: News, ids: frozenset[str]) -> bool:
        """Whether nothing else is to be read, and nothing older is on its way."""
        if self._reading or self._catching_up:
            return False
        if (news.contact_id, news.conversation_id) != (self.contact_id, self.conversation_id):
            return False
        if not ids:
            return True
        copied = copies(entry.item.message for entry in self._model.entries)
        return ids <= news.items.keys() and ids.isdisjoint(copied.values())

    def _catch_up_soon(self) -> None:
        """What comes while a page is read is read behind it."""
        if self._waiting and not self._catching_up and not self._reading:
            self._catching_up = True
            self._session.owner.spawn(self._catch_up(), name="timeline.change")

    async def _catch_up(self) -> None:
        """One reading at a time, so that an older answer never covers a newer one."""
        try:
            while self._waiting and not self._reading:
                change = folded(self._waiting)
                self._waiting.clear()
                await self._again(self._turn, change)
        finally:
            self._catching_up = False

    async def _again(self, turn: int, change: Change) -> None:
        cache = self._session.cache
        told = change.messages.get(self.contact_id, frozenset())
        copied = copies(entry.item.message for entry in self._model.entries) if told else {}
        ids = sorted(told | {id_ for id_, copy in copied.items() if copy in told})
        found, conversation = await cache.timeline_news(self.contact_id, self.conversation_id, ids)
        if "agent" in change.nouns:
            self.names = {agent.id: agent.name for agent in await cache.agents()}
        if turn != self._turn:
            return
        self.conversation = conversation
        self.seq = max(self.seq, change.seq)
        if ids:
            self._model.merge(found, ids)
