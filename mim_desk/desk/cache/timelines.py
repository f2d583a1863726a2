"""Reading a contact's timeline: pages of messages by place, single ones by id."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.shapes import TimelineKey
from mim_desk.protocol import rows

_read = msgspec.json.Decoder(rows.Message).decode
BACK = "SELECT row FROM messages WHERE contact_id = ? AND (at_ms, id) < (?, ?) ORDER BY at_ms DESC, id DESC LIMIT ?"
NEWEST = "SELECT row FROM messages WHERE contact_id = ? ORDER BY at_ms DESC, id DESC LIMIT ?"
ON = "SELECT row FROM messages WHERE contact_id = ? AND (at_ms, id) > (?, ?) ORDER BY at_ms, id LIMIT ?"


@dataclass(frozen=True)
class Stretch:
    """Messages next to each other, oldest first, and whether there are more on each side."""

    messages: list[rows.Message]
    more_before: bool
    more_after: bool


def newest(connection: Connection, contact_id: str, limit: int) -> Stretch:
    """The end of the timeline."""
    found = connection.execute(NEWEST, (contact_id, limit + 1)).fetchall()
    return Stretch([_read(row) for (row,) in reversed(found[:limit])], len(found) > limit, more_after=False)


def before(connection: Connection, contact_id: str, key: TimelineKey, limit: int) -> Stretch:
    """What stands before ``key``."""
    found = connection.execute(BACK, (contact_id, key.at_ms, key.id, limit + 1)).fetchall()
    return Stretch([_read(row) for (row,) in reversed(found[:limit])], len(found) > limit, more_after=True)


def after(connection: Connection, contact_id: str, key: TimelineKey, limit: int) -> Stretch:
    """What stands after ``key``."""
    found = connection.execute(ON, (contact_id, key.at_ms, key.id, limit + 1)).fetchall()
    return Stretch([_read(row) for (row,) in found[:limit]], more_before=True, more_after=len(found) > limit)


def around(connection: Connection, message_id: str, limit: int) -> tuple[str, Stretch] | None:
    """The contact of a message and what stands on both sides of it; None when it is not here."""
    found = connection.execute("SELECT contact_id, at_ms, row FROM messages WHERE id = ?", (message_id,)).fetchone()
    if found is None:
        return None
    contact_id, at_ms, row = found
    key = TimelineKey(at_ms, message_id)
    older = before(connection, contact_id, key, limit // 2)
    newer = after(connection, contact_id, key, limit - limit // 2)
    together = [*older.messages, _read(row), *newer.messages]
    return contact_id, Stretch(together, older.more_before, newer.more_after)


def last_incoming(connection: Connection, contact_id: str) -> dict[str, int]:
    """When the contact last wrote to each inbox, in milliseconds, as far as messages are here; trait 1 is *incoming*."""
    text = "SELECT inbox_id, max(at_ms) FROM messages WHERE contact_id = ? AND traits & 1 GROUP BY inbox_id"
    return dict(connection.execute(text, (contact_id,)).fetchall())


def newest_incoming(connection: Connection, contact_id: str) -> rows.Message | None:
    """What the contact wrote last, as far as messages are here."""
    text = "SELECT row FROM messages WHERE contact_id = ? AND traits & 1 ORDER BY at_ms DESC, id DESC LIMIT 1"
    found = connection.execute(text, (contact_id,)).fetchone()
    return _read(found[0]) if found is not None else None


def by_ids(connection: Connection, ids: Iterable[str]) -> dict[str, rows.Message]:
    """These messages, those that are here."""
    text = "SELECT id, row FROM messages WHERE id IN (SELECT value FROM json_each(?))"
    return {id_: _read(row) for id_, row in connection.execute(text, (json.dumps(list(ids)),))}


def present(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Which of these messages are here."""
    text = "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?))"
    return {id_ for (id_,) in connection.execute(text, (json.dumps(list(ids)),))}
