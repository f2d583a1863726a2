"""Search over all messages: FTS5 on SQLite, a GIN index on PostgreSQL, both over text written in pairs."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.domain import search_text
from mim_desk.hub.store import driver
from mim_desk.protocol import rows

_MOST_WORDS: Final = 16_000
_LONGEST_WORD: Final = 200
_WORD: Final = re.compile("(?:[^\\W_]|[\U000f0000-\U0010ffff])+")
_PHRASE: Final = re.compile(r'"([^"]*)"(\*?)')

_decoder = msgspec.json.Decoder(rows.Message)


def index_words(conn: Connection, texts: Sequence[tuple[int, str]]) -> None:
    """Make texts findable: (number of the message, text)."""
    if driver.is_sqlite(conn):
        driver.insert_many(
            conn, "message_words (rowid, words)", [(n, search_text.index_text(text)) for n, text in texts]
        )
    else:
        sql = "INSERT INTO message_words (n, words) VALUES (?, CAST(? AS tsvector))"
        driver.execute_many(conn, sql, [(n, _vector(text)) for n, text in texts])


def forget_words(conn: Connection, n: int) -> None:
    """Make a message's text findable no more."""
    column = "rowid" if driver.is_sqlite(conn) else "n"
    driver.execute(conn, f"DELETE FROM message_words WHERE {column} = ?", (n,))  # noqa: S608  # one of two constants


def messages(
    conn: Connection, wanted: str, limit: int = 50, before: int | None = None
) -> tuple[list[rows.Message], int | None]:
    """The newest messages with all the words of ``wanted``, and where the next page goes on."""
    expression = search_text.query(wanted)
    if not expression:
        return [], None
    if driver.is_sqlite(conn):
        hits = (
            "SELECT rowid AS n FROM message_words WHERE message_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
        )
    else:
        expression = _tsquery(expression)
        hits = "SELECT n FROM message_words WHERE words @@ CAST(? AS tsquery) AND n < ? ORDER BY n DESC LIMIT ?"
    sql = f"SELECT m.n, m.row FROM ({hits}) h JOIN messages m ON m.n = h.n ORDER BY m.n DESC"  # noqa: S608  # constant
    found = driver.rows(conn, sql, (expression, before or 2**62, limit))
    following = found[-1][0] if len(found) == limit else None
    return [_decoder.decode(row) for _, row in found], following


def _vector(text: str) -> str:
    """The words of ``text`` with their places, as PostgreSQL writes a tsvector."""
    words = _WORD.findall(search_text.index_text(text))[:_MOST_WORDS]
    return " ".join(f"'{word[:_LONGEST_WORD]}':{place}" for place, word in enumerate(words, 1))


def _tsquery(expression: str) -> str:
    """An FTS5 expression of phrases, as PostgreSQL writes a tsquery."""
    return " & ".join(_as_tsquery(words, prefix) for words, prefix in _PHRASE.findall(expression))


def _as_tsquery(phrase: str, prefix: str) -> str:
    words = [f"'{word[:_LONGEST_WORD]}'" for word in phrase.split()]
    if prefix:
        words[-1] += ":*"
    return "(" + " <-> ".join(words) + ")"
