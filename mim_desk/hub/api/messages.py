"""Messages of a conversation: reading them, and writing replies and notes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import JSONBody

from mim_desk.channels.base import Adapter, CountsReplies
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.message import AuthorType, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.send_guard import Composed
from mim_desk.hub import carrying, enclosing, private_replies, send_records, template_sends
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.conversations import visible
from mim_desk.hub.api.pages import After, Limit, RowId, cursor, place
from mim_desk.hub.send_records import Job
from mim_desk.hub.store import archives, inboxes, messages
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.messages import AddedMessage
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

LONGEST_TEXT = 20_000


@get("/api/v1/conversations/{conversation_id:str}/messages", opt=AGENT, summary="Messages, newest first")
async def list_messages(
    conversation_id: RowId, hub: HubPart, caller: Caller, limit: Limit = 50, after: After = None
) -> api.Page[rows.Message]:
    """One page of a conversation's messages."""
    before = place(after, tuple[int, int])

    def query(conn: Connection) -> tuple[list[rows.Message], tuple[int, int] | None]:
        visible(conn, conversation_id, caller)
        return messages.of_conversation(conn, conversation_id, limit, before)

    found, following = await hub.store.read(query)
    return api.Page(found, cursor(following) if following else None)


@post("/api/v1/conversations/{conversation_id:str}/messages", opt=AGENT, summary="Write a reply or a note")
async def write_message(
    conversation_id: RowId, data: JSONBody[api.NewMessage], hub: HubPart, caller: Caller
) -> Response[rows.Message]:
    """201 when it is new, 200 with the same message when the id came before; 409 when the send guard holds it."""
    _check_form(data)
    data = enclosing.cleaned(data)
    author = rows.Author(AuthorType.AGENT, caller.agent_id)

    def work(unit: Unit) -> Written:
        conversation = visible(unit.conn, conversation_id, caller)
        if data.kind == MessageKind.NOTE:
            return Written(messages.add_reply(unit, conversation_id, data, author))
        is_known = messages.by_id(unit.conn, data.id) is not None
        new = private_replies.ready(unit, conversation, data) if data.private and not is_known else data
        inbox = _inbox(unit.conn, conversation, new)
        if not is_known:
            carrying.check(unit.conn, inbox, new)
            new = template_sends.ready(unit.conn, inbox, new, unit.now)
        adapter = ADAPTERS[inbox.channel]
        parts = _parts(adapter, new, inbox.capabilities)
        added = messages.add_reply(
            unit, conversation_id, new, author, local=adapter.local, keyed=adapter.keyed, parts=parts
        )
        if not added.is_new or adapter.local or hub.handoff.room <= 0:
            return Written(added)
        return Written(added, send_records.lease(unit, hub.handoff.room, hub.handoff.under_way, hub.connections.here))

    written = await hub.store.writer.run(work, lambda stored: hub.handoff.give(stored.jobs))
    return Response(written.shown(), status_code=201 if written.added.is_new else 200)


def _inbox(conn: Connection, conversation: rows.Conversation, new: api.NewMessage) -> rows.Inbox:
    """Through which inbox a reply goes; a Refusal when it cannot."""
    archives.refuse(conversation)
    inbox = inboxes.by_id(conn, new.inbox_id or conversation.inbox_id)
    if inbox is None:
        raise Refusal("not-found", "The inbox was removed. Choose another one.", "inbox_id")
    return inbox


def _parts(adapter: Adapter, new: api.NewMessage, can: rows.CapabilitySheet) -> int:
    """Of how many of the channel's messages a reply is made, where it counts them; templates it does not count."""
    if offers(adapter, CountsReplies) and new.template is None:
        enclosed = enclosing.of(new)
        apart = (
            enclosed is not None
            and not (new.sticker and new.sticker.attachment)
            and enclosing.is_carried(enclosed, can)
        )
        return adapter.messages_in(enclosing.words_of(new, can), len(new.attachments) + apart)
    return 0


@dataclass(frozen=True)
class Written:
    """What was stored, and what may be sent at once because its lease was stored with it."""

    added: AddedMessage
    jobs: Sequence[Job] = ()

    def shown(self) -> rows.Message:
        """The message as it is now."""
        leased = (job.lease.message for job in self.jobs if job.lease.message.id == self.added.message.id)
        return next(leased, self.added.message)


def _check_form(new: api.NewMessage) -> None:
    try:
        canonical = str(uuid.UUID(new.id))
    except ValueError:
        canonical = ""
    if canonical != new.id:
        raise Refusal("invalid", "The id must be a UUID in lower case with hyphens.", "id")
    if new.kind not in (MessageKind.REPLY, MessageKind.NOTE):
        raise Refusal("invalid", "A message is a reply or a note.", "kind")
    if new.template is not None and new.kind != MessageKind.REPLY:
        raise Refusal("invalid", "Only a reply can go as a template.", "template")
    enclosing.check_form(new)
    if new.private and new.kind != MessageKind.REPLY:
        raise Refusal("invalid", "Only a reply can be private; a note never leaves.", "private")
    if new.composed not in list(Composed):
        raise Refusal("invalid", "A reply was composed live or offline.", "composed")
    if len(new.text) > LONGEST_TEXT:
        raise Refusal("invalid", f"The text has more than {LONGEST_TEXT:,} characters.", "text")


HANDLERS = [list_messages, write_message]
