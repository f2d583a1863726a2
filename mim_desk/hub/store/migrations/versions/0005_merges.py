"""Merges that can be undone: where contacts, identities, conversations and messages were before."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Text, text
from sqlalchemy import PrimaryKeyConstraint as Key

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _merges()
    _homes()
    _keys()
    merged = text("merged_into is not null")
    op.create_index("contacts_merged", "contacts", ["merged_into"], sqlite_where=merged, postgresql_where=merged)


def _merges() -> None:
    op.create_table(
        "merges",
        Column("id", Text, nullable=False),
        Column("source_id", Text, nullable=False),
        Column("target_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("by", Text, nullable=False),
        Column("choices", LargeBinary, nullable=False),
        Column("undone_at", BigInteger),
        Key("id", name="pk_merges"),
    )
    op.create_index("ix_merges_source_id", "merges", ["source_id"])
    op.create_index("ix_merges_target_id", "merges", ["target_id"])


def _homes() -> None:
    """Where each thing was before its contact was merged."""
    op.add_column("contacts", Column("own", LargeBinary))
    op.add_column("identities", Column("home", Text))
    for name, kind in (("home", Text), ("folded_into", Text), ("before_fold", LargeBinary)):
        op.add_column("conversations", Column(name, kind))
    for name in ("home", "home_conversation"):
        op.add_column("messages", Column(name, Text))


def _keys() -> None:
    """What suggests that two contacts are one, and that they are not."""
    op.create_table(
        "contact_keys",
        Column("key", Text, nullable=False),
        Column("contact_id", Text, nullable=False),
        Column("proven", Boolean, nullable=False),
        Key("key", "contact_id", name="pk_contact_keys"),
    )
    op.create_index("ix_contact_keys_contact_id", "contact_keys", ["contact_id"])
    op.create_table(
        "not_same",
        Column("contact_id", Text, nullable=False),
        Column("other_id", Text, nullable=False),
        Key("contact_id", "other_id", name="pk_not_same"),
    )
