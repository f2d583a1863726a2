"""Feeds list and counts from the session: one read per frame at most, however much changes."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.shapes import ListKey, ListQuery, ListRow, ViewCounts
from mim_desk.desk.tasks import TaskOwner
from mim_desk.ui.inbox.model import MOST_ROWS, PAGE
from mim_desk.ui.inbox.view import ConversationList

FRAME_MS: Final = 16
_REST: Final = 3
"""Reads may take one part in this many of the time, so that a flood of changes leaves room to paint."""


class ListSource(Protocol):
    """What the feed reads from: the session's cache."""

    async def conversations(
        self, query: ListQuery, after: ListKey | None = None, limit: int = PAGE
    ) -> list[ListRow]: ...  # fmt: skip

    async def counts(self, me_id: str) -> ViewCounts: ...


class InboxFeed(QObject):
    """Keeps one list and the counts as new as the cache.

    Attributes:
        counted: new counts.
        listed: the list was read; the answer is whether it has rows.
        query: what is listed.
    """

    counted = Signal(object)
    listed = Signal(bool)

    def __init__(self, view: ConversationList, source: ListSource, changes: Changes, owner: TaskOwner) -> None:
        super().__init__(view)
        self._view = view
        self._source = source
        self._owner = owner
        self.me_id = ""
        self.query = ListQuery(order="due")
        self._dirty = False
        self._reading = False
        self._paging = False
        self._ended = 0.0
        self._took = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self._read)
        self._unsubscribe = changes.subscribe(self._changed)
        view.rows.page_wanted.connect(lambda: self._page(self._later_page))
        view.rows.earlier_wanted.connect(lambda: self._page(self._earlier_page))

    def close(self) -> None:
        """Stop listening."""
        self._unsubscribe()
        self._frame.stop()

    def show(self, query: ListQuery) -> None:
        """List something else."""
        self.query = query
        self._owner.spawn(self._restart(query), name="list view")

    def order(self, order: str) -> None:
        """The same conversations in another order."""
        self.show(msgspec.structs.replace(self.query, order=order))

    def _changed(self, change: Change) -> None:
        if change.reset or change.conversations or change.nouns:
            self.stir()

    def stir(self) -> None:
        """Something may look different: read again within the frame."""
        self._dirty = True
        if self._reading or self._frame.isActive():
            return
        rest_ms = max(FRAME_MS, 1000 * self._took * _REST)
        since_ms = 1000 * (time.monotonic() - self._ended)
        self._frame.start(max(FRAME_MS // 2, round(rest_ms - since_ms)))  # the open timeline goes first

    def _read(self) -> None:
        if not self._reading:
            self._reading = True
            self._owner.spawn(self._refresh(), name="list refresh")

    async def _restart(self, query: ListQuery) -> None:
        try:
            rows = await self._source.conversations(query, limit=PAGE)
        except Exception:
            if query == self.query:
                self._view.rows.fail("failed")  # else rows of another view stay under this one's title
                self.listed.emit(False)
            raise
        if query == self.query:
            self._view.rows.restart(rows, more=len(rows) == PAGE)
            self._view.scrollToTop()
            self._view.mark_opened(self._view.opened_id)
            self.listed.emit(bool(rows))
        self.stir()

    async def _refresh(self) -> None:
        self._dirty = False
        began = time.monotonic()
        try:
            await self._refresh_once(self.query)
        finally:
            self._ended = time.monotonic()
            self._took = self._ended - began
            self._reading = False
            if self._dirty:
                self.stir()

    async def _refresh_once(self, query: ListQuery) -> None:
        model = self._view.rows
        limit = min(MOST_ROWS, max(PAGE, model.rowCount() + 1))
        rows = await self._source.conversations(query, after=model.first_key, limit=limit)
        if query == self.query:
            self._view.steadily(lambda: model.refresh(rows, self._view.pins(), more=len(rows) == limit))
            self._view.viewport().update()
            self.listed.emit(bool(rows) or bool(model.rowCount()))
        self.counted.emit(await self._source.counts(self.me_id))

    def _page(self, page: Callable[[], Awaitable[None]]) -> None:
        if not self._paging:
            self._paging = True
            self._owner.spawn(self._paged(page), name="list page")

    async def _paged(self, page: Callable[[], Awaitable[None]]) -> None:
        try:
            await page()
        finally:
            self._paging = False

    async def _later_page(self) -> None:
        model, query = self._view.rows, self.query
        if not model.rows:
            return
        rows = await self._source.conversations(query, after=model.rows[-1].key, limit=PAGE)
        if query == self.query:
            self._view.steadily(lambda: model.append(rows, more=len(rows) == PAGE))

    async def _earlier_page(self) -> None:
        model, query = self._view.rows, self.query
        if not model.dropped:
            return
        before = model.dropped[-2] if len(model.dropped) > 1 else None
        rows = await self._source.conversations(query, after=before, limit=PAGE)
        if query == self.query:
            self._view.steadily(lambda: model.prepend(rows))
