"""Tables of outbox.db and the statements about them."""

from typing import Final

from mim_desk.desk.tables import BYTES, NUMBER, TEXT, Table

VERSION: Final = 4

meta: Final = Table("meta", {"name": TEXT, "value": BYTES}, ("name",))
"""Who works here: the last agent and workspace the hub told, so that the desk opens without it."""

_ADDED: Final = {
    2: {"buttons": "TEXT NOT NULL DEFAULT '[]'", "inbox_id": "TEXT NOT NULL DEFAULT ''"},
    3: {"copies": "TEXT NOT NULL DEFAULT '{}'"},
    4: {"frame": "TEXT NOT NULL DEFAULT '{}'"},
}
"""Columns of drafts by the version they came with."""

drafts: Final = Table(
    "drafts",
    {
        "agent_id": TEXT,
        "conversation_id": TEXT,
        "mode": TEXT,
        "text": TEXT,
        "reply_to": "TEXT",
        "files": TEXT,
        "updated_ms": NUMBER,
        **_ADDED[2],
        **_ADDED[3],
        **_ADDED[4],
    },
    ("agent_id", "conversation_id", "mode"),
)

items: Final = Table(
    "items",
    {
        "place": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
        "id": "TEXT NOT NULL UNIQUE",
        "conversation_id": TEXT,
        "contact_id": TEXT,
        "inbox_id": TEXT,
        "agent_id": TEXT,
        "kind": TEXT,
        "body": BYTES,
        "created_ms": NUMBER,
        "state": TEXT,
        "reason": TEXT,
        "files": BYTES,
        "held": "BLOB",
        "message": "BLOB",
        "base": "BLOB",
        "base_version": NUMBER,
        "doubtful": NUMBER,
    },
)

files: Final = Table("files", {"id": TEXT, "name": TEXT, "mime_type": TEXT, "hub_id": TEXT, "data": BYTES}, ("id",))
"""Local attachments; ``hub_id`` is the hub's id once uploaded."""

TABLES: Final = (meta, drafts, items, files)


def creation() -> list[str]:
    """The statements that make an empty outbox."""
    return [table.creation for table in TABLES]


def steps_from(version: int) -> list[str]:
    """The statements that bring an outbox of this version up to date; what is in it stays."""
    if version == 0:
        return creation()
    missing = [column for since, columns in _ADDED.items() if since > version for column in columns.items()]
    return [f"ALTER TABLE drafts ADD COLUMN {name} {holds}" for name, holds in missing]


PUT_META, PUT_DRAFT, PUT_ITEM, PUT_FILE = (table.insert("INSERT OR REPLACE") for table in TABLES)
