"""How near the cache is to the hub: live, N seconds behind, offline."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FreshnessState(StrEnum):
    """What the badge says."""

    CONNECTING = "connecting"
    LIVE = "live"
    BEHIND = "behind"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Freshness:
    """One state of the replica.

    Attributes:
        since: when this state began, hub's time where known.
        behind_s: seconds between the hub's time and the newest event applied, while behind.
        seq: the cursor.
        reason: why it is offline, in the words of whoever noticed: for diagnostics, not for the screen.
    """

    state: FreshnessState
    since: datetime
    behind_s: float = 0.0
    seq: int = 0
    reason: str = ""
