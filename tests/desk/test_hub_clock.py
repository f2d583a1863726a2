"""Response clocks follow the hub's word and go on by a clock that nobody sets (reliability.md, F8)."""

from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.desk import hub_clock
from mim_desk.desk.hub_clock import HubClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class _Wall(datetime):
    """A clock on the wall that somebody set."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime(2031, 1, 1, tzinfo=UTC)


def test_setting_the_computers_clock_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [1_000.0]
    clock = HubClock(lambda: ticks[0])
    clock.set(NOON)

    monkeypatch.setattr(hub_clock, "datetime", _Wall)
    ticks[0] += 90.0

    assert clock() == NOON + timedelta(seconds=90)


def test_offline_from_the_start_it_counts_on_from_the_wall_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [5.0]
    before = datetime.now(UTC)
    clock = HubClock(lambda: ticks[0])
    started = clock()

    monkeypatch.setattr(hub_clock, "datetime", _Wall)
    ticks[0] += 3_600.0

    assert before <= started <= datetime.now(UTC)
    assert clock() - started == timedelta(hours=1)


def test_the_system_gives_seconds_that_go_forward() -> None:
    first, second = hub_clock.since_boot(), hub_clock.since_boot()

    assert 0 < first <= second
