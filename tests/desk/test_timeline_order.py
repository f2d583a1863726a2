"""A timeline stands in the order of writing, whatever the order of arrival."""

from datetime import timedelta

import msgspec
import pytest

from mim_desk.desk.cache import timelines
from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import TimelineKey, timeline_ms
from mim_desk.protocol import rows
from tests.desk.workspace import an_id, contact_id


async def put(session: Session, *messages: rows.Message) -> None:
    """As the replica does."""
    batch = Batch()
    for message in messages:
        batch.put("message", message, msgspec.json.encode(message))
    await session.cache.apply(lambda: batch, 1001)


async def shown(session: Session) -> list[rows.Message]:
    """The whole timeline of a contact."""
    return [item.message for item in (await session.cache.timeline(contact_id(1), limit=500)).items]


async def test_a_late_message_stands_where_it_was_written(session: Session) -> None:
    before = await shown(session)
    written = before[3].occurred_at + timedelta(milliseconds=1)
    late = msgspec.structs.replace(
        before[0], id=an_id(77, 1), occurred_at=written, received_at=before[-1].received_at + timedelta(seconds=9)
    )

    await put(session, late)

    assert [each.id for each in await shown(session)] == [
        *(each.id for each in before[:4]),
        late.id,
        *(each.id for each in before[4:]),
    ]
    around = await session.cache.around(late.id, limit=2)
    assert [item.message.id for item in around.items] == [before[3].id, late.id, before[4].id]


async def test_a_clock_that_is_ahead_puts_no_message_after_its_arrival(session: Session) -> None:
    before = await shown(session)
    ahead = msgspec.structs.replace(before[2], id=an_id(77, 2), occurred_at=before[-1].received_at + timedelta(days=1))

    await put(session, ahead)

    assert {each.id for each in (await shown(session))[2:4]} == {before[2].id, ahead.id}


async def test_messages_of_one_moment_keep_one_order_on_every_page(session: Session) -> None:
    before = await shown(session)
    same = [msgspec.structs.replace(before[4], id=an_id(77, number)) for number in (3, 1, 2)]
    await put(session, *same)

    whole = (await session.cache.timeline(contact_id(1), limit=500)).items
    page = await session.cache.timeline(contact_id(1), limit=2)
    paged = page.items
    while page.more:
        page = await session.cache.timeline(contact_id(1), before=paged[0].key, limit=2)
        paged = [*page.items, *paged]

    assert [item.message.id for item in paged] == [item.message.id for item in whole]
    assert [item.key for item in whole] == sorted(item.key for item in whole)


async def test_the_place_of_an_item_is_the_place_in_the_cache(session: Session) -> None:
    await put(session, *[
        msgspec.structs.replace(each, id=an_id(78, n), occurred_at=each.occurred_at + timedelta(milliseconds=n),
                                received_at=each.received_at + timedelta(milliseconds=n))
        for n, each in enumerate((await shown(session))[:1] * 300)
    ])  # fmt: skip
    stored = await session.cache.read(
        lambda connection: dict(connection.execute("SELECT id, at_ms FROM messages").fetchall())
    )

    for item in (await session.cache.timeline(contact_id(1), limit=500)).items:
        assert item.key == TimelineKey(stored[item.message.id], item.message.id)
        assert timeline_ms(item.message) == stored[item.message.id]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param(timelines.NEWEST, ("c", 50), id="newest"),
        pytest.param(timelines.BACK, ("c", 1, "m", 50), id="before"),
        pytest.param(timelines.ON, ("c", 1, "m", 50), id="after"),
    ],
)
async def test_no_page_of_a_timeline_is_sorted_or_scanned(session: Session, text: str, values: tuple) -> None:
    plan = await session.cache.read(
        lambda connection: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    )

    assert len(plan) == 1
    assert plan[0].startswith("SEARCH messages USING INDEX messages_timeline (contact_id=?"), plan
