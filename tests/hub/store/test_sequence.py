"""The log's rule: no gaps, and the order of numbers is the order of commits, however many hubs write."""

import asyncio
import random
import threading
import time

import pytest
from sqlalchemy import event

from mim_desk.hub.event_log import EventLog
from mim_desk.hub.store import driver, labels, log_rows
from mim_desk.hub.store.log_rows import LoggedEvent
from mim_desk.hub.store.problems import LogReset
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from tests.hub.store.conftest import KEY

HUBS, WRITERS, EACH = 4, 4, 12


class Follower(threading.Thread):
    """Reads the log over its own connection as a desk would: always what comes after the last seq it has."""

    def __init__(self, store: Store, until: int) -> None:
        super().__init__()
        self.seqs: list[int] = []
        self._store = store
        self._until = until
        self._ends = time.monotonic() + 50

    def run(self) -> None:
        last = 0
        while last < self._until and time.monotonic() < self._ends:
            with self._store.engine.connect() as conn, conn.begin():
                found = driver.rows(conn, "SELECT seq FROM event_log WHERE seq > ? ORDER BY seq", (last,))
            self.seqs += [seq for (seq,) in found]
            last = self.seqs[-1] if self.seqs else 0
            time.sleep(0.001)


def slow_label(name: str, seed: random.Random):
    def work(unit: Unit) -> None:
        time.sleep(seed.random() * 0.004)
        labels.add(unit, rows.Label(name, name))
        unit.append("team", rows.Team(f"team-{name}", name))

    return work


async def test_a_follower_never_sees_a_hole_with_many_hubs_that_sleep_before_they_commit(database: str):
    seed = random.Random(20260302)
    hubs = [await Store.open(database, KEY) for _ in range(HUBS)]
    for hub in hubs:
        # between taking the number and the commit, where a plain sequence would let others overtake
        event.listen(hub.engine, "commit", lambda _: time.sleep(seed.random() * 0.01))
    total = 2 * HUBS * WRITERS * EACH
    follower = Follower(hubs[0], total)
    follower.start()

    async def write(hub: Store, name: str) -> None:
        for number in range(EACH):
            await hub.writer.run(slow_label(f"{name}-{number}", seed))
            await asyncio.sleep(seed.random() * 0.005)

    try:
        await asyncio.gather(*(write(hub, f"{i}-{j}") for i, hub in enumerate(hubs) for j in range(WRITERS)))
        await asyncio.to_thread(follower.join)
    finally:
        for hub in hubs:
            await hub.close()

    assert follower.seqs == list(range(1, total + 1))


async def test_each_hub_answers_the_whole_log_from_memory_and_database(database: str):
    one, other = await Store.open(database, KEY), await Store.open(database, KEY)
    for number in range(6):
        hub = (one, other)[number % 2]
        await hub.writer.run(lambda unit, n=number: labels.add(unit, rows.Label(f"l{n}", f"l{n}")))

    for hub in (one, other):
        await hub.look_at_log()
        seen: list[int] = []
        while len(seen) < 6:
            seen += [entry.seq for entry in await hub.log.after(seen[-1] if seen else 0, limit=2)]
        assert seen == [1, 2, 3, 4, 5, 6]
        await hub.close()


async def test_a_trimmed_or_unknown_place_is_a_reset(store: Store, clock):
    for number in range(5):
        await store.writer.run(lambda unit, n=number: labels.add(unit, rows.Label(f"l{n}", f"l{n}")))

    def trim(unit: Unit) -> int:
        return log_rows.trim(unit.conn, clock.now.replace(year=2100), keep=2)

    assert await store.writer.run(trim) == 3
    fresh = await store.read(lambda conn: log_rows.after(conn, 3, 10))
    assert [entry.seq for entry in fresh] == [4, 5]
    for seq in (2, 6):
        with pytest.raises(LogReset):
            await store.read(lambda conn, seq=seq: log_rows.after(conn, seq, 10))
    with pytest.raises(LogReset):
        await store.log.after(5, epoch="another")
    assert await store.log.after(5, epoch=store.log.epoch) == []


async def test_a_renewed_epoch_forgets_what_was_remembered(store: Store):
    await store.writer.run(lambda unit: labels.add(unit, rows.Label("l", "l")))

    await store.writer.run(lambda unit: log_rows.renew_epoch(unit.conn, "after-restore"))
    await store.look_at_log()

    assert store.log.epoch == "after-restore"
    assert [entry.seq for entry in await store.log.after(0, epoch="after-restore")] == [1]


async def test_a_follower_at_the_end_of_the_log_asks_the_database_nothing() -> None:
    async def never(seq: int, limit: int) -> list[LoggedEvent]:
        raise AssertionError((seq, limit))

    log = EventLog(log_rows.Head("e1", 7, 0), never)

    assert await log.after(7) == []
