"""What is forgotten, and what is kept however old it is."""

from dataclasses import replace
from datetime import timedelta

from mim_desk.channels.events import Receipt, Unknown
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub import tidying
from mim_desk.hub.store import driver, log_rows, retention
from mim_desk.hub.store.store import Store
from tests.hub.store.made import START, bring, delivery, wrote


async def count(store: Store, table: str) -> int:
    return (await store.read(lambda conn: driver.row(conn, f"SELECT count(*) FROM {table}")))[0]


async def test_old_settled_deliveries_go_and_those_waiting_for_a_replay_stay(shop: Store, clock):
    await bring(shop, wrote("m1"))
    await bring(shop, Unknown("new_kind"))
    await bring(shop, Receipt(DeliveryStatus.SENT, START, external_id="never"))
    assert (await count(shop, "journal"), await count(shop, "early_events")) == (3, 1)

    clock.advance(timedelta(days=40))
    await tidying.tidy(shop, clock.now)

    states = await shop.read(lambda conn: driver.rows(conn, "SELECT state FROM journal"))
    assert states == [("unparsed",)]
    assert await count(shop, "early_events") == 0
    assert await count(shop, "messages") == 1


async def test_a_short_log_is_kept_however_old(shop: Store, clock):
    await bring(shop, wrote("m1"))
    clock.advance(timedelta(days=400))

    await tidying.tidy(shop, clock.now)

    assert await count(shop, "event_log") == shop.log.seq


async def test_the_log_goes_piece_by_piece_from_its_old_end(shop: Store, clock):
    await bring(shop, wrote("m1"))
    later = clock.now + timedelta(days=1)

    def trim(unit) -> int:
        return log_rows.trim(unit.conn, later, keep=2, limit=3)

    went = []
    while not went or went[-1]:
        went.append(await shop.writer.run(trim))

    assert sum(went) == shop.log.seq - 2
    assert max(went) == 3
    stands = await shop.read(log_rows.head)
    assert (stands.trimmed, stands.seq) == (shop.log.seq - 2, shop.log.seq)


async def test_many_old_deliveries_go_in_pieces_and_those_that_wait_hold_none_of_them_up(
    shop: Store, clock, monkeypatch
):
    monkeypatch.setattr(retention, "PIECE", 3)
    monkeypatch.setattr(tidying, "PAUSE_S", 0)
    for number in range(4):
        await bring(shop, Unknown(f"kind {number}"))
    for number in range(8):
        await bring(shop, wrote(f"m{number}"))
    clock.advance(timedelta(days=40))
    await shop.writer.ingest(replace(delivery(wrote("young")), received_at=clock.now))

    await tidying.tidy(shop, clock.now)

    states = await shop.read(lambda conn: driver.rows(conn, "SELECT state FROM journal ORDER BY n"))
    assert states == [("unparsed",)] * 4 + [("applied",)]


async def test_a_long_log_is_forgotten_whole_in_one_round(shop: Store, clock, monkeypatch):
    monkeypatch.setattr(retention, "PIECE", 3)
    monkeypatch.setattr(retention, "LOG_AT_LEAST", 2)
    monkeypatch.setattr(tidying, "PAUSE_S", 0)
    for number in range(8):
        await bring(shop, wrote(f"m{number}"))
    clock.advance(timedelta(days=40))

    await tidying.tidy(shop, clock.now)

    assert await count(shop, "event_log") == 2
