"""The reply window runs on calendar time from the customer's last message."""

from datetime import UTC, datetime, timedelta

from mim_desk.domain.reply_window import can_reply, closes_at

NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)
DAY_S = 24 * 3600


def test_the_window_is_open_until_its_end() -> None:
    end = NOON + timedelta(days=1)

    assert closes_at(NOON, DAY_S) == end
    assert can_reply(end - timedelta(milliseconds=1), NOON, DAY_S)
    assert not can_reply(end, NOON, DAY_S)


def test_a_channel_without_a_window_is_always_open() -> None:
    assert closes_at(NOON, None) is None
    assert can_reply(NOON, None, None)


def test_a_window_that_nobody_opened_is_closed() -> None:
    assert closes_at(None, DAY_S) is None
    assert not can_reply(NOON, None, DAY_S)


def test_the_end_of_a_session_closes_the_window_until_they_write_again() -> None:
    over, later = NOON + timedelta(hours=1), NOON + timedelta(hours=2)

    assert closes_at(NOON, DAY_S, over) == over
    assert not can_reply(over, NOON, DAY_S, over)
    assert closes_at(later, DAY_S, over) == later + timedelta(days=1)
