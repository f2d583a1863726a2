"""Archives: old chats brought in from files, to be read and searched (``mim-desk import``)."""

from functools import partial

from litestar import post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import ADMIN, HubPart
from mim_desk.hub.api.pages import RowId
from mim_desk.hub.store import archives
from mim_desk.protocol import api, rows

MOST_AT_ONCE = 1000


@post("/api/v1/archives", opt=ADMIN, status_code=200, summary="Open an archive")
async def open_archive(data: JSONBody[api.NewArchive], hub: HubPart) -> rows.Inbox:
    """The archive of this name, made where there is none; its chats can be read, never answered."""
    return await hub.store.writer.run(partial(archives.opened, wanted=data))


@post("/api/v1/archives/{inbox_id:str}/known", opt=ADMIN, status_code=200, summary="Which messages are there already")
async def known_messages(inbox_id: RowId, data: JSONBody[api.WhichAreKnown], hub: HubPart) -> api.WhichAreKnown:
    """Of these external ids; an import that was broken off goes on behind them."""
    _check(len(data.external_ids))
    known = await hub.store.read(lambda conn: archives.known_ids(conn, inbox_id, data.external_ids))
    return api.WhichAreKnown(known)


@post("/api/v1/archives/{inbox_id:str}/messages", opt=ADMIN, status_code=200, summary="Keep messages of one chat")
async def keep_messages(inbox_id: RowId, data: JSONBody[api.ArchivedChat], hub: HubPart) -> api.Archived:
    """All of them or none; those that are known already change nothing."""
    _check(len(data.messages))
    return await hub.store.writer.run(partial(archives.keep, inbox_id=inbox_id, chat=data))


def _check(count: int) -> None:
    if count > MOST_AT_ONCE:
        raise Refusal("too-many", f"At most {MOST_AT_ONCE} messages at a time.")


HANDLERS = [open_archive, known_messages, keep_messages]
