"""Files that are still at their provider: who fetches them now, how often it was tried, when the next try is."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, text

revision = "0002"
down_revision = "0001"

_INDEX = "attachments_to_fetch"


def upgrade() -> None:
    for name, kind in (("attempt", Integer), ("token", Integer), ("next_try_at", BigInteger)):
        op.add_column("attachments", Column(name, kind, nullable=False, server_default=text("0")))
    op.add_column("attachments", Column("lease_until", BigInteger))
    op.drop_index(_INDEX, "attachments")
    pending = text("state = 'pending'")
    op.create_index(_INDEX, "attachments", ["next_try_at"], sqlite_where=pending, postgresql_where=pending)
