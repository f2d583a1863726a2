"""Reading a provider's answer: when to try again, what it says in plain words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_S = 3600.0
_LONGEST_DATE = 100


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds asked for by Retry-After (seconds or a date), at most an hour; None when there is none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE_S)
    try:
        until = parsedate_to_datetime(value[:_LONGEST_DATE])
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - (now or until)).total_seconds(), 0.0), LONGEST_PAUSE_S)
