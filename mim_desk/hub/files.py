"""Gives outgoing files to the providers that fetch them: only by an address that the hub signed, and not for ever."""

from typing import Final
from urllib.parse import quote

import msgspec

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asgi_types import Scope, Send
from mim_desk.hub.file_checks import preview_of
from mim_desk.hub.file_links import PREFIX, PREVIEW
from mim_desk.hub.file_metadata import neutral_name
from mim_desk.hub.parts import Hub
from mim_desk.hub.problems import send_answer, send_problem
from mim_desk.hub.store import agents, attachments
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.plain_rows import missing
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import rows

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cache-control": "private, max-age=3600",
}


async def serve_file(hub: Hub, scope: Scope, send: Send) -> None:
    """Answer one call below ``/files/``; what is forged, over or not there looks the same from outside."""
    try:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refusal("no-handshake", "A file is read by GET.")
        row, data = await _asked_for(hub, scope["path"])
        if scope["path"].endswith(f"/{PREVIEW}"):
            row, data = await _preview(hub, row, data)
    except Exception as error:  # noqa: BLE001  # every error becomes an answer
        await send_problem(send, error, PREFIX)
        return
    disposition = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    await send_answer(send, 200, data, row.mime_type, {**_ALWAYS, "content-disposition": disposition})


async def _asked_for(hub: Hub, path: str) -> tuple[rows.Attachment, bytes]:
    file_id, _, rest = path.removeprefix(PREFIX).partition("/")
    message_id = hub.files.message_id(rest.partition("/")[0], file_id, utc_now())
    if message_id is None:
        raise missing("file")
    return await hub.store.read(lambda conn: _file(conn, file_id, message_id))


async def _preview(hub: Hub, row: rows.Attachment, data: bytes) -> tuple[rows.Attachment, bytes]:
    """Made when somebody looks, in a process of its own: most files are never asked for one."""
    made = await preview_of(hub.workers, data)
    if made is None:
        raise missing("file")
    return msgspec.structs.replace(row, name="preview.jpg", mime_type="image/jpeg"), made


def _file(conn: Connection, file_id: str, message_id: str) -> tuple[rows.Attachment, bytes]:
    row, data = attachments.by_id(conn, file_id), attachments.content(conn, file_id)
    if row is None or data is None or attachments.message_of(conn, file_id) != message_id:
        raise missing("file")
    return msgspec.structs.replace(row, name=neutral_name(row.name, agents.names(conn))), data
