"""Opens the two dialects and brings their tables up to date."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2 as sqlcipher

from mim_desk.hub.store.problems import WrongKey

WRITES = "mim_writes"
"""Execution option of a connection whose transactions begin with the write lock."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_S = 30.0
_MIGRATION_LOCK = 0x6D696D


def open_engine(url: str, key: bytes | None) -> Engine:
    """An engine for ``sqlite:///path`` (encrypted with the raw 32-byte ``key``) or ``postgresql://``."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if key is None or len(key) != 32:
            raise WrongKey("An SQLite store needs a key of 32 bytes.")
        return _sqlite(parsed.database or "", key)
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=8, max_overflow=4, pool_pre_ping=True)


def _sqlite(path: str, key: bytes) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=_connector(path, key),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=4,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _connector(path: str, key: bytes) -> Callable[[], Any]:
    def connect() -> Any:
        connection = sqlcipher.connect(
            path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=1024
        )
        try:
            _prepare(connection, key)
        except sqlcipher.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise WrongKey(f"{path} cannot be opened with this key.") from error
            raise
        return connection

    return connect


def _prepare(connection: Any, key: bytes) -> None:
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    # processors compute SHA-256 in hardware; SQLCipher's default of SHA-512 costs a commit a fifth more
    connection.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32000")
    # only if the thread of checkpoints.py is far behind
    connection.execute("PRAGMA wal_autocheckpoint = 40000")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def writing(engine: Engine) -> Connection:
    """A new connection whose transactions take the write lock at once."""
    return engine.connect().execution_options(**{WRITES: True})


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision, all or nothing; an SQLite file is copied aside first."""
    with writing(engine) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        revision = revision_of(connection)
        if revision == newest_revision():
            return
        if engine.dialect.name == "sqlite" and revision is not None:
            _copy_aside(connection, revision)
        from mim_desk.hub.store import upgrading  # Alembic takes a tenth of the hub's start to import

        upgrading.upgrade(connection, MIGRATIONS)


def newest_revision() -> str:
    """The last of the numbers that our revisions' files begin with."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables, as Alembic notes it; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _copy_aside(connection: Connection, revision: str) -> None:
    """Copy the file while the write lock is held, so that the copy is one consistent state."""
    files = {name: file for _, name, file in connection.exec_driver_sql("PRAGMA database_list")}
    path = Path(files["main"])
    for suffix in ("-wal", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            target = path.with_name(f"{path.name}.before-{revision}{suffix}")
            half = target.with_name(target.name + ".part")
            shutil.copyfile(source, half)
            with half.open("rb") as copied:
                os.fsync(copied.fileno())
            half.replace(target)
