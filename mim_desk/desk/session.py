"""The one object the window uses: cache, outbox and changes, and every action of an agent.

An action is one transaction in the outbox, a change published at once, and the network later;
all of it works without a hub.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.desk.keys import Keys
from mim_desk.desk.outbox.outbox import Outbox
from mim_desk.desk.outbox.salvage import Loss
from mim_desk.desk.paths import Paths
from mim_desk.desk.pending import OutboxItem, OutboxState
from mim_desk.desk.settings import SettingsFile
from mim_desk.desk.shapes import Draft, LocalFile
from mim_desk.desk.tasks import OnProblem, TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows


@dataclass(frozen=True)
class Notice:
    """Something a person must be told; ``code`` is stable, ``text`` one or two plain sentences."""

    code: str
    text: str


class Session:
    """What the desk does for its window.

    Attributes:
        cache, outbox, changes, settings, owner: its parts, open between ``start`` and ``close``.
        me, workspace: who works here, None before the first sign-in.
        freshness: how near the cache is to the hub.
        notices: what was lost or rebuilt since the start.
    """

    def __init__(self, paths: Paths, keys: Keys, settings: SettingsFile, on_problem: OnProblem) -> None:
        self.paths = paths
        self.keys = keys
        self.settings = settings
        self.changes = Changes()
        self.owner = TaskOwner(on_problem)
        self.outbox = Outbox(paths.outbox, keys.outbox, self._on_loss)
        self.cache = Cache(paths.cache, keys.cache, self.outbox.pending, self._on_rebuilt)
        self.me: rows.Agent | None = None
        self.workspace: rows.Workspace | None = None
        self.notices: list[Notice] = []
        self.freshness = Freshness(FreshnessState.OFFLINE, datetime.now(UTC))
        self._clock_offset = timedelta()
        self._on_freshness: list[Callable[[Freshness], None]] = []
        self._on_notice: list[Callable[[Notice], None]] = []

    async def start(self) -> None:
        """Open the files and show what is here; the hub is reached in the background."""
        self.paths.make()
        await self.outbox.open()
        self.me = await self.outbox.remembered("me", rows.Agent)
        self.workspace = await self.outbox.remembered("workspace", rows.Workspace)
        await self.cache.open()
        await self._work_as(self.me)

    async def _work_as(self, me: rows.Agent | None) -> None:
        self.me = me
        self.cache.me_id = me.id if me else ""
        await self.outbox.work_as(self.cache.me_id)
        _, seq = await self.cache.cursor()
        await self.cache.relay(self.outbox.pending.actions())
        self.changes.publish(Change(seq=seq, reset=True))

    async def close(self) -> None:
        """Stop what runs in the background and close the files."""
        await self.owner.close()
        await self.cache.close()
        await self.outbox.close()

    # -- what others may listen to ---------------------------------------------------------------

    def on_freshness(self, callback: Callable[[Freshness], None]) -> Callable[[], None]:
        """Call ``callback`` at each change of the freshness; the returned function ends that."""
        self._on_freshness.append(callback)
        return lambda: self._on_freshness.remove(callback)

    def on_notice(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call ``callback`` with each new notice; the returned function ends that."""
        self._on_notice.append(callback)
        return lambda: self._on_notice.remove(callback)

    def hub_now(self) -> datetime:
        """The hub's time, by which clocks tick."""
        return datetime.now(UTC) + self._clock_offset

    def _notice(self, code: str, text: str) -> None:
        notice = Notice(code, text)
        self.notices.append(notice)
        for callback in list(self._on_notice):
            callback(notice)

    def _on_loss(self, loss: Loss) -> None:
        self._notice("outbox-damaged", str(loss))
        self.changes.publish(Change(reset=True))

    def _on_rebuilt(self, damage: str) -> None:
        self._notice("cache-rebuilt", "The offline copy was damaged. It is being loaded again from the hub.")
        self.changes.publish(Change(reset=True))

    # -- writing ---------------------------------------------------------------------------------

    async def draft(self, conversation_id: str, mode: str) -> Draft | None:
        """The agent's unsent text of a conversation and mode (``reply`` or ``note``)."""
        return await self.outbox.draft(conversation_id, mode)

    async def save_draft(self, conversation_id: str, mode: str, draft: Draft, *, origin: object | None = None) -> None:
        """Keep it; when this returns it survives a crash."""
        await self.outbox.save_draft(conversation_id, mode, draft)
        self._publish(conversation_id, nouns={"draft"}, origin=origin)

    async def send(
        self,
        conversation_id: str,
        *,
        kind: str,
        text: str,
        attachments: Iterable[LocalFile] = (),
        reply_to: str | None = None,
        base_seq: int | None = None,
        composed: str | None = None,
        origin: object | None = None,
    ) -> str:
        """Put a reply or a note into the outbox and end its draft; answers the message's id."""
        conversation = await self._conversation(conversation_id)
        files = tuple(attachments)
        offline = self.freshness.state is not FreshnessState.LIVE
        body = api.NewMessage(
            id=str(uuid.uuid4()),
            kind=kind,
            text=text,
            reply_to=rows.ReplyTo(message_id=reply_to) if reply_to else None,
            base_seq=base_seq,
            composed=composed or ("offline" if offline else "live"),
        )
        item = self._item(conversation, body.id, body)
        item = replace(item, files=tuple(_listed(each) for each in files))
        await self.outbox.add(item, files, draft_mode=kind)
        self._published(item, origin)
        return body.id

    async def retry(self, message_id: str, *, origin: object | None = None) -> str:
        """Send a failed reply again: one the hub never took as it is, else a copy under a new id."""
        item = self.outbox.pending.items.get(message_id)
        if item is not None:
            self._published(await self.outbox.release(message_id), origin)
            return message_id
        message = await self.cache.message(message_id)
        if message is None:
            raise Refusal("unknown-message", "This message is no longer here.")
        body = api.NewMessage(
            id=str(uuid.uuid4()),
            text=message.text,
            attachments=[each.id for each in message.attachments],
            reply_to=message.reply_to,
        )
        item = self._item(await self._conversation(message.conversation_id), body.id, body)
        item = await self.outbox.add(replace(item, files=tuple(message.attachments)))
        self._published(item, origin)
        return body.id

    async def override(self, item_id: str, *, origin: object | None = None) -> None:
        """Send a held reply although the conversation moved on."""
        self._unsent(item_id)
        self._published(await self.outbox.release(item_id), origin)

    async def discard(self, item_id: str, *, origin: object | None = None) -> None:
        """Throw away what was held or refused."""
        item = self._unsent(item_id)
        await self.outbox.drop([item_id])
        await self.cache.relay([item.conversation_id])
        self._published(item, origin)

    async def take_back(self, item_id: str, *, origin: object | None = None) -> Draft:
        """Make a held, refused or waiting message a draft again."""
        item = self._unsent(item_id)
        draft = await self.outbox.take_back(item_id)
        self._published(item, origin)
        return draft

    # -- conversations ---------------------------------------------------------------------------

    async def patch(self, conversation_id: str, patch: api.ConversationPatch, *, origin: object | None = None) -> str:
        """Change status, assignee, labels and the like; answers the id of the outbox item."""
        conversation = await self._conversation(conversation_id)
        item = self._item(conversation, str(uuid.uuid4()), patch)
        item = replace(item, base=_replaced(conversation, patch), base_version=conversation.version)
        await self.outbox.add(item)
        await self.cache.relay([conversation_id])
        self._published(item, origin)
        return item.id

    async def read(self, conversation_id: str, message_id: str, *, origin: object | None = None) -> None:
        """The agent has seen everything up to this incoming message."""
        conversation = await self._conversation(conversation_id)
        if conversation.read_up_to == message_id and not conversation.unread:
            return
        item = self._item(conversation, str(uuid.uuid4()), api.ReadUpTo(message_id))
        await self.outbox.add(item)
        await self.cache.relay([conversation_id])
        self._published(item, origin)

    # -- inside ----------------------------------------------------------------------------------

    async def _conversation(self, id_: str) -> rows.Conversation:
        conversation = await self.cache.conversation(id_)
        if conversation is None:
            raise Refusal("unknown-conversation", "This conversation is no longer here.")
        return conversation

    def _item(
        self, conversation: rows.Conversation, id_: str, body: api.NewMessage | api.ConversationPatch | api.ReadUpTo
    ) -> OutboxItem:
        return OutboxItem(
            place=0,
            id=id_,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            inbox_id=conversation.inbox_id,
            agent_id=self.cache.me_id,
            body=body,
            created_at=self.hub_now(),
        )

    def _unsent(self, item_id: str) -> OutboxItem:
        item = self.outbox.pending.items.get(item_id)
        if item is None or item.state is OutboxState.ACCEPTED:
            raise Refusal("already-sent", "The hub already has this message.")
        return item

    def _published(self, item: OutboxItem, origin: object | None) -> None:
        messages = {item.contact_id: frozenset({item.id})} if item.is_message else {}
        self._publish(item.conversation_id, messages=messages, nouns={"outbox", "draft"}, origin=origin)

    def _publish(
        self,
        conversation_id: str,
        *,
        messages: dict[str, frozenset[str]] | None = None,
        nouns: set[str],
        origin: object | None,
    ) -> None:
        self.changes.publish(
            Change(
                conversations=frozenset({conversation_id}),
                messages=messages or {},
                nouns=frozenset(nouns),
                origin=origin,
            )
        )


def _listed(file: LocalFile) -> rows.Attachment:
    return rows.Attachment(file.id, file.name, file.mime_type, file.size)


def _replaced(conversation: rows.Conversation, patch: api.ConversationPatch) -> api.ConversationPatch:
    """The values that ``patch`` takes the place of."""
    given = [name for name in patch.__struct_fields__ if getattr(patch, name) is not msgspec.UNSET]
    return api.ConversationPatch(**{name: getattr(conversation, name) for name in given if name != "reason"})
