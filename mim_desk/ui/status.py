"""How fresh the screen is, in words: the badge in the footer and the banner while the hub is away."""

from datetime import datetime, timedelta

from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.ui import texts
from mim_desk.ui.texts import tr
from mim_desk.ui.widgets.banner import Fact


def badge(fresh: Freshness, now: datetime) -> tuple[str, str, str]:
    """State, the badge's words, and what stands beside the agent's name instead of the presence."""
    if fresh.state is FreshnessState.LIVE:
        return "live", tr("status", "Live"), ""
    if fresh.state is FreshnessState.BEHIND:
        seconds = max(1, round(fresh.behind_s))
        words = texts.duration(timedelta(seconds=seconds)) if seconds >= 60 else tr("status", "{s} s").format(s=seconds)
        return "behind", tr("status", "{time} behind").format(time=words), ""
    since = tr("status", "Since {time}").format(time=texts.list_time(fresh.since, now))
    if fresh.state is FreshnessState.CONNECTING:
        return "connecting", tr("status", "Connecting"), ""
    return "offline", tr("status", "Offline"), since


def offline_fact(fresh: Freshness, waiting: int, now: datetime) -> Fact | None:
    """The banner while the hub cannot be reached, None when it can."""
    if fresh.state is not FreshnessState.OFFLINE:
        return None
    since = texts.list_time(fresh.since, now)
    rest = tr("status", "You can read, search and write.")
    if waiting:
        leaves = tr("status", "%n items wait in the outbox and are checked before they leave.", waiting)
        if waiting == 1:
            leaves = tr("status", "One item waits in the outbox and is checked before it leaves.")
        rest = f"{rest} {leaves.replace('%n', texts.count(waiting))}"
    bold = tr("status", "Offline since {time}.").format(time=since)
    return Fact("offline", "warning", "offline", bold, rest, tr("status", "Try now"), "retry")
