"""The clock chip in words."""

from datetime import timedelta

import pytest

from mim_desk.domain.conversation import WaitingOn
from mim_desk.ui.widgets.chip import Chip, clock_chip, window_chip, window_closing
from tests.ui.samples import NOW, clock, row


@pytest.mark.parametrize(
    ("left_s", "text", "tone"),
    [
        pytest.param(842, "14:02", "neutral", id="running"),
        pytest.param(108, "1:48", "risk", id="at risk"),
        pytest.param(0, "0:00 over", "breach", id="due now"),
        pytest.param(-72, "1:12 over", "breach", id="breached"),
    ],
)
def test_a_running_clock_says_what_is_left(left_s: float, text: str, tone: str) -> None:
    chip = clock_chip(row(1, "Marta", "web_chat", "Hi", left_s=left_s).conversation, NOW)

    assert chip is not None
    assert (chip.text, chip.tone) == (text, tone)
    assert chip.ticks


def test_waiting_for_the_customer_is_a_pause() -> None:
    conversation = row(1, "Marta", "web_chat", "Hi", waiting_on=WaitingOn.CUSTOMER).conversation

    assert clock_chip(conversation, NOW) == Chip("Paused", icon="pause")


def test_met_shows_for_a_while_and_then_the_time_again() -> None:
    conversation = row(1, "Marta", "web_chat", "Hi", clocks=[clock(60, state="met")]).conversation

    met = clock_chip(conversation, NOW)

    assert met is not None
    assert met.text == "Met"
    assert clock_chip(conversation, NOW + timedelta(minutes=6)) is None


def test_the_reply_window_turns_amber_in_its_last_hour() -> None:
    far, near = window_chip(NOW + timedelta(hours=20), NOW), window_chip(NOW + timedelta(minutes=42), NOW)

    assert far is not None and near is not None
    assert (far.tone, far.text) == ("neutral", "20 h 00 min")
    assert (near.tone, near.text) == ("risk", "42 min")
    assert window_closing(NOW + timedelta(minutes=42), NOW) == "Closes in 42 min"
    assert window_closing(NOW + timedelta(hours=2), NOW) == ""
    assert window_chip(NOW, NOW) == Chip("Closed", "breach", "reply_window")
