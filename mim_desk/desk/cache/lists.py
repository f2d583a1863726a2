"""Reading conversations in the order of a view, and the counts beside the views."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from mim_desk.desk.cache.places import LABEL_MARK, OPEN, RESOLVED, SNOOZED
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.shapes import ListKey, ListQuery
from mim_desk.protocol import rows

_WHERE = {
    "mine": f"c.bucket = {OPEN} AND c.assignee_id = :me",
    "unassigned": f"c.bucket = {OPEN} AND c.assignee_id = ''",
    "all": f"c.bucket = {OPEN}",
    "inbox": f"c.bucket = {OPEN}",
    "label": f"c.bucket = {OPEN}",
    "snoozed": f"c.bucket = {SNOOZED}",
    "resolved": f"c.bucket = {RESOLVED}",
    "failed": "c.failed = 1",
}
_RANK = {"last_activity": "activity_rank", "waiting": "waiting_rank", "due": "due_rank"}
_COLUMNS = "c.row, coalesce(k.name, '')"
_NAMES = "LEFT JOIN contacts k ON k.id = c.contact_id"
_read = msgspec.json.Decoder(rows.Conversation).decode


class _Portrayed(msgspec.Struct, frozen=True):
    """Of a contact's row the picture alone: all else is passed over."""

    avatar: rows.Attachment | None = None


_portrayed = msgspec.json.Decoder(_Portrayed).decode

Found = tuple[rows.Conversation, str, ListKey]
"""A conversation, its contact's name and its place in the order."""


@lru_cache(maxsize=128)
def statement(query: ListQuery, *, first: bool) -> str:
    """The page of ``query`` as text; ``first`` without a place to go on from."""
    open_ = query.view not in ("snoozed", "resolved", "failed")
    rank = _RANK[query.order if open_ else "last_activity"]
    where = [_WHERE[query.view]]
    if query.inbox_id:
        where.append("c.inbox_id = :inbox_id")
    if query.label:
        where.append("instr(c.labels, :label) > 0")
    if query.status:
        where.append("c.status = :status")
    if not first:
        where.append(f"(c.{rank}, c.id) > (:rank, :after)")
    return (
        f"SELECT {_COLUMNS}, c.{rank}, c.id "  # noqa: S608  # our own words
        f"FROM conversations c INDEXED BY {_index(query, rank)} {_NAMES} "
        f"WHERE {' AND '.join(where)} ORDER BY c.{rank}, c.id LIMIT :limit"
    )


def _index(query: ListQuery, rank: str) -> str:
    """Said outright: the planner would rather scan everything open than look up one agent's."""
    if query.view in ("mine", "unassigned"):
        return f"conversations_assignee_{rank}"
    if query.view == "failed":
        return "conversations_failed"
    if rank != "activity_rank":
        return f"conversations_{rank}"
    return "conversations_inbox" if query.view == "inbox" and query.inbox_id else "conversations_activity"


def page(connection: Connection, query: ListQuery, me: str, after: ListKey | None, limit: int) -> list[Found]:
    """The next ``limit`` conversations of ``query``."""
    values = {
        "me": me,
        "inbox_id": query.inbox_id,
        "label": LABEL_MARK + query.label + LABEL_MARK,
        "status": query.status,
        "rank": after.rank if after else 0,
        "after": after.id if after else "",
        "limit": limit,
    }
    found = connection.execute(statement(query, first=after is None), values)
    return [(_read(row), name, ListKey(rank, id_)) for row, name, rank, id_ in found]


def by_ids(connection: Connection, ids: Iterable[str], order: str = "last_activity") -> list[Found]:
    """These conversations, those that are here, in ``order``."""
    rank = _RANK[order]
    text = (
        f"SELECT {_COLUMNS}, c.{rank}, c.id FROM conversations c {_NAMES} "  # noqa: S608  # our own words
        f"WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.{rank}, c.id"
    )
    found = connection.execute(text, (json.dumps(list(ids)),))
    return [(_read(row), name, ListKey(rank_, id_)) for row, name, rank_, id_ in found]


def of_contact(connection: Connection, contact_id: str) -> list[rows.Conversation]:
    """All conversations of a contact, newest first."""
    text = "SELECT row FROM conversations WHERE contact_id = ? ORDER BY activity_rank"
    return [_read(row) for (row,) in connection.execute(text, (contact_id,))]


def avatars(connection: Connection, contact_ids: Iterable[str]) -> dict[str, rows.Attachment]:
    """Pictures by contact, of those who have one."""
    text = "SELECT id, row FROM contacts WHERE id IN (SELECT value FROM json_each(?))"
    found = [(id_, _portrayed(row)) for id_, row in connection.execute(text, (json.dumps(list(contact_ids)),))]
    return {id_: told.avatar for id_, told in found if told.avatar is not None}


def one(connection: Connection, table: str, id_: str, type_: type[Any]) -> Any:
    """A row by id, None when it is not here."""
    found = connection.execute(f"SELECT row FROM {table} WHERE id = ?", (id_,)).fetchone()  # noqa: S608  # our own names
    return None if found is None else msgspec.json.decode(found[0], type=type_)


def counters(connection: Connection) -> dict[tuple[str, str], int]:
    """All counters; they are kept while rows are written, so this reads a handful of rows."""
    return {(facet, key): n for facet, key, n in connection.execute("SELECT facet, key, n FROM counters")}


def small_rows(connection: Connection, type_: str, row_type: type[Any]) -> list[Any]:
    """All rows of a small noun."""
    found = connection.execute("SELECT row FROM nouns WHERE type = ? ORDER BY id", (type_,))
    return [msgspec.json.decode(row, type=row_type) for (row,) in found]
