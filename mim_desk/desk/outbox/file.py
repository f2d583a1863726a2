"""Reading and writing the outbox's tables: functions on an open connection, nothing committed here."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from mim_desk.desk import encrypted_file
from mim_desk.desk.encrypted_file import Connection, transaction
from mim_desk.desk.moments import milliseconds
from mim_desk.desk.outbox import schema
from mim_desk.desk.overlay import Action
from mim_desk.desk.pending import OutboxItem, OutboxState, Pending, first_in_line
from mim_desk.desk.shapes import Draft, HeldReply, LocalFile
from mim_desk.desk.tables import quoted
from mim_desk.domain.buttons import NO_FRAME, Frame
from mim_desk.domain.enclosed import in_words
from mim_desk.protocol import api, rows

_BODIES: dict[str, type[Any]] = {"message": api.NewMessage, "patch": api.ConversationPatch, "read": api.ReadUpTo}
_KINDS = {type_: kind for kind, type_ in _BODIES.items()}
_HANDING_OVER = "handing_over"
_DRAFT = "agent_id = ? AND conversation_id = ? AND mode = ?"
_ITEM = quoted(schema.items.columns)


def open_connection(path: Path, key: bytes) -> Connection:
    """A connection whose every commit is on the disk; a new file is made, and none is left that could not be begun."""
    is_new = not path.exists()
    try:
        return _opened(path, key)
    except BaseException:
        if is_new and path.exists() and not path.stat().st_size:
            encrypted_file.remove(path)
        raise


def _opened(path: Path, key: bytes) -> Connection:
    connection = encrypted_file.connect(path, key, synchronous="FULL", cache_kib=1024)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != schema.VERSION:
        with transaction(connection, "BEGIN IMMEDIATE"):
            for statement in schema.steps_from(version):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    return connection


def keep_meta(connection: Connection, name: str, value: msgspec.Struct) -> None:
    """Remember a row under a name."""
    connection.execute(schema.PUT_META, {"name": name, "value": msgspec.json.encode(value)})


def meta(connection: Connection, name: str, type_: type[Any]) -> Any:
    """The row under a name, None without one."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if found is None else msgspec.json.decode(found[0], type=type_)


# -- drafts --------------------------------------------------------------------------------------


def put_draft(connection: Connection, agent_id: str, conversation_id: str, mode: str, draft: Draft) -> None:
    """Keep a draft; an empty one is deleted."""
    if draft.empty:
        drop_draft(connection, agent_id, conversation_id, mode)
        return
    put_files(connection, draft.attachments)
    values = {
        "agent_id": agent_id,
        "conversation_id": conversation_id,
        "mode": mode,
        "text": draft.text,
        "reply_to": draft.reply_to,
        "files": json.dumps([each.id for each in draft.attachments]),
        "updated_ms": milliseconds(draft.updated_at or datetime.now(UTC)),
        "buttons": msgspec.json.encode(draft.buttons).decode(),
        "inbox_id": draft.inbox_id,
        "copies": msgspec.json.encode(draft.copies).decode(),
        "frame": msgspec.json.encode(draft.frame).decode(),
    }
    connection.execute(schema.PUT_DRAFT, values)


def drop_draft(connection: Connection, agent_id: str, conversation_id: str, mode: str) -> None:
    """Delete a draft, if there is one."""
    connection.execute(f"DELETE FROM drafts WHERE {_DRAFT}", (agent_id, conversation_id, mode))  # noqa: S608  # our own words


def draft(connection: Connection, agent_id: str, conversation_id: str, mode: str) -> Draft | None:
    """A draft with the bytes of its files."""
    found = connection.execute(
        f"SELECT text, reply_to, files, updated_ms, buttons, inbox_id, copies, frame FROM drafts WHERE {_DRAFT}",  # noqa: S608  # our own words
        (agent_id, conversation_id, mode),
    ).fetchone()
    if found is None:
        return None
    text, reply_to, ids, updated_ms, buttons, inbox_id, others, around = found
    updated_at = datetime.fromtimestamp(updated_ms / 1000, UTC)
    offered = msgspec.json.decode(buttons, type=tuple[rows.Button, ...])
    copies = msgspec.json.decode(others, type=rows.Copies)
    frame = msgspec.json.decode(around, type=Frame)
    return Draft(text, local_files(connection, json.loads(ids)), reply_to, updated_at, offered, inbox_id, copies, frame)


