"""Opening hours: what people write down, and whether it is open at an instant, over clock changes and holidays."""

from datetime import UTC, datetime

import pytest

from mim_desk.domain.business_hours import Opening, calendar_of, opening
from mim_desk.domain.sla import ROUND_THE_CLOCK, SlaRefusal

WEEK = {day: [["09:00", "13:00"], ["15:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MADRID = {"time_zone": "Europe/Madrid", "weekly": WEEK}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "is_open", "changes_at"),
    [
        pytest.param("2026-11-23T10:00+01:00", True, "2026-11-23T13:00+01:00", id="in the morning"),
        pytest.param("2026-11-23T13:00+01:00", False, "2026-11-23T15:00+01:00", id="the end is outside"),
        pytest.param("2026-11-23T15:00+01:00", True, "2026-11-23T18:00+01:00", id="the beginning is inside"),
        pytest.param("2026-11-27T18:00+01:00", False, "2026-11-30T09:00+01:00", id="over the weekend"),
        pytest.param("2026-12-24T20:00+01:00", False, "2026-12-28T09:00+01:00", id="over a holiday"),
        pytest.param("2026-12-31T11:00+01:00", False, "2027-01-01T09:00+01:00", id="a day of its own hours"),
        pytest.param("2026-03-27T20:00+01:00", False, "2026-03-30T09:00+02:00", id="clocks go forward"),
        pytest.param("2026-10-23T20:00+02:00", False, "2026-10-26T09:00+01:00", id="clocks go back"),
    ],
)
def test_the_hours_say_when_it_changes(now: str, is_open: bool, changes_at: str) -> None:
    hours = {**MADRID, "holidays": ["2026-12-25"], "special": {"2026-12-31": [["09:00", "10:00"]]}}

    assert opening(calendar_of(hours), at(now)) == Opening(is_open, at(changes_at))


def test_days_that_meet_at_midnight_are_one_stretch() -> None:
    hours = {"time_zone": "UTC", "weekly": {"mon": [["20:00", "24:00"]], "tue": [["00:00", "04:00"]]}}

    assert opening(calendar_of(hours), at("2026-11-23T21:00+00:00")) == Opening(True, at("2026-11-24T04:00+00:00"))


def test_round_the_clock_never_closes() -> None:
    assert opening(ROUND_THE_CLOCK, at("2026-11-23T21:00+00:00")) == Opening(True, None)


def test_what_never_opens_again_says_no_time() -> None:
    once = calendar_of({"time_zone": "UTC", "special": {"2026-11-23": [["09:00", "10:00"]]}})

    assert opening(once, at("2026-11-23T09:30+00:00")) == Opening(True, at("2026-11-23T10:00+00:00"))
    assert opening(once, at("2026-11-23T10:00+00:00")) == Opening(False, None)


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        pytest.param({"weekly": WEEK}, "time_zone", id="no zone"),
        pytest.param({"time_zone": "Mars/Olympus", "weekly": WEEK}, "zone", id="unknown zone"),
        pytest.param({"time_zone": "../etc/passwd", "weekly": WEEK}, "zone", id="a path for a zone"),
        pytest.param({"time_zone": "UTC"}, "weekly", id="never open"),
        pytest.param({"time_zone": "UTC", "weekly": {"Monday": []}}, "weekly.Monday", id="unknown day"),
        pytest.param({"time_zone": "UTC", "weekly": {"mon": [["9", "17:00"]]}}, "weekly[0]", id="no clock time"),
        pytest.param({"time_zone": "UTC", "weekly": {"mon": "09:00"}}, "weekly.mon", id="no spans"),
        pytest.param({"time_zone": "UTC", "weekly": {"mon": [["09:00"]]}}, "weekly.mon", id="half a span"),
        pytest.param({"time_zone": "UTC", "weekly": []}, "weekly", id="a list of days"),
        pytest.param({**MADRID, "holidays": ["25.12.2026"]}, "holidays", id="another date"),
        pytest.param({**MADRID, "holidays": "2026-12-25"}, "holidays", id="no list"),
        pytest.param({**MADRID, "special": {"x": []}}, "special", id="no date"),
        pytest.param({**MADRID, "colour": "red"}, "colour", id="unknown name"),
    ],
)
def test_hours_that_make_no_sense_are_refused_by_name(hours: dict[str, object], field: str) -> None:
    with pytest.raises(SlaRefusal) as refused:
        calendar_of(hours)

    assert refused.value.field == field
