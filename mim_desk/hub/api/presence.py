"""What agents do in a conversation without writing: typing, reading, claiming."""

import msgspec
from litestar import delete, post
from litestar.params import JSONBody

from mim_desk.hub import gestures
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.conversations import visible
from mim_desk.hub.api.pages import RowId
from mim_desk.hub.presence import VIEWING_LASTS
from mim_desk.hub.store import claims, conversations
from mim_desk.hub.store.claims import Claim
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

_PATH = "/api/v1/conversations/{conversation_id:str}"


class Doing(msgspec.Struct, frozen=True):
    """POST .../presence."""

    viewing: bool = True


@post(f"{_PATH}/typing", opt=AGENT, status_code=204, summary="I am writing here")
async def typing(conversation_id: RowId, hub: HubPart, caller: Caller) -> None:
    """Told to the customer, where the channel shows it, and to the other agents for five seconds."""
    conversation = await hub.store.read(lambda conn: visible(conn, conversation_id, caller))
    await hub.presence.agent_typed(conversation_id, caller.agent_id)
    await gestures.tell_typing(hub, conversation)


@post(f"{_PATH}/presence", opt=AGENT, status_code=204, summary="I look at this conversation")
async def presence(conversation_id: RowId, data: JSONBody[Doing], hub: HubPart, caller: Caller) -> None:
    """Told to the other agents for a minute, or until one leaves."""
    await hub.store.read(lambda conn: visible(conn, conversation_id, caller))
    doing = "viewing" if data.viewing else "left"
    await hub.presence.agent_present(conversation_id, caller.agent_id, doing, utc_now() + VIEWING_LASTS)


@post(f"{_PATH}/read", opt=AGENT, status_code=200, summary="I have read up to this message")
async def read(conversation_id: RowId, data: JSONBody[api.ReadUpTo], hub: HubPart, caller: Caller) -> rows.Conversation:
    """The conversation with what is left unread; the customer sees it where the channel has read marks."""

    def work(unit: Unit) -> rows.Conversation:
        visible(unit.conn, conversation_id, caller)
        return conversations.read(unit, conversation_id, data.up_to)

    told = await hub.store.writer.run(work)
    await gestures.tell_read(hub, data.up_to)
    return told


@post(f"{_PATH}/claim", opt=AGENT, status_code=200, summary="Hold a conversation while writing")
async def claim(conversation_id: RowId, hub: HubPart, caller: Caller) -> Claim:
    """For a minute; 409 when somebody else holds it."""

    def work(unit: Unit) -> Claim:
        visible(unit.conn, conversation_id, caller)
        return claims.claim(unit, conversation_id, caller.agent_id)

    held = await hub.store.writer.run(work)
    await hub.presence.agent_present(conversation_id, caller.agent_id, "claimed", held.until)
    return held


@delete(f"{_PATH}/claim", opt=AGENT, summary="Let go of a conversation")
async def release(conversation_id: RowId, hub: HubPart, caller: Caller) -> None:
    """The others see it at once."""

    def work(unit: Unit) -> None:
        visible(unit.conn, conversation_id, caller)
        claims.release(unit, conversation_id, caller.agent_id)

    await hub.store.writer.run(work)
    await hub.presence.agent_present(conversation_id, caller.agent_id, "left", utc_now())


HANDLERS = [typing, presence, read, claim, release]
