"""Times as they stand in the desk's SQLite tables."""

from datetime import datetime


def milliseconds(moment: datetime) -> int:
    """``moment`` as it stands in every SQLite table."""
    return round(moment.timestamp() * 1000)