def put_files(connection: Connection, found: Iterable[LocalFile]) -> None:
    """Keep the bytes of local attachments; those already here are not written again."""
    for each in found:
        connection.execute(
            "INSERT OR IGNORE INTO files (id, name, mime_type, hub_id, data) VALUES (?, ?, ?, '', ?)",
            (each.id, each.name, each.mime_type, each.data),
        )


def local_files(connection: Connection, ids: Iterable[str]) -> tuple[LocalFile, ...]:
    """Local attachments in this order."""
    found = {row[0]: LocalFile(*row) for row in _files_by_id(connection, ids)}
    return tuple(found[id_] for id_ in ids if id_ in found)


def _files_by_id(connection: Connection, ids: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    text = "SELECT id, name, mime_type, data FROM files WHERE id IN (SELECT value FROM json_each(?))"
    found: Iterable[tuple[Any, ...]] = connection.execute(text, (json.dumps(list(ids)),))
    return found


def hub_ids(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """The hub's ids of those local attachments that are uploaded."""
    text = "SELECT id, hub_id FROM files WHERE hub_id != '' AND id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(text, (json.dumps(list(ids)),)).fetchall())


def keep_hub_id(connection: Connection, file_id: str, hub_id: str) -> None:
    """A local attachment was uploaded."""
    connection.execute("UPDATE files SET hub_id = ? WHERE id = ?", (hub_id, file_id))


def drop_unused_files(connection: Connection) -> None:
    """Delete local attachments that no draft and no item names any more."""
    kept = [id_ for (id_,) in connection.execute("SELECT id FROM files")]
    if not kept:
        return
    used = {id_ for (ids,) in connection.execute("SELECT files FROM drafts") for id_ in json.loads(ids)}
    for (listed,) in connection.execute("SELECT files FROM items"):
        used |= {each["id"] for each in json.loads(listed)}
    connection.executemany("DELETE FROM files WHERE id = ?", [(id_,) for id_ in kept if id_ not in used])


# -- items ---------------------------------------------------------------------------------------


def put_item(connection: Connection, item: OutboxItem) -> OutboxItem:
    """Write an item; a new one (place 0) gets the next place."""
    values: dict[str, Any] = {
        "place": item.place or None,
        "id": item.id,
        "conversation_id": item.conversation_id,
        "contact_id": item.contact_id,
        "inbox_id": item.inbox_id,
        "agent_id": item.agent_id,
        "kind": _KINDS[type(item.body)],
        "body": msgspec.json.encode(item.body),
        "created_ms": milliseconds(item.created_at),
        "state": item.state.value,
        "reason": item.reason,
        "files": msgspec.json.encode(item.files),
        "held": msgspec.json.encode(item.held) if item.held else None,
        "message": msgspec.json.encode(item.message) if item.message else None,
        "base": msgspec.json.encode(item.base) if item.base else None,
        "base_version": item.base_version,
        "doubtful": int(item.doubtful),
    }
    written = connection.execute(schema.PUT_ITEM, values)
    return item if item.place else replace(item, place=written.lastrowid)


def change_item(connection: Connection, item: OutboxItem) -> bool:
    """Write an item that is still there; False when it is not."""
    here = is_here(connection, item.id)
    if here:
        put_item(connection, item)
    return here


def is_here(connection: Connection, id_: str) -> bool:
    """Whether an item is neither confirmed nor discarded."""
    return connection.execute("SELECT 1 FROM items WHERE id = ?", (id_,)).fetchone() is not None


def doubt_item(connection: Connection, id_: str) -> None:
    """It was handed over and nobody answered."""
    connection.execute("UPDATE items SET doubtful = 1 WHERE id = ? AND state = 'waiting'", (id_,))


def follow(connection: Connection, done: OutboxItem, version: int) -> list[OutboxItem]:
    """Put later changes made on the same version as ``done`` on the version it brought about."""
    followed = []
    for item in all_items(connection).values():
        after = item.conversation_id == done.conversation_id and item.place > done.place
        if after and item.base is not None and item.base_version == done.base_version:
            followed.append(put_item(connection, replace(item, base_version=version)))
    return followed


def note_handing_over(connection: Connection, under_way: bool) -> None:
    """Keep whether something may be on its way to the hub, for the start after a crash."""
    if under_way:
        connection.execute(schema.PUT_META, {"name": _HANDING_OVER, "value": b"true"})
    else:
        connection.execute("DELETE FROM meta WHERE name = ?", (_HANDING_OVER,))


def is_handing_over(connection: Connection) -> bool:
    """Whether something was on its way when the file was left."""
    return connection.execute("SELECT 1 FROM meta WHERE name = ?", (_HANDING_OVER,)).fetchone() is not None


def settle_crash(connection: Connection) -> None:
    """Something was on its way: what may have been it is in doubt."""
    for item in first_in_line(all_items(connection).values()):
        put_item(connection, replace(item, doubtful=True))
    note_handing_over(connection, under_way=False)


def drop_item(connection: Connection, id_: str) -> None:
    """Delete an item with its files, unless a draft still names them."""
    connection.execute("DELETE FROM items WHERE id = ?", (id_,))
    drop_unused_files(connection)


def take_back(
    connection: Connection, key: tuple[str, str, str], item: OutboxItem, body: api.NewMessage, unkept: Draft | None
) -> Draft:
    """Item out and draft in; one that was taken back or discarded a moment ago leaves the draft as it is."""
    before = unkept or draft(connection, *key)
    if not is_here(connection, item.id):
        return before or Draft("")
    files = local_files(connection, [each.id for each in item.files])
    made = _as_draft(body, files)
    if body.template is not None:
        made = Draft(msgspec.json.encode(body.template).decode(), files)
    elif before is not None:
        text = "\n".join(part for part in (made.text, before.text) if part)
        files, quoted = (*files, *before.attachments), made.reply_to or before.reply_to
        made = msgspec.structs.replace(made, text=text, attachments=files, reply_to=quoted)
    put_draft(connection, *key, made)
    drop_item(connection, item.id)
    return made


def _as_draft(body: api.NewMessage, files: tuple[LocalFile, ...]) -> Draft:
    """What was to be sent, as words and files: a draft holds nothing else that is enclosed."""
    enclosed = rows.enclosed(body.location, body.contact_card, body.sticker)
    return Draft(
        body.text if enclosed is None else in_words(body.text, enclosed),
        files,
        body.reply_to.message_id if body.reply_to else None,
        buttons=tuple(body.buttons or ()),
        inbox_id=body.inbox_id or "",
        copies=body.copies or rows.Copies(),
        frame=body.frame or NO_FRAME,
    )


def read_item(row: tuple[Any, ...]) -> OutboxItem:
    """An item out of its table row."""
    values = dict(zip(schema.items.columns, row, strict=True))
    return OutboxItem(
        place=values["place"],
        id=values["id"],
        conversation_id=values["conversation_id"],
        contact_id=values["contact_id"],
        inbox_id=values["inbox_id"],
        agent_id=values["agent_id"],
        body=_body(values["kind"], values["body"]),
        created_at=datetime.fromtimestamp(values["created_ms"] / 1000, UTC),
        state=OutboxState(values["state"]),
        reason=values["reason"],
        files=tuple(msgspec.json.decode(values["files"], type=list[rows.Attachment])),
        held=msgspec.json.decode(values["held"], type=HeldReply) if values["held"] else None,
        message=msgspec.json.decode(values["message"], type=rows.Message) if values["message"] else None,
        base=msgspec.json.decode(values["base"], type=api.ConversationPatch) if values["base"] else None,
        base_version=values["base_version"],
        doubtful=bool(values["doubtful"]),
    )


def _body(kind: str, body: bytes) -> api.NewMessage | Action:
    found: api.NewMessage | Action = msgspec.json.decode(body, type=_BODIES[kind])
    return found


def all_items(connection: Connection, agent_id: str | None = None) -> dict[str, OutboxItem]:
    """Every item by id, in the order of sending; only an agent's own, and what nobody signed, when one is given."""
    whose = "WHERE ?1 IS NULL OR agent_id IN (?1, '')"
    found = connection.execute(f"SELECT {_ITEM} FROM items {whose} ORDER BY place", (agent_id,))  # noqa: S608  # our own names
    return {item.id: item for item in map(read_item, found)}


def unsent_by_agent(connection: Connection) -> dict[str, int]:
    """How many replies and notes of each agent the hub does not have."""
    text = "SELECT agent_id, count(*) FROM items WHERE kind = 'message' AND state != 'accepted' GROUP BY agent_id"
    return dict(connection.execute(text).fetchall())


def all_drafts(connection: Connection, agent_id: str) -> dict[str, dict[str, str]]:
    """An agent's draft texts by conversation id, then mode."""
    found: dict[str, dict[str, str]] = {}
    for conversation_id, mode, text in connection.execute(
        "SELECT conversation_id, mode, text FROM drafts WHERE agent_id = ?", (agent_id,)
    ):
        found.setdefault(conversation_id, {})[mode] = text
    return found


def load(connection: Connection, agent_id: str) -> Pending:
    """The mirror of one agent's work; that of others waits for them."""
    return Pending(all_items(connection, agent_id), all_drafts(connection, agent_id))
