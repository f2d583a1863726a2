"""The offline copy is made anew in the middle of something: it never looks whole, and one replica fills it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.cache.store import Replaced
from mim_desk.desk.changes import Change
from mim_desk.desk.hub_client import HubClient
from mim_desk.desk.pending import Pending
from mim_desk.desk.replica import Replica
from mim_desk.desk.tasks import TaskOwner
from tests.desk.hubs import _raise, until
from tests.desk.test_replica import Ear, Script, hello, page_texts, snapshot
from tests.desk.workspace import EPOCH, KEYS, make_home


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[Cache]:
    """An empty one."""
    made = Cache(tmp_path / "cache.db", KEYS.cache, Pending(), lambda _: None)
    await made.open()
    yield made
    await made.close()


async def test_the_end_of_a_snapshot_is_not_written_into_a_file_that_has_none_of_it(cache: Cache) -> None:
    filling = await cache.start_filling()
    await cache.wipe()

    with pytest.raises(Replaced):
        await filling.finish(EPOCH, 1000)

    assert await cache.cursor() == ("", 0)


class Damages(Ear):
    """Has the file replaced as soon as the first rows of the first snapshot are in it."""

    def __init__(self, cache: Cache) -> None:
        super().__init__()
        self._cache = cache

    async def applied(self, change: Change) -> None:
        if not self.changes:
            await self._cache.wipe()
        await super().applied(change)


async def test_a_copy_made_anew_while_it_was_filled_is_filled_again(cache: Cache) -> None:
    """It looked whole and was empty, for good: every conversation had lost its messages."""
    script = Script([[hello(1000), b":\n\n"]], snapshot(1000))
    owner = TaskOwner(_raise)
    client = HubClient("http://hub", "token", script.transport())
    owner.spawn(Replica(client, cache, owner, Damages(cache), silence_s=1.0).run(), name="replica")

    await until(lambda: bool(script.asked), "the stream is followed")

    assert script.snapshots == 2
    assert await cache.cursor() == (EPOCH, 1000)
    assert await page_texts(cache) == ["from the snapshot"]
    await owner.close()
    await client.close()


async def test_two_damages_in_a_row_leave_one_replica(tmp_path: Path) -> None:
    session = make_home(tmp_path).session()
    await session.start()
    try:
        await session.line.connect("http://127.0.0.1:9", "no token")
        for _ in range(3):
            session.line.start_over()
        tasks = session.line._owner._tasks
        await until(lambda: not any(task.get_name() == "start over" for task in tasks), "started over")

        assert [task.get_name() for task in tasks].count("replica") == 1
    finally:
        await session.close()
