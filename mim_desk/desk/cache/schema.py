"""Tables of cache.db and the statements about them."""

from typing import Final

from mim_desk.desk.tables import BYTES, NUMBER, TEXT, Table

VERSION: Final = 3
"""Another version in the file means: rebuild it from the hub."""

_PK: Final = "INTEGER NOT NULL PRIMARY KEY"
_ID: Final = "TEXT NOT NULL UNIQUE"

meta: Final = Table("meta", {"name": TEXT, "value": TEXT}, ("name",))

conversations: Final = Table(
    "conversations",
    {
        "id": TEXT,
        "contact_id": TEXT,
        "inbox_id": TEXT,
        "bucket": NUMBER,
        "status": TEXT,
        "assignee_id": TEXT,
        "labels": TEXT,
        "activity_rank": NUMBER,
        "waiting_rank": NUMBER,
        "due_rank": NUMBER,
        "failed": NUMBER,
        "version": NUMBER,
        "row": BYTES,
        "hub_row": "BLOB",
    },
    ("id",),
)
"""``row`` is what is shown; ``hub_row`` is the hub's while an unsent patch lies over it."""

messages: Final = Table(
    "messages",
    {
        "pk": _PK,
        "id": _ID,
        "conversation_id": TEXT,
        "contact_id": TEXT,
        "inbox_id": TEXT,
        "at_ms": NUMBER,
        "traits": NUMBER,
        "row": BYTES,
    },
)
"""``traits`` are bits a search may ask for: ``INCOMING``, ``NOTE``, ``FILE``."""

INCOMING, NOTE, FILE = 1, 2, 4

contacts: Final = Table("contacts", {"pk": _PK, "id": _ID, "name": TEXT, "row": BYTES})

nouns: Final = Table("nouns", {"type": TEXT, "id": TEXT, "row": BYTES}, ("type", "id"))
"""The small rows: inboxes, agents, teams, labels, canned replies, templates, policies, the workspace."""

counters: Final = Table("counters", {"facet": TEXT, "key": TEXT, "n": NUMBER}, ("facet", "key"))

files: Final = Table("files", {"id": TEXT, "size": NUMBER, "used": NUMBER, "data": BYTES}, ("id",))
"""Attachments looked at, least recently used first to go."""

TABLES: Final = (contacts, conversations, counters, files, messages, meta, nouns)

_OPEN: Final = "bucket = 0"
_INDEXES: Final = (
    conversations.index("conversations_activity", "bucket", "activity_rank", "id"),
    conversations.index("conversations_contact", "contact_id"),
    *(
        conversations.index(f"conversations_{rank}", "bucket", rank, "id", where=_OPEN)
        for rank in ("waiting_rank", "due_rank")
    ),
    *(
        conversations.index(f"conversations_assignee_{rank}", "assignee_id", rank, "id", where=_OPEN)
        for rank in ("activity_rank", "waiting_rank", "due_rank")
    ),
    conversations.index("conversations_inbox", "inbox_id", "activity_rank", "id", where=_OPEN),
    conversations.index("conversations_failed", "activity_rank", "id", where="failed = 1"),
    messages.index("messages_timeline", "contact_id", "at_ms", "id"),
)
_SEARCH: Final = "CREATE VIRTUAL TABLE {name} USING fts5(text, content='', contentless_delete=1, tokenize='unicode61')"


def creation() -> list[str]:
    """The statements that make an empty cache."""
    searched = [_SEARCH.format(name=name) for name in ("message_search", "contact_search")]
    return [*(table.creation for table in TABLES), *_INDEXES, *searched]


PUT_META: Final = meta.upsert(("name",))
PUT_CONVERSATION: Final = conversations.upsert(("id",))
PUT_CONTACT: Final = contacts.upsert(("id",), {"name": "excluded.name", "row": 'excluded."row"'})
PUT_NOUN: Final = nouns.upsert(("type", "id"))
PUT_FILE: Final = files.upsert(("id",))
ADD_MESSAGE: Final = messages.insert()
CHANGE_MESSAGE: Final = (
    "UPDATE messages SET conversation_id = :conversation_id, contact_id = :contact_id, inbox_id = :inbox_id, "
    'at_ms = :at_ms, traits = :traits, "row" = :row WHERE pk = :pk'
)
COUNT: Final = counters.upsert(("facet", "key"), {"n": "counters.n + excluded.n"})
