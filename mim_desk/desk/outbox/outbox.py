"""The outbox: drafts and unconfirmed work, each call one transaction that is on the disk when it returns."""

import asyncio
import errno
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mim_desk.desk import encrypted_file
from mim_desk.desk.encrypted_file import Connection, HeldConnection
from mim_desk.desk.outbox import file, salvage
from mim_desk.desk.outbox.salvage import Loss
from mim_desk.desk.pending import Decided, OutboxItem, OutboxState, Pending, draft_mode
from mim_desk.desk.shapes import Draft, HeldReply, LocalFile
from mim_desk.desk.tasks import hear_of_cancelling, in_thread
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

Result = TypeVar("Result")


class NotKept(Refusal):
    """The outbox cannot be written now; what was to be kept is not on the disk."""

    def __init__(self, error: Exception) -> None:
        code = _trouble(error)
        super().__init__(code, _TROUBLES[code])


_TROUBLES = {
    "disk-full": "The disk is full. Nothing can be kept or sent until there is room again.",
    "read-only": "This desk’s folder is read-only. Nothing can be kept or sent until it can be written.",
    "not-kept": "This desk’s files cannot be written. Nothing can be kept or sent until they can.",
}


def _trouble(error: Exception) -> str:
    told = str(error).lower()
    if "full" in told or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk-full"
    if "readonly" in told or getattr(error, "errno", 0) in (errno.EROFS, errno.EACCES):
        return "read-only"
    return "not-kept"


