"""Replies that left in several parts: how far each of them got."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "part_receipts",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "external_id", name="pk_part_receipts"),
        sqlite_with_rowid=False,
    )
