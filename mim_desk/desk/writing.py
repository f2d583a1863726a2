"""What an agent does to conversations: one transaction in the outbox, a change published, the network later."""

import asyncio
import uuid
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.line import Line
from mim_desk.desk.outbox.outbox import Outbox
from mim_desk.desk.pending import Decided, OutboxItem, OutboxState, draft_mode
from mim_desk.desk.sent_again import copy_id
from mim_desk.desk.shapes import Draft, LocalFile
from mim_desk.desk.tasks import whole
from mim_desk.domain.buttons import Frame
from mim_desk.domain.enclosed import ContactCard, Enclosed, Sticker
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows


class Writing:
    """The writing half of the session; everything here works without a hub."""

    cache: Cache
    outbox: Outbox
    changes: Changes
    line: Line

    def hub_now(self) -> datetime:
        """The hub's time, by which clocks tick."""
        return self.line.hub_now()

    # -- writing ---------------------------------------------------------------------------------

    async def draft(self, conversation_id: str, mode: str) -> Draft | None:
        """The agent's unsent text of a conversation and mode (``reply`` or ``note``)."""
        return await self.outbox.draft(conversation_id, mode)

    async def save_draft(self, conversation_id: str, mode: str, draft: Draft, *, origin: object | None = None) -> None:
        """Keep it; when this returns it survives a crash, when it raises it is in memory."""
        try:
            await self.outbox.save_draft(conversation_id, mode, draft)
        finally:
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
        known: rows.Conversation | None = None,
        template: rows.ChosenTemplate | None = None,
        buttons: Iterable[rows.Button] = (),
        inbox_id: str = "",
        enclosed: Enclosed | None = None,
        copies: rows.Copies | None = None,
        private: bool = False,
        frame: Frame | None = None,
    ) -> str:  # long: all that can be said of a reply, nothing to decide
        """Put a reply or a note into the outbox and end its draft; answers the message's id.

        ``known`` is the conversation as its composer shows it, which saves reading it; ``inbox_id`` another inbox than
        the usual one. With a ``template`` the text is how it reads; its values name the attachments by their ids.
        ``private`` is an answer that the author of the comment in ``reply_to`` gets alone.
        """
        files = tuple(attachments)
        body = api.NewMessage(
            str(uuid.uuid4()),
            kind,
            text,
            reply_to=rows.ReplyTo(message_id=reply_to) if reply_to else None,
            base_seq=base_seq,
            composed=composed or self._composed(),
            template=template,
            buttons=list(buttons) or None,
            inbox_id=inbox_id or None,
            location=rows.located(enclosed),
            contact_card=enclosed if isinstance(enclosed, ContactCard) else None,
            sticker=enclosed if isinstance(enclosed, Sticker) else None,
            copies=copies or None,
            private=private,
            frame=frame or None,
        )
        item = self._item(known or await self._conversation(conversation_id), body.id, body)
        item = replace(item, inbox_id=inbox_id or item.inbox_id, files=tuple(map(_listed, files)))
        try:
            await self.outbox.add(item, files, draft_mode=draft_mode(body))
        finally:
            self.line.wake()
            asyncio.get_running_loop().call_later(0, self._published, item, origin)  # first it goes to the hub
        return body.id

    def _decided(self, seq: int) -> Decided:
        return Decided(seq, self._composed(), self.hub_now())

    def _composed(self) -> str:
        """As it was when the agent sent it."""
        return "live" if self.line.is_live else "offline"

    async def retry(self, message_id: str, *, base_seq: int | None = None, origin: object | None = None) -> str:
        """Send a failed reply again: one the hub never took as it is, else a copy under an id of its own.

        Asking twice sends once, also after a restart and from two desks. ``base_seq`` is the last event that was shown,
        that of the offline copy where it is not given: what came later holds it like any other reply.
        """
        seen = base_seq if base_seq is not None else await self.cache.seq()
        item = self.outbox.pending.items.get(message_id)
        if item is not None:
            if item.state is OutboxState.FAILED:
                self._published(await self.outbox.release(message_id, self._decided(seen)), origin)
            return message_id
        message = await self.cache.message(message_id)
        if message is None:
            raise Refusal("unknown-message", "This message is no longer here.")
        again = copy_id(message_id)
        if again in self.outbox.pending.items or await self.cache.present_messages([again]):
            return again
        return await self._send_copy(message, again, seen, origin)

    async def _send_copy(self, message: rows.Message, id_: str, base_seq: int, origin: object | None) -> str:
        body = api.NewMessage(
            id=id_,
            base_seq=base_seq,
            composed=self._composed(),
            text=message.text,
            attachments=[each.id for each in message.attachments],
            reply_to=message.reply_to,
            template=message.template,
            buttons=message.buttons or None,
            copies=message.copies,
            frame=message.frame,
            inbox_id=message.inbox_id,
            location=message.location,
            contact_card=message.contact_card,
            sticker=message.sticker,
            private=message.details.get("private") == "yes",
        )
        item = self._item(await self._conversation(message.conversation_id), id_, body)
        with self._told(item, origin):
            await self.outbox.add(replace(item, inbox_id=message.inbox_id, files=tuple(message.attachments)))
        return id_

    async def override(self, item_id: str, *, base_seq: int = 0, origin: object | None = None) -> None:
        """Send a held reply although the conversation moved on, as far as the hub told it or ``base_seq`` was shown."""
        with self._withheld(item_id) as item, self._told(item, origin):
            await self.outbox.release(item_id, self._decided(base_seq))

    async def discard(self, item_id: str, *, origin: object | None = None) -> None:
        """Throw away what was held, refused or waits."""
        with self._withheld(item_id) as item, self._told(item, origin):
            await whole(self._laid_anew(item, self.outbox.drop([item_id])))

    async def take_back(self, item_id: str, *, origin: object | None = None) -> Draft:
        """Make a held, refused or waiting message a draft again."""
        with self._withheld(item_id) as item, self._told(item, origin):
            return await self.outbox.take_back(item_id)

    # -- conversations ---------------------------------------------------------------------------

    async def patch(self, conversation_id: str, patch: api.ConversationPatch, *, origin: object | None = None) -> str:
        """Change status, assignee, labels and the like; answers the id of the outbox item."""
        conversation = await self._conversation(conversation_id)
        item = self._item(conversation, str(uuid.uuid4()), patch)
        item = replace(item, base=_replaced(conversation, patch), base_version=conversation.version)
        with self._told(item, origin):
            await whole(self._laid_anew(item, self.outbox.add(item)))
        return item.id

    async def read(self, conversation_id: str, message_id: str, *, origin: object | None = None) -> None:
        """The agent has seen everything up to this incoming message."""
        conversation = await self._conversation(conversation_id)
        if conversation.read_up_to == message_id and not conversation.unread:
            return
        item = self._item(conversation, str(uuid.uuid4()), api.ReadUpTo(message_id))
        with self._told(item, origin):
            await whole(self._laid_anew(item, self.outbox.add(item)))

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

    async def _laid_anew(self, item: OutboxItem, change: Coroutine[Any, Any, object]) -> None:
        await change
        await self.cache.relay([item.conversation_id])

    @contextmanager
    def _told(self, item: OutboxItem, origin: object | None) -> Iterator[None]:
        """Tell of it in any case: whoever is cancelled meanwhile has changed the outbox all the same."""
        try:
            yield
        finally:
            self._published(item, origin)

    @contextmanager
    def _withheld(self, item_id: str) -> Iterator[OutboxItem]:
        """An item that is surely not with the hub, kept from going there; a Refusal for any other."""
        item = self.outbox.pending.items.get(item_id)
        if item is None or item.state is OutboxState.ACCEPTED:
            raise Refusal("already-sent", "The hub already has this message.")
        with self.line.withheld(item_id) as here:
            if item.doubtful or not here:
                raise Refusal("being-sent", "The hub may have this already. It is settled as soon as the hub answers.")
            yield item

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
        self.line.wake()  # the way to the hub goes before the reading that follows a change
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
