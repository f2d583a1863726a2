"""How fresh the screen is, in words."""

from datetime import timedelta

from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.ui import status, texts
from tests.ui.samples import NOW

RAW = "peer closed connection without sending complete message body (incomplete chunked read)"


def test_the_offline_banner_says_since_when_and_what_still_works_and_nothing_technical() -> None:
    since = NOW - timedelta(minutes=9)

    fact = status.offline_fact(Freshness(FreshnessState.OFFLINE, since, reason=RAW), 0, NOW)

    assert fact is not None
    assert fact.bold == f"Offline since {texts.clock_time(since)}."
    assert fact.rest == "You can read, search and write."


def test_the_offline_banner_counts_what_waits() -> None:
    fact = status.offline_fact(Freshness(FreshnessState.OFFLINE, NOW), 3, NOW)

    assert fact is not None
    assert fact.rest.endswith("3 items wait in the outbox and are checked before they leave.")
