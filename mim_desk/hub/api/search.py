"""Search over all messages, for what is not cached on a desk."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import After, Limit, cursor, place
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import conversations, search
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.visibility import sees
from mim_desk.protocol import api, rows

Words = Annotated[str, QueryParameter(max_length=500, description="All these words, in any script.")]


@get("/api/v1/search", opt=AGENT, summary="Messages with these words, newest first")
async def search_messages(
    q: Words, hub: HubPart, caller: Caller, limit: Limit = 50, after: After = None
) -> api.Page[rows.Message]:
    """One page; what the caller may not see is left out, so a page may be short."""
    before = place(after, int)
    hits, following = await hub.store.read(lambda conn: _hits(conn, caller, q, limit, before))
    return api.Page(hits, cursor(following) if following else None)


def _hits(
    conn: Connection, caller: Principal, words: str, limit: int, before: int | None
) -> tuple[list[rows.Message], int | None]:
    hits, following = search.messages(conn, words, limit, before)
    named = {hit.conversation_id for hit in hits}
    open_to = {one for one in named if _may_see(conn, caller, one)}
    return [hit for hit in hits if hit.conversation_id in open_to], following


def _may_see(conn: Connection, caller: Principal, conversation_id: str) -> bool:
    row = conversations.by_id(conn, conversation_id)
    return row is not None and sees(caller, conversations.audience(row))


HANDLERS = [search_messages]
