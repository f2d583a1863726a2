"""Providers tell late, twice and out of order: whatever the order, conversation, clocks and messages are the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mim_desk.channels.events import Echo, Event, MessageDeleted, MessageEdited, ReactionSeen, Receipt, Sender
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.store import messages, sla
from mim_desk.hub.store.store import Store
from tests.hub.store.conftest import KEY
from tests.hub.store.made import INBOX, OTHER_INBOX, START, conversation_of, delivery, prepare, wrote

people = count()


@dataclass(frozen=True)
class Step:
    """Something a provider tells; ``target`` is the place of the message it speaks of."""

    kind: str
    at: int
    target: int = 0

    def event(self, who: str) -> Event:
        at, sender = START + timedelta(seconds=self.at), Sender(who, "Ann Chan")
        named = f"{who}-{self.target}"
        match self.kind:
            case "in":
                return wrote(named, f"said at {self.at}", who=who, at=self.at)
            case "echo":
                return Echo(named, sender, at, f"answered at {self.at}")
            case "edit":
                return MessageEdited(named, at, f"edited at {self.at}")
            case "delete":
                return MessageDeleted(named, at)
            case "react":
                return ReactionSeen(sender, at, "👍", external_id=named)
            case status:
                return Receipt(DeliveryStatus(status), at, external_id=named)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Messages both ways at different times, each perhaps with news of it."""
    times = draw(st.lists(st.integers(0, 2000), min_size=1, max_size=7, unique=True))
    steps: list[Step] = []
    for place, at in enumerate(times):
        comes_in = place == 0 or draw(st.booleans())
        steps.append(Step("in" if comes_in else "echo", at, place))
        news = ("edit", "delete", "react") if comes_in else ("delivered", "read", "failed")
        told = draw(st.lists(st.sampled_from(news), max_size=2, unique=True))
        steps += [Step(kind, at + 1 + draw(st.integers(0, 100)), place) for kind in told]
    return steps


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    """A history, and the same in another order with some of it twice."""
    steps = draw(histories())
    again = draw(st.lists(st.sampled_from(steps), max_size=3))
    return steps, draw(st.permutations(steps + again))


async def told(store: Store, who: str, steps: Sequence[Step], inbox_id: str) -> dict[str, object]:
    """What the store knows of a new contact once these steps were told, some of them at the same moment."""
    for start in range(0, len(steps), 3):
        part = [delivery(step.event(who), inbox_id=inbox_id, received=9_000) for step in steps[start : start + 3]]
        for one in part:
            await store.writer.ingest(one)
    return await shown(store, who, inbox_id)


async def shown(store: Store, who: str, inbox_id: str) -> dict[str, object]:
    row = await conversation_of(store, who, inbox_id)
    page, _ = await store.read(lambda conn: messages.of_conversation(conn, row.id, 100))
    segments = await store.read(lambda conn: sla.stored(conn, row.id))
    return {
        "conversation": msgspec.structs.replace(
            row, id="", number=0, contact_id="", created_at=START, version=0, last_message=None, contact_read_up_to=None
        ),
        "last": row.last_message and (row.last_message.text, row.last_message.occurred_at),
        "read up to": next((one.text for one in page if one.id == row.contact_read_up_to), None),
        "segments": segments,
        "messages": [
            (one.kind, one.text, one.occurred_at, one.edited_at, one.deleted_at, len(one.reactions))
            + ((one.delivery.status,) if one.delivery else ())
            for one in page
        ],
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("inbox_id", [INBOX, OTHER_INBOX], ids=["no window", "reply window"])
def test_any_order_of_deliveries_ends_in_the_same_state(tmp_path: Path, inbox_id: str):
    with asyncio.Runner() as runner:
        store = runner.run(Store.open(f"sqlite:///{tmp_path}/hub.db", KEY, now=lambda: START + timedelta(hours=3)))
        runner.run(store.writer.run(prepare))

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
        @given(shuffled())
        def same(orders: tuple[list[Step], list[Step]]) -> None:
            states = [runner.run(told(store, f"cust-{next(people)}", steps, inbox_id)) for steps in orders]
            assert states[0] == states[1]

        try:
            same()
        finally:
            runner.run(store.close())


async def test_messages_that_come_backwards_are_told_as_if_they_came_in_order(shop: Store):
    steps = [Step("in", 10, 0), Step("echo", 50, 1), Step("in", 70, 2), Step("in", 90, 3), Step("echo", 400, 4)]

    states = [await told(shop, f"cust-{place}", order, INBOX) for place, order in enumerate((steps, steps[::-1]))]

    assert states[0] == states[1]
    assert [one.state.value for one in states[0]["segments"]] == ["met", "breached"]


async def test_an_answer_that_failed_for_a_while_counts_from_when_it_was_first_accepted(shop: Store):
    steps = [Step("in", 0, 0), Step("echo", 1, 1), Step("failed", 2, 1), Step("delivered", 3, 1)]

    orders = (steps, [steps[0], steps[1], steps[3], steps[2]], [steps[3], steps[2], steps[1], steps[0]])
    states = [await told(shop, f"cust-{place}", order, INBOX) for place, order in enumerate(orders)]

    assert states[0] == states[1] == states[2]
    assert [one.stopped_at for one in states[0]["segments"]] == [START + timedelta(seconds=1)]
