"""Secrets that a provider renewed, beside those that were entered; and reactions by the provider's id of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("inboxes", sa.Column("renewed", sa.LargeBinary))
    op.create_table(
        "named_reactions",
        sa.Column("inbox_id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("inbox_id", "external_id", name="pk_named_reactions"),
        sqlite_with_rowid=False,
    )
