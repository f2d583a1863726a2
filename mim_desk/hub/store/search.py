"""Search over all messages: FTS5 on SQLite, a GIN index on PostgreSQL, both over text written in pairs."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.domain import search_text
from mim_desk.hub.store import driver
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_MOST_WORDS: Final = 16_000
_LONGEST_WORD: Final = 200
_WORD: Final = re.compile("(?:[^\\W_]|[\U000f0000-\U0010ffff])+")
_PHRASE: Final = re.compile(r'"([^"]*)"(\*?)')

_MOST_BEHIND: Final = 20_000
_PIECE: Final = 512
_NEWEST: Final = 2**62
_Hit = tuple[int, rows.Message]
_decoder = msgspec.json.Decoder(rows.Message)


def index_now(conn: Connection, texts: Sequence[tuple[int, str]]) -> None:
    """Make texts of new messages findable where that is not done later: (number of the message, text)."""
    if not driver.is_sqlite(conn):
        sql = "INSERT INTO message_words (n, words) VALUES (?, CAST(? AS tsvector))"
        driver.execute_many(conn, sql, [(n, _vector(text)) for n, text in texts])


def index_behind(unit: Unit, urgent: bool) -> bool:
    """Index a piece of what is not indexed yet; whether there is more. Urgent: only when it is very much.

    On SQLite words are indexed when the writer has nothing else to do; until then a search looks
    through the messages themselves, so nothing is ever missing from its answer.
    """
    if not driver.is_sqlite(unit.conn):
        return False
    done = _indexed(unit.conn)
    if urgent:
        newest = driver.row(unit.conn, "SELECT value FROM counters WHERE name = 'message'")
        if newest is None or newest[0] - done < _MOST_BEHIND:
            return True
    found = driver.rows(unit.conn, "SELECT n, row FROM messages WHERE n > ? ORDER BY n LIMIT ?", (done, _PIECE))
    if found:
        texts = ((n, _decoder.decode(row).text) for n, row in found)
        _index(unit.conn, [(n, text) for n, text in texts if text])
        driver.execute(unit.conn, "UPDATE counters SET value = ? WHERE name = 'indexed'", (found[-1][0],))
    return len(found) == _PIECE


def _index(conn: Connection, texts: Sequence[tuple[int, str]]) -> None:
    values = [(n, search_text.index_text(text)) for n, text in texts]
    driver.insert_many(conn, "message_words (rowid, words)", values)


def _indexed(conn: Connection) -> int:
    found = driver.row(conn, "SELECT value FROM counters WHERE name = 'indexed'")
    return int(found[0]) if found else 0


def reindex(conn: Connection, n: int, text: str) -> None:
    """The text of a message changed."""
    if not driver.is_sqlite(conn):
        driver.execute(conn, "DELETE FROM message_words WHERE n = ?", (n,))
        if text:
            index_now(conn, [(n, text)])
    elif n <= _indexed(conn):
        driver.execute(conn, "DELETE FROM message_words WHERE rowid = ?", (n,))
        if text:
            _index(conn, [(n, text)])


def messages(
    conn: Connection, wanted: str, limit: int = 50, before: int | None = None
) -> tuple[list[rows.Message], int | None]:
    """The newest messages with all the words of ``wanted``, and where the next page goes on."""
    expression = search_text.query(wanted)
    if not expression:
        return [], None
    below = before or _NEWEST
    found = _not_indexed_hits(conn, expression, limit, below) if driver.is_sqlite(conn) else []
    if len(found) < limit:
        found += _hits(conn, expression, limit - len(found), below)
    following = found[-1][0] if len(found) == limit else None
    return [message for _, message in found], following


def _hits(conn: Connection, expression: str, limit: int, below: int) -> list[_Hit]:
    if driver.is_sqlite(conn):
        hits = "SELECT rowid AS n FROM message_words WHERE message_words MATCH ? AND rowid < ? ORDER BY n DESC LIMIT ?"
    else:
        expression = _tsquery(expression)
        hits = "SELECT n FROM message_words WHERE words @@ CAST(? AS tsquery) AND n < ? ORDER BY n DESC LIMIT ?"
    sql = f"SELECT m.n, m.row FROM ({hits}) h JOIN messages m ON m.n = h.n ORDER BY m.n DESC"  # noqa: S608  # constant
    return [(n, _decoder.decode(row)) for n, row in driver.rows(conn, sql, (expression, below, limit))]


def _not_indexed_hits(conn: Connection, expression: str, limit: int, below: int) -> list[_Hit]:
    """Hits among the newest messages, which the index does not know yet."""
    sql = "SELECT n, row FROM messages WHERE n > ? AND n < ? ORDER BY n DESC"
    phrases = [(words.split(), bool(prefix)) for words, prefix in _PHRASE.findall(expression)]
    found: list[_Hit] = []
    for n, row in driver.rows(conn, sql, (_indexed(conn), below)):
        message = _decoder.decode(row)
        words = _WORD.findall(search_text.index_text(message.text))
        if all(_says(words, phrase, prefix=prefix) for phrase, prefix in phrases):
            found.append((n, message))
            if len(found) == limit:
                break
    return found


def _says(words: Sequence[str], phrase: Sequence[str], *, prefix: bool) -> bool:
    """Whether ``phrase`` stands in ``words`` in a row; the last word may go on when it is a prefix."""
    head, last = list(phrase[:-1]), phrase[-1]
    for start in range(len(words) - len(head)):
        end = words[start + len(head)]
        if words[start : start + len(head)] == head and (end == last or (prefix and end.startswith(last))):
            return True
    return False


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
