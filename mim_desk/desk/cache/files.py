"""Attachments looked at, kept encrypted for the next time and for offline; the least recently used go first."""

import time

from mim_desk.desk.cache import schema
from mim_desk.desk.encrypted_file import Connection

MOST_BYTES = 256 * 1024 * 1024


def kept(connection: Connection, id_: str) -> bytes | None:
    """The bytes of an attachment, None when they are not here."""
    found = connection.execute("SELECT data FROM files WHERE id = ?", (id_,)).fetchone()
    if found is None:
        return None
    connection.execute("UPDATE files SET used = ? WHERE id = ?", (time.time_ns(), id_))
    return bytes(found[0])


def keep(connection: Connection, id_: str, data: bytes, most_bytes: int = MOST_BYTES) -> None:
    """Keep an attachment and make room for it."""
    connection.execute(schema.PUT_FILE, {"id": id_, "size": len(data), "used": time.time_ns(), "data": data})
    total = connection.execute("SELECT coalesce(sum(size), 0) FROM files").fetchone()[0]
    oldest = connection.execute("SELECT id, size FROM files ORDER BY used").fetchall() if total > most_bytes else []
    for old, size in oldest:
        if total <= most_bytes or old == id_:
            return
        connection.execute("DELETE FROM files WHERE id = ?", (old,))
        total -= size
