"""Times in the store are integer milliseconds UTC; everywhere else they are aware datetimes."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def ms(at: datetime) -> int:
    """``at`` as milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def ms_or_none(at: datetime | None) -> int | None:
    """The same for a time that may be absent."""
    return None if at is None else ms(at)


def moment(value: int) -> datetime:
    """The time ``value`` milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    """The same for a time that may be absent."""
    return None if value is None else moment(value)


def whole_ms(at: datetime) -> datetime:
    """``at`` cut to milliseconds, so that a stored time and a sent one are the same."""
    over = at.microsecond % 1000
    return at.replace(microsecond=at.microsecond - over) if over else at


def utc_now() -> datetime:
    """The hub's time."""
    return datetime.now(UTC)
