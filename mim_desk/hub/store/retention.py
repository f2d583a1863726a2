"""How long is kept what only helps to catch up or to mend: the event log, deliveries, news without a message."""

from datetime import timedelta
from typing import Final

from mim_desk.hub.store import early_events, journal, log_rows, session_ends
from mim_desk.hub.store.unit import Unit

LOG: Final = timedelta(days=30)
"""A desk away for longer starts again from a snapshot."""
LOG_AT_LEAST: Final = 100_000
DELIVERIES: Final = timedelta(days=30)
"""Those that wait for a replay are kept until it."""
NEWS: Final = timedelta(days=7)
SESSION_ENDS: Final = timedelta(days=60)
"""No channel keeps a session for so long."""
PIECE: Final = 500
"""So many rows go at once: a few milliseconds in which nothing else is stored."""


def forget_log(unit: Unit) -> bool:
    """Forget a piece of the event log; whether there may be more."""
    return log_rows.trim(unit.conn, unit.now - LOG, LOG_AT_LEAST, PIECE) == PIECE


def forget_deliveries(unit: Unit, after: int) -> int | None:
    """Forget a piece of the settled deliveries behind a number; where to go on, None at the end."""
    return journal.trim(unit, unit.now - DELIVERIES, after, PIECE)


def forget_news(unit: Unit) -> None:
    """Forget news without a message, and ends of sessions."""
    early_events.trim(unit, unit.now - NEWS)
    session_ends.trim(unit, unit.now - SESSION_ENDS)
