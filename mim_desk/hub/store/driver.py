"""Statements sent as written text, for the paths where compiling an expression costs more than the query.

Texts use ``?`` for parameters; no text may hold another question or per cent mark.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

Values = Sequence[Any]


def is_sqlite(conn: Connection) -> bool:
    """Which of the two dialects."""
    return conn.dialect.name == "sqlite"


@lru_cache(maxsize=512)
def _for_postgres(sql: str) -> str:
    return sql.replace("?", "%s")


def _text(conn: Connection, sql: str) -> str:
    return sql if is_sqlite(conn) else _for_postgres(sql)


def execute(conn: Connection, sql: str, values: Values = ()) -> int:
    """Run one statement; how many rows it touched."""
    return conn.exec_driver_sql(_text(conn, sql), tuple(values)).rowcount


def execute_many(conn: Connection, sql: str, values: Sequence[Values]) -> None:
    """Run one statement for each of ``values``."""
    if not values:
        return
    cursor = conn.connection.cursor()
    try:
        cursor.executemany(_text(conn, sql), values)
    finally:
        cursor.close()


def rows(conn: Connection, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    cursor = conn.connection.cursor()
    try:
        cursor.execute(_text(conn, sql), tuple(values))
        return cursor.fetchall()  # type: ignore[return-value]
    finally:
        cursor.close()


def row(conn: Connection, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
    """The first row of a query, if there is one."""
    found = rows(conn, sql, values)
    return found[0] if found else None


def take_numbers(conn: Connection, name: str, count: int) -> list[int]:
    """``count`` new rising numbers of the counter ``name``; never given twice, perhaps skipped."""
    if is_sqlite(conn):
        taken = row(conn, "UPDATE counters SET value = value + ? WHERE name = ? RETURNING value", (count, name))
        assert taken is not None
        return list(range(taken[0] - count + 1, taken[0] + 1))
    found = rows(conn, "SELECT nextval(CAST(? AS regclass)) FROM generate_series(1, ?)", (f"{name}_number", count))
    return sorted(number for (number,) in found)
