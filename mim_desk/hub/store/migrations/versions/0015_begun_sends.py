"""What the provider took already of a reply that goes on later, and since when a reply is in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("sends", sa.Column("leased_at", sa.BigInteger))
    op.add_column("sends", sa.Column("doubt_at", sa.BigInteger))
    op.add_column("sends", sa.Column("begun", sa.LargeBinary))
