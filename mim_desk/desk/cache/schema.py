"""Tables of cache.db and the statements made from them, compiled to text once."""

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.schema import CreateIndex, CreateTable

VERSION = 3
"""Another version in the file means: rebuild it from the hub."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee_id", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("activity_rank", Integer, nullable=False),
    Column("waiting_rank", Integer, nullable=False),
    Column("due_rank", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
    Column("hub_row", LargeBinary),
)
"""``row`` is what is shown; ``hub_row`` is the hub's while an unsent patch lies over it."""

messages = Table(
    "messages",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("conversation_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("traits", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
)
"""``traits`` are bits a search may ask for: ``INCOMING``, ``NOTE``, ``FILE``."""

INCOMING, NOTE, FILE = 1, 2, 4

contacts = Table(
    "contacts",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("row", LargeBinary, nullable=False),
)

nouns = Table(
    "nouns",
    metadata,
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("row", LargeBinary, nullable=False),
)
"""The small rows: inboxes, agents, teams, labels, canned replies, templates, policies, the workspace."""

counters = Table(
    "counters",
    metadata,
    Column("facet", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("n", Integer, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Attachments looked at, least recently used first to go."""

_OPEN = text("bucket = 0")
Index("conversations_activity", conversations.c.bucket, conversations.c.activity_rank, conversations.c.id)
Index("conversations_contact", conversations.c.contact_id)
for _name in ("waiting_rank", "due_rank"):
    Index(
        f"conversations_{_name}",
        conversations.c.bucket,
        conversations.c[_name],
        conversations.c.id,
        sqlite_where=_OPEN,
    )
for _name in ("activity_rank", "waiting_rank", "due_rank"):
    Index(
        f"conversations_assignee_{_name}",
        conversations.c.assignee_id,
        conversations.c[_name],
        conversations.c.id,
        sqlite_where=_OPEN,
    )
Index(
    "conversations_inbox",
    conversations.c.inbox_id,
    conversations.c.activity_rank,
    conversations.c.id,
    sqlite_where=_OPEN,
)
Index("conversations_failed", conversations.c.activity_rank, conversations.c.id, sqlite_where=text("failed = 1"))
Index("messages_timeline", messages.c.contact_id, messages.c.at_ms, messages.c.id)

_DIALECT = sqlite.dialect(paramstyle="named")
_SEARCH = "CREATE VIRTUAL TABLE {name} USING fts5(text, content='', contentless_delete=1, tokenize='unicode61')"


def compiled(statement: Any) -> str:
    """``statement`` as SQLite text with named parameters."""
    return str(statement.compile(dialect=_DIALECT))


def creation() -> list[str]:
    """The statements that make an empty cache."""
    made = [compiled(CreateTable(table)) for table in metadata.sorted_tables]
    made += [compiled(CreateIndex(index)) for table in metadata.sorted_tables for index in sorted_indexes(table)]
    return [*made, _SEARCH.format(name="message_search"), _SEARCH.format(name="contact_search")]


def sorted_indexes(table: Table) -> list[Index]:
    """The table's indexes by name, so that every file is made alike."""
    return sorted(table.indexes, key=lambda index: str(index.name))


def _upsert(table: Table, key: list[str], *, keep: tuple[str, ...] = (), where: str = "") -> str:
    statement = insert(table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.c
        if column.name not in key and column.name not in keep
    }
    made = statement.on_conflict_do_update(index_elements=key, set_=changed, where=text(where) if where else None)
    return compiled(made)


PUT_META = _upsert(meta, ["name"])
PUT_CONVERSATION = _upsert(conversations, ["id"])
PUT_CONTACT = _upsert(contacts, ["id"], keep=("pk",))
PUT_NOUN = _upsert(nouns, ["type", "id"])
PUT_FILE = _upsert(files, ["id"])
ADD_MESSAGE = compiled(insert(messages))
CHANGE_MESSAGE = compiled(
    messages.update()
    .where(messages.c.pk == text(":pk"))
    .values(
        conversation_id=text(":conversation_id"),
        contact_id=text(":contact_id"),
        inbox_id=text(":inbox_id"),
        at_ms=text(":at_ms"),
        traits=text(":traits"),
        row=text(":row"),
    )
)
COUNT = compiled(
    insert(counters).on_conflict_do_update(
        index_elements=["facet", "key"], set_={"n": counters.c.n + insert(counters).excluded.n}
    )
)
