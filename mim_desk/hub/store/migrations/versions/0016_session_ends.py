"""Which ends of contacts' sessions were asked for, so that a killed hub neither forgets one nor asks twice."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "session_ends",
        sa.Column("conversation_id", sa.Text, primary_key=True),
        sa.Column("wrote_at", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "conversations_resolved",
        "conversations",
        ["inbox_id", "resolved_at"],
        sqlite_where=sa.text("resolved_at IS NOT NULL"),
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
    )
