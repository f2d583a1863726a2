"""What is done to a message that is there: our reaction to it, another text, taking it back."""

from litestar import delete, patch, put
from litestar.params import JSONBody

from mim_desk.domain.message import AuthorType, MessageKind
from mim_desk.domain.people import Role
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import after_sending, moderation
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.conversations import visible
from mim_desk.hub.api.pages import RowId, found
from mim_desk.hub.auth import Principal
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import messages
from mim_desk.hub.store.connection import Connection
from mim_desk.protocol import api, rows

_PATH = "/api/v1/messages/{message_id:str}"


@put(f"{_PATH}/reaction", opt=AGENT, summary="React to a customer's message")
async def react(message_id: RowId, data: JSONBody[api.NewReaction], hub: HubPart, caller: Caller) -> rows.Message:
    """In the brand's name, where the channel has reactions; an empty emoji takes ours back."""
    return await after_sending.react(hub, await _seen(hub, message_id, caller), data.emoji)


@patch(_PATH, opt=AGENT, summary="Change a reply that was sent")
async def change(message_id: RowId, data: JSONBody[api.ChangedText], hub: HubPart, caller: Caller) -> rows.Message:
    """Its author, or a supervisor, where the channel lets its text be changed."""
    return await after_sending.change_text(hub, await _own(hub, message_id, caller), data.text)


@delete(_PATH, opt=AGENT, status_code=200, summary="Take back a reply, or delete a public comment")
async def take_back(message_id: RowId, hub: HubPart, caller: Caller) -> rows.Message:
    """Its author, or a supervisor, where the channel lets it be taken back; a supervisor also deletes public comments."""
    message = await _own(hub, message_id, caller)
    if message.kind is MessageKind.INCOMING:
        return await moderation.remove(hub, message, rows.Author(AuthorType.AGENT, caller.agent_id))
    return await after_sending.take_back(hub, message)


@put(f"{_PATH}/hidden", opt=AGENT, summary="Hide a public comment, or show it again")
async def hide(message_id: RowId, data: JSONBody[api.Hiding], hub: HubPart, caller: Caller) -> rows.Message:
    """Its author and their friends still see a hidden comment, others do not."""
    by = rows.Author(AuthorType.AGENT, caller.agent_id)
    return await moderation.hide(hub, await _seen(hub, message_id, caller), hidden=data.hidden, by=by)


async def _seen(hub: Hub, message_id: str, caller: Principal) -> rows.Message:
    def read(conn: Connection) -> rows.Message:
        message = found(messages.by_id(conn, message_id), "message")
        visible(conn, message.conversation_id, caller)
        return message

    return await hub.store.read(read)


async def _own(hub: Hub, message_id: str, caller: Principal) -> rows.Message:
    message = await _seen(hub, message_id, caller)
    is_author = message.author == rows.Author(AuthorType.AGENT, caller.agent_id)
    if not is_author and not caller.may(Role.SUPERVISOR):
        raise Refusal("forbidden", "Only who wrote it, or a supervisor, changes or deletes it.")
    return message


HANDLERS = [react, change, take_back, hide]
