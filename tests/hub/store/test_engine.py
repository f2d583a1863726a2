"""Opening a store: its key, what lies on the disk, and its way to the newest tables."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from mim_desk.hub.store import driver, engine, schema
from mim_desk.hub.store.problems import WrongKey
from mim_desk.hub.store.store import Store
from tests.hub.store.conftest import KEY
from tests.hub.store.made import bring, prepare, wrote

CANARY = "kanarienvogel-7391"

KILLED_BEFORE_COMMIT = """
import os, signal, sys
from sqlalchemy import event
from mim_desk.hub.store import engine
opened = engine.open_engine(sys.argv[1], bytes(range(32)))
event.listen(opened, "commit", lambda conn: os.kill(os.getpid(), signal.SIGKILL))
engine.migrate(opened)
"""

STARTED_AGAIN = """
import sys
from mim_desk.hub import run
from mim_desk.hub.store import engine
engine.migrate(engine.open_engine(f"sqlite:///{sys.argv[1]}/hub.db", bytes(range(32))))
print([name for name in ("alembic", "psycopg", "nats") if name in sys.modules])
"""


async def test_nothing_readable_lies_on_the_disk(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", KEY)
    await store.writer.run(prepare)
    await bring(store, wrote("m1", CANARY, who=CANARY))

    files = list(tmp_path.iterdir())
    assert {file.name for file in files} >= {"hub.db", "hub.db-wal"}
    for file in files:
        assert CANARY.encode() not in file.read_bytes()
        assert b"conversations" not in file.read_bytes()
    await store.close()
    assert CANARY.encode() not in (tmp_path / "hub.db").read_bytes()


async def test_another_key_is_told_apart_from_a_broken_disk(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", KEY)
    await store.close()

    with pytest.raises(WrongKey, match=r"hub\.db cannot be opened with this key"):
        await Store.open(f"sqlite:///{tmp_path}/hub.db", bytes(32))


async def test_a_file_that_is_no_store_is_left_as_it_is(tmp_path: Path):
    file = tmp_path / "hub.db"
    file.write_bytes(b"my diary " * 1000)

    with pytest.raises(WrongKey):
        await Store.open(f"sqlite:///{file}", KEY)

    assert file.read_bytes() == b"my diary " * 1000


@pytest.mark.parametrize("key", [None, b"short"])
async def test_an_sqlite_store_is_never_opened_without_a_key(tmp_path: Path, key):
    with pytest.raises(WrongKey, match="32 bytes"):
        await Store.open(f"sqlite:///{tmp_path}/hub.db", key)


async def test_a_store_opened_again_goes_on_where_it_was(database: str):
    first = await Store.open(database, KEY)
    await first.writer.run(prepare)
    await first.close()

    again = await Store.open(database, KEY)

    assert (again.log.epoch, again.log.seq) == (first.log.epoch, first.log.seq)
    assert again.log.seq > 0
    await again.close()


def test_the_revisions_make_exactly_the_tables_of_the_schema(database: str):
    opened = engine.open_engine(database, KEY)
    engine.migrate(opened)

    with opened.connect() as conn:
        context = MigrationContext.configure(conn, opts={"include_object": partial(_ours, conn.dialect.name)})
        differences = compare_metadata(context, schema.metadata)
    opened.dispose()

    assert differences == []


def _ours(dialect, thing, name, kind, reflected, compare_to) -> bool:
    if dialect == "sqlite" and name == "event_log_new_messages":
        return False
    return not (kind == "table" and name.startswith("message_words"))


def test_a_migration_killed_before_its_commit_leaves_what_was(database: str):
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_COMMIT, database], env=os.environ, timeout=50)
    assert killed.returncode == -signal.SIGKILL

    opened = engine.open_engine(database, KEY)
    with opened.connect() as conn:
        assert MigrationContext.configure(conn).get_current_revision() is None
    engine.migrate(opened)

    with opened.connect() as conn:
        assert driver.row(conn, "SELECT count(*) FROM log_head") == (1,)
    opened.dispose()


def test_the_newest_revision_is_told_without_alembic_as_alembic_tells_it():
    config = Config()
    config.set_main_option("script_location", str(engine.MIGRATIONS))

    assert engine.newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_hub_whose_tables_are_new_enough_starts_without_alembic_and_servers_clients(tmp_path: Path):
    """Importing them takes a quarter of its start."""
    opened = engine.open_engine(f"sqlite:///{tmp_path}/hub.db", KEY)
    engine.migrate(opened)
    opened.dispose()

    ended = subprocess.run(
        [sys.executable, "-c", STARTED_AGAIN, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "[]\n"


def test_a_file_is_copied_aside_before_it_is_migrated(tmp_path: Path):
    """A revision this program does not know stands for an older one: the copy comes before any change."""
    file = tmp_path / "hub.db"
    opened = engine.open_engine(f"sqlite:///{file}", KEY)
    engine.migrate(opened)
    with engine.writing(opened) as conn, conn.begin():
        driver.execute(conn, "UPDATE alembic_version SET version_num = '0000'")
        driver.execute(conn, "INSERT INTO counters (name, value) VALUES ('canary', 42)")

    with pytest.raises(CommandError):
        engine.migrate(opened)
    opened.dispose()

    copy = engine.open_engine(f"sqlite:///{file}.before-0000", KEY)
    with copy.connect() as conn:
        assert driver.row(conn, "SELECT value FROM counters WHERE name = 'canary'") == (42,)
        assert driver.rows(conn, "PRAGMA integrity_check") == [("ok",)]
    copy.dispose()


async def test_commits_are_synced_to_the_disk(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", KEY)

    settings = await store.writer.run(
        lambda unit: [driver.row(unit.conn, f"PRAGMA {name}")[0] for name in ("journal_mode", "synchronous")]
    )

    await store.close()
    assert settings == ["wal", 2]
