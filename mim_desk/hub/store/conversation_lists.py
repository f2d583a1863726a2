"""Lists of conversations by filter and order, page by page (part of ``conversations``)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, or_, select

from mim_desk.hub.store.conversation_rows import decoded
from mim_desk.hub.store.schema import conversation_inboxes, conversation_labels, conversations
from mim_desk.protocol import rows

_LATE = 2**62
Place = tuple[int, str]
"""Where a page ended: the order's value and the id."""


class Order(StrEnum):
    """What comes first."""

    LAST_ACTIVITY = "last_activity"
    WAITING = "waiting"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations; what is None does not matter.

    Attributes:
        statuses: any of these.
        unassigned: only those without an assignee.
    """

    statuses: tuple[str, ...] = ()
    inbox_id: str | None = None
    assignee_id: str | None = None
    unassigned: bool = False
    team_id: str | None = None
    label: str | None = None
    priority: str | None = None
    contact_id: str | None = None


def find(
    conn: Connection, wanted: Filter, order: Order = Order.LAST_ACTIVITY, after: Place | None = None, limit: int = 50
) -> tuple[list[rows.Conversation], Place | None]:
    """One page, and where the next one goes on."""
    key, falls = _key(order)
    query = select(conversations.c.row, key, conversations.c.id).where(*_conditions(wanted))
    if after is not None:
        query = query.where(_beyond(key, after, falls=falls))
    by = (key.desc(), conversations.c.id.desc()) if falls else (key.asc(), conversations.c.id.asc())
    found = conn.execute(query.order_by(*by).limit(limit)).all()
    following = (int(found[-1][1]), str(found[-1][2])) if len(found) == limit else None
    return [decoded(row) for row, _, _ in found], following


def _key(order: Order) -> tuple[ColumnElement[Any], bool]:
    if order is Order.LAST_ACTIVITY:
        return conversations.c.last_activity_at, True
    column = conversations.c.waiting_since if order is Order.WAITING else conversations.c.next_due
    return func.coalesce(column, literal(_LATE)), False


def _beyond(key: ColumnElement[Any], after: Place, *, falls: bool) -> ColumnElement[bool]:
    value, last = after
    if falls:
        return or_(key < value, and_(key == value, conversations.c.id < last))
    return or_(key > value, and_(key == value, conversations.c.id > last))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    c = conversations.c
    simple = {"assignee_id": c.assignee_id, "team_id": c.team_id, "priority": c.priority, "contact_id": c.contact_id}
    found = [column == getattr(wanted, name) for name, column in simple.items() if getattr(wanted, name) is not None]
    if wanted.statuses:
        found.append(c.status.in_(wanted.statuses))
    if wanted.unassigned:
        found.append(c.assignee_id.is_(None))
    for table, column, value in (
        (conversation_inboxes, conversation_inboxes.c.inbox_id, wanted.inbox_id),
        (conversation_labels, conversation_labels.c.label, wanted.label),
    ):
        if value is not None:
            found.append(exists().where(table.c.conversation_id == c.id, column == value))
    return found
