"""What stands under a reply: that it takes longer is told, and asks nothing of the agent."""

import pytest

from mim_desk.domain.message import DeliveryStatus
from mim_desk.ui.timeline.bubble import foot_of
from tests.ui.timeline.samples import reply

LONGER = "The customer's mail server has not taken it yet; it is tried on, maybe for days."


def test_a_reply_that_takes_longer_says_so_without_a_button():
    told = foot_of(reply("Hi", status=DeliveryStatus.SENT, reason=LONGER))

    assert told == (LONGER, "text-muted", None, "")


@pytest.mark.parametrize("status", [DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ])
def test_a_reply_of_which_nothing_is_said_has_no_foot(status: DeliveryStatus):
    assert foot_of(reply("Hi", status=status)) is None
