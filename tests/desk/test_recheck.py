"""A change made on an older row: done already, merged, made on the new one, or put to the agent."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mim_desk.desk.recheck import is_over, recheck
from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.message import AuthorType, MessageKind, MessageType
from mim_desk.protocol import api, rows

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROW = rows.Conversation("c", 1, "k", "i", "b", NOON, 5, labels=["VIP"], assignee_id="ana")
Patch = api.ConversationPatch


@pytest.mark.parametrize(
    ("wanted", "base", "now", "left"),
    [
        pytest.param(Patch(priority=Priority.HIGH), Patch(priority=Priority.NONE), {}, Patch(priority=Priority.HIGH), id="nobody touched it"),
        pytest.param(Patch(assignee_id="leo"), Patch(assignee_id="ana"), {"assignee_id": "leo"}, None, id="it already is so"),
        pytest.param(Patch(labels=["VIP", "New"]), Patch(labels=["VIP"]), {"labels": ["VIP", "Theirs"]}, Patch(labels=["VIP", "Theirs", "New"]), id="both added a label"),
        pytest.param(Patch(labels=[]), Patch(labels=["VIP"]), {"labels": ["VIP", "Theirs"]}, Patch(labels=["Theirs"]), id="one removed, the other added"),
        pytest.param(Patch(labels=["New"]), Patch(labels=[]), {"labels": ["New"]}, None, id="both added the same label"),
        pytest.param(Patch(status=Status.RESOLVED, reason="spam"), Patch(status=Status.OPEN), {"unread": 0}, Patch(status=Status.RESOLVED, reason="spam"), id="the reason goes along"),
    ],
)  # fmt: skip
def test_what_does_not_clash_goes_on(wanted: Patch, base: Patch, now: dict[str, object], left: Patch | None) -> None:
    verdict = recheck(wanted, base, msgspec.structs.replace(ROW, version=9, **now), NOON)

    assert verdict.conflict == ""
    assert verdict.patch == left


def test_another_agents_change_of_the_same_field_is_put_to_the_agent() -> None:
    current = msgspec.structs.replace(ROW, assignee_id="bo")

    verdict = recheck(Patch(assignee_id="leo"), Patch(assignee_id="ana"), current, NOON)

    assert verdict.conflict == "Somebody changed the assignee meanwhile."
    assert verdict.code == "changed"


@pytest.mark.parametrize(("minutes", "code"), [(-5, ""), (5, "customer_wrote")], ids=["before", "after"])
def test_resolving_is_held_when_the_customer_wrote_after_it(minutes: int, code: str) -> None:
    current = msgspec.structs.replace(ROW, waiting_since=NOON + timedelta(minutes=minutes))

    verdict = recheck(Patch(status=Status.RESOLVED), Patch(status=Status.OPEN), current, NOON)

    assert verdict.code == code


@pytest.mark.parametrize(("minutes", "code"), [(-5, ""), (5, "customer_wrote")], ids=["before", "after"])
def test_resolving_is_held_when_a_customer_who_waited_already_wrote_once_more(minutes: int, code: str) -> None:
    author, at = rows.Author(AuthorType.CONTACT, "c"), NOON + timedelta(minutes=minutes)
    newest = rows.LastMessage("m", MessageKind.INCOMING, MessageType.TEXT, "And this?", author, at)
    current = msgspec.structs.replace(ROW, waiting_since=NOON - timedelta(hours=1), last_message=newest)

    verdict = recheck(Patch(status=Status.RESOLVED), Patch(status=Status.OPEN), current, NOON)

    assert verdict.code == code


@pytest.mark.parametrize(("minutes", "over"), [(-1, True), (1, False)])
def test_a_snooze_is_over_once_its_end_has_come(minutes: int, over: bool) -> None:
    snooze = Patch(status=Status.SNOOZED, snoozed_until=NOON + timedelta(minutes=minutes))

    assert is_over(snooze, NOON) is over
    assert not is_over(Patch(status=Status.RESOLVED), NOON)
