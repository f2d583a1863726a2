"""The file below the cache: made, opened, checked, filled from a snapshot and swapped. Synchronous."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from mim_desk.desk import encrypted_file
from mim_desk.desk.cache import schema
from mim_desk.desk.cache.apply import Batch, Touched, apply
from mim_desk.desk.encrypted_file import Connection, HeldConnection, transaction
from mim_desk.desk.moments import milliseconds
from mim_desk.desk.overlay import Action

READERS = 2


class Turns(HeldConnection):
    """A held connection with an asyncio turn, so that worker threads never queue on its lock."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.turn = asyncio.Lock()


class CacheFile:
    """The open file: one connection that writes, a few that read."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.writer = Turns(open_connection(path, key))
        self.readers = [
            Turns(encrypted_file.connect(path, key, synchronous="NORMAL", cache_kib=8192)) for _ in range(READERS)
        ]
        self._next = 0
        self.is_closed = False

    def reader(self) -> Turns:
        """A reading connection, a free one if there is one."""
        free = [held for held in self.readers if not held.turn.locked()]
        self._next += 1
        return free[0] if free else self.readers[self._next % READERS]

    def close(self) -> None:
        """Wait for the threads at work, then close all connections."""
        self.is_closed = True
        for held in (*self.readers, self.writer):
            held.close()


def open_connection(path: Path, key: bytes) -> Connection:
    """A writing connection to a cache of this version; an older or unfinished file is made anew."""
    connection = encrypted_file.connect(path, key, synchronous="NORMAL")
    if connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION:
        return connection
    connection.close()
    encrypted_file.remove(path)
    connection = encrypted_file.connect(path, key, synchronous="NORMAL")
    with transaction(connection, "BEGIN IMMEDIATE"):
        for statement in schema.creation():
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    return connection


def cursor(connection: Connection) -> tuple[str, int]:
    """The epoch and the seq reached; an empty epoch before the first snapshot is complete."""
    found = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('epoch', 'seq')").fetchall())
    return found.get("epoch", ""), int(found.get("seq", "0"))


def nouns_version(connection: Connection) -> int:
    """How often the small nouns were written."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'nouns'").fetchone()
    return int(found[0]) if found else 0


def level_at(connection: Connection) -> datetime | None:
    """When the cursor last moved, None in an empty cache."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'moved_ms'").fetchone()
    return datetime.fromtimestamp(int(found[0]) / 1000, UTC) if found else None


def keep_cursor(connection: Connection, seq: int, epoch: str | None = None) -> None:
    """Move the cursor, in the transaction that writes the rows up to it."""
    connection.execute(schema.PUT_META, {"name": "seq", "value": str(seq)})
    connection.execute(schema.PUT_META, {"name": "moved_ms", "value": str(milliseconds(datetime.now(UTC)))})
    if epoch is not None:
        connection.execute(schema.PUT_META, {"name": "epoch", "value": epoch})


def apply_events(connection: Connection, batch: Batch, seq: int, actions: Mapping[str, Sequence[Action]]) -> Touched:
    """Rows and cursor in the caller's one transaction; a cursor never goes back.

    A file that was made anew a moment ago has none before its snapshot: what was to follow the old one would make it
    look whole, and replies would be written to what nobody has seen.
    """
    touched = apply(connection, batch, actions)
    if touched.nouns:
        connection.execute(schema.PUT_META, {"name": "nouns", "value": str(nouns_version(connection) + 1)})
    epoch, reached = cursor(connection)
    if epoch and seq > reached:
        keep_cursor(connection, seq)
    return touched


def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever written to it."""
    found = connection.execute("SELECT (SELECT count(*) FROM nouns) + (SELECT count(*) FROM counters)").fetchone()
    return bool(found[0] == 0)


def beside(path: Path) -> Path:
    """The file a snapshot is loaded into while the cache is still read."""
    return path.with_name(path.name + ".new")


def new_beside(path: Path, key: bytes) -> Turns:
    """An empty file there; what an interrupted loading left goes."""
    encrypted_file.remove(beside(path))
    return Turns(open_connection(beside(path), key))


def swap(new: Path, path: Path) -> None:
    """Put a filled and closed file into the place of a closed one."""
    encrypted_file.remove(path)
    os.replace(new, path)  # noqa: PTH105  # one atomic step, on Windows too
    encrypted_file.remove(new)
