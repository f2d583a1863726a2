"""How many more messages may answer the customer's last one."""

from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.reply_count import Answer, Opening, left

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


AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
MESSAGE = Opening(AT, 5)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(("answers", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_is_left_follows_from_what_was_said(answers: list[Answer], wanted: int):
    assert left([MESSAGE], [(after(1), one) for one in answers], after(2)) == wanted


CLICK = Opening(after(10), 3, after(70))
ONE = Answer(SENT)
OPENED = {
    "a click alone": ([CLICK], [], 20, 3),
    "a click that lapsed": ([CLICK], [], 70, 0),
    "a click beside a message": ([CLICK, MESSAGE], [], 20, 8),
    "after it lapsed the message's own": ([CLICK, MESSAGE], [], 71, 5),
    "the click's are used first": ([CLICK, MESSAGE], [(20, ONE), (30, ONE)], 71, 5),
    "then the message's": ([CLICK, MESSAGE], [(20, Answer(SENT, 4))], 71, 4),
    "what was sent before the click": ([CLICK, MESSAGE], [(5, ONE)], 20, 7),
    "what was sent after it lapsed": ([CLICK, MESSAGE], [(80, ONE)], 90, 4),
    "refused after the click": ([CLICK, MESSAGE], [(20, Answer(FAILED, 0, window_closed=True))], 30, 0),
    "refused before the click": ([CLICK, MESSAGE], [(5, Answer(FAILED, 0, window_closed=True))], 30, 3),
}


@pytest.mark.parametrize(("openings", "answers", "now", "wanted"), OPENED.values(), ids=OPENED.keys())
def test_what_the_customer_does_besides_writing_opens_a_count_of_its_own(
    openings: list[Opening], answers: list[tuple[float, Answer]], now: float, wanted: int
):
    assert left(openings, [(after(at), one) for at, one in answers], after(now)) == wanted
