"""Tables of outbox.db and the statements made from them, compiled to text once."""

from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

VERSION = 4

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""Who works here: the last agent and workspace the hub told, so that the desk opens without it."""

drafts = Table(
    "drafts",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("conversation_id", Text, primary_key=True),
    Column("mode", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("reply_to", Text),
    Column("files", Text, nullable=False),
    Column("updated_ms", Integer, nullable=False),
    Column("buttons", Text, nullable=False, server_default="[]"),
    Column("inbox_id", Text, nullable=False, server_default=""),
    Column("copies", Text, nullable=False, server_default="{}"),
    Column("frame", Text, nullable=False, server_default="{}"),
)

items = Table(
    "items",
    metadata,
    Column("place", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("conversation_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_ms", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("held", LargeBinary),
    Column("message", LargeBinary),
    Column("base", LargeBinary),
    Column("base_version", Integer, nullable=False),
    Column("doubtful", Integer, nullable=False),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("hub_id", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Local attachments; ``hub_id`` is the hub's id once uploaded."""

TABLES = (meta, drafts, items, files)

_DIALECT = sqlite.dialect(paramstyle="named")


def _compiled(statement: Any) -> str:
    return str(statement.compile(dialect=_DIALECT))


def creation() -> list[str]:
    """The statements that make an empty outbox."""
    return [_compiled(CreateTable(table)) for table in TABLES]


def steps_from(version: int) -> list[str]:
    """The statements that bring an outbox of this version up to date; what is in it stays."""
    if version == 0:
        return creation()
    added = {
        2: ["buttons TEXT NOT NULL DEFAULT '[]'", "inbox_id TEXT NOT NULL DEFAULT ''"],
        3: ["copies TEXT NOT NULL DEFAULT '{}'"],
        4: ["frame TEXT NOT NULL DEFAULT '{}'"],
    }
    columns = [column for since, columns in added.items() if since > version for column in columns]
    return [f"ALTER TABLE drafts ADD COLUMN {column}" for column in columns]


def put(table: Table) -> str:
    """An insert that replaces the row of the same key."""
    return _compiled(insert(table).prefix_with("OR REPLACE"))


PUT_META, PUT_DRAFT, PUT_ITEM, PUT_FILE = (put(table) for table in TABLES)
