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


def tidy(unit: Unit) -> None:
    """Forget a piece of what is older than that."""
    log_rows.trim(unit.conn, unit.now - LOG, LOG_AT_LEAST)
    journal.trim(unit, unit.now - DELIVERIES)
    early_events.trim(unit, unit.now - NEWS)
    session_ends.trim(unit, unit.now - SESSION_ENDS)
