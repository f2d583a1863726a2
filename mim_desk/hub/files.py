"""Gives outgoing files to the providers that fetch them: only by an address that the hub signed, and not for ever."""

from typing import Final
from urllib.parse import quote

from mim_desk.hub.asgi_types import Scope, Send
from mim_desk.hub.file_links import PREFIX
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import attachments
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import rows

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}


async def serve_file(hub: Hub, scope: Scope, send: Send) -> None:
    """Answer one call below ``/files/``; what is forged, over or not there is told apart for nobody."""
    if scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 405, {"allow": "GET, HEAD"})
        return
    file_id, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
    mark, _, _ = rest.partition("/")
    message_id = hub.files.message_id(mark, file_id, utc_now())
    try:
        found = None
        if message_id is not None:
            found = await hub.store.read(lambda conn: _file(conn, file_id, message_id))
    except StoreUnavailable:
        await _answer(send, 503, {"retry-after": "5"})
        return
    if found is None:
        await _answer(send, 404, {})
        return
    row, data = found
    headers = {
        "content-type": row.mime_type,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "cache-control": "private, max-age=3600",
    }
    await _answer(send, 200, headers, data, bare=scope["method"] == "HEAD")


def _file(conn: Connection, file_id: str, message_id: str) -> tuple[rows.Attachment, bytes] | None:
    row, data = attachments.by_id(conn, file_id), attachments.content(conn, file_id)
    if row is None or data is None or attachments.message_of(conn, file_id) != message_id:
        return None
    return row, data


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes = b"", *, bare: bool = False) -> None:
    told = {"cache-control": "no-store", **_ALWAYS, **headers, "content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if bare else body})
