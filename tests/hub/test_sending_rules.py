"""What the sender does after each kind of answer."""

from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.channels.base import Action, InDoubt, NeverLeft, Refused, Taken
from mim_desk.hub.begun import NOTHING_BEFORE
from mim_desk.hub.sending_rules import MOST_ATTEMPTS, Next, too_late, verdict, wait_before

RETRY = Refused(Action.RETRY, "The gateway is busy; trying again.", "429", 7.0)
DOUBT, NEVER = InDoubt("ReadTimeout"), NeverLeft("ConnectError")

CASES = {
    "taken": (Taken(("p-1",)), 1, False, Next.DONE),
    "busy": (RETRY, 1, False, Next.AGAIN),
    "busy for too long": (RETRY, MOST_ATTEMPTS, False, Next.FAILED),
    "no connection": (NEVER, 1, False, Next.AGAIN),
    "no connection for too long": (NEVER, MOST_ATTEMPTS, True, Next.FAILED),
    "bytes left, no key": (DOUBT, 1, False, Next.UNKNOWN),
    "bytes left, keyed": (DOUBT, 1, True, Next.AGAIN),
    "bytes left too often, keyed": (DOUBT, MOST_ATTEMPTS, True, Next.UNKNOWN),
    "wrong token": (Refused(Action.SETTINGS, "Check the token."), 1, False, Next.PAUSE),
    "blocked": (Refused(Action.BLOCKED, "The contact blocked us."), 1, True, Next.FAILED),
    "window closed": (Refused(Action.WINDOW_CLOSED, "The reply window is closed."), 1, True, Next.FAILED),
    "rejected": (Refused(Action.REJECTED, "Too long."), 1, True, Next.FAILED),
}


@pytest.mark.parametrize(("outcome", "attempt", "keyed", "wanted"), CASES.values(), ids=CASES.keys())
def test_each_outcome_has_its_consequence(outcome, attempt, keyed, wanted):
    told = verdict(outcome, attempt, keyed=keyed)

    assert told.next is wanted
    assert told.next is Next.DONE or told.reason.endswith(".")


@pytest.mark.parametrize("ids", [("p-1",), ()], ids=["that named it", "that gives what it takes no id"])
def test_a_reply_of_which_a_part_was_taken_is_never_tried_again_blindly_by_a_provider(ids):
    told = verdict(RETRY, 1, keyed=False, before=NOTHING_BEFORE.and_also(Taken(ids)))

    assert told.next is Next.FAILED
    assert (told.external_ids, told.parts) == (ids, 1)
    assert "Only a part" in told.reason


def test_the_rest_of_a_reply_follows_where_it_needs_no_answer_to_what_was_taken():
    before = NOTHING_BEFORE.and_also(Taken(("p-1",)), done=1, steps=2)

    told = verdict(RETRY, 1, keyed=False, before=before)

    assert (told.next, told.begun) == (Next.AGAIN, before)
    assert "the rest follows" in told.reason


def test_the_rest_in_doubt_is_unknown_without_a_key_and_tried_again_alone_under_one():
    before = NOTHING_BEFORE.and_also(Taken(("p-1",)), done=1, steps=2)

    assert verdict(DOUBT, 1, keyed=False, before=before).next is Next.UNKNOWN
    assert verdict(DOUBT, 1, keyed=True, before=before).begun == before


def test_a_rest_that_never_gets_through_says_that_a_part_was_sent():
    told = verdict(NEVER, MOST_ATTEMPTS, keyed=False, before=NOTHING_BEFORE.and_also(Taken(()), done=1, steps=2))

    assert (told.next, told.parts) == (Next.FAILED, 1)
    assert told.reason.startswith("Only a part")


@pytest.mark.parametrize(("hours", "over"), [(22, False), (23, True)])
def test_under_a_key_that_the_provider_knows_no_more_nothing_is_sent_again_by_itself(hours: int, over: bool):
    asked = datetime(2026, 11, 22, tzinfo=UTC)

    told = too_late(asked, asked + timedelta(hours=hours), timedelta(hours=23), NOTHING_BEFORE)

    assert (told is not None and told.next is Next.UNKNOWN) is over


def test_a_closed_window_is_remembered():
    told = verdict(CASES["window closed"][0], 1, keyed=False)

    assert told.window_closed


def test_retry_after_is_obeyed_and_spread():
    waits = {wait_before(1, 7.0) for _ in range(50)}

    assert all(timedelta(seconds=7) <= wait <= timedelta(seconds=8) for wait in waits)
    assert len(waits) > 1


def test_the_wait_grows_but_stays_bounded():
    assert max(wait_before(1, None) for _ in range(200)) <= timedelta(seconds=1)
    assert max(wait_before(30, None) for _ in range(200)) <= timedelta(seconds=300)
