"""What was answered is there: after a kill, after a full disk, after the server ended a connection."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mim_desk.hub.store import driver
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from tests.hub.store.conftest import KEY
from tests.hub.store.made import bring, conversation_of, prepare, wrote

ROUNDS = 4

WRITES_UNTIL_KILLED = """
import asyncio, sys
from mim_desk.hub.store.store import Store
from tests.hub.store.made import bring, wrote

async def main(url, start):
    store = await Store.open(url, bytes(range(32)))
    print("ready", flush=True)

    async def write(place):
        number = start + place
        while True:
            await bring(store, wrote(f"m{number}", who=f"cust-{number % 9}", at=number * 0.01))
            print(number, flush=True)
            number += 16

    await asyncio.gather(*(write(place) for place in range(16)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def answered_until_killed(url: str, start: int, after_s: float) -> list[int]:
    """The messages a hub acknowledged before it was killed."""
    command = [sys.executable, "-c", WRITES_UNTIL_KILLED, url, str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as hub:
        assert hub.stdout is not None
        assert hub.stdout.readline() == "ready\n"
        time.sleep(after_s)
        hub.kill()
        told = hub.stdout.read()
    return [int(line) for line in told.split("\n")[:-1]]


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_killed_hub_keeps_every_message_it_acknowledged_once(database: str):
    seed = random.Random(7)
    store = await Store.open(database, KEY)
    await store.writer.run(prepare)
    await store.close()
    acknowledged: list[int] = []
    for number in range(ROUNDS):
        delay = 0.1 + seed.random() * 0.4
        acknowledged += await asyncio.to_thread(answered_until_killed, database, number * 100_000, delay)

    store = await Store.open(database, KEY)
    stored = await store.read(
        lambda conn: driver.rows(conn, "SELECT external_id FROM messages WHERE kind = 'incoming'")
    )
    seqs = await store.read(lambda conn: driver.rows(conn, "SELECT seq FROM event_log ORDER BY seq"))
    logged = await store.read(
        lambda conn: driver.row(conn, "SELECT count(*) FROM event_log WHERE type = 'message' AND fresh")
    )
    await store.close()

    assert len(acknowledged) > ROUNDS
    assert {f"m{number}" for number in acknowledged} <= {external_id for (external_id,) in stored}
    assert len(stored) == len(set(stored)) == logged[0]
    assert [seq for (seq,) in seqs] == list(range(1, len(seqs) + 1))


async def test_a_full_disk_is_an_error_for_the_caller_and_passes_with_it(tmp_path: Path):
    store = await Store.open(f"sqlite:///{tmp_path}/hub.db", KEY)
    await store.writer.run(prepare)
    await store.writer.run(_limit_the_file)

    outcomes = [await _outcome(store, number) for number in range(12)]

    # a failed transaction ends the limited connection, so space is there again from then on
    failed = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, StoreUnavailable)]
    assert failed
    assert not isinstance(outcomes[-1], Exception)
    row = await conversation_of(store)
    assert row.unread == 12 - len(failed)
    assert await store.read(lambda conn: driver.rows(conn, "PRAGMA integrity_check")) == [("ok",)]
    assert [event.seq for event in await store.log.after(0)] == list(range(1, store.log.seq + 1))
    await store.close()


def _limit_the_file(unit) -> None:
    pages = driver.row(unit.conn, "PRAGMA page_count")[0]
    driver.rows(unit.conn, f"PRAGMA max_page_count = {pages + 3}")


async def _outcome(store: Store, number: int) -> object:
    try:
        return await bring(store, wrote(f"m{number}", "x" * 4000, at=number))
    except StoreUnavailable as error:
        return error


async def test_a_connection_ended_by_the_server_fails_its_batch_only(postgres: str):
    store = await Store.open(postgres, KEY)
    await store.writer.run(prepare)

    with pytest.raises(StoreUnavailable):
        await store.writer.run(lambda unit: driver.rows(unit.conn, "SELECT pg_terminate_backend(pg_backend_pid())"))
    result = await bring(store, wrote("m1"))

    assert result.new == 1
    assert (await store.log.after(0))[-1].seq == store.log.seq
    await store.close()


async def test_a_closed_store_refuses_work(store: Store):
    await store.writer.close()

    with pytest.raises(StoreUnavailable):
        await bring(store, wrote("m1"))
