"""Templates: those of an inbox, and asking the provider for them now."""

from typing import Annotated

from litestar import get, post
from litestar.params import QueryParameter

from mim_desk.hub.api.access import AGENT, HubPart
from mim_desk.hub.api.pages import RowId, found
from mim_desk.hub.store import inboxes, templates
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.template_lists import refresh
from mim_desk.protocol import api, rows

InboxId = Annotated[str, QueryParameter(description="The inbox's id.")]


@get("/api/v1/templates", opt=AGENT, summary="The templates of an inbox")
async def list_templates(inbox: InboxId, hub: HubPart) -> api.Page[rows.Template]:
    """All templates of an inbox by name and language, those that cannot be sent as well."""

    def query(conn: Connection) -> list[rows.Template]:
        return templates.of_inbox(conn, found(inboxes.by_id(conn, inbox), "inbox").id)

    return api.Page(await hub.store.read(query))


@post("/api/v1/inboxes/{inbox_id:str}/templates", opt=AGENT, status_code=200, summary="Ask for the templates now")
async def refresh_templates(inbox_id: RowId, hub: HubPart) -> api.RefreshedTemplates:
    """The provider's list takes the place of what was known."""
    found(await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id)), "inbox")
    return api.RefreshedTemplates(*await refresh(hub, inbox_id))


HANDLERS = [list_templates, refresh_templates]
