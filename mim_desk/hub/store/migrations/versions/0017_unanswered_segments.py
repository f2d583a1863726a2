"""Which waits a resolve ended and not an answer: one that was over by then is late, and no response time."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("sla_segments", sa.Column("unanswered", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE sla_segments SET unanswered = true WHERE state = 'no_reply'")
