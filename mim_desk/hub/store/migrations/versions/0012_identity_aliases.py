"""Ids by which a network may name somebody alone whom it also knows by a better one (a number beside a user id)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "identity_aliases",
        sa.Column("inbox_id", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("inbox_id", "alias", name="pk_identity_aliases"),
        sqlite_with_rowid=False,
    )
