"""Templates of the inboxes, and when the next list of them is due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "templates",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("inbox_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("row", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        sa.UniqueConstraint("inbox_id", "name", "language", name="uq_templates_inbox_id_name_language"),
    )
    op.create_table(
        "template_lists",
        sa.Column("inbox_id", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=True),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("inbox_id", name="pk_template_lists"),
    )
