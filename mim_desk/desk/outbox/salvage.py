"""Saving what can be read of a damaged outbox, row by row, and naming what cannot."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from mim_desk.desk import encrypted_file
from mim_desk.desk.encrypted_file import Connection, transaction
from mim_desk.desk.outbox import file, schema

_MISSES = 64
"""Rows tried in vain after the last good one before a table counts as read."""


@dataclass(frozen=True)
class Loss:
    """What happened to a damaged outbox.

    Attributes:
        saved: how many rows were carried over, by table.
        lost: how many are known to be lost, by table; 0 does not mean that none were.
        unreadable: whether not even the list of tables could be read (wrong key, torn head).
        kept: the damaged file, put aside.
    """

    saved: dict[str, int]
    lost: dict[str, int]
    unreadable: bool
    kept: Path

    def __str__(self) -> str:
        if self.unreadable:
            return f"The outbox could not be read. Drafts and unsent replies are lost; the file is kept as {self.kept}."
        named = ", ".join(f"{n} of {table}" for table, n in self.lost.items() if n) or "no row that is known of"
        return f"The outbox was damaged. Lost: {named}. The damaged file is kept as {self.kept}."


def check(path: Path, key: bytes) -> bool:
    """Whether every row of the outbox can be read; a file that was emptied holds none of what it held."""
    if _is_emptied(path):
        return False
    try:
        connection = file.open_connection(path, key)
        try:
            for table in schema.TABLES:
                connection.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608  # our own names
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            file.all_items(connection)
            return bool(found[0] == "ok")
        finally:
            connection.close()
    except encrypted_file.DatabaseError as error:
        if encrypted_file.is_damage(error, path):
            return False
        raise
    except ValueError:
        return False


def salvage(path: Path, key: bytes) -> Loss:
    """Make a new file with every row that can still be read, then put the damaged one aside: a disk that fills loses none."""
    kept = path.with_name(f"outbox-damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.db")
    filled = path.with_name(path.name + ".new")
    encrypted_file.remove(filled)
    reader = _Reader(path, key)
    saved, lost = {}, {}
    new = file.open_connection(filled, key)
    try:
        with transaction(new, "BEGIN IMMEDIATE"):
            for table in schema.TABLES:
                good, bad = reader.rows(table.name)
                usable = [row for row in good if _is_usable(table.name, row)]
                marks = ", ".join("?" * len(table.columns))
                new.executemany(f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})", usable)  # noqa: S608  # our own names
                saved[table.name], lost[table.name] = len(usable), bad + len(good) - len(usable)
    finally:
        new.close()
        reader.close()
    for found, target in zip(encrypted_file.beside(path), encrypted_file.beside(kept), strict=True):
        if found.exists():
            found.rename(target)
    filled.rename(path)
    return Loss(saved, lost, reader.unreadable, kept)


def _is_emptied(path: Path) -> bool:
    """Our own files are never without a first page: ``open_connection`` removes one it could not begin."""
    return path.is_file() and not path.stat().st_size


def _is_usable(table: str, row: tuple[Any, ...]) -> bool:
    if table != "items":
        return True
    try:
        file.read_item(row)
    except (ValueError, TypeError):
        return False
    return True


def _one_row(connection: Connection, table: str, rowid: int) -> Any:
    return connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (rowid,)).fetchall()  # noqa: S608  # our own names


class _Reader:
    """Reads around broken pages; a read that failed gets a fresh connection, the old one stays spoiled."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self._connection: Connection | None = None
        self.unreadable = (
            _is_emptied(path) or self._try(lambda connection: connection.execute("SELECT 1").fetchone()) is None
        )

    def rows(self, table: str) -> tuple[list[tuple[Any, ...]], int]:
        """The rows of a table that can be read, and how many are known to be lost."""
        if self.unreadable:
            return [], 0
        everything = self._try(lambda connection: connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608  # our own names
        if everything is not None:
            return list(everything), 0
        return self._one_by_one(table)

    def _one_by_one(self, table: str) -> tuple[list[tuple[Any, ...]], int]:
        good, bad, misses = [], 0, 0
        for rowid in self._rowids(table):
            found = self._try(partial(_one_row, table=table, rowid=rowid))
            if found:
                good += found
                misses = 0
                continue
            bad += found is None
            misses += 1
            if misses > _MISSES:
                break
        return good, bad

    def _rowids(self, table: str) -> Iterable[int]:
        edges = self._try(
            lambda connection: connection.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()  # noqa: S608  # our own names
        )
        first, last = edges if edges and edges[0] is not None else (1, 100_000)
        return range(first, last + 1)

    def _try(self, work: Callable[[Connection], Any]) -> Any:
        try:
            if self._connection is None:
                self._connection = encrypted_file.connect(self._path, self._key, synchronous="NORMAL")
            return work(self._connection)
        except encrypted_file.DatabaseError:
            self.close()
            return None

    def close(self) -> None:
        """Close the connection, if one is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
