"""The reply window: how long after the customer's last message the channel lets us answer freely.

Calendar time, never business hours; the next incoming message replaces it (response_times.md, WIN).
"""

from datetime import datetime, timedelta


def closes_at(
    last_incoming_at: datetime | None, length_s: int | None, over_at: datetime | None = None
) -> datetime | None:
    """When the window closes; None for a channel without one, and before the customer ever wrote.

    Args:
        last_incoming_at: when they wrote last.
        length_s: how long the channel lets us answer from then.
        over_at: when the channel ended their last session, which ends the window too.
    """
    if last_incoming_at is None or length_s is None:
        return None
    if over_at is not None and over_at > last_incoming_at:
        return over_at
    return last_incoming_at + timedelta(seconds=length_s)


def can_reply(
    now: datetime, last_incoming_at: datetime | None, length_s: int | None, over_at: datetime | None = None
) -> bool:
    """Whether a free reply is allowed; a channel with a window needs a message to open it."""
    if length_s is None:
        return True
    until = closes_at(last_incoming_at, length_s, over_at)
    return until is not None and now < until
