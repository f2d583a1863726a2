"""Which reply of ours an echo shows that names none: some providers give back the words alone."""

from datetime import timedelta
from typing import Final

import msgspec

from mim_desk.channels.events import Echo
from mim_desk.domain.message import DeliveryStatus, clean_text
from mim_desk.hub.store import driver
from mim_desk.hub.store.times import ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_OPEN: Final = (DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)
_BEFORE: Final = timedelta(days=1)
_CLOCKS: Final = timedelta(minutes=1)
"""How far the provider's clock may be behind ours."""
_PART: Final = 100
"""Shorter words may stand in a long reply by chance."""


def shown_by(unit: Unit, inbox_id: str, contact_id: str, event: Echo) -> tuple[str, bool] | None:
    """The id of the reply under way or in doubt that the echo shows, and whether it is the whole of it."""
    at = whole_ms(event.occurred_at)
    found = driver.rows(
        unit.conn,
        "SELECT m.row FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = ?"
        " AND m.inbox_id || '' = ? AND m.kind = 'reply' AND m.external_id IS NULL AND m.occurred_at BETWEEN ? AND ?"
        " ORDER BY m.occurred_at, m.n",
        (contact_id, inbox_id, ms(at - _BEFORE), ms(at + _CLOCKS)),
    )
    for (raw,) in found:
        row = msgspec.json.decode(raw, type=rows.Message)
        if row.delivery is None or row.delivery.status not in _OPEN:
            continue
        whole = _shows(row, clean_text(event.text), len(event.files))
        if whole is not None:
            return row.id, whole
    return None


def _shows(row: rows.Message, text: str, files: int) -> bool | None:
    """Whether these words and files are the whole reply, a part of it, or (None) something else."""
    said = clean_text(row.text)
    if text == said and files == len(row.attachments):
        return True
    is_text = bool(text) and (text == said or (len(text) >= _PART and text in said)) and not files
    is_file = not text and 0 < files <= len(row.attachments)
    return False if is_text or is_file else None
