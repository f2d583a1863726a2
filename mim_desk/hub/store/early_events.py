"""News of messages that are not here yet: providers tell things out of order, so it is kept until they come.

What a contact did before there was a conversation is kept so too, under a key of the contact.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import ContactActed, MessageDeleted, MessageEdited, MessageHidden, ReactionSeen, Receipt
from mim_desk.hub.store import bulk, driver
from mim_desk.hub.store.bulk import Key
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit

EarlyEvent = Receipt | MessageEdited | MessageDeleted | MessageHidden | ReactionSeen
_Kept = EarlyEvent | ContactActed
_SHAPES: dict[str, type[_Kept]] = {
    shape.__name__: shape
    for shape in (Receipt, MessageEdited, MessageDeleted, MessageHidden, ReactionSeen, ContactActed)
}


def key_of_contact(contact_id: str) -> str:
    """Under which that is kept what they did before there was a conversation."""
    return f"contact:{contact_id}"


def keep(unit: Unit, inbox_id: str, external_id: str, event: _Kept) -> None:
    """Keep what was told of a message that is not here; of a reply under way, under our own id of it."""
    (n,) = driver.take_numbers(unit.conn, "early_event", 1)
    driver.execute(
        unit.conn,
        "INSERT INTO early_events (n, inbox_id, external_id, at, kind, event) VALUES (?, ?, ?, ?, ?, ?)",
        (n, inbox_id, external_id, ms(unit.now), type(event).__name__, msgspec.json.encode(event)),
    )


def take(unit: Unit, keys: Iterable[Key]) -> list[tuple[str, _Kept]]:
    """What was told of these messages before they came, oldest first: (inbox id, event)."""
    if not _any(unit.conn):
        return []
    found = bulk.for_keys(
        unit.conn,
        "SELECT e.n, e.inbox_id, e.kind, e.event FROM {keys}"
        " JOIN early_events e ON e.inbox_id = k.a AND e.external_id = k.b ORDER BY e.n",
        keys,
    )
    driver.execute_many(unit.conn, "DELETE FROM early_events WHERE n = ?", [(n,) for n, *_ in found])
    return [(inbox_id, msgspec.json.decode(event, type=_SHAPES[kind])) for _, inbox_id, kind, event in found]


def forget(unit: Unit, inbox_id: str, external_id: str) -> None:
    """What was told of a message is not so: it never left."""
    text = "DELETE FROM early_events WHERE inbox_id = ? AND external_id = ?"
    driver.execute(unit.conn, text, (inbox_id, external_id))


def _any(conn: Connection) -> bool:
    return driver.row(conn, "SELECT 1 FROM early_events LIMIT 1") is not None


def trim(unit: Unit, before: datetime) -> int:
    """Forget what no message came for; how many went."""
    return driver.execute(unit.conn, "DELETE FROM early_events WHERE at < ?", (ms(before),))
