"""A table of one of the desk's files, and the statements about it as SQLite text with named parameters.

The desk needs a handful of them: importing SQLAlchemy to write them took 140 ms of each start, and 12 MiB.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

TEXT: Final = "TEXT NOT NULL"
NUMBER: Final = "INTEGER NOT NULL"
BYTES: Final = "BLOB NOT NULL"


class Table(msgspec.Struct, frozen=True):
    """One table.

    Attributes:
        columns: what each of them holds, in their order.
        key: the columns that tell rows apart; empty where a column says so itself.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()

    @property
    def creation(self) -> str:
        """Makes it."""
        parts = [f'"{name}" {holds}' for name, holds in self.columns.items()]
        if self.key:
            parts.append(f"PRIMARY KEY ({quoted(self.key)})")
        return f"CREATE TABLE {self.name} ({', '.join(parts)})"

    def index(self, name: str, *columns: str, where: str = "") -> str:
        """Makes an index on these columns."""
        made = f"CREATE INDEX {name} ON {self.name} ({quoted(columns)})"
        return f"{made} WHERE {where}" if where else made

    def insert(self, how: str = "INSERT") -> str:
        """Adds a row; ``how`` may say what happens to another one of the same key."""
        values = ", ".join(f":{name}" for name in self.columns)
        return f"{how} INTO {self.name} ({quoted(self.columns)}) VALUES ({values})"

    def upsert(self, key: Collection[str], changes: Mapping[str, str] | None = None) -> str:
        """Adds a row or changes the one of the same key; ``changes`` says what to, else all becomes as it would be added."""
        if changes is None:
            changes = {name: f'excluded."{name}"' for name in self.columns if name not in key}
        told = ", ".join(f'"{name}" = {value}' for name, value in changes.items())
        return f"{self.insert()} ON CONFLICT ({quoted(key)}) DO UPDATE SET {told}"


def quoted(columns: Collection[str]) -> str:
    """Their names one after another, quoted, as some are words of SQL."""
    return ", ".join(f'"{name}"' for name in columns)
