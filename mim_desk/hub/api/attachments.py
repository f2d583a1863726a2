"""Attachments: uploading files for replies, and downloading any file one may see."""

from typing import Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import MultipartBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import RowId, found
from mim_desk.hub.auth import Principal
from mim_desk.hub.file_checks import without_makers
from mim_desk.hub.file_types import safe_name, sniffed
from mim_desk.hub.store import attachments, conversations, messages
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.visibility import sees
from mim_desk.protocol import api, rows

MOST_FILE_BYTES: Final = 25 << 20
_FORM_BYTES: Final = 64 << 10

Form = MultipartBody[dict[str, UploadFile]]


@post(
    "/api/v1/attachments",
    opt=AGENT,
    request_max_body_size=MOST_FILE_BYTES + _FORM_BYTES,
    summary="Upload a file (form field `file`)",
)
async def upload(data: Form, hub: HubPart, caller: Caller) -> api.Uploaded:
    """Kept for the reply that names it, without the names of who made it; what no reply takes is deleted after a day."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise Refusal("invalid", "The form needs one file in the field “file”.", "file")
    content = await file.read()
    if not content:
        raise Refusal("invalid", "The file is empty.", "file")
    if len(content) > MOST_FILE_BYTES:
        raise Refusal("too-large", "The file is larger than 25 MB.", "file")
    name, mime_type = safe_name(file.filename), sniffed(content, file.content_type)
    content = await without_makers(hub.workers, mime_type, content)

    def work(unit: Unit) -> rows.Attachment:
        row = rows.Attachment("", name, mime_type, len(content))
        return attachments.add(unit, row, content, owner=caller.agent_id)

    return api.Uploaded(await hub.store.writer.run(work))


@get("/api/v1/attachments/{attachment_id:str}", opt=AGENT, summary="Download a file")
async def download(attachment_id: RowId, hub: HubPart, caller: Caller) -> Response[bytes]:
    """The bytes, always as a download and never shown inline."""
    row, content = await hub.store.read(lambda conn: _content(conn, attachment_id, caller))
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=31536000, immutable",
    }
    return Response(content, media_type=row.mime_type, headers=headers)


def _content(conn: Connection, attachment_id: str, caller: Principal) -> tuple[rows.Attachment, bytes]:
    row = found(attachments.by_id(conn, attachment_id), "attachment")
    message_id = attachments.message_of(conn, attachment_id)
    owner = "" if message_id else attachments.owner(conn, attachment_id) or ""
    if message_id is None and owner != caller.agent_id and not owner.startswith(attachments.OF_CONTACT):
        raise Refusal("not-found", "This attachment does not exist (any more).")
    message = messages.by_id(conn, message_id) if message_id else None
    conversation = conversations.by_id(conn, message.conversation_id) if message else None
    if conversation and not sees(caller, conversations.audience(conversation)):
        raise Refusal("not-found", "This attachment does not exist (any more).")
    content = attachments.content(conn, attachment_id)
    if content is None:
        raise Refusal("not-found", "The bytes of this file are not here yet.")
    return row, content


HANDLERS = [upload, download]
