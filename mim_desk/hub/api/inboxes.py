"""Inboxes: connecting an account tests its credentials before anything is saved."""

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.hub.api.access import ADMIN, AGENT, HubPart
from mim_desk.hub.api.pages import RowId, found
from mim_desk.hub.channel_setup import InboxPatch, connect, reconnect
from mim_desk.hub.replay import Replayed, replay
from mim_desk.hub.store import inboxes, journal
from mim_desk.hub.store.connection import Connection
from mim_desk.protocol import api, rows


@get("/api/v1/inboxes", opt=AGENT, summary="All inboxes")
async def list_inboxes(hub: HubPart) -> api.Page[rows.Inbox]:
    """All connected accounts with capabilities, brand and health."""
    return api.Page(await hub.store.read(lambda conn: [_fares(conn, row) for row in inboxes.everything(conn)]))


@get("/api/v1/inboxes/{inbox_id:str}", opt=AGENT, summary="One inbox")
async def one_inbox(inbox_id: RowId, hub: HubPart) -> rows.Inbox:
    """A connected account."""
    return await hub.store.read(lambda conn: _fares(conn, found(inboxes.by_id(conn, inbox_id), "inbox")))


def _fares(conn: Connection, row: rows.Inbox) -> rows.Inbox:
    """The inbox with the figure of its health that changes too often to be logged."""
    health = msgspec.structs.replace(row.health, unparsed_deliveries=journal.unsettled_count(conn, row.id))
    return msgspec.structs.replace(row, health=health)


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


@post("/api/v1/inboxes/{inbox_id:str}/replay", opt=ADMIN, status_code=200, summary="Read kept deliveries again")
async def replay_deliveries(inbox_id: RowId, hub: HubPart) -> Replayed:
    """After a mend: what could not be understood or applied is tried once more, the oldest first."""
    found(await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id)), "inbox")
    return await replay(hub, inbox_id)


HANDLERS = [list_inboxes, one_inbox, add_inbox, change_inbox, remove_inbox, replay_deliveries]
