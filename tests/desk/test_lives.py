"""Who is cancelled, closed or connected in the middle of something: disk and memory agree, and nothing stays behind."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.cache.names import Names
from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.embedded_hub import EmbeddedHub
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.line import Line
from mim_desk.desk.outbox.outbox import NotKept, Outbox
from mim_desk.desk.paths import Paths
from mim_desk.desk.pending import OutboxItem, Pending
from mim_desk.desk.shapes import Draft
from mim_desk.desk.tasks import TaskOwner, in_thread, whole
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api
from tests.desk.hubs import _raise, until
from tests.desk.test_histories import world
from tests.desk.workspace import AGENTS, KEYS, ME, make_home

Act = Callable[[Outbox], object]


def reply(id_: str, agent_id: str = "me") -> OutboxItem:
    """A reply that waits."""
    body = api.NewMessage(id_, text="words")
    return OutboxItem(
        0, id_, "conversation", "contact", "inbox", agent_id, body, datetime.now(UTC).replace(microsecond=0)
    )


def patch(id_: str) -> OutboxItem:
    """A change that waits, made on the third version."""
    wanted, base = api.ConversationPatch(labels=["VIP"]), api.ConversationPatch(labels=[])
    return replace(reply(id_), body=wanted, base=base, base_version=3)


@pytest.fixture
async def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """An open one, of the agent *me*, with a reply and a change in it."""
    made = Outbox(tmp_path / "outbox.db", b"o" * 32, pytest.fail)
    await made.open()
    await made.work_as("me")
    await made.add(reply("first"))
    await made.add(patch("change"))
    yield made
    await made.close()


ACTS: dict[str, Act] = {
    "add": lambda outbox: outbox.add(reply("second"), draft_mode="reply"),
    "accept": lambda outbox: outbox.hold(outbox.pending.items["first"], None, "no"),
    "drop": lambda outbox: outbox.drop(["first"]),
    "follow": lambda outbox: outbox.follow(outbox.pending.items["change"], 4),
    "take back": lambda outbox: outbox.take_back("first"),
    "save a draft": lambda outbox: outbox.save_draft("conversation", "reply", Draft("begun")),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
async def test_who_is_cancelled_while_the_disk_is_written_leaves_the_memory_as_the_disk_is(
    outbox: Outbox, act: Act
) -> None:
    with outbox._opened()._lock:
        task = asyncio.get_running_loop().create_task(act(outbox))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task

    items, drafts = dict(outbox.pending.items), {key: dict(modes) for key, modes in outbox.pending.drafts.items()}
    await outbox.work_as("me")
    assert outbox.pending.items == items
    assert outbox.pending.drafts == drafts


async def test_a_change_that_was_done_is_gone_and_those_after_it_follow_in_one_step(outbox: Outbox) -> None:
    await outbox.add(patch("later"))

    await outbox.follow(outbox.pending.items["change"], 4)

    assert {item.id: item.base_version for item in outbox.pending.items.values()} == {"first": 0, "later": 4}


async def test_taking_a_reply_back_twice_at_once_writes_its_words_once(outbox: Outbox) -> None:
    drafts = await asyncio.gather(outbox.take_back("first"), outbox.take_back("first"))

    assert [draft.text for draft in drafts] == ["words", "words"]


async def test_what_one_agent_sent_while_another_signed_in_is_not_the_others(outbox: Outbox) -> None:
    await asyncio.gather(outbox.work_as("ana"), outbox.add(reply("mine")))

    assert not outbox.pending.items
    assert await outbox.unsent_by_agent() == {"me": 2}


class Full:
    """A disk without room; every write begins and fails."""

    def __init__(self, outbox: Outbox) -> None:
        self._held = outbox._opened()
        self._held._connection.execute("PRAGMA query_only = 1")

    def end(self) -> None:
        """There is room again."""
        self._held._connection.execute("PRAGMA query_only = 0")


async def test_a_doubt_that_the_disk_did_not_take_is_known_and_written_with_the_next_mark(outbox: Outbox) -> None:
    await outbox.begin_handing_over()
    full = Full(outbox)

    with pytest.raises(NotKept):
        await outbox.doubt(outbox.pending.items["first"])
    assert outbox.pending.items["first"].doubtful
    full.end()
    await outbox.end_handing_over()

    await outbox.work_as("me")
    assert outbox.pending.items["first"].doubtful


async def test_a_draft_kept_in_memory_does_not_come_back_once_its_reply_was_sent(outbox: Outbox) -> None:
    full = Full(outbox)
    with pytest.raises(NotKept):
        await outbox.save_draft("conversation", "reply", Draft("words"))
    full.end()

    await asyncio.gather(outbox.add(reply("second"), draft_mode="reply"), outbox.keep_unkept())

    await outbox.work_as("me")
    assert not outbox.pending.drafts


async def test_a_reply_being_taken_back_does_not_leave_on_a_line_that_opens_meanwhile(tmp_path: Path) -> None:
    session = make_home(tmp_path).session()
    await session.start()
    try:
        with session.line.withheld("first") as here:
            await session.line.connect("http://127.0.0.1:9", "no token")
            assert here
            await session.outbox.add(reply("first", session.me.id))
            session.line._posting.work_as(session.me.id)
            assert session.line._posting.next_of("conversation") is None
        assert session.line._posting.next_of("conversation").id == "first"
    finally:
        await session.close()


async def test_two_decisions_about_one_reply_keep_it_here_until_both_are_made(tmp_path: Path) -> None:
    session = make_home(tmp_path).session()
    await session.start()
    try:
        await session.outbox.add(reply("first", session.me.id))
        await session.line.connect("http://127.0.0.1:9", "no token")
        with session.line.withheld("first"):
            with session.line.withheld("first"):
                session.line._posting.agent_id = session.me.id
            assert session.line._posting.next_of("conversation") is None
    finally:
        await session.close()


@pytest.fixture
async def cache(tmp_path: Path) -> Iterator[Cache]:
    """A filled one."""
    home = make_home(tmp_path)
    made = Cache(home.paths.cache, home.keys.cache, Pending(), lambda _: None)
    await made.open()
    yield made
    await made.close()


async def test_reading_goes_on_while_the_offline_copy_is_replaced(cache: Cache) -> None:
    async def reads() -> None:
        for _ in range(20):
            await cache.cursor()

    await asyncio.gather(*(reads() for _ in range(4)), cache.wipe(), cache.wipe(), cache.wipe())


async def test_an_offline_copy_that_could_not_be_opened_anew_is_opened_once_it_can(cache: Cache) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        await cache.replace(refuse)

    assert (await cache.cursor())[1] == 1000


async def test_a_cancelled_start_leaves_nothing_open(tmp_path: Path) -> None:
    """At whichever step it is cancelled."""
    home = make_home(tmp_path)
    steps = 0
    while True:
        session = home.session()
        task = asyncio.get_running_loop().create_task(session.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        was_done = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await session.close()
        assert session.cache._file is None
        assert session.outbox._held is None
        if was_done:
            return
        steps += 1 + steps // 8


async def test_a_hub_closed_while_its_process_begins_has_none_afterwards(tmp_path: Path) -> None:
    told: list[str] = []
    owner = TaskOwner(_raise)
    hub = EmbeddedHub(Paths(tmp_path).make(), KEYS, "", owner, told.append, told.append)
    hub.start()
    await asyncio.sleep(0)

    await hub.close()

    assert hub.process is None
    assert not told
    assert not owner._tasks


async def test_a_hub_closed_before_it_listens_is_not_said_to_have_failed(tmp_path: Path) -> None:
    told: list[str] = []
    owner = TaskOwner(_raise)
    hub = EmbeddedHub(Paths(tmp_path).make(), KEYS, "", owner, told.append, told.append)
    hub.start()
    while hub.process is None:
        await asyncio.sleep(0)

    await hub.close()
    await owner.close()
    await asyncio.sleep(0)

    assert not told


async def test_work_in_a_thread_is_waited_for_and_the_cancellation_comes_after() -> None:
    may_end, seen = threading.Event(), []

    async def caller() -> None:
        await in_thread(lambda: may_end.wait(10))
        seen.append("after the thread")
        await asyncio.sleep(0)
        seen.append("after the cancellation")

    task = asyncio.get_running_loop().create_task(caller())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert seen == ["after the thread"]


async def test_whole_work_ends_before_who_was_cancelled() -> None:
    done = []

    async def work() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append("all")

    task = asyncio.get_running_loop().create_task(whole(work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert done == ["all"]


async def test_a_doubt_that_the_disk_did_not_take_is_written_when_the_line_closes_though_no_mark_was(
    outbox: Outbox,
) -> None:
    full = Full(outbox)
    with pytest.raises(NotKept):
        await outbox.doubt(outbox.pending.items["first"])
    full.end()

    await outbox.end_handing_over()

    await outbox.work_as("me")
    assert outbox.pending.items["first"].doubtful


async def test_what_the_hub_took_is_in_doubt_when_the_disk_cannot_note_it(tmp_path: Path) -> None:
    """Once there was room again it was taken back, although the hub had it."""
    async with world(tmp_path, 1) as here:
        here.wire.answers_wait = True
        id_ = await here.session.send(here.conversations[0][1], kind="reply", text="On its way", base_seq=1 << 40)
        await until(lambda: len(here.gateway.taken) == 1, "the gateway has the reply")
        full = Full(here.session.outbox)
        here.wire.answers_wait = False
        await until(lambda: here.session.outbox.pending.items[id_].doubtful, "the desk doubts it")
        here.wire.cut()
        full.end()

        with pytest.raises(Refusal) as refused:
            await here.session.take_back(id_)
        assert refused.value.code == "being-sent"


async def test_rows_that_came_are_shown_though_the_outbox_cannot_be_written(outbox: Outbox, cache: Cache) -> None:
    """What arrived leaves the outbox with the next that arrives."""
    changes, told = Changes(), []
    changes.subscribe(told.append)
    line = Line(cache, outbox, changes, _raise)
    full = Full(outbox)

    with pytest.raises(NotKept):
        await line.applied(Change(seq=1, messages={"contact": frozenset({"first"})}))
    assert [change.seq for change in told] == [1]
    full.end()
    await line.applied(Change(seq=2))

    assert set(outbox.pending.items) == {"change"}


async def test_names_read_beside_their_change_are_not_remembered(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent, an inbox or a channel kept its old name on the lists until the next of them changed."""
    is_read, go_on, read = threading.Event(), threading.Event(), Names.of

    def slowly(connection: Connection, visitor: str) -> Names:
        connection.execute("SELECT count(*) FROM nouns").fetchone()  # from here on it sees what was so now
        is_read.set()
        go_on.wait(30)
        return read(connection, visitor)

    def renamed() -> Batch:
        batch = Batch()
        row = msgspec.structs.replace(AGENTS[0], name="Another name")
        batch.put("agent", row, msgspec.json.encode(row))
        return batch

    monkeypatch.setattr(Names, "of", slowly)
    task = asyncio.get_running_loop().create_task(cache.read(cache._known_names))
    await asyncio.to_thread(is_read.wait, 30)
    monkeypatch.setattr(Names, "of", read)
    await cache.apply(renamed, 0)
    go_on.set()
    assert (await task).agents[ME] == AGENTS[0].name

    assert (await cache.read(cache._known_names)).agents[ME] == "Another name"


async def test_events_that_meet_an_offline_copy_made_anew_do_not_make_it_look_whole(cache: Cache) -> None:
    await cache.wipe()

    await cache.apply(Batch, 1001)

    assert await cache.cursor() == ("", 0)
