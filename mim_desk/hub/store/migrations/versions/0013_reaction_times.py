"""When each person last put a reaction on a message or took it back: providers tell such news twice and out of order."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "reaction_times",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "person", name="pk_reaction_times"),
        sqlite_with_rowid=False,
    )
