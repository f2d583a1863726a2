"""Inboxes: connecting an account tests its credentials before anything is saved."""

from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.hub.api.access import ADMIN, AGENT, HubPart
from mim_desk.hub.api.pages import RowId, found
from mim_desk.hub.channel_setup import InboxPatch, connect, reconnect
from mim_desk.hub.store import inboxes
from mim_desk.protocol import api, rows


@get("/api/v1/inboxes", opt=AGENT, summary="All inboxes")
async def list_inboxes(hub: HubPart) -> api.Page[rows.Inbox]:
    """All connected accounts with capabilities, brand and health."""
    return api.Page(await hub.store.read(inboxes.everything))


@get("/api/v1/inboxes/{inbox_id:str}", opt=AGENT, summary="One inbox")
async def one_inbox(inbox_id: RowId, hub: HubPart) -> rows.Inbox:
    """A connected account."""
    return found(await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id)), "inbox")


@post("/api/v1/inboxes", opt=ADMIN, summary="Connect an account of a channel")
async def add_inbox(data: JSONBody[api.NewInbox], hub: HubPart) -> api.CreatedInbox:
    """Tests the credentials at the provider, then saves; secrets never come back."""
    return await connect(hub, data)


@patch("/api/v1/inboxes/{inbox_id:str}", opt=ADMIN, summary="Change an inbox")
async def change_inbox(inbox_id: RowId, data: JSONBody[InboxPatch], hub: HubPart) -> rows.Inbox:
    """New settings or secrets are tested first; a paused inbox goes on."""
    return await reconnect(hub, inbox_id, data)


@delete("/api/v1/inboxes/{inbox_id:str}", opt=ADMIN, summary="Disconnect an inbox")
async def remove_inbox(inbox_id: RowId, hub: HubPart) -> None:
    """Its conversations stay, its secrets go."""
    await hub.store.writer.run(lambda unit: inboxes.remove(unit, inbox_id))


HANDLERS = [list_inboxes, one_inbox, add_inbox, change_inbox, remove_inbox]
