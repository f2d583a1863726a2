"""Statements sent as written text, for the paths where compiling an expression costs more than the query.

Texts use ``?`` for parameters; no text may hold another question or per cent mark.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

Values = Sequence[Any]
_MOST_ROWS = 64


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
    cursor = conn.connection.cursor()
    try:
        cursor.execute(_text(conn, sql), tuple(values))
        return cursor.rowcount
    finally:
        cursor.close()


def execute_many(conn: Connection, sql: str, values: Sequence[Values]) -> None:
    """Run one statement for each of ``values``."""
    if not values:
        return
    cursor = conn.connection.cursor()
    try:
        cursor.executemany(_text(conn, sql), values)
    finally:
        cursor.close()


def insert_many(conn: Connection, into: str, values: Sequence[Values], conflict: str = "") -> None:
    """Insert ``values`` with few statements of many rows each: ``into`` is a table with its columns.

    Each step of a statement lets go of Python's lock and has to fight for it again, so on SQLite the
    number of steps matters more than what they do.
    """
    if not values:
        return
    holes = _holes(len(values[0]))
    if is_sqlite(conn):
        _in_runs(conn, f"INSERT INTO {into} VALUES {{rows}} {conflict}", values)  # noqa: S608  # constant texts
    else:
        execute_many(conn, f"INSERT INTO {into} VALUES {holes} {conflict}", values)  # noqa: S608  # constant texts


def update_many(conn: Connection, table: str, columns: Sequence[str], values: Sequence[Values]) -> None:
    """Set ``columns`` of many rows with few statements: the first of each of ``values`` is the row's id."""
    if not values:
        return
    if is_sqlite(conn):
        pairs = ", ".join(f"{name} = v.column{place}" for place, name in enumerate(columns, 2))
        text = f"UPDATE {table} SET {pairs} FROM (VALUES {{rows}}) v WHERE {table}.id = v.column1"  # noqa: S608  # the same
        _in_runs(conn, text, values)
    else:
        pairs = ", ".join(f"{name} = ?" for name in columns)
        execute_many(conn, f"UPDATE {table} SET {pairs} WHERE id = ?", [(*one[1:], one[0]) for one in values])  # noqa: S608


def _holes(count: int) -> str:
    return f"({', '.join('?' * count)})"


def _in_runs(conn: Connection, sql: str, values: Sequence[Values]) -> None:
    cursor = conn.connection.cursor()
    try:
        start = 0
        while start < len(values):
            count = min(_MOST_ROWS, len(values) - start)
            flat = [value for one in values[start : start + count] for value in one]
            cursor.execute(_run(sql, len(values[0]), count), flat)
            start += count
    finally:
        cursor.close()


@lru_cache(maxsize=1024)
def _run(sql: str, width: int, count: int) -> str:
    return sql.format(rows=", ".join([_holes(width)] * count))


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
