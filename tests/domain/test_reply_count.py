"""How many more messages may answer the customer's last one."""

import pytest

from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.reply_count import Answer, left

SENT, FAILED, UNKNOWN, QUEUED = (
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.QUEUED,
)
CASES = {
    "nothing said": ([], 5),
    "two sent": ([Answer(SENT), Answer(SENT)], 3),
    "a long text in three parts": ([Answer(SENT, 3)], 2),
    "one waits to be sent": ([Answer(QUEUED)], 4),
    "one in doubt counts": ([Answer(UNKNOWN)], 4),
    "an answer from elsewhere counts": ([Answer(SENT, 0)], 4),
    "one that failed takes nothing": ([Answer(FAILED, 0)], 5),
    "one that failed at its third part": ([Answer(FAILED, 2)], 3),
    "more than it counts itself": ([Answer(SENT)] * 7, 0),
    "refused until the customer writes": ([Answer(FAILED, 0, window_closed=True)], 0),
}


@pytest.mark.parametrize(("answers", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_is_left_follows_from_what_was_said(answers, wanted):
    assert left(5, answers) == wanted
