"""A provider's time as an aware one: seconds or milliseconds, and nothing absurd."""

from datetime import UTC, datetime, timedelta
from typing import Final

_FIRST_MS: Final = 10**11
"""From here on numbers are milliseconds: as seconds they would lie beyond the year 5138."""
_LONGEST_NUMBER: Final = 20
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=1)
"""How far a provider's clock may run before ours."""


def moment(told: object, received_at: datetime) -> datetime:
    """The time ``told`` as a Unix number or its digits; when it cannot be, that of the delivery."""
    number = _number(told)
    if number is None:
        return received_at
    try:
        if number >= _FIRST_MS:
            at = datetime.fromtimestamp(number // 1000, UTC) + timedelta(milliseconds=number % 1000)
        else:
            at = datetime.fromtimestamp(number, UTC)
    except (OverflowError, OSError, ValueError):
        return received_at
    return plausible(at, received_at)


def plausible(at: datetime, received_at: datetime) -> datetime:
    """An aware time that a provider told; when it cannot be, that of the delivery."""
    return at if _EARLIEST <= at <= received_at + _AHEAD else received_at


def _number(told: object) -> int | float | None:
    if isinstance(told, bool):
        return None
    if isinstance(told, int | float):
        return told
    if isinstance(told, str) and len(told) <= _LONGEST_NUMBER and told.isascii() and told.isdigit():
        return int(told)
    return None
