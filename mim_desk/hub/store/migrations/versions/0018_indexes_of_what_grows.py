"""Indexes for what was looked for by reading all there is."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_PARTIAL = {
    "conversations_folded": ("conversations", "folded_into", "folded_into IS NOT NULL"),
    "delivery_times_bad": ("delivery_times", "at", "status IN ('failed', 'unknown')"),
}


def upgrade() -> None:
    op.create_index("ix_message_parts_message_id", "message_parts", ["message_id"])
    op.create_index("ix_attachments_owner", "attachments", ["owner"])
    op.create_index("web_chat_sessions_seen", "web_chat_sessions", ["inbox_id", "seen_at"])
    for name, (table, column, condition) in _PARTIAL.items():
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
