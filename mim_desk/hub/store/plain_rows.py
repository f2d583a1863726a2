"""Nouns that are only kept, listed and sent: their whole row is what matters (used by the file of each noun)."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select, update

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import driver
from mim_desk.hub.store.unit import Unit

R = TypeVar("R", bound=msgspec.Struct)


def everything(conn: Connection, table: Table, shape: type[R], *order: Any) -> list[R]:
    """All rows of ``table``."""
    found = conn.execute(select(table.c.row).order_by(*order, table.c.id)).scalars()
    return [msgspec.json.decode(row, type=shape) for row in found]


def by_id(conn: Connection, table: Table, shape: type[R], row_id: str) -> R | None:
    """One row, if it is there."""
    found = driver.row(conn, f"SELECT row FROM {table.name} WHERE id = ?", (row_id,))  # noqa: S608  # our own tables
    return None if found is None else msgspec.json.decode(found[0], type=shape)


def add(unit: Unit, table: Table, row_type: str, row: Any, **columns: Any) -> None:
    """Store a new row and log it."""
    values = {"id": row.id, "row": unit.append(row_type, row, fresh=True), **columns}
    if "version" in table.c:
        values["version"] = row.version
    unit.conn.execute(insert(table).values(**values))


def change(unit: Unit, table: Table, row_type: str, row: R, **columns: Any) -> R:
    """Store ``row`` over the one with its id, with the next version, and log it."""
    if "version" in table.c:
        row = msgspec.structs.replace(row, version=row.version + 1)  # type: ignore[attr-defined]  # has the column, has the field
        columns["version"] = row.version  # type: ignore[attr-defined]
    values = {"row": unit.append(row_type, row), **columns}
    done = unit.conn.execute(update(table).where(table.c.id == row.id).values(**values))  # type: ignore[attr-defined]
    if done.rowcount != 1:
        raise missing(row_type)
    return row


def remove(unit: Unit, table: Table, row_type: str, row_id: str) -> None:
    """Delete a row and log that it is gone."""
    if unit.conn.execute(delete(table).where(table.c.id == row_id)).rowcount != 1:
        raise missing(row_type)
    unit.forget(row_type, row_id)


def missing(row_type: str) -> Refusal:
    """The refusal for something that is not there."""
    return Refusal("not-found", f"This {row_type.replace('_', ' ')} does not exist (any more).")


def moved_on(row_type: str) -> Refusal:
    """The refusal for a change that was made to an older version."""
    return Refusal("version-conflict", f"This {row_type.replace('_', ' ')} was changed meanwhile. Look at it again.")
