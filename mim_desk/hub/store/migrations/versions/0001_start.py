"""The first tables."""

import uuid

from alembic import op

from mim_desk.hub.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind)
    if bind.dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE message_words USING fts5(words, content='', contentless_delete=1)")
        op.execute(
            "INSERT INTO counters VALUES ('conversation', 0), ('message', 0), ('journal', 0), ('early_event', 0), ('indexed', 0)"
        )
    else:
        op.execute("CREATE TABLE message_words (n bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX message_words_words ON message_words USING gin (words)")
        for name in ("conversation", "message", "journal", "early_event"):
            op.execute(f"CREATE SEQUENCE {name}_number")
    bind.execute(metadata.tables["log_head"].insert().values(id=1, epoch=str(uuid.uuid4()), seq=0, trimmed=0))
