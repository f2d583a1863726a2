# long: all tables in one place, one after the other; nothing here branches.
"""The tables, for both dialects. Each noun's ``row`` is the shape that travels, as JSON bytes;

the other columns are what the store itself searches, orders or keeps unique.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Ms = BigInteger
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


def _row_number() -> "Column[int]":
    return Column("n", _RowNumber, primary_key=True, autoincrement=False)


def _row() -> "Column[bytes]":
    return Column("row", LargeBinary, nullable=False)


workspaces = Table("workspaces", metadata, Column("id", Text, primary_key=True), _row())

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False, default=""),
    Column("active", Boolean, nullable=False, default=True),
    Column("version", Integer, nullable=False),
    _row(),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False, index=True),
    Column("label", Text, nullable=False, default=""),
    Column("created_at", _Ms, nullable=False),
    Column("expires_at", _Ms),
    Column("used_at", _Ms),
    Column("revoked_at", _Ms),
)

teams = Table(
    "teams", metadata, Column("id", Text, primary_key=True), Column("version", Integer, nullable=False), _row()
)

labels = Table(
    "labels",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    _row(),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("shortcut", Text, nullable=False),
    Column("language", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False),
    _row(),
    UniqueConstraint("shortcut", "language"),
)

sla_policies = Table(
    "sla_policies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    _row(),
)

inboxes = Table(
    "inboxes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("brand_id", Text, nullable=False),
    Column("public_name", Text, unique=True),
    Column("secrets", LargeBinary),
    Column("removed_at", _Ms),
    Column("version", Integer, nullable=False),
    _row(),
    Column("renewed", LargeBinary),
)

polls = Table(
    "polls",
    metadata,
    Column("inbox_id", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", _Ms, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("inbox_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _row(),
    UniqueConstraint("inbox_id", "name", "language"),
)

template_lists = Table(
    "template_lists",
    metadata,
    Column("inbox_id", Text, primary_key=True),
    Column("due_at", _Ms, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("asked_at", _Ms),
    Column("problem", Text, nullable=False, default=""),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", _Ms, nullable=False),
    Column("merged_into", Text),
    Column("version", Integer, nullable=False),
    _row(),
    Column("own", LargeBinary),
)
_merged = text("merged_into is not null")
Index("contacts_merged", contacts.c.merged_into, sqlite_where=_merged, postgresql_where=_merged)

merges = Table(
    "merges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source_id", Text, nullable=False, index=True),
    Column("target_id", Text, nullable=False, index=True),
    Column("at", _Ms, nullable=False),
    Column("by", Text, nullable=False, default=""),
    Column("choices", LargeBinary, nullable=False),
    Column("undone_at", _Ms),
)

contact_keys = Table(
    "contact_keys",
    metadata,
    Column("key", Text, nullable=False),
    Column("contact_id", Text, nullable=False, index=True),
    Column("proven", Boolean, nullable=False),
    PrimaryKeyConstraint("key", "contact_id"),
    sqlite_with_rowid=False,
)

not_same = Table(
    "not_same",
    metadata,
    Column("contact_id", Text, nullable=False),
    Column("other_id", Text, nullable=False),
    PrimaryKeyConstraint("contact_id", "other_id"),
    sqlite_with_rowid=False,
)

identities = Table(
    "identities",
    metadata,
    Column("inbox_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False, index=True),
    Column("home", Text),
    PrimaryKeyConstraint("inbox_id", "external_id"),
    sqlite_with_rowid=False,
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("contact_id", Text, nullable=False),
    Column("brand_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee_id", Text),
    Column("team_id", Text),
    Column("priority", Text, nullable=False),
    Column("waiting_since", _Ms),
    Column("next_due", _Ms),
    Column("snoozed_until", _Ms),
    Column("resolved_at", _Ms),
    Column("last_activity_at", _Ms, nullable=False),
    Column("agent_started", Boolean, nullable=False, default=False),
    Column("answered_at", _Ms),
    Column("version", Integer, nullable=False),
    _row(),
    Column("home", Text),
    Column("folded_into", Text),
    Column("before_fold", LargeBinary),
)
_folded = text("folded_into IS NOT NULL")
Index("conversations_folded", conversations.c.folded_into, sqlite_where=_folded, postgresql_where=_folded)
Index(
    "one_unresolved_conversation",
    conversations.c.contact_id,
    conversations.c.brand_id,
    unique=True,
    sqlite_where=text("status <> 'resolved'"),
    postgresql_where=text("status <> 'resolved'"),
)
Index("conversations_of_contact", conversations.c.contact_id, conversations.c.brand_id, conversations.c.number)
Index("conversations_by_activity", conversations.c.last_activity_at, conversations.c.id)
Index(
    "conversations_snoozed",
    conversations.c.snoozed_until,
    sqlite_where=text("status = 'snoozed'"),
    postgresql_where=text("status = 'snoozed'"),
)
Index(
    "conversations_resolved",
    conversations.c.inbox_id,
    conversations.c.resolved_at,
    sqlite_where=text("resolved_at IS NOT NULL"),
    postgresql_where=text("resolved_at IS NOT NULL"),
)

conversation_inboxes = Table(
    "conversation_inboxes",
    metadata,
    Column("inbox_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    PrimaryKeyConstraint("inbox_id", "conversation_id"),
    sqlite_with_rowid=False,
)

conversation_labels = Table(
    "conversation_labels",
    metadata,
    Column("label", Text, nullable=False),
    Column("conversation_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("label", "conversation_id"),
    sqlite_with_rowid=False,
)

claims = Table(
    "claims",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("until", _Ms, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    _row_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("conversation_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("author_type", Text, nullable=False),
    Column("external_id", Text),
    Column("occurred_at", _Ms, nullable=False),
    Column("fact", Text),
    Column("fact_at", _Ms),
    Column("body_hash", LargeBinary),
    _row(),
    Column("home", Text),
    Column("home_conversation", Text),
    UniqueConstraint("inbox_id", "external_id"),
)
# Who asks for a contact's messages in an inbox writes m.inbox_id || '' = ?, or planners take the unique index of inbox and
# external id and read all of the inbox.
Index("messages_of_conversation", messages.c.conversation_id, messages.c.occurred_at, messages.c.n)

message_parts = Table(
    "message_parts",
    metadata,
    Column("inbox_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("message_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("inbox_id", "external_id"),
    sqlite_with_rowid=False,
)

named_reactions = Table(
    "named_reactions",
    metadata,
    Column("inbox_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    PrimaryKeyConstraint("inbox_id", "external_id"),
    sqlite_with_rowid=False,
)

reaction_times = Table(
    "reaction_times",
    metadata,
    Column("message_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", _Ms, nullable=False),
    PrimaryKeyConstraint("message_id", "person"),
    sqlite_with_rowid=False,
)

part_receipts = Table(
    "part_receipts",
    metadata,
    Column("message_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    PrimaryKeyConstraint("message_id", "external_id"),
    sqlite_with_rowid=False,
)

delivery_times = Table(
    "delivery_times",
    metadata,
    Column("message_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", _Ms, nullable=False),
    PrimaryKeyConstraint("message_id", "status"),
    sqlite_with_rowid=False,
)
_ended_badly = text("status IN ('failed', 'unknown')")
Index("delivery_times_bad", delivery_times.c.at, sqlite_where=_ended_badly, postgresql_where=_ended_badly)

early_events = Table(
    "early_events",
    metadata,
    _row_number(),
    Column("inbox_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("at", _Ms, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event", LargeBinary, nullable=False),
)
Index("early_events_target", early_events.c.inbox_id, early_events.c.external_id)

identity_aliases = Table(
    "identity_aliases",
    metadata,
    Column("inbox_id", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    PrimaryKeyConstraint("inbox_id", "alias"),
    sqlite_with_rowid=False,
)

session_ends = Table(
    "session_ends",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("wrote_at", _Ms, nullable=False),
    Column("asked_at", _Ms, nullable=False),
    sqlite_with_rowid=False,
)

sends = Table(
    "sends",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("keyed", Boolean, nullable=False, default=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("token", Integer, nullable=False, default=0),
    Column("next_try_at", _Ms, nullable=False),
    Column("lease_until", _Ms),
    Column("created_at", _Ms, nullable=False),
    Column("leased_at", _Ms),
    Column("doubt_at", _Ms),
    Column("begun", LargeBinary),
)
_unfinished = text("state in ('queued', 'sending')")
Index("sends_unfinished", sends.c.next_try_at, sqlite_where=_unfinished, postgresql_where=_unfinished)
Index(
    "sends_of_conversation",
    sends.c.conversation_id,
    sends.c.place,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sha256", Text, index=True),
    Column("message_id", Text),
    Column("owner", Text, nullable=False, index=True),
    Column("created_at", _Ms, nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("state", Text, nullable=False),
    _row(),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("token", Integer, nullable=False, server_default=text("0")),
    Column("next_try_at", _Ms, nullable=False, server_default=text("0")),
    Column("lease_until", _Ms),
)
_to_fetch = text("state = 'pending'")
Index("attachments_to_fetch", attachments.c.next_try_at, sqlite_where=_to_fetch, postgresql_where=_to_fetch)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "part"),
)

journal = Table(
    "journal",
    metadata,
    _row_number(),
    Column("inbox_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", _Ms, nullable=False),
    Column("state", Text, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("problem", Text, nullable=False, default=""),
)
_unsettled = text("state in ('unparsed', 'dead')")
Index("journal_unsettled", journal.c.inbox_id, journal.c.n, sqlite_where=_unsettled, postgresql_where=_unsettled)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("journal_n", _RowNumber, nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("problem", Text, nullable=False),
    PrimaryKeyConstraint("journal_n", "place"),
)

event_log = Table(
    "event_log",
    metadata,
    Column("seq", _RowNumber, primary_key=True, autoincrement=False),
    Column("at", _Ms, nullable=False),
    Column("type", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("conversation_id", Text),
    Column("fresh", Boolean, nullable=False),
    Column("audience", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
# SQLite finds what is new in a conversation by the messages' numbers (guard.py), so it is spared one more index.
Index(
    "event_log_new_messages",
    event_log.c.conversation_id,
    event_log.c.seq,
    postgresql_where=text("type = 'message' and fresh"),
).ddl_if(dialect="postgresql")

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("trimmed", BigInteger, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

sla_facts = Table(
    "sla_facts",
    metadata,
    Column("conversation_id", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("fact", Text, nullable=False),
    Column("at", _Ms, nullable=False),
    PrimaryKeyConstraint("conversation_id", "clock", "segment", "fact"),
    sqlite_with_rowid=False,
)

sla_segments = Table(
    "sla_segments",
    metadata,
    Column("conversation_id", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("policy_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("target_s", Integer, nullable=False),
    Column("started_at", _Ms, nullable=False),
    Column("at_risk_at", _Ms, nullable=False),
    Column("due_at", _Ms, nullable=False),
    Column("stopped_at", _Ms),
    Column("fires_at", _Ms),
    Column("unanswered", Boolean, nullable=False, default=False),
    PrimaryKeyConstraint("conversation_id", "clock", "segment"),
    sqlite_with_rowid=False,
)
_firing = text("fires_at is not null")
Index("sla_segments_firing", sla_segments.c.fires_at, sqlite_where=_firing, postgresql_where=_firing)

web_chat_sessions = Table(
    "web_chat_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("inbox_id", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("contact_id", Text, index=True),
    Column("identity", Text, nullable=False),
    Column("verified_external_id", Text),
    Column("locale", Text, nullable=False, default=""),
    Column("client_id", Text, nullable=False, default=""),
    Column("created_at", _Ms, nullable=False),
    Column("expires_at", _Ms, nullable=False),
    Column("seen_at", _Ms, nullable=False),
    Column("last_event_id", BigInteger, nullable=False, default=0),
    Column("read_up_to", Text),
    Column("revoked_at", _Ms),
    Column("facts", LargeBinary, nullable=False, default=b"{}"),
)

Index("web_chat_sessions_seen", web_chat_sessions.c.inbox_id, web_chat_sessions.c.seen_at)

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, nullable=False, index=True),
    Column("inbox_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    _row(),
)
Index("ix_consents_address", consents.c.inbox_id, consents.c.external_id)
