"""When a reply window closed, as one would say it."""

from datetime import datetime, timedelta

import pytest

from mim_desk.ui.composer.closing import closed_since

NOW = datetime(2026, 11, 22, 10, 40).astimezone()


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        pytest.param(timedelta(hours=2), "closed today at", id="today"),
        pytest.param(timedelta(hours=11), "closed yesterday at", id="last evening"),
        pytest.param(timedelta(hours=34), "closed yesterday at", id="yesterday, just"),
        pytest.param(timedelta(hours=35), "Fri 20 Nov 2026, 23:40", id="a day before"),
    ],
)
def test_it_names_today_and_yesterday_and_else_the_date(ago, said) -> None:
    assert said in closed_since(NOW - ago, NOW)


def test_without_a_time_it_says_the_fact_alone() -> None:
    assert closed_since(None, NOW) == "The reply window is closed."
