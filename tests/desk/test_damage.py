"""Files that were damaged: the cache is replaced by itself, the outbox is salvaged or its loss is named."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from mim_desk.desk.encrypted_file import beside
from mim_desk.desk.outbox.outbox import Outbox
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import Draft, ListQuery, LocalFile
from mim_desk.protocol import rows
from tests.desk.workspace import Home, Size, conversation_id, make_home

FLIPS = 60


def flip(path: Path, chance: random.Random, count: int) -> None:
    """Change ``count`` random bytes of a file."""
    data = bytearray(path.read_bytes())
    for _ in range(count):
        data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(data)


async def read_everything(session: Session) -> None:
    """Every kind of read; none may raise, whatever the file holds."""
    for view in ("mine", "all", "resolved"):
        for row in await session.cache.conversations(ListQuery(view)):
            await session.cache.timeline(row.conversation.contact_id)
            await session.cache.contact(row.conversation.contact_id)
    await session.cache.search("flight")
    await session.cache.counts()
    await session.cache.canned_replies()


@pytest.mark.parametrize("seed", range(FLIPS))
async def test_a_cache_with_flipped_bytes_opens_or_is_rebuilt(tmp_path: Path, seed: int) -> None:
    home = make_home(tmp_path / "home", Size(8, 60))
    chance = random.Random(seed)
    flip(home.paths.cache, chance, chance.choice((1, 3, 40)))

    session = home.session()
    await session.start()
    try:
        await read_everything(session)
        await read_everything(session)
        rebuilt = [notice for notice in session.notices if notice.code == "cache-rebuilt"]
        whole = len(await session.cache.conversations(ListQuery("all"))) > 0
        assert whole != bool(rebuilt)
        assert len(rebuilt) <= 1
    finally:
        await session.close()


@pytest.mark.parametrize("seed", range(12))
async def test_a_torn_write_ahead_log_goes_back_to_an_earlier_state_with_its_cursor(tmp_path: Path, seed: int) -> None:
    home = make_home(tmp_path / "home", Size(8, 60))
    session = home.session()
    await session.start()
    for number in range(5):
        await session.cache.relay([conversation_id(number)])
    log = home.paths.cache.with_name("cache.db-wal")
    torn = log.read_bytes()
    await session.close()
    chance = random.Random(seed)
    log.write_bytes(torn[: chance.randrange(len(torn))] if seed % 2 else bytes(len(torn) // 2) + torn[len(torn) // 2 :])

    again = home.session()
    await again.start()
    try:
        await read_everything(again)
        epoch, seq = await again.cache.cursor()
        assert (epoch == "" and not seq) or seq == 1000
    finally:
        await again.close()


async def test_a_cache_under_another_key_is_rebuilt(home: Home) -> None:
    session = home.session()
    session.cache._key = b"x" * 32
    await session.start()
    try:
        assert [notice.code for notice in session.notices] == ["cache-rebuilt"]
        assert await session.cache.conversations(ListQuery("all")) == []
        assert session.me is not None
    finally:
        await session.close()


async def test_unsent_work_survives_the_loss_of_the_cache(home: Home) -> None:
    session = home.session()
    await session.start()
    sent = await session.send(conversation_id(1), kind="reply", text="not yet with the hub")
    await session.close()
    for path in beside(home.paths.cache):
        path.unlink(missing_ok=True)

    again = home.session()
    await again.start()
    try:
        assert [item.id for item in again.outbox.pending.items.values()] == [sent]
    finally:
        await again.close()


async def fill_outbox(path: Path, count: int) -> None:
    """Drafts, one of them with a file of some pages."""
    outbox = Outbox(path, b"o" * 32, _no_loss)
    await outbox.open()
    for number in range(count):
        files = (LocalFile(f"file-{number}", "photo.png", "image/png", bytes(9000)),) if number % 5 == 0 else ()
        await outbox.save_draft(f"conversation-{number}", "reply", Draft(f"draft {number} " + "x" * 300, files))
    await outbox.close()


def _no_loss(loss: object) -> None:
    raise AssertionError(loss)


@pytest.mark.parametrize("seed", range(40))
async def test_a_damaged_outbox_is_salvaged_row_by_row_or_its_loss_is_named(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "outbox.db"
    await fill_outbox(path, 60)
    before = path.read_bytes()
    flip(path, random.Random(seed), 1 if seed % 4 else 6)

    told: list[object] = []
    outbox = Outbox(path, b"o" * 32, told.append)
    await outbox.open()
    try:
        kept = [n for n in range(60) if await outbox.draft(f"conversation-{n}", "reply") is not None]
        await outbox.save_draft("conversation-0", "reply", Draft("it works again"))
        assert len(kept) == 60 or told, "something is gone and nobody was told"
        if told:
            assert outbox.loss is not None
            assert outbox.loss.kept.exists()
            assert outbox.loss.kept.stat().st_size == len(before)
            lost = outbox.loss.lost.get("drafts", 0)
            assert outbox.loss.unreadable or len(kept) + lost >= 60
    finally:
        await outbox.close()


async def test_an_outbox_damaged_while_it_is_open_is_mended_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    await fill_outbox(path, 60)
    told: list[object] = []
    outbox = Outbox(path, b"o" * 32, told.append)
    await outbox.open()
    try:
        data = path.read_bytes()
        path.write_bytes(data[:4096] + bytes(len(data) - 4096))

        await outbox.save_draft("conversation-99", "reply", Draft("after the damage"))
        for number in range(60):
            await outbox.draft(f"conversation-{number}", "reply")

        assert await outbox.draft("conversation-99", "reply") is not None or told
        await outbox.save_draft("conversation-99", "reply", Draft("from now on"))
        assert (await outbox.draft("conversation-99", "reply")).text == "from now on"
    finally:
        await outbox.close()


async def test_an_outbox_that_was_emptied_is_named(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    await fill_outbox(path, 20)
    path.write_bytes(b"")
    told: list[object] = []
    outbox = Outbox(path, b"o" * 32, told.append)

    await outbox.open()
    await outbox.close()
    again = Outbox(path, b"o" * 32, _no_loss)
    await again.open()
    await again.close()

    assert [str(loss).split(".")[0] for loss in told] == ["The outbox could not be read"]


async def test_after_the_outbox_was_mended_the_desk_still_knows_who_works_here(home: Home) -> None:
    session = home.session()
    await session.start()
    me, workspace = session.me, session.workspace
    data = home.paths.outbox.read_bytes()
    home.paths.outbox.write_bytes(bytes(len(data)))
    home.paths.outbox.with_name("outbox.db-wal").write_bytes(b"")
    sent = await session.send(conversation_id(1), kind="reply", text="after the damage")
    damaged = [notice.code for notice in session.notices]
    while await session.outbox.remembered("workspace", rows.Workspace) is None:
        await asyncio.sleep(0.01)
    await session.close()

    again = home.session()
    await again.start()
    try:
        assert damaged == ["outbox-damaged"]
        assert me is not None
        assert (again.me, again.workspace) == (me, workspace)
        assert [item.id for item in again.outbox.pending.items.values()] == [sent]
    finally:
        await again.close()


@pytest.mark.parametrize("name", ["cache.db", "cache.db-wal", "cache.db-shm"])
async def test_a_folder_in_the_place_of_the_cache_is_put_aside(home: Home, name: str) -> None:
    for path in beside(home.paths.cache):
        path.unlink(missing_ok=True)
    folder = home.paths.cache.with_name(name)
    folder.mkdir()
    (folder / "somebodys.txt").write_text("kept")

    session = home.session()
    await session.start()
    try:
        await read_everything(session)
        aside = [path for path in folder.parent.glob(f"{name}-aside-*") if (path / "somebodys.txt").exists()]
        assert len(aside) == 1
    finally:
        await session.close()


NO_ROOM = """
import asyncio, resource, sys
from pathlib import Path
from mim_desk.desk.outbox.outbox import Outbox
async def main():
    await Outbox(Path(sys.argv[1]), b"o" * 32, lambda loss: print("lost", loss)).open()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    asyncio.run(main())
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(os.name == "nt", reason="there files cannot be kept from growing")
async def test_an_outbox_that_has_no_room_to_open_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    """SQLite says the same, "disk I/O error", of a broken file and of a full disk."""
    path = tmp_path / "outbox.db"
    await fill_outbox(path, 20)

    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(path)], capture_output=True, text=True, check=False)
    new = tmp_path / "new" / "outbox.db"
    new.parent.mkdir()
    subprocess.run([sys.executable, "-c", NO_ROOM, str(new)], capture_output=True, check=False)
    again = Outbox(path, b"o" * 32, _no_loss)
    await again.open()

    try:
        assert not list(new.parent.iterdir())
        assert done.stdout == "OperationalError\n", done.stderr
        assert not list(tmp_path.glob("outbox-damaged-*"))
        assert await again.draft("conversation-19", "reply") is not None
    finally:
        await again.close()


@pytest.mark.skipif(os.name == "nt", reason="there files cannot be kept from growing")
async def test_a_damaged_outbox_stays_in_its_place_until_what_was_saved_is_written(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    await fill_outbox(path, 60)
    flip(path, random.Random(1), 6)
    little = NO_ROOM.replace("(0, 0)", "(70_000, 70_000)")

    subprocess.run([sys.executable, "-c", little, str(path)], capture_output=True, check=False)
    left = {each.name for each in tmp_path.glob("outbox*.db")}

    assert left == {"outbox.db"}
    assert path.stat().st_size > 70_000
