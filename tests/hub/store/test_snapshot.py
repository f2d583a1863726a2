"""The start state of a desk: everything once, and the log goes on from where it stood."""

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import log_rows, snapshot
from mim_desk.hub.store.problems import LogReset
from mim_desk.hub.store.store import Store
from tests.hub.store.made import bring, wrote


async def pages(store: Store, limit: int, **more) -> list[snapshot.Page]:
    found = [await store.read(lambda conn: snapshot.page(conn, None, limit, **more))]
    while found[-1].next is not None:
        found.append(await store.read(lambda conn: snapshot.page(conn, found[-1].next, limit, **more)))
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
async def test_pages_of_any_size_hold_every_row_once(shop: Store, limit):
    for number in range(6):
        await bring(shop, wrote(f"m{number}", who=f"cust-{number % 3}", at=number))

    found = await pages(shop, limit)

    rows = [bytes(row) for page in found for part in page.rows.values() for row in part]
    kinds = {kind for page in found for kind in page.rows}
    assert len(rows) == len(set(rows)) == 1 + 2 + 1 + 2 + 3 + 3 + 6
    assert kinds == {"workspace", "agent", "inbox", "sla_policy", "conversation", "contact", "message"}
    assert all(len([row for part in page.rows.values() for row in part]) <= limit for page in found)
    assert {page.seq for page in found} == {shop.log.seq}


async def test_the_log_goes_on_from_the_snapshots_seq(shop: Store):
    await bring(shop, wrote("m1"))
    first = await shop.read(lambda conn: snapshot.page(conn, None, 2))
    await bring(shop, wrote("m2", at=1))

    rest = await shop.read(lambda conn: snapshot.page(conn, first.next, 1000))
    after = await shop.log.after(first.seq)

    assert rest.seq == first.seq
    assert [event.type for event in after] == ["conversation", "message"]


async def test_rows_out_of_sight_are_left_out(shop: Store):
    await bring(shop, wrote("m1"))

    found = await pages(shop, 4, visible=lambda kind, row: kind != "message")

    assert "message" not in {kind for page in found for kind in page.rows}


async def test_a_cursor_of_another_epoch_begins_anew(shop: Store):
    first = await shop.read(lambda conn: snapshot.page(conn, None, 1))
    await shop.writer.run(lambda unit: log_rows.renew_epoch(unit.conn, "another"))

    with pytest.raises(LogReset):
        await shop.read(lambda conn: snapshot.page(conn, first.next, 1))


async def test_a_cursor_that_is_none_is_refused(shop: Store):
    for bad in ("x", "00", "5b5d"):
        with pytest.raises(Refusal):
            await shop.read(lambda conn, bad=bad: snapshot.page(conn, bad, 1))
