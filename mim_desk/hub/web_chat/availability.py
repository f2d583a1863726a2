"""Whether somebody answers now: by the inbox's opening hours, and where it says so, by the desks that are connected."""

from datetime import datetime

import msgspec

from mim_desk.domain.business_hours import opening
from mim_desk.hub.web_chat.widgets import Widget


class Availability(msgspec.Struct, frozen=True):
    """As the page is told; it writes ``opens_at`` in the visitor's own zone.

    Attributes:
        opens_at: when the hours open next; None while they are open, or when nobody knows.
    """

    open: bool
    opens_at: datetime | None = None


def available(widget: Widget, now: datetime, *, attended: bool) -> Availability:
    """How the inbox stands at ``now``; ``attended``: somebody's desk is connected."""
    calendar = widget.calendar
    stands = opening(calendar, now) if calendar is not None else None
    if stands is not None and not stands.is_open:
        return Availability(open=False, opens_at=stands.changes_at)
    return Availability(open=attended or widget.settings.get("unattended") != "closed")
