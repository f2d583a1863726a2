"""Times as providers tell them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.moments import moment

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOLD = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)

READ = {
    "seconds": 1795305600,
    "seconds in digits": "1795305600",
    "seconds with a fraction": 1795305600.0,
    "milliseconds": 1795305600000,
    "milliseconds in digits": "1795305600000",
}
ABSURD = {
    "nothing": None,
    "empty": "",
    "a word": "soon",
    "a sign": "-1795305600",
    "foreign digits": "١٧٩٥٣٠٥٦٠٠",
    "a truth": True,
    "negative": -1795305600,
    "zero": 0,
    "the year 2096": 3976214400,
    "microseconds": 1795305600000000,
    "larger than a number can be": 10**400,
    "endless": float("inf"),
    "no number": float("nan"),
    "very long digits": "9" * 5000,
    "a list": [1795305600],
}


@pytest.mark.parametrize("told", READ.values(), ids=READ.keys())
def test_seconds_and_milliseconds_are_told_apart(told: object):
    assert moment(told, NOW) == TOLD


def test_milliseconds_are_kept():
    assert moment("1795305600123", NOW) == TOLD + timedelta(milliseconds=123)


@pytest.mark.parametrize("told", ABSURD.values(), ids=ABSURD.keys())
def test_what_cannot_be_a_time_is_the_time_of_the_delivery(told: object):
    assert moment(told, NOW) == NOW


def test_a_clock_a_little_ahead_of_ours_is_believed():
    assert moment(int(NOW.timestamp()) + 60, NOW) == NOW + timedelta(minutes=1)


@given(st.one_of(st.integers(), st.floats(), st.text(max_size=30), st.none()))
def test_anything_is_a_time_near_ours(told: object):
    at = moment(told, NOW)

    assert at.tzinfo is UTC
    assert at <= NOW + timedelta(days=1)