class Outbox:
    """Drafts, unsent replies, notes and changes, local attachments.

    Attributes:
        pending: the mirror in memory, changed after each commit.
        loss: what a damaged file cost, None while there was no damage.
        unkept: drafts that could not be written and are in memory only, by agent, conversation and mode.

    Args:
        on_trouble: told why nothing can be written, each time; an empty sentence once it can again.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        on_loss: Callable[[Loss], None],
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.pending = Pending()
        self.loss: Loss | None = None
        self.unkept: dict[tuple[str, str, str], Draft] = {}
        self._on_loss = on_loss
        self._on_trouble = on_trouble
        self._troubled = False
        self._path = path
        self._key = key
        self._agent_id = ""
        self._held: HeldConnection | None = None
        self._turn = asyncio.Lock()
        self._handing_over = False
        self._unkept_doubts: set[str] = set()

    async def open(self) -> None:
        """Open the file; a damaged one is salvaged and ``on_loss`` is told what is gone."""
        await in_thread(self._open)
        self._tell_loss()
        await self.work_as(self._agent_id)

    def _open(self) -> None:
        if not salvage.check(self._path, self._key):
            self.loss = salvage.salvage(self._path, self._key)
        self._held = HeldConnection(file.open_connection(self._path, self._key))
        if self._held.read(file.is_handing_over):
            self._held.write(file.settle_crash)
        self._handing_over = False

    def _tell_loss(self) -> None:
        if self.loss is not None:
            self._on_loss(self.loss)

    async def close(self) -> None:
        """Wait for what is at work, then close."""
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        if self._held is not None:
            await in_thread(self._held.close)
            self._held = None

    async def _write(
        self, work: Callable[[Connection], Result], mirror: Callable[[Result], None] = lambda _: None
    ) -> Result:
        """``work`` on the disk and then ``mirror`` in memory: both or none, also for who is cancelled meanwhile."""
        async with self._turn:
            done = await self._written(work, mirror)
        await hear_of_cancelling()
        return done

    async def _written(self, work: Callable[[Connection], Result], mirror: Callable[[Result], None]) -> Result:
        try:
            done = await self._mended(lambda: self._opened().write(work))
        except (encrypted_file.DatabaseError, OSError) as error:
            refusal = NotKept(error)
            self._troubled = True
            self._on_trouble(refusal.reason)
            raise refusal from error
        mirror(done)
        if self._troubled:
            self._troubled = False
            self._on_trouble("")
        return done

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        """What is here can be read while nothing can be written."""
        async with self._turn:
            found = await self._mended(lambda: self._opened().read(work))
        await hear_of_cancelling()
        return found

    async def _mended(self, work: Callable[[], Result]) -> Result:
        try:
            return await in_thread(work)
        except encrypted_file.DatabaseError as error:
            if not await in_thread(partial(encrypted_file.is_damage, error, self._path)):
                raise
        await self._mend()
        return await in_thread(work)

    def _opened(self) -> HeldConnection:
        if self._held is None:
            raise RuntimeError("the outbox is closed")
        return self._held

    async def _mend(self) -> None:
        await self._close()
        await in_thread(self._open)
        held, agent_id = self._opened(), self._agent_id
        found = await in_thread(lambda: held.read(lambda connection: file.load(connection, agent_id)))
        self.pending.items, self.pending.drafts = found.items, found.drafts
        self._tell_loss()

    async def work_as(self, agent_id: str) -> None:
        """Load the mirror with this agent's drafts and unsent work."""
        self._agent_id = agent_id
        found = await self._read(lambda connection: file.load(connection, agent_id))
        self.pending.items = found.items
        self.pending.drafts = found.drafts

    async def unsent_by_agent(self) -> dict[str, int]:
        """How many replies and notes of each agent wait here."""
        return await self._read(file.unsent_by_agent)

    async def remember(self, name: str, row: msgspec.Struct) -> None:
        """Keep a row that the desk needs before the hub answers."""
        await self._write(lambda connection: file.keep_meta(connection, name, row))

    async def remembered(self, name: str, type_: type[Any]) -> Any:
        """A row kept by ``remember``."""
        return await self._read(lambda connection: file.meta(connection, name, type_))

    # -- drafts ----------------------------------------------------------------------------------

    async def save_draft(self, conversation_id: str, mode: str, draft: Draft) -> None:
        """Keep the agent's draft of a conversation and mode; an empty one ends it."""
        key = (self._agent_id, conversation_id, mode)

        def kept(_: None) -> None:
            self.unkept.pop(key, None)
            self._mirror_draft(key, draft)

        try:
            await self._write(lambda connection: file.put_draft(connection, *key, draft), kept)
        except Exception:
            self.unkept[key] = draft
            self._mirror_draft(key, draft)
            raise

    async def keep_unkept(self) -> None:
        """Write the drafts that are in memory only; raises as long as that cannot be done."""
        for key in list(self.unkept):
            await self._keep_unkept(key)

    async def _keep_unkept(self, key: tuple[str, str, str]) -> None:
        """Write one as it is when its turn has come: sent or written meanwhile, it is there no more."""

        def work(connection: Connection) -> None:
            draft = self.unkept.get(key)
            if draft is not None:
                file.put_draft(connection, *key, draft)

        def mirror(_: None) -> None:
            self.unkept.pop(key, None)

        await self._write(work, mirror)

    async def draft(self, conversation_id: str, mode: str) -> Draft | None:
        """The agent's draft, with its files."""
        agent_id = self._agent_id
        unkept = self.unkept.get((agent_id, conversation_id, mode))
        return unkept or await self._read(lambda connection: file.draft(connection, agent_id, conversation_id, mode))

    def _mirror_draft(self, key: tuple[str, str, str], draft: Draft | None) -> None:
        agent_id, conversation_id, mode = key
        if agent_id != self._agent_id:
            return  # somebody else works here by now
        text = None if draft is None or draft.empty else draft.text
        modes = self.pending.drafts.setdefault(conversation_id, {})
        if text is None:
            modes.pop(mode, None)
        else:
            modes[mode] = text
        if not modes:
            del self.pending.drafts[conversation_id]

    # -- items -----------------------------------------------------------------------------------

    async def add(self, item: OutboxItem, files: Iterable[LocalFile] = (), *, draft_mode: str = "") -> OutboxItem:
        """Row in and, for a message, its draft out, in one transaction."""
        key = (self._agent_id, item.conversation_id, draft_mode)

        def work(connection: Connection) -> OutboxItem:
            file.put_files(connection, files)
            kept = file.put_item(connection, item)
            if draft_mode:
                file.drop_draft(connection, *key)
                file.drop_unused_files(connection)
            return kept

        def mirror(kept: OutboxItem) -> None:
            self._mirror(kept)
            if draft_mode:
                self.unkept.pop(key, None)
                self._mirror_draft(key, None)

        return await self._write(work, mirror)

    def _mirror(self, item: OutboxItem) -> None:
        if item.agent_id in (self._agent_id, ""):  # somebody else may work here by now
            self.pending.items[item.id] = item

    async def _keep(self, item: OutboxItem) -> OutboxItem:
        """Write a changed item; one that was confirmed or discarded meanwhile stays gone."""
        await self._write(
            lambda connection: file.change_item(connection, item), lambda here: self._mirror(item) if here else None
        )
        return item

    async def hold(self, item: OutboxItem, held: HeldReply, reason: str) -> OutboxItem:
        """The hub wants the agent to decide."""
        return await self._keep(replace(item, state=OutboxState.HELD, doubtful=False, held=held, reason=reason))

    async def fail(self, item: OutboxItem, reason: str) -> OutboxItem:
        """The hub refused it."""
        return await self._keep(replace(item, state=OutboxState.FAILED, doubtful=False, reason=reason))

    async def accept(self, item: OutboxItem, message: rows.Message) -> OutboxItem:
        """The hub stored it; it stays until its event is in the cache."""
        return await self._keep(replace(item, state=OutboxState.ACCEPTED, doubtful=False, message=message))

    async def release(self, id_: str, decided: Decided) -> OutboxItem:
        """The agent decided: send a held message anyway, or try a failed item again."""
        return await self._keep(self.pending.items[id_].decided(decided))

    async def follow(self, done: OutboxItem, version: int) -> None:
        """The hub has ``done``: later changes made on the same version go on from the version it brought about."""

        def work(connection: Connection) -> list[OutboxItem]:
            file.drop_item(connection, done.id)
            return file.follow(connection, done, version)

        def mirror(followed: list[OutboxItem]) -> None:
            self.pending.items.pop(done.id, None)
            for item in followed:
                self._mirror(item)

        await self._write(work, mirror)

    async def begin_handing_over(self) -> None:
        """From now on a crash leaves in doubt what is first in line; on the disk before anything leaves."""
        if not self._handing_over:
            await self._write(partial(file.note_handing_over, under_way=True))
            self._handing_over = True

    async def end_handing_over(self) -> None:
        """Nothing is on its way any more."""
        if not (self._handing_over or self._unkept_doubts):
            return
        self._handing_over = False
        doubtful = set(self._unkept_doubts)

        def work(connection: Connection) -> None:
            for id_ in doubtful:
                file.doubt_item(connection, id_)
            file.note_handing_over(connection, under_way=False)

        await self._write(work, lambda _: self._unkept_doubts.difference_update(doubtful))

    async def doubt(self, item: OutboxItem) -> OutboxItem:
        """It was handed over and nobody answered."""
        item = self.pending.items.get(item.id, item)
        if item.doubtful or item.state is not OutboxState.WAITING:
            return item
        if item.id in self.pending.items:  # whether or not the disk takes it
            self._mirror(replace(item, doubtful=True))
        try:
            return await self._keep(replace(item, doubtful=True))
        except NotKept:
            self._unkept_doubts.add(item.id)
            raise

    async def compose_offline(self, item: OutboxItem) -> OutboxItem:
        """The hub could not be reached: whatever happens until it can must hold the reply."""
        item = self.pending.items.get(item.id, item)
        if not isinstance(item.body, api.NewMessage) or item.body.composed == "offline":
            return item
        return await self._keep(replace(item, body=msgspec.structs.replace(item.body, composed="offline")))

    async def drop(self, ids: Iterable[str]) -> None:
        """Confirmed by events, or discarded by the agent."""
        gone = [id_ for id_ in ids if id_ in self.pending.items]
        if not gone:
            return

        def work(connection: Connection) -> None:
            for id_ in gone:
                file.drop_item(connection, id_)

        def mirror(_: None) -> None:
            for id_ in gone:
                self.pending.items.pop(id_, None)

        await self._write(work, mirror)

    async def take_back(self, id_: str) -> Draft:
        """Item out and draft in, in one transaction; text already drafted stays behind it."""
        item = self.pending.items[id_]
        if not isinstance(item.body, api.NewMessage):
            raise TypeError("only a reply or a note goes back to the composer")
        body = item.body
        key = (self._agent_id, item.conversation_id, draft_mode(body))

        def work(connection: Connection) -> Draft:
            return file.take_back(connection, key, item, body, self.unkept.get(key))

        def mirror(draft: Draft) -> None:
            self.pending.items.pop(id_, None)
            self.unkept.pop(key, None)
            self._mirror_draft(key, draft)

        return await self._write(work, mirror)

    # -- files -----------------------------------------------------------------------------------

    async def file(self, id_: str) -> LocalFile | None:
        """A local attachment."""
        found = await self._read(lambda connection: file.local_files(connection, [id_]))
        return found[0] if found else None

    async def uploaded(self, ids: Iterable[str]) -> dict[str, str]:
        """The hub's ids of those local attachments it already has."""
        wanted = list(ids)
        return await self._read(lambda connection: file.hub_ids(connection, wanted))

    async def keep_uploaded(self, id_: str, hub_id: str) -> None:
        """The hub took a local attachment."""
        await self._write(lambda connection: file.keep_hub_id(connection, id_, hub_id))
