"""The writer: many items in one commit, each for itself."""

import asyncio
from datetime import UTC, datetime

import pytest

from mim_desk.hub.store import driver
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def label(number: int):
    def work(unit: Unit) -> int:
        row = rows.Label(id=f"label-{number}", name=f"Label {number}")
        driver.execute(
            unit.conn,
            "INSERT INTO labels (id, name, version, row) VALUES (?, ?, ?, ?)",
            (row.id, row.name, row.version, unit.append("label", row)),
        )
        return number

    return work


async def names(store: Store) -> list[str]:
    return [name for (name,) in await store.read(lambda conn: driver.rows(conn, "SELECT id FROM labels ORDER BY id"))]


async def test_the_answer_comes_after_the_commit(store: Store):
    assert await store.writer.run(label(1)) == 1

    assert await names(store) == ["label-1"]


async def test_an_item_that_fails_leaves_its_neighbours_alone(store: Store):
    outcomes = await asyncio.gather(
        *(store.writer.run(label(number)) for number in (1, 2, 1, 3)), return_exceptions=True
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [1, 2, 3]
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert await names(store) == ["label-1", "label-2", "label-3"]


async def test_an_exception_of_the_work_is_the_callers_and_undoes_its_changes(store: Store):
    def fails(unit: Unit) -> None:
        label(7)(unit)
        raise KeyError("no")

    with pytest.raises(KeyError):
        await store.writer.run(fails)

    assert await names(store) == []
    assert await store.log.after(0) == []


async def test_events_are_numbered_without_gaps_over_failures(store: Store):
    await asyncio.gather(*(store.writer.run(label(number % 40)) for number in range(60)), return_exceptions=True)

    events = await store.log.after(0)
    assert [event.seq for event in events] == list(range(1, 41))
    assert store.log.seq == 40


async def test_a_follower_is_woken_by_a_commit(store: Store):
    wake_up = store.log.subscribe()

    waiting = asyncio.gather(wake_up.wait(), store.writer.run(label(1)))

    async with asyncio.timeout(5):
        assert await waiting == [1, 1]


async def test_of_one_row_only_the_last_state_of_a_transaction_is_logged(store: Store):
    def twice(unit: Unit) -> None:
        unit.append("contact", rows.Contact(id="c", name="first", created_at=datetime(2026, 1, 1, tzinfo=UTC)))
        unit.append("contact", rows.Contact(id="c", name="last", created_at=datetime(2026, 1, 1, tzinfo=UTC)))

    await store.writer.run(twice)

    (event,) = await store.log.after(0)
    assert b'"last"' in event.payload
