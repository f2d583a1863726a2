"""The start state of a desk."""

import msgspec
from litestar import get

from mim_desk.domain.people import Role
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import After
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import conversations, snapshot
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.visibility import sees
from mim_desk.protocol import api

PAGE_ROWS = 1000


@get("/api/v1/snapshot", opt=AGENT, summary="All rows one may see, page by page, with the seq to follow from")
async def read_snapshot(hub: HubPart, caller: Caller, after: After = None) -> api.SnapshotPage:
    """The next page; 410 when the log was reset meanwhile: begin anew."""
    page = await hub.store.read(lambda conn: snapshot.page(conn, after, PAGE_ROWS, _Sight(conn, caller)))
    return api.SnapshotPage(page.epoch, page.seq, utc_now(), page.rows, page.next)


class _Sight:
    """Whether the caller may see a row; supervisors see all, and then nothing is looked up."""

    def __init__(self, conn: Connection, caller: Principal) -> None:
        self._conn = conn
        self._caller = caller
        self._known: dict[str, bool] = {}

    def __call__(self, row_type: str, row: bytes) -> bool:
        if self._caller.may(Role.SUPERVISOR) or row_type not in ("conversation", "message"):
            return True
        named = msgspec.json.decode(row, type=_Named)
        return self._sees(named.id if row_type == "conversation" else named.conversation_id)

    def _sees(self, conversation_id: str) -> bool:
        if conversation_id not in self._known:
            row = conversations.by_id(self._conn, conversation_id)
            self._known[conversation_id] = row is not None and sees(self._caller, conversations.audience(row))
        return self._known[conversation_id]


class _Named(msgspec.Struct, frozen=True):
    """What a row says of its conversation."""

    id: str
    conversation_id: str = ""


HANDLERS = [read_snapshot]
