"""Business time, held to the vectors and properties of response_times.md."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mim_desk.domain.sla import ROUND_THE_CLOCK, Calendar, Pause, SlaRefusal, due_at, elapsed

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WORKDAYS = range(5)
OFFICE = Calendar("UTC", {day: [("09:00", "17:00")] for day in WORKDAYS})
BERLIN_ALL_DAY = Calendar("Europe/Berlin", {day: [("00:00", "24:00")] for day in range(7)})
CALENDARS = (
    OFFICE,
    BERLIN_ALL_DAY,
    Calendar("Europe/Berlin", {day: [("22:00", "06:00")] for day in range(7)}, {date(2026, 3, 28): []}),
    Calendar(
        "America/New_York",
        {0: [("09:00", "12:30"), ("13:00", "17:15")], 2: [("00:00", "24:00")], 5: [("23:00", "01:00")]},
        {date(2026, 7, 3): [("10:00", "11:00")], date(2026, 11, 1): [("01:00", "04:00")]},
    ),
    Calendar("Asia/Kathmandu", {day: [("08:00", "10:00"), ("20:00", "24:00")] for day in (1, 3, 6)}),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("calendar", "start", "target", "due"),
    [
        pytest.param(OFFICE, utc("2026-01-30 16:30"), hours(1), utc("2026-02-02 09:30"), id="V1 over the weekend"),
        pytest.param(OFFICE, utc("2026-01-28 07:00"), hours(2), utc("2026-01-28 11:00"), id="V2 before opening"),
        pytest.param(OFFICE, utc("2026-01-30 16:55"), hours(24), utc("2026-02-04 16:55"), id="V3 three days of eight hours"),
        pytest.param(
            BERLIN_ALL_DAY,
            datetime(2026, 3, 28, 20, tzinfo=BERLIN),
            hours(12),
            datetime(2026, 3, 29, 9, tzinfo=BERLIN),
            id="V7 spring night",
        ),
        pytest.param(
            BERLIN_ALL_DAY,
            datetime(2026, 10, 24, 20, tzinfo=BERLIN),
            hours(12),
            datetime(2026, 10, 25, 7, tzinfo=BERLIN),
            id="autumn night",
        ),
        pytest.param(OFFICE, utc("2026-01-28 16:00"), hours(1), utc("2026-01-28 17:00"), id="V12 the edge itself"),
        pytest.param(
            OFFICE, utc("2026-01-28 17:00"), timedelta(minutes=1), utc("2026-01-29 09:01"), id="V12 after the edge"
        ),
        pytest.param(OFFICE, utc("2026-01-31 12:00"), hours(0), utc("2026-01-31 12:00"), id="no target is due at once"),
        pytest.param(
            CALENDARS[2], datetime(2026, 3, 27, 23, tzinfo=BERLIN), hours(8),
            datetime(2026, 3, 29, 23, tzinfo=BERLIN), id="an overnight shift keeps its end on a closed day",
        ),
        pytest.param(
            CALENDARS[3], datetime(2026, 7, 3, 8, tzinfo=NEW_YORK), timedelta(minutes=61),
            datetime(2026, 7, 4, 23, 1, tzinfo=NEW_YORK), id="a special day replaces the weekly plan",
        ),
    ],
)  # fmt: skip
def test_a_target_is_due_when_its_open_time_has_passed(
    calendar: Calendar, start: datetime, target: timedelta, due: datetime
) -> None:
    answered = due_at(calendar, start, target)

    assert answered == due
    assert answered is not None
    assert answered.tzinfo is UTC
    assert elapsed(calendar, start, due) == target


def test_the_day_of_the_spring_change_has_23_hours() -> None:
    """V7, second half."""
    midnight, next_midnight = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 3, 30, tzinfo=BERLIN)

    assert elapsed(BERLIN_ALL_DAY, midnight, next_midnight) == hours(23)


def test_an_open_pause_has_no_due_time() -> None:
    """V13."""
    begin = utc("2026-01-28 07:00")

    assert due_at(OFFICE, begin, hours(1), [(begin, None)]) is None
    assert due_at(OFFICE, begin, hours(3), [(utc("2026-01-28 11:59:59"), None)]) is None


def test_a_target_reached_before_the_open_pause_is_due() -> None:
    assert due_at(OFFICE, utc("2026-01-28 09:00"), hours(3), [(utc("2026-01-28 12:00"), None)]) == utc(
        "2026-01-28 12:00"
    )


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([(utc("2026-01-28 09:30"), utc("2026-01-28 10:30"))], "2026-01-28 12:00"),
        ([(utc("2026-01-28 10:00"), utc("2026-01-28 10:30")), (utc("2026-01-28 09:30"), utc("2026-01-28 10:15"))], "2026-01-28 12:00"),
        ([(utc("2026-01-27 10:00"), utc("2026-01-28 08:00"))], "2026-01-28 11:00"),
        ([(utc("2026-01-28 10:00"), utc("2026-01-30 10:00"))], "2026-01-30 11:00"),
        ([(utc("2026-01-28 10:00"), utc("2026-01-28 10:00"))], "2026-01-28 11:00"),
    ],
    ids=["inside", "overlapping and unsorted", "before", "over two nights", "empty"],
)  # fmt: skip
def test_pauses_do_not_count(pauses: list[Pause], due: str) -> None:
    assert due_at(OFFICE, utc("2026-01-28 07:00"), hours(2), pauses) == utc(due)


def test_no_time_passes_backwards() -> None:
    assert elapsed(ROUND_THE_CLOCK, utc("2026-01-02 00:00"), utc("2026-01-01 00:00")) == timedelta(0)


NINE = [("09:00", "17:00")]


@pytest.mark.parametrize(
    ("zone", "weekly", "special", "field"),
    [
        pytest.param("UTC", {}, {}, "weekly", id="V14 nothing at all"),
        pytest.param("UTC", {0: []}, {date(2026, 1, 1): []}, "weekly", id="V14 only closed days"),
        pytest.param("Mars/Olympus", {0: NINE}, {}, "zone", id="unknown zone"),
        pytest.param("../etc/passwd", {0: NINE}, {}, "zone", id="a path is no zone"),
        pytest.param("Europe", {0: NINE}, {}, "zone", id="a folder is no zone"),
        pytest.param("", {0: NINE}, {}, "zone", id="empty zone"),
        pytest.param("UTC", {7: NINE}, {}, "weekly[7]", id="an eighth day"),
        pytest.param("UTC", {1: [("09:00", "12:00"), ("11:00", "13:00")]}, {}, "weekly[1]", id="overlap in a day"),
        pytest.param("UTC", {0: [("20:00", "04:00")], 1: [("03:00", "05:00")]}, {}, "weekly[1]", id="overlap over midnight"),
        pytest.param("UTC", {6: [("20:00", "04:00")], 0: [("03:00", "05:00")]}, {}, "weekly[0]", id="overlap over Sunday"),
        pytest.param("UTC", {0: [("9:00", "17:00")]}, {}, "weekly[0]", id="one digit"),
        pytest.param("UTC", {0: [("09:60", "17:00")]}, {}, "weekly[0]", id="sixty minutes"),
        pytest.param("UTC", {0: [("24:00", "17:00")]}, {}, "weekly[0]", id="24:00 begins nothing"),
        pytest.param("UTC", {0: [("09:00", "24:01")]}, {}, "weekly[0]", id="after the end of the day"),
        pytest.param("UTC", {0: NINE}, {date(2026, 1, 1): [("x", "y")]}, "special[2026-01-01]", id="special times"),
        pytest.param(
            "UTC", {day: [("22:00", "06:00")] for day in range(7)}, {date(2026, 1, 1): [("05:00", "09:00")]},
            "special[2026-01-01]", id="a special day overlaps the night before",
        ),
    ],
)  # fmt: skip
def test_a_calendar_that_makes_no_sense_is_refused_by_field(
    zone: str, weekly: dict[int, list[tuple[str, str]]], special: dict[date, list[tuple[str, str]]], field: str
) -> None:
    with pytest.raises(SlaRefusal) as refused:
        Calendar(zone, weekly, special)

    assert refused.value.field == field
    assert field in str(refused.value)


def test_touching_spans_do_not_overlap() -> None:
    touching = Calendar("UTC", {0: [("12:00", "24:00"), ("09:00", "12:00")], 1: [("00:00", "09:00")]})

    assert elapsed(touching, utc("2026-01-26 00:00"), utc("2026-01-28 00:00")) == hours(24)


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda: due_at(OFFICE, datetime(2026, 1, 1), hours(1)), "start"),
        (lambda: due_at(OFFICE, utc("2026-01-01 00:00"), hours(-1)), "target"),
        (lambda: elapsed(OFFICE, utc("2026-01-01 00:00"), datetime(2026, 1, 1)), "end"),
        (lambda: elapsed(OFFICE, utc("2026-01-01 00:00"), utc("2026-01-02 00:00"), [(datetime(2026, 1, 1), None)]), "pauses[0]"),
        (lambda: due_at(Calendar("UTC", {}, {date(2026, 1, 1): NINE}), utc("2026-01-01 00:00"), hours(9)), "target"),
    ],
    ids=["start without zone", "negative target", "end without zone", "pause without zone", "never open again"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_by_field(ask: object, field: str) -> None:
    with pytest.raises(SlaRefusal) as refused:
        ask()  # type: ignore[operator]

    assert refused.value.field == field


def test_round_the_clock_has_no_hole_in_a_zone_that_lost_a_day_or_changes_at_midnight() -> None:
    for zone in ("Pacific/Apia", "America/Havana", "Asia/Beirut", "Antarctica/Troll"):
        always = Calendar(zone, {day: [("00:00", "24:00")] for day in range(7)})

        assert elapsed(always, utc("2011-12-01 00:00"), utc("2013-12-01 00:00")) == timedelta(days=731)


moments = st.integers(0, 366 * 24 * 3600).map(lambda second: utc("2026-01-01 00:00") + timedelta(seconds=second))
pauses_of = st.lists(st.tuples(moments, st.integers(1, 500_000)), max_size=3).map(
    lambda found: [(begin, begin + timedelta(seconds=length)) for begin, length in found]
)
SECOND = timedelta(seconds=1)


@settings(max_examples=4000, deadline=None)
@given(
    calendar=st.sampled_from(CALENDARS),
    start=moments,
    seconds=st.integers(1, 40 * 3600),
    more=st.integers(0, 40 * 3600),
    pauses=pauses_of,
    extra=pauses_of,
)
def test_due_and_elapsed_are_inverse_additive_and_monotone(
    calendar: Calendar, start: datetime, seconds: int, more: int, pauses: list[Pause], extra: list[Pause]
) -> None:
    target = timedelta(seconds=seconds)
    due = due_at(calendar, start, target, pauses)
    assert due is not None

    assert elapsed(calendar, start, due, pauses) == target
    assert elapsed(calendar, start, due - SECOND, pauses) == target - SECOND
    middle, end = start + timedelta(seconds=more), due + timedelta(seconds=more)
    first, last = min(middle, end), max(middle, end)
    assert elapsed(calendar, start, last, pauses) == (
        elapsed(calendar, start, first, pauses) + elapsed(calendar, first, last, pauses)
    )
    later = due_at(calendar, start, target + timedelta(seconds=more), pauses)
    assert later is not None
    assert later >= due
    held = due_at(calendar, start, target, pauses + extra)
    assert held is not None
    assert held >= due
    assert due_at(calendar, start, target, list(reversed(pauses))) == due


def open_by_the_wall_clock(calendar: Calendar, moment: datetime) -> bool:
    """The plan read naively: what do the clock and calendar on the wall say?"""
    local = moment.astimezone(ZoneInfo(calendar.zone))

    def plan(day: date) -> list[tuple[str, str]]:
        return list(calendar.special[day] if day in calendar.special else calendar.weekly.get(day.weekday(), []))

    now = local.strftime("%H:%M")
    today = any(begin <= now < end or (end <= begin and now >= begin) for begin, end in plan(local.date()))
    yesterday = plan(local.date() - timedelta(days=1))
    return today or any(end <= begin and now < end for begin, end in yesterday)


@settings(max_examples=60, deadline=None)
@given(calendar=st.sampled_from(CALENDARS), start=moments, quarters=st.integers(1, 400))
def test_elapsed_is_what_the_clock_on_the_wall_counts(calendar: Calendar, start: datetime, quarters: int) -> None:
    start = start.replace(minute=0, second=0)
    quarter = timedelta(minutes=15)

    counted = sum(open_by_the_wall_clock(calendar, start + number * quarter) for number in range(quarters))

    assert elapsed(calendar, start, start + quarters * quarter) == counted * quarter


def test_a_year_of_business_time_looks_at_each_day_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: the second question costs no further look at any zone."""
    calendar = Calendar("Europe/Berlin", dict.fromkeys(WORKDAYS, NINE))
    looks = 0
    real = Calendar._at

    def counting(self: Calendar, ordinal: int, minute: int) -> int:
        nonlocal looks
        looks += 1
        return real(self, ordinal, minute)

    monkeypatch.setattr(Calendar, "_at", counting)
    due_at(calendar, utc("2026-01-01 00:00"), hours(250 * 8))
    first = looks
    due_at(calendar, utc("2026-01-01 00:00"), hours(250 * 8))

    assert first <= 2 * 366
    assert looks == first
