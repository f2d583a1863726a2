"""The cache as the desk reads it: every call awaits a worker thread, unsent work is laid over."""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from mim_desk.desk.cache import apply, file, files, lists, places, search, timelines
from mim_desk.desk.cache.names import Names
from mim_desk.desk.cache.store import CacheStore, NewsReader
from mim_desk.desk.changes import News
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.pending import OutboxItem
from mim_desk.desk.sent_again import copies
from mim_desk.desk.shapes import (
    MIXED_VIEWS,
    ListKey,
    ListQuery,
    ListRow,
    SearchHit,
    SearchHits,
    TimelineItem,
    TimelineKey,
    TimelinePage,
    ViewCounts,
)
from mim_desk.domain.search_query import search_query
from mim_desk.domain.search_text import nearby
from mim_desk.protocol import rows

RowType = TypeVar("RowType")


class Cache(CacheStore):
    """The reads of the encrypted offline copy of the hub's rows."""

    _shown = ("", "")

    # -- conversations ---------------------------------------------------------------------------

    async def conversations(self, query: ListQuery, after: ListKey | None = None, limit: int = 100) -> list[ListRow]:
        """A page of a view in its order; go on with the ``key`` of the last row."""
        me = self.me_id

        def work(connection: Connection) -> tuple[list[lists.Found], Names]:
            found = [] if query.view in ("drafts", "outbox") else lists.page(connection, query, me, after, limit)
            if query.view in MIXED_VIEWS and after is None:
                known = {each[0].id for each in found}
                extra = self._pending.conversations(query.view) - known
                found = sorted([*found, *lists.by_ids(connection, extra)], key=lambda each: each[2].rank)
            return found, self._known_names(connection)

        found, names = await self.read(work)
        return self._pending.laid_over(names.list_row(*each) for each in found)

    async def list_rows(self, ids: Iterable[str], order: str = "last_activity") -> dict[str, ListRow]:
        """These conversations as list rows; what is not here is left out."""
        wanted = list(ids)

        def work(connection: Connection) -> tuple[list[lists.Found], Names]:
            return lists.by_ids(connection, wanted, order), self._known_names(connection)

        found, names = await self.read(work)
        laid = self._pending.laid_over(names.list_row(*each) for each in found)
        return {row.conversation.id: row for row in laid}

    async def counts(self, me_id: str | None = None) -> ViewCounts:
        """How many conversations each view holds."""
        me = self.me_id if me_id is None else me_id
        found = await self.read(lists.counters)
        by_facet = {
            facet: {key: n for (kind, key), n in found.items() if kind == facet} for facet in ("inbox", "label")
        }
        held = self._pending.conversations("failed")
        return ViewCounts(
            mine=found.get(("assignee", me), 0) if me else 0,
            unassigned=found.get(("assignee", ""), 0),
            all=found.get(("bucket", str(places.OPEN)), 0),
            snoozed=found.get(("bucket", str(places.SNOOZED)), 0),
            resolved=found.get(("bucket", str(places.RESOLVED)), 0),
            drafts=len(self._pending.drafts),
            failed=found.get(("failed", ""), 0) + len(held),
            outbox=len(self._pending.conversations("outbox")),
            unread=found.get(("unread", ""), 0),
            inboxes=by_facet["inbox"],
            labels=by_facet["label"],
        )

    async def conversation(self, id_: str) -> rows.Conversation | None:
        """A conversation with its unsent changes."""
        return await self._one("conversations", id_, rows.Conversation)

    async def contact(self, id_: str) -> rows.Contact | None:
        """A contact."""
        return await self._one("contacts", id_, rows.Contact)

    async def avatars(self, contact_ids: Iterable[str]) -> dict[str, rows.Attachment]:
        """The pictures of those of these contacts who have one."""
        wanted = list(contact_ids)
        return await self.read(lambda connection: lists.avatars(connection, wanted))

    async def conversations_of(self, contact_id: str) -> list[rows.Conversation]:
        """All conversations of a contact, newest first."""
        return await self.read(lambda connection: lists.of_contact(connection, contact_id))

    async def _one(self, table: str, id_: str, type_: type[RowType]) -> RowType | None:
        found: RowType | None = await self.read(lambda connection: lists.one(connection, table, id_, type_))
        return found

    async def seq(self) -> int:
        """The last event that is here."""
        return await self.read(lambda connection: file.cursor(connection)[1])

    # -- timeline --------------------------------------------------------------------------------

    async def timeline(
        self,
        contact_id: str,
        before: TimelineKey | None = None,
        after: TimelineKey | None = None,
        limit: int = 50,
    ) -> TimelinePage:
        """A contact's messages over all channels: the newest, or those beside a place."""

        def stretch(connection: Connection) -> timelines.Stretch:
            if before is not None:
                return timelines.before(connection, contact_id, before, limit)
            if after is not None:
                return timelines.after(connection, contact_id, after, limit)
            return timelines.newest(connection, contact_id, limit)

        return await self._page(contact_id, stretch)

    async def around(self, message_id: str, limit: int = 50) -> TimelinePage | None:
        """The messages on both sides of one, for a jump from search; None when it is not here."""
        found = await self.read(lambda connection: timelines.around(connection, message_id, limit))
        if found is None:
            return None
        contact_id, stretch = found
        return await self._page(contact_id, lambda _: stretch)

    async def _page(self, contact_id: str, read: Callable[[Connection], timelines.Stretch]) -> TimelinePage:
        unsent = self._pending.messages_of(contact_id)

        def work(connection: Connection) -> TimelinePage:
            _, seq = file.cursor(connection)
            stretch = read(connection)
            items = self._items(connection, contact_id, stretch.messages, unsent)
            names = self._known_names(connection)
            if not stretch.more_after:
                items = sorted([*items, *self._unconfirmed(connection, unsent, names)], key=lambda each: each.key)
            return TimelinePage(items, stretch.more_before, stretch.more_after, seq)

        return await self.read(work)

    def _items(
        self, connection: Connection, contact_id: str, found: Collection[rows.Message], unsent: list[OutboxItem]
    ) -> list[TimelineItem]:
        names, contact = self._known_names(connection), _contact_name(connection, contact_id)
        copied = copies(found)
        here = {item.id for item in unsent}
        if copied:
            here |= timelines.present(connection, copied.values())
        items = (names.timeline_item(each, contact) for each in found)
        return [
            msgspec.structs.replace(item, sent_again=True) if copied.get(item.message.id) in here else item
            for item in items
        ]

    def _unconfirmed(self, connection: Connection, unsent: list[OutboxItem], names: Names) -> list[TimelineItem]:
        if not unsent:
            return []
        here = timelines.present(connection, [item.id for item in unsent])
        return [names.outbox_item(item) for item in unsent if item.id not in here]

    async def timeline_news(
        self, contact_id: str, conversation_id: str, ids: Iterable[str]
    ) -> tuple[dict[str, TimelineItem], rows.Conversation | None]:
        """These messages, from the cache or the outbox (what is nowhere is left out), and the conversation."""
        wanted = set(ids)
        written = self._pending.messages_of(contact_id)
        unsent = [item for item in written if item.id in wanted]

        def work(connection: Connection) -> tuple[dict[str, TimelineItem], rows.Conversation | None]:
            conversation = lists.one(connection, "conversations", conversation_id, rows.Conversation)
            if not wanted:
                return {}, conversation
            found = timelines.by_ids(connection, wanted)
            names = self._known_names(connection)
            items = {item.message.id: item for item in self._items(connection, contact_id, found.values(), written)}
            items |= {item.message.id: item for item in self._unconfirmed(connection, unsent, names)}
            return items, conversation

        return await self.read(work)

    def show(self, contact_id: str, conversation_id: str) -> None:
        """Put a timeline on screen: what changes in it comes with the change; empty for none."""
        self._shown = (contact_id, conversation_id)

    @property
    def shown_contact(self) -> str:
        """Whose timeline is on screen, empty for none."""
        return self._shown[0]

    def _news_reader(self) -> NewsReader:
        contact_id, conversation_id = self._shown
        written = self._pending.messages_of(contact_id)

        def read(connection: Connection, touched: apply.Touched) -> News | None:
            ids = touched.messages.get(contact_id, set())
            # other names change what was not touched itself
            if touched.nouns or not (ids or conversation_id in touched.conversations):
                return None
            conversation = lists.one(connection, "conversations", conversation_id, rows.Conversation)
            found = timelines.by_ids(connection, ids).values()
            items = self._items(connection, contact_id, found, written)
            return News(contact_id, conversation_id, {item.message.id: item for item in items}, conversation)

        return read

    async def message(self, id_: str) -> rows.Message | None:
        """A message the hub has."""
        return await self._one("messages", id_, rows.Message)

    async def last_incoming(self, contact_id: str) -> dict[str, datetime]:
        """When the contact last wrote to each inbox, as far as messages are here."""
        found = await self.read(lambda connection: timelines.last_incoming(connection, contact_id))
        return {inbox_id: datetime.fromtimestamp(at_ms / 1000, UTC) for inbox_id, at_ms in found.items()}

    async def newest_incoming(self, contact_id: str) -> rows.Message | None:
        """What the contact wrote last, as far as messages are here."""
        return await self.read(lambda connection: timelines.newest_incoming(connection, contact_id))

    async def present_messages(self, ids: Iterable[str]) -> set[str]:
        """Which of these messages the hub has told of."""
        wanted = list(ids)
        return await self.read(lambda connection: timelines.present(connection, wanted))

    async def kept_file(self, id_: str) -> bytes | None:
        """The bytes of an attachment that was looked at before."""
        return await self.write(lambda connection: files.kept(connection, id_))

    async def keep_file(self, id_: str, data: bytes) -> None:
        """Keep the bytes of an attachment for the next time."""
        await self.write(lambda connection: files.keep(connection, id_, data))

    # -- the small nouns -------------------------------------------------------------------------

    def _known_names(self, connection: Connection) -> Names:
        """As this transaction sees them, which may be one that began before the newest were written."""
        version, words, known = file.nouns_version(connection), self._visitor_words, self._names
        if known is None or known[0] != version or known[1].visitor != words:
            self._names = known = version, Names.of(connection, words)
        return known[1]

    async def _small(self, type_: str, row_type: type[RowType]) -> list[RowType]:
        found: list[RowType] = await self.read(lambda connection: lists.small_rows(connection, type_, row_type))
        return found

    async def inboxes(self) -> list[rows.Inbox]:
        """The connected accounts."""
        return await self._small("inbox", rows.Inbox)

    async def agents(self) -> list[rows.Agent]:
        """The people at work."""
        return await self._small("agent", rows.Agent)

    async def teams(self) -> list[rows.Team]:
        """Their groups."""
        return await self._small("team", rows.Team)

    async def labels(self) -> list[rows.Label]:
        """The classification."""
        return await self._small("label", rows.Label)

    async def canned_replies(self) -> list[rows.CannedReply]:
        """The stored texts."""
        return await self._small("canned_reply", rows.CannedReply)

    async def templates(self, inbox_id: str) -> list[rows.Template]:
        """The templates of an inbox by name and language, those that cannot be sent as well."""
        found = [row for row in await self._small("template", rows.Template) if row.inbox_id == inbox_id]
        return sorted(found, key=lambda row: (row.name, row.language))

    async def workspace(self) -> rows.Workspace | None:
        """The workspace, once the hub told it."""
        return next(iter(await self._small("workspace", rows.Workspace)), None)

    # -- search ----------------------------------------------------------------------------------

    async def search(self, text: str, limit: int = 50) -> SearchHits:
        """The newest messages and the contacts that match what a person typed, filters included."""
        started = time.perf_counter()
        wanted = search_query(text)

        def work(connection: Connection) -> SearchHits:
            names = self._known_names(connection)
            found, total = search.messages(connection, wanted, names, limit)
            hits = [_hit(names, row, contact, wanted.words) for row, contact in found]
            people = [] if wanted.is_filtered else search.contacts(connection, wanted.words, 5)
            searched = lists.counters(connection).get(("messages", ""), 0)
            people = [msgspec.structs.replace(each, name=names.contact(each.name, each.contact_id)) for each in people]
            return SearchHits(hits, total, searched, (time.perf_counter() - started) * 1000, people)

        return await self.read(work)


def _contact_name(connection: Connection, contact_id: str) -> str:
    found: Any = connection.execute("SELECT name FROM contacts WHERE id = ?", (contact_id,)).fetchone()
    return str(found[0]) if found else ""


def _hit(names: Names, row: rows.Message, contact_name: str, wanted: str) -> SearchHit:
    shown = apply.search_text(row)
    return SearchHit(
        message_id=row.id,
        conversation_id=row.conversation_id,
        contact_id=row.contact_id,
        contact_name=names.contact(contact_name, row.contact_id),
        channel=names.channel(row.inbox_id),
        kind=row.kind.value,
        text=nearby(shown, wanted),
        occurred_at=row.occurred_at,
        wanted=wanted,
    )
