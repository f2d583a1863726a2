"""Canned replies."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import AGENT, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.store import canned_replies, ids
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

Shortcut = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Title = Annotated[str, msgspec.Meta(max_length=200)]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]


class CannedReplyPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/canned-replies/{id}."""

    shortcut: Shortcut | msgspec.UnsetType = msgspec.UNSET
    title: Title | msgspec.UnsetType = msgspec.UNSET
    text: Body | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET


@get("/api/v1/canned-replies", opt=AGENT, summary="All canned replies")
async def list_canned_replies(hub: HubPart) -> api.Page[rows.CannedReply]:
    """All canned replies by shortcut."""
    return api.Page(await hub.store.read(canned_replies.everything))


@post("/api/v1/canned-replies", opt=AGENT, summary="Make a canned reply")
async def add_canned_reply(data: JSONBody[api.NewCannedReply], hub: HubPart) -> rows.CannedReply:
    """A new canned reply."""

    def work(unit: Unit) -> rows.CannedReply:
        reply = rows.CannedReply(ids.new_id(unit.now), data.shortcut, data.title, data.text, data.language)
        canned_replies.add(unit, _checked(reply))
        return reply

    return await hub.store.writer.run(work)


@patch("/api/v1/canned-replies/{reply_id:str}", opt=AGENT, summary="Change a canned reply")
async def change_canned_reply(reply_id: RowId, data: JSONBody[CannedReplyPatch], hub: HubPart) -> rows.CannedReply:
    """The canned reply with its changes."""

    def work(unit: Unit) -> rows.CannedReply:
        reply = found(canned_replies.by_id(unit.conn, reply_id), "canned_reply")
        return canned_replies.change(unit, _checked(changed(reply, data)))

    return await hub.store.writer.run(work)


@delete("/api/v1/canned-replies/{reply_id:str}", opt=AGENT, summary="Delete a canned reply")
async def remove_canned_reply(reply_id: RowId, hub: HubPart) -> None:
    """The canned reply is gone."""
    await hub.store.writer.run(lambda unit: canned_replies.remove(unit, reply_id))


def _checked(reply: rows.CannedReply) -> rows.CannedReply:
    if not reply.shortcut or len(reply.shortcut) > 40 or any(ch.isspace() or ch == "/" for ch in reply.shortcut):
        raise Refusal("invalid", "A shortcut is one word of up to 40 letters without a slash.", "shortcut")
    if not reply.text.strip() or len(reply.text) > 20_000:
        raise Refusal("invalid", "The text must have between 1 and 20,000 characters.", "text")
    return reply


HANDLERS = [list_canned_replies, add_canned_reply, change_canned_reply, remove_canned_reply]
