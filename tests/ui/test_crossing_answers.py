"""Answers of the cache that cross: what the agent chose last is on screen, with what is so now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mim_desk.desk.shapes import ListQuery
from mim_desk.desk.tasks import TaskOwner
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.one_at_a_time import OneAtATime
from tests.desk.hubs import _raise
from tests.ui.test_window import until


@asynccontextmanager
async def answering_late(cache: Any, read: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The next answer to this comes when the block ends."""
    real, go_on = getattr(cache, read), asyncio.Event()

    async def slowly(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(cache, read, real)
        found = await real(*args, **more)
        await go_on.wait()
        return found

    monkeypatch.setattr(cache, read, slowly)
    yield
    go_on.set()


def test_the_contact_of_the_conversation_before_never_stands_beside_this_one(
    play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: DeskAtWork) -> None:
        before, now = (row.conversation for row in desk.window.list.list.rows.rows[:2])
        shown, show = [], desk.wiring.contact.show_known
        monkeypatch.setattr(
            desk.wiring.contact, "show_known", lambda known, at: (shown.append(known.conversation.id), show(known, at))
        )
        async with answering_late(desk.session.cache, "conversations_of", monkeypatch):
            desk.wiring.open(before.id)
            await asyncio.sleep(0.1)
            desk.wiring.open(now.id)
            await asyncio.sleep(0.1)
        await until(lambda: now.id in shown, "the contact")
        await asyncio.sleep(0.1)

        assert shown[-1] == now.id
        assert before.id not in shown

    play(story)


def test_a_conversation_that_is_read_late_does_not_take_the_place_of_a_later_choice(
    play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: DeskAtWork) -> None:
        listed = {row.conversation.id for row in desk.window.list.list.rows.rows}
        everything = await desk.session.cache.conversations(ListQuery("all"), limit=500)
        elsewhere = next(row.conversation.id for row in everything if row.conversation.id not in listed)
        chosen = desk.window.list.list.rows.rows[0].conversation.id
        async with answering_late(desk.session.cache, "list_rows", monkeypatch):
            desk.wiring.open(elsewhere)
            await asyncio.sleep(0.1)
            desk.wiring.open(chosen)
        await asyncio.sleep(0.2)

        assert desk.window.list.list.opened_id == chosen
        assert desk.timeline.row.conversation.id == chosen
        desk.wiring.open(elsewhere)
        await until(lambda: desk.window.list.list.opened_id == elsewhere, "the other one opens")

    play(story)


async def test_an_older_answer_never_covers_a_newer_one() -> None:
    owner, go_on, shown, now = TaskOwner(_raise), asyncio.Event(), [], ["old"]

    async def work() -> None:
        found = now[0]
        if found == "old":
            await go_on.wait()
        shown.append(found)

    reading = OneAtATime(owner, work, "read")
    reading.ask()
    await asyncio.sleep(0)
    now[0] = "new"
    reading.ask()
    reading.ask()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.sleep(0.01)
    assert shown == ["old", "new"]

    now[0] = "newest"
    reading.ask()
    await asyncio.sleep(0.01)
    assert shown == ["old", "new", "newest"]
    await owner.close()


async def test_what_fails_is_done_again_when_it_is_asked_for() -> None:
    problems, done = [], []
    owner = TaskOwner(lambda name, error: problems.append((name, str(error))))

    async def work() -> None:
        done.append(1)
        if len(done) == 1:
            raise OSError("the disk is gone")

    reading = OneAtATime(owner, work, "read")
    reading.ask()
    await asyncio.sleep(0.01)
    reading.ask()
    await asyncio.sleep(0.01)

    assert problems == [("read", "the disk is gone")]
    assert len(done) == 2
    await owner.close()
