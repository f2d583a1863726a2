"""The start state of a desk: all rows, page by page, with the seq from which the log goes on.

Pages are read one after another, so a later page may show a row newer than the seq; following the
log from the seq brings every row to the same state, since events carry whole rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import driver, log_rows
from mim_desk.hub.store.problems import LogReset


@dataclass(frozen=True, slots=True)
class _Part:
    """One noun of a snapshot: its table, and the column and direction of its order."""

    row_type: str
    table: str
    key: str = "id"
    falls: bool = False
    condition: str = "1 = 1"


_PARTS: Final = (
    _Part("workspace", "workspaces"),
    _Part("agent", "agents"),
    _Part("team", "teams"),
    _Part("label", "labels"),
    _Part("canned_reply", "canned_replies"),
    _Part("sla_policy", "sla_policies"),
    _Part("inbox", "inboxes", condition="removed_at IS NULL"),
    _Part("template", "templates"),
    _Part("conversation", "conversations", key="number", falls=True),
    _Part("contact", "contacts", condition="merged_into IS NULL"),
    _Part("message", "messages", key="n", falls=True),
)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a snapshot goes on: the log as it stood at its first page, the part and the last key."""

    epoch: str
    seq: int
    part: int = 0
    after: int | str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows by type as JSON bytes; ``next`` is None on the last page."""

    epoch: str
    seq: int
    rows: dict[str, list[msgspec.Raw]]
    next: str | None


def page(conn: Connection, after: str | None, limit: int, visible: Callable[[str, bytes], bool] | None = None) -> Page:
    """The next page after the cursor; ``visible`` leaves out rows this reader may not see.

    A cursor of another epoch is a LogReset: the snapshot begins anew.
    """
    stands = log_rows.head(conn)
    cursor = Cursor(stands.epoch, stands.seq) if after is None else _read(after)
    if cursor.epoch != stands.epoch or cursor.seq < stands.trimmed:
        raise LogReset("the log was reset during the snapshot")
    found: dict[str, list[msgspec.Raw]] = {}
    left, part, key = limit, cursor.part, cursor.after
    while left > 0 and part < len(_PARTS):
        rows = _rows(conn, _PARTS[part], key, left)
        row_type = _PARTS[part].row_type
        shown = [msgspec.Raw(row) for _, row in rows if visible is None or visible(row_type, row)]
        if shown:
            found.setdefault(row_type, []).extend(shown)
        full = len(rows) == left
        left -= len(rows)
        part, key = (part, rows[-1][0]) if full else (part + 1, None)
    following = None if part == len(_PARTS) else _written(Cursor(cursor.epoch, cursor.seq, part, key))
    return Page(cursor.epoch, cursor.seq, found, following)


def _rows(conn: Connection, part: _Part, after: Any, limit: int) -> list[tuple[Any, bytes]]:
    beyond, direction = ("<", "DESC") if part.falls else (">", "ASC")
    condition = part.condition if after is None else f"{part.condition} AND {part.key} {beyond} ?"
    sql = f"SELECT {part.key}, row FROM {part.table} WHERE {condition} ORDER BY {part.key} {direction} LIMIT ?"  # noqa: S608  # constants
    values = (limit,) if after is None else (after, limit)
    return [(key, row) for key, row in driver.rows(conn, sql, values)]


def _written(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).hex()


def _read(text: str) -> Cursor:
    try:
        cursor = msgspec.json.decode(bytes.fromhex(text), type=Cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Refusal("invalid", "This is no place in a snapshot.", "after") from error
    if not 0 <= cursor.part < len(_PARTS):
        raise Refusal("invalid", "This is no place in a snapshot.", "after")
    return cursor
