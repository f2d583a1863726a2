"""An SQLCipher file: how it is opened, how damage shows, and connections held for threads.

Plain sqlcipher3 and synchronous; cache and outbox call it in worker threads.
"""

import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlcipher3 import dbapi2 as sqlcipher

Result = TypeVar("Result")
Connection = Any
"""A sqlcipher3 connection (the package ships no types)."""

DatabaseError: type[Exception] = sqlcipher.DatabaseError
_NOT_DAMAGE = (
    sqlcipher.IntegrityError,
    sqlcipher.ProgrammingError,
    sqlcipher.NotSupportedError,
    sqlcipher.DataError,
)
_ROOM = 65_536
_PASSING = ("locked", "busy", "full", "readonly", "interrupted", "no such table", "syntax", "cancel")


def connect(path: Path, key: bytes, *, synchronous: str, cache_kib: int = 4096) -> Connection:
    """An open connection in autocommit mode; raises DatabaseError for a wrong key or a damaged head."""
    connection = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    return connection


def is_damage(error: BaseException, path: Path) -> bool:
    """Whether ``error`` says that the file at ``path`` is broken or the key wrong, not that it is busy or the disk full."""
    if not isinstance(error, sqlcipher.DatabaseError) or isinstance(error, _NOT_DAMAGE):
        return False
    text = str(error).lower()
    return not any(word in text for word in _PASSING) and has_room(path)


def has_room(path: Path) -> bool:
    """Whether SQLite's shared memory could be written beside the file; without room it calls a sound file unreadable."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as tried:
            tried.write(bytes(_ROOM))
    except OSError:
        return False
    return True


def remove(path: Path) -> None:
    """Delete the file with its write-ahead log; a folder that stands in their place is somebody's, and put aside."""
    for each in beside(path):
        if each.is_dir() and not each.is_symlink():
            each.rename(each.with_name(f"{each.name}-aside-{uuid.uuid4().hex}"))
        else:
            each.unlink(missing_ok=True)


def beside(path: Path) -> list[Path]:
    """The file, its write-ahead log and its shared memory file."""
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]


class HeldConnection:
    """One connection used by one thread at a time, whichever worker thread that is."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """``work`` in one read transaction, so that all its statements see the same state."""
        with self._lock, transaction(self._connection, "BEGIN"):
            return work(self._connection)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """``work`` in one transaction, committed when it returns and rolled back when it raises."""
        with self._lock, transaction(self._connection, "BEGIN IMMEDIATE"):
            return work(self._connection)

    def close(self) -> None:
        """Wait for the thread using it, then close."""
        with self._lock:
            self._connection.close()


@contextmanager
def transaction(connection: Connection, begin: str) -> Iterator[None]:
    """Commit at the end, roll back on an exception."""
    connection.execute(begin)
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise
    connection.execute("COMMIT")
