"""Files both ways: taken after a look at what they are, given by addresses that hold for minutes and one session."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec
import structlog
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from mim_desk.hub.file_checks import Picture, clean_picture, passes_scanner, without_makers
from mim_desk.hub.file_metadata import neutral_name
from mim_desk.hub.file_types import safe_name
from mim_desk.hub.store import agents, attachments
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.web_chat import work
from mim_desk.hub.web_chat.answers import Answer, json_answer
from mim_desk.hub.web_chat.parts import Call, Chat, address_of, visiting
from mim_desk.hub.web_chat.problems import bad_type, invalid, not_found, not_now, session_expired, too_large
from mim_desk.hub.web_chat.sessions import Session, contact_of
from mim_desk.hub.web_chat.sniffing import is_image, kind_of, named_for
from mim_desk.protocol import rows

if TYPE_CHECKING:  # the package names it for type checkers only
    from python_multipart.multipart import MultipartCallbacks

# It warns of every broken form; those are answered, not logged.
logging.getLogger("python_multipart").setLevel(logging.ERROR)
_FORM_BYTES: Final = 16_384
_DAY_S: Final = 86_400
_SESSIONS_OF_AN_ADDRESS: Final = 4
_SCANNER_AGAIN_S: Final = 30
_log = structlog.get_logger("mim_desk.hub.web_chat.uploads")


class Upload(msgspec.Struct):
    """One file of a multipart body."""

    name: str = ""
    data: bytes = b""


async def post_upload(chat: Chat, call: Call) -> Answer:
    """Take one file; a message names it later, until then nobody sees it."""
    session, widget = await visiting(chat, call, writes=True)
    work.check(session, widget, call.headers)
    most = widget.limit("file_bytes")
    chat.limiter.take("uploads", session.id, widget.limit("uploads_per_minute"), 60)
    upload = _only_file(await call.body(most + _FORM_BYTES), call.headers.get("content-type", ""))
    if len(upload.data) > most:
        raise too_large(most)
    if not upload.data:
        raise invalid("The file is empty.")
    size, a_day = len(upload.data), widget.limit("bytes_per_day")
    chat.limiter.take("bytes", session.id, a_day, _DAY_S, cost=size)
    chat.limiter.take("bytes", address_of(call), a_day * _SESSIONS_OF_AN_ADDRESS, _DAY_S, cost=size)
    row, data = await _examined(chat, upload)
    kept = await chat.store.writer.run(lambda unit: attachments.add(unit, row, data, owner=session.id))
    told = {name: getattr(kept, name) for name in ("name", "mime_type", "size", "width", "height")}
    return json_answer({"file_id": kept.id, **told}, 201)


async def _examined(chat: Chat, upload: Upload) -> tuple[rows.Attachment, bytes]:
    name = safe_name(upload.name or "file")
    kind = kind_of(upload.data, name)
    if kind is None:
        raise bad_type(f"{name} is a kind of file that is not taken.")
    await _scan(chat, upload.data)
    if not is_image(kind):
        return rows.Attachment("", named_for(name, kind), kind, len(upload.data)), upload.data
    picture, data = await _clean(chat, upload.data)
    row = rows.Attachment(
        "", named_for(name, picture.mime_type), picture.mime_type, len(data), width=picture.width, height=picture.height
    )
    return row, data


async def _clean(chat: Chat, data: bytes) -> tuple[Picture, bytes]:
    cleaned = await clean_picture(chat.workers, data)
    if cleaned is None:
        raise invalid("The picture could not be read. Send it in another form.")
    return cleaned


async def _scan(chat: Chat, data: bytes) -> None:
    """Let the scanner look before anybody of the brand does."""
    try:
        passes = await passes_scanner(chat.workers, chat.scanner, data)
    except OSError as problem:
        # Nothing unseen reaches an agent: the page keeps the file and tries again.
        _log.error("scanner_not_started", problem=str(problem))
        raise not_now("The file could not be looked at yet. Try again.", _SCANNER_AGAIN_S) from problem
    if not passes:
        _log.warning("upload_refused_by_scanner", size=len(data))
        raise invalid("The file was refused by the virus scanner.")


def _only_file(body: bytes, content_type: str) -> Upload:
    """The one file of a multipart body."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise invalid("An upload is a multipart form with one file.")
    reader = _FormReader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeError) as problem:
        raise invalid("The form is broken.") from problem
    if not reader.is_complete or len(reader.files) != 1:
        raise invalid("An upload is a multipart form with one whole file.")
    return reader.files[0]


class _FormReader:
    """Collects the files of a form."""

    def __init__(self) -> None:
        self.files: list[Upload] = []
        self.is_complete = False
        self._field = b""
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._value,
            "on_part_data": lambda data, start, end: self._parts.append(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._headers, self._parts = {}, []

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._field = data[start:end].lower()

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._headers[self._field] = self._headers.get(self._field, b"") + data[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" in options:
            self.files.append(Upload(options[b"filename"].decode("utf-8", "replace"), b"".join(self._parts)))

    def _finish(self) -> None:
        self.is_complete = True


async def get_file_address(chat: Chat, call: Call, file_id: str) -> Answer:
    """A fresh address of a file that the visitor may see."""
    session, _ = await visiting(chat, call)
    await _seen(chat, session, file_id)
    return json_answer({"url": chat.sign(session)(file_id)})


async def get_file(chat: Chat, call: Call, file_id: str, mark: str) -> Answer:
    """The bytes of a file, never to be shown as a page of ours."""
    session_id = chat.signer.file_session(mark, file_id, chat.now())
    if session_id is None:
        raise not_found()
    row, data, people = await chat.store.read(partial(_content, file_id=file_id, session_id=session_id))
    if row is None or data is None:
        raise not_found()
    name = row.name
    if people:
        name, data = neutral_name(name, people), await without_makers(chat.workers, row.mime_type, data)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=600",
    }
    return Answer(200, data, row.mime_type, headers)


def _content(conn: Connection, file_id: str, session_id: str) -> tuple[rows.Attachment | None, bytes | None, list[str]]:
    session = stored.by_id(conn, session_id)
    if session is not None and session.revoked_at is not None:
        raise session_expired()
    row = attachments.by_id(conn, file_id)
    ours = attachments.owner(conn, file_id) != session_id and _is_of_brand(conn, file_id)
    return row, attachments.content(conn, file_id) if row else None, agents.names(conn) if ours else []


def _is_of_brand(conn: Connection, file_id: str) -> bool:
    message_id = attachments.message_of(conn, file_id)
    message = stored.message(conn, message_id) if message_id else None
    return message is None or message.kind.value != "incoming"


async def _seen(chat: Chat, session: Session, file_id: str) -> None:
    """``not_found`` unless the file is the session's own or hangs on a message it may see."""

    def may_see(conn: Connection) -> bool:
        if attachments.owner(conn, file_id) == session.id:
            return True
        message_id, contact = attachments.message_of(conn, file_id), contact_of(conn, session)
        return bool(message_id and contact and stored.visible(conn, session.sight, contact, [message_id]))

    if not await chat.store.read(may_see):
        raise not_found()
