"""Attachments: rows of files, and their bytes under the hash of what they hold.

The bytes lie in the database, in pieces: they are encrypted with it, come and go in the same
transaction as the rows that name them, and every hub of a team finds them without a shared disk.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import IncomingFile
from mim_desk.domain.message import AttachmentState, MessageType
from mim_desk.hub.file_types import safe_name, sniffed
from mim_desk.hub.store import driver, ids, plain_rows
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

PIECE = 256 * 1024
OF_CONTACT = "avatar:"
"""Before a contact's id, as the owner of their picture: it belongs to no message and is not swept."""
_FAMILIES = {
    MessageType.IMAGE: "image/",
    MessageType.VIDEO: "video/",
    MessageType.AUDIO: "audio/",
    MessageType.VOICE: "audio/",
}

_decoder = msgspec.json.Decoder(rows.Attachment)
_UNUSED = "message_id IS NULL AND created_at < ? AND owner NOT LIKE ?"
_NAMELESS = "NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = blobs.sha256)"
_INSERT = (
    "INSERT INTO attachments (id, sha256, message_id, owner, created_at, source, state, row)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def address(attachment_id: str) -> str:
    """The path of an attachment below the hub."""
    return f"/api/v1/attachments/{attachment_id}"


def by_id(conn: Connection, attachment_id: str) -> rows.Attachment | None:
    """One attachment's row."""
    found = driver.row(conn, "SELECT row FROM attachments WHERE id = ?", (attachment_id,))
    return None if found is None else _decoder.decode(found[0])


def owner(conn: Connection, attachment_id: str) -> str | None:
    """Who uploaded it: an agent's, contact's or session's id."""
    found = driver.row(conn, "SELECT owner FROM attachments WHERE id = ?", (attachment_id,))
    return None if found is None else found[0]


def message_of(conn: Connection, attachment_id: str) -> str | None:
    """The message that carries it, if one does."""
    found = driver.row(conn, "SELECT message_id FROM attachments WHERE id = ?", (attachment_id,))
    return None if found is None else found[0]


def content(conn: Connection, attachment_id: str) -> bytes | None:
    """The bytes of an attachment, if all of them are here."""
    found = driver.row(
        conn, "SELECT sha256 FROM attachments WHERE id = ? AND state = ?", (attachment_id, AttachmentState.OK.value)
    )
    if found is None or found[0] is None:
        return None
    pieces = driver.rows(conn, "SELECT data FROM blobs WHERE sha256 = ? ORDER BY part", (found[0],))
    return b"".join(data for (data,) in pieces)


def add(unit: Unit, upload: rows.Attachment, data: bytes, *, owner: str, source: str = "") -> rows.Attachment:
    """Keep an uploaded file; the row with its id, size and address."""
    row = msgspec.structs.replace(
        upload,
        id=upload.id or ids.new_id(unit.now),
        size=len(data),
        state=AttachmentState.OK,
        url=address(upload.id),
    )
    row = msgspec.structs.replace(row, url=address(row.id))
    _insert(unit, row, sha256=keep_bytes(unit.conn, data), owner=owner, source=source)
    return row


def keep_bytes(conn: Connection, data: bytes) -> str:
    """Keep bytes once, however often they come; their hash."""
    digest = hash_of(data)
    keep_pieces(conn, digest, data, 0, len(data))
    return digest


def hash_of(data: bytes) -> str:
    """The name under which bytes are kept."""
    return hashlib.sha256(data).hexdigest()


def keep_pieces(conn: Connection, digest: str, data: bytes, start: int, end: int) -> None:
    """Keep those pieces of ``data`` that begin between two places and are not here yet."""
    known = {part for (part,) in driver.rows(conn, "SELECT part FROM blobs WHERE sha256 = ?", (digest,))}
    places = (place for place in range(0, len(data), PIECE) if start <= place < end)
    driver.execute_many(
        conn,
        "INSERT INTO blobs (sha256, part, data) VALUES (?, ?, ?) ON CONFLICT (sha256, part) DO NOTHING",
        [(digest, at // PIECE, data[at : at + PIECE]) for at in places if at // PIECE not in known],
    )


def fetched(unit: Unit, row: rows.Attachment, data: bytes, digest: str) -> rows.Attachment:
    """The bytes of a file that only had a source came; the caller says it to the message (``messages.refile``)."""
    keep_pieces(unit.conn, digest, data, 0, len(data))
    row = msgspec.structs.replace(row, size=len(data), state=AttachmentState.OK, url=address(row.id))
    return _change(unit.conn, row, digest)


def not_fetched(unit: Unit, attachment_id: str, state: AttachmentState) -> rows.Attachment:
    """The bytes will not come: *failed* or *expired*."""
    return _change(unit.conn, msgspec.structs.replace(_of(unit.conn, attachment_id), state=state), None)


def link(unit: Unit, attachment_ids: Iterable[str], message_id: str) -> list[rows.Attachment]:
    """Give uploaded files to a message; a Refusal when one is not there or another message has it."""
    linked: list[rows.Attachment] = []
    for attachment_id in attachment_ids:
        done = driver.execute(
            unit.conn,
            "UPDATE attachments SET message_id = ? WHERE id = ? AND (message_id IS NULL OR message_id = ?)",
            (message_id, attachment_id, message_id),
        )
        if done != 1:
            raise plain_rows.missing("attachment")
        linked.append(_of(unit.conn, attachment_id))
    return linked


def of_incoming(unit: Unit, files: Sequence[IncomingFile], message_id: str, sender: str) -> list[rows.Attachment]:
    """The rows of an incoming message's files: stored already, brought along, or to be fetched."""
    return [_incoming(unit, file, message_id, sender) for file in files]


def instead(
    unit: Unit, held: Sequence[rows.Attachment], files: Sequence[IncomingFile], message_id: str, sender: str
) -> list[rows.Attachment]:
    """A changed message's files: those that it had stay as they are, others are new.

    Some providers name one file each time otherwise: then its size says that it is the same.
    """
    told = driver.rows(unit.conn, "SELECT id, source FROM attachments WHERE message_id = ?", (message_id,))
    sources = {str(attachment_id): str(source) for attachment_id, source in told}
    named, sized = {sources.get(one.id, ""): one for one in held}, {one.size: one for one in held if one.size}
    kept = [named.get(file.url or file.external_id) or sized.get(file.size) for file in files]
    return [old or _incoming(unit, file, message_id, sender) for old, file in zip(kept, files, strict=True)]


def carried(told: MessageType, files: Sequence[rows.Attachment]) -> MessageType:
    """What a message carries: a picture, sound or film whose first file is none is a plain file."""
    family = _FAMILIES.get(told)
    if family is None or not files or files[0].mime_type.startswith(family):
        return told
    return MessageType.FILE


def _incoming(unit: Unit, file: IncomingFile, message_id: str, sender: str) -> rows.Attachment:
    if file.attachment_id:
        return link(unit, [file.attachment_id], message_id)[0]
    attachment_id = ids.new_id(unit.now)
    here = file.data is not None
    row = rows.Attachment(
        id=attachment_id,
        name=safe_name(file.name),
        mime_type=file.mime_type if file.data is None else sniffed(file.data, file.mime_type),
        size=len(file.data) if file.data is not None else file.size,
        state=AttachmentState.OK if here else AttachmentState.PENDING,
        url=address(attachment_id) if here else "",
        width=file.width,
        height=file.height,
    )
    sha256 = keep_bytes(unit.conn, file.data) if file.data is not None else None
    _insert(unit, row, sha256=sha256, owner=sender, message_id=message_id, source=file.url or file.external_id)
    return row


def _insert(
    unit: Unit, row: rows.Attachment, *, sha256: str | None, owner: str, message_id: str | None = None, source: str = ""
) -> None:
    values = (row.id, sha256, message_id, owner, ms(unit.now), source, row.state.value, msgspec.json.encode(row))
    driver.execute(unit.conn, _INSERT, values)


def _of(conn: Connection, attachment_id: str) -> rows.Attachment:
    row = by_id(conn, attachment_id)
    if row is None:
        raise plain_rows.missing("attachment")
    return row


def _change(conn: Connection, row: rows.Attachment, sha256: str | None) -> rows.Attachment:
    driver.execute(
        conn,
        "UPDATE attachments SET sha256 = ?, state = ?, row = ? WHERE id = ?",
        (sha256, row.state.value, msgspec.json.encode(row), row.id),
    )
    return row


def unused(conn: Connection, older_than_ms: int, limit: int) -> list[str]:
    """Uploads that no message took."""
    text = f"SELECT id FROM attachments WHERE {_UNUSED} LIMIT ?"  # noqa: S608  # our own condition
    return [id_ for (id_,) in driver.rows(conn, text, (older_than_ms, f"{OF_CONTACT}%", limit))]


def drop_unused(unit: Unit, ids: Sequence[str], older_than_ms: int) -> None:
    """Delete those of ``ids`` that still are unused."""
    text = f"DELETE FROM attachments WHERE id = ? AND {_UNUSED}"  # noqa: S608  # our own condition
    driver.execute_many(unit.conn, text, [(id_, older_than_ms, f"{OF_CONTACT}%") for id_ in ids])


def nameless(conn: Connection, limit: int) -> list[str]:
    """Bytes that no attachment names, by their hash."""
    text = f"SELECT DISTINCT sha256 FROM blobs WHERE {_NAMELESS} LIMIT ?"  # noqa: S608  # our own condition
    return [sha256 for (sha256,) in driver.rows(conn, text, (limit,))]


def drop_nameless(unit: Unit, hashes: Sequence[str]) -> None:
    """Delete those of the bytes that still have no name."""
    text = f"DELETE FROM blobs WHERE sha256 = ? AND {_NAMELESS}"  # noqa: S608  # our own condition
    driver.execute_many(unit.conn, text, [(sha256,) for sha256 in hashes])
