"""A unit of work: what a write function gets, inside the writer's transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store.log_rows import Audience, LoggedEvent
from mim_desk.hub.store.problems import breaks_all
from mim_desk.hub.store.times import ms
from mim_desk.protocol import events

_encoder = msgspec.json.Encoder()
_NOBODY = "{}"


def encoded(row: msgspec.Struct) -> bytes:
    """``row`` as the JSON bytes that are stored and travel."""
    return _encoder.encode(row)


class Happenings:
    """The events of a transaction in the order they are to be logged; of one row only the newest is kept."""

    def __init__(self) -> None:
        self._by_row: dict[tuple[str, str], LoggedEvent] = {}

    def add(self, one: LoggedEvent) -> None:
        """Take an event; it replaces an earlier one of the same row, at the earlier one's place."""
        key = (one.type, one.row_id)
        earlier = self._by_row.get(key)
        if earlier is not None:
            one.fresh = one.fresh or earlier.fresh
            one.audience = _first_was(earlier.audience, one.audience)
        self._by_row[key] = one

    def take(self, others: "Happenings") -> None:
        """Add all of ``others``."""
        if not self._by_row:
            self._by_row = others._by_row  # noqa: SLF001  # of the same class
            return
        for one in others.list():
            self.add(one)

    def list(self) -> list[LoggedEvent]:
        """All events, in order."""
        return list(self._by_row.values())


def _first_was(earlier: str, later: str) -> str:
    """``later`` with the values from before the first of the two changes."""
    if earlier == later:
        return later
    first = msgspec.json.decode(earlier, type=Audience)
    last = msgspec.json.decode(later, type=Audience)
    if not first.moved and (first.assignee_id, first.team_id) == (last.assignee_id, last.team_id):
        return later
    before = (first.was_assignee_id, first.was_team_id) if first.moved else (first.assignee_id, first.team_id)
    folded = msgspec.structs.replace(last, was_assignee_id=before[0], was_team_id=before[1], moved=True)
    return msgspec.json.encode(folded).decode()


class Unit:
    """One item of the writer's transaction; it commits or fails without its neighbours.

    Attributes:
        conn: the writer's connection, inside a savepoint of this unit.
        now: the hub's time, the same for all of a transaction.
    """

    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now
        self._at = ms(now)
        self.happenings = Happenings()

    def attempt(self, work: Callable[["Unit"], object]) -> Exception | None:
        """Run ``work`` in a savepoint: None when it was done, else the exception that undid it.

        A failure of the database itself goes on to the writer.
        """
        inner = Unit(self.conn, self.now)
        self.conn.exec_driver_sql("SAVEPOINT part")
        try:
            work(inner)
        except Exception as error:
            if breaks_all(error):
                raise
            self.conn.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            self.conn.exec_driver_sql("RELEASE SAVEPOINT part")
            return error
        self.conn.exec_driver_sql("RELEASE SAVEPOINT part")
        self.happenings.take(inner.happenings)
        return None

    def append(
        self,
        row_type: str,
        row: Any,
        *,
        conversation_id: str | None = None,
        fresh: bool = False,
        audience: Audience | None = None,
    ) -> bytes:
        """Log that ``row`` (a Struct with an id) is now so; answers its JSON bytes for the row's own table."""
        payload = encoded(row)
        seen_by = _NOBODY if audience is None else _encoder.encode(audience).decode()
        self.happenings.add(LoggedEvent(0, row_type, row.id, conversation_id, payload, fresh, seen_by, self._at))
        return payload

    def append_told(
        self, row_type: str, row_id: str, payload: bytes, conversation_id: str, seen_by: str, *, fresh: bool
    ) -> None:
        """Log a row that is encoded already, with its audience as JSON."""
        self.happenings.add(LoggedEvent(0, row_type, row_id, conversation_id, payload, fresh, seen_by, self._at))

    def forget(self, row_type: str, row_id: str, *, conversation_id: str | None = None) -> None:
        """Log that a row is gone: caches delete it."""
        payload = encoded(events.Forgotten(row_type, row_id))
        key = f"{row_type}:{row_id}"
        self.happenings.add(LoggedEvent(0, events.FORGOTTEN, key, conversation_id, payload, at=self._at))
