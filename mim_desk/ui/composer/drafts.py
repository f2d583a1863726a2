"""Keeps what is written, per conversation and mode, within half a second."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from mim_desk.desk.shapes import Draft
from mim_desk.domain.buttons import Frame
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

SAVE_WITHIN_MS: Final = 350

Place = tuple[str, str]
"""Conversation and mode."""


class DraftKeeper(QObject):
    """Saves and loads drafts; every save names the place its text was written in.

    Attributes:
        loaded: a draft came for a place (conversation id, mode, Draft).
    """

    loaded = Signal(str, str, object)

    def __init__(self, session: "Session", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._waiting: tuple[Place, Draft] | None = None
        self._asked = 0
        self._asked_for: Place | None = None
        self._in_turn = asyncio.Lock()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_WITHIN_MS)
        self._timer.timeout.connect(self.flush)

    def keep(self, place: Place, draft: Draft) -> None:
        """Save soon; the first unsaved letter sets the time."""
        if self._waiting is not None and self._waiting[0] != place:
            self.flush()
        self._waiting = (place, draft)
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Save now what waits."""
        self._timer.stop()
        if self._waiting is None:
            return
        (conversation_id, mode), draft = self._waiting
        self._waiting = None
        self._session.owner.spawn(self._save((conversation_id, mode), draft), name="draft.save")

    async def _save(self, place: Place, draft: Draft) -> None:
        """A draft that cannot be written waits in memory; the session has told why."""
        with suppress(Refusal):
            await self._session.save_draft(*place, draft, origin=self)

    def drop(self) -> None:
        """What waits was sent."""
        self._timer.stop()
        self._waiting = None

    def load(self, place: Place) -> None:
        """Ask for a place's draft; only what was asked for last is told."""
        self._asked += 1
        self._asked_for = place
        self._session.owner.spawn(self._load(place, self._asked), name="draft.load")

    async def _load(self, place: Place, asked: int) -> None:
        async with self._in_turn:
            draft = await self._session.draft(*place)
        if asked == self._asked:
            self.loaded.emit(*place, draft or Draft(""))

    def add(self, place: Place, written: Draft) -> None:
        """Keep what was written before the place's draft came, behind that draft."""
        self._session.owner.spawn(self._add(place, written), name="draft.add")

    async def _add(self, place: Place, written: Draft) -> None:
        async with self._in_turn:
            before = await self._session.draft(*place)
            await self._save(place, joined(before or Draft(""), written))

    async def give_back(self, place: Place, unsent: Draft, *, instead: bool) -> None:
        """Keep what could not be sent before the place's draft, or ``instead`` of it; the place is to be asked for anew."""
        if place == self._asked_for:
            self._asked += 1
        async with self._in_turn:
            after = None if instead else await self._session.draft(*place)
            await self._save(place, joined(unsent, after) if after is not None else unsent)


def joined(draft: Draft, written: Draft) -> Draft:
    """A draft and what was written while it was read."""
    return msgspec.structs.replace(
        draft,
        text=draft.text + written.text,
        attachments=draft.attachments + written.attachments,
        reply_to=written.reply_to or draft.reply_to,
        buttons=draft.buttons + written.buttons,
        frame=Frame(written.frame.header or draft.frame.header, written.frame.footer or draft.frame.footer),
        inbox_id=written.inbox_id or draft.inbox_id,
        copies=_together(draft.copies, written.copies),
    )


def _together(draft: rows.Copies, written: rows.Copies) -> rows.Copies:
    """All who are named, each once."""
    return rows.Copies(list(dict.fromkeys(draft.cc + written.cc)), list(dict.fromkeys(draft.bcc + written.bcc)))
