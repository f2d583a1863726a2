"""When a provider wants us to try again, whatever it writes."""

from datetime import UTC, datetime

import pytest

from mim_desk.channels.shared.http_answers import retry_after_s

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", None),
        ("30", 30.0),
        ("0", 0.0),
        ("9" * 5000, 3600.0),
        ("-5", None),
        ("nan", None),
        ("1e9", None),
        ("\u00b2", None),
        ("\u0663", None),
        ("soon", None),
        ("Sun, 22 Nov 2026 12:00:20 GMT", 20.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 9999 11:00:00 GMT", 3600.0),
        ("Sun, 22 Nov 99999999999999999999 11:00:00 GMT", None),
        ("Sun, 22 Nov 2026 11:00:00 +99999999", None),
        ("Sun, 22 Nov 2026 11:00:00" + " " * 100_000, 0.0),
    ],
)
def test_what_a_header_asks_for(told: str, seconds: float | None):
    assert retry_after_s({"retry-after": told}, NOW) == seconds
