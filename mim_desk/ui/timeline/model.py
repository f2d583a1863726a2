"""A bounded window of one contact's timeline, oldest first; plain rows, no painting, no waiting."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QObject, Signal

from mim_desk.desk.shapes import TimelineItem, TimelinePage
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.timeline.entries import Entry, entry_of

MOST_HELD: Final = 400
PAGE: Final = 50


class TimelineModel(QObject):
    """The items a view can show without reading again.

    Attributes:
        entries: the items with what their place adds, oldest first.
        more_before, more_after: whether the cache holds more on that side.
        version: grows whenever an entry comes, goes or differs.
        hidden: ids that are left out.
        replaced: another conversation, or the same read anew.
        changed: some items came, went or differ; the ids that are new at the end.
    """

    replaced = Signal()
    changed = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.more_before = self.more_after = False
        self.first_unread = ""
        self.me_id = ""
        self.hidden: frozenset[str] = frozenset()
        self.version = 0
        self._index: dict[str, int] = {}

    def replace(self, page: TimelinePage | None, *, first_unread: str = "") -> None:
        """Show another page; None shows nothing."""
        self.first_unread = first_unread
        self.more_before = bool(page and page.more_before)
        self.more_after = bool(page and page.more_after)
        self._set(page.items if page else [])
        self.replaced.emit()

    def put_before(self, page: TimelinePage) -> None:
        """Add an older page."""
        known = [item for item in page.items if item.message.id not in self._index]
        self.more_before = page.more_before
        self._set(known + self._items())
        self.changed.emit([])

    def put_after(self, page: TimelinePage) -> None:
        """Add a newer page."""
        known = [item for item in page.items if item.message.id not in self._index]
        self.more_after = page.more_after
        self._set(self._items() + known)
        self.changed.emit([])

    def merge(self, found: Mapping[str, TimelineItem], asked: Iterable[str]) -> None:
        """Take what was read again; an id asked for and not found is gone."""
        last = self.entries[-1].item.key if self.entries else None
        arrived = []
        for message_id in asked:
            item = found.get(message_id) if message_id not in self.hidden else None
            known = message_id in self._index
            if item is not None and self._keep(item, known=known) and not known:
                arrived.append(item)
            elif item is None and known:
                self._drop(message_id)
        ended = [item.message.id for item in arrived if last is None or item.key > last]
        self.changed.emit(ended)

    def _keep(self, item: TimelineItem, *, known: bool) -> bool:
        if known:
            place = self._index[item.message.id]
            if self.entries[place].item.key == item.key:
                self._put(place, item)
                return True
            self._drop(item.message.id)
        place = bisect_left(self.entries, item.key, key=lambda entry: entry.item.key)
        beyond = (place == 0 and self.more_before) or (place == len(self.entries) and self.more_after)
        if beyond:
            return False
        self.entries.insert(place, self._entry(item, place))
        self._reindex(place)
        self._renew(place + 1)
        return True

    def _put(self, place: int, item: TimelineItem) -> None:
        if self.entries[place].item == item:
            return
        self.entries[place] = self._entry(item, place)
        self.version += 1
        self._renew(place + 1)

    def _drop(self, message_id: str) -> None:
        place = self._index.pop(message_id)
        del self.entries[place]
        self._reindex(place)
        self._renew(place)

    def _renew(self, place: int) -> None:
        """The look of the item at ``place`` may differ, since the one before it does."""
        if place < len(self.entries):
            fresh = self._entry(self.entries[place].item, place)
            if fresh != self.entries[place]:
                self.entries[place] = fresh
                self.version += 1

    def trim(self, around: int) -> None:
        """Let go of the far end when more is held than needed; ``around`` is what the agent sees."""
        surplus = len(self.entries) - MOST_HELD
        if surplus <= 0:
            return
        if around > len(self.entries) // 2:
            kept, self.more_before = self.entries[surplus:], True
        else:
            kept, self.more_after = self.entries[:-surplus], True
        self.entries = kept
        self._reindex(0, anew=True)
        self._renew(0)

    def mark_unread(self, first_unread: str) -> None:
        """Move the "New" rule, or take it away with an empty id."""
        if first_unread == self.first_unread:
            return
        before, self.first_unread = self.first_unread, first_unread
        for message_id in (before, first_unread):
            if message_id in self._index:
                self._renew(self._index[message_id])
        self.changed.emit([])

    def place(self, message_id: str) -> int | None:
        """Where an item stands, None when it is not held."""
        return self._index.get(message_id)

    def _items(self) -> list[TimelineItem]:
        return [entry.item for entry in self.entries]

    def _set(self, items: list[TimelineItem]) -> None:
        before: TimelineItem | None = None
        entries = []
        for item in items:
            if item.message.id in self.hidden:
                continue
            entries.append(entry_of(item, before, first_unread=self.first_unread, me_id=self.me_id))
            before = item
        self.entries = [self._same(entry) for entry in entries]
        self._reindex(0, anew=True)

    def _same(self, entry: Entry) -> Entry:
        """The entry already held when nothing about it differs, so that its layout is kept."""
        place = self._index.get(entry.id)
        if place is not None and place < len(self.entries) and self.entries[place] == entry:
            return self.entries[place]
        return entry

    def _entry(self, item: TimelineItem, place: int) -> Entry:
        before = self.entries[place - 1].item if place > 0 else None
        return entry_of(item, before, first_unread=self.first_unread, me_id=self.me_id)

    def _reindex(self, start: int, *, anew: bool = False) -> None:
        self.version += 1
        if anew:
            self._index = {}
        for place in range(start, len(self.entries)):
            self._index[self.entries[place].id] = place


def first_unread_of(conversation: rows.Conversation | None, items: list[TimelineItem]) -> str:
    """Id of the first message nobody of us has read, empty when all are read."""
    if conversation is None or conversation.unread <= 0:
        return ""
    incoming = [item.message.id for item in items if item.message.kind is MessageKind.INCOMING]
    if conversation.read_up_to in incoming:
        later = incoming[incoming.index(conversation.read_up_to) + 1 :]
        return later[0] if later else ""
    return incoming[-conversation.unread] if conversation.unread <= len(incoming) else (incoming or [""])[0]
