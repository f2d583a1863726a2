"""What comes while a page is being read is on screen with it: no answer of the cache covers a newer one."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.changes import Change
from mim_desk.protocol import rows
from mim_desk.ui.timeline import feed
from mim_desk.ui.timeline.view import TimelineView
from tests.desk.workspace import an_id, contact_id, conversation_id
from tests.ui.stage import Stage

WORDS = "And where is it now?"


@contextmanager
def reading_slowly(stage: Stage, monkeypatch: pytest.MonkeyPatch, read: str) -> Iterator[Callable[[], bool]]:
    """The next time the cache is asked this, it answers when the block ends, with what was so when it was asked."""
    real, go_on, is_read = getattr(stage.session.cache, read), asyncio.Event(), asyncio.Event()

    async def slowly(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(stage.session.cache, read, real)
        found = await real(*args, **more)
        is_read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(stage.session.cache, read, slowly)
    yield is_read.is_set
    go_on.set()


def write(stage: Stage, message: rows.Message, seq: int = 1001) -> None:
    """It comes from the hub."""
    batch = Batch()
    batch.put("message", message, msgspec.json.encode(message))
    change: Change = stage.run(stage.session.cache.apply(lambda: batch, seq))
    stage.publish(change)


def newest_of(stage: Stage, number: int = 1) -> rows.Message:
    page = stage.run(stage.session.cache.timeline(contact_id(number), limit=1))
    return page.items[-1].message


def texts(view: TimelineView) -> list[str]:
    return [entry.item.message.text for entry in view.model.entries]


@pytest.fixture
def view(stage: Stage) -> TimelineView:
    """The second contact's timeline, read."""
    view: TimelineView = stage.keep(TimelineView(stage.theme, stage.session))
    view.show_contact(contact_id(2), conversation_id(2), row=stage.row(2).conversation)
    stage.until(lambda: view.model.entries and view.feed.contact)
    return view


def test_a_message_that_comes_while_a_conversation_is_opened_is_in_it(
    stage: Stage, view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was missing until the next one came, and stood in the conversation before for a moment."""
    before, row = texts(view), stage.row(1).conversation
    message = msgspec.structs.replace(newest_of(stage), id=an_id(77, 1), text=WORDS)
    with reading_slowly(stage, monkeypatch, "timeline") as is_read:
        view.show_contact(contact_id(1), conversation_id(1), row=row)
        stage.until(is_read)
        write(stage, message)
        stage.pause()
        assert texts(view) == before

    stage.until(lambda: texts(view)[-1:] == [WORDS])
    assert view.feed.seq == 1001


def test_a_message_that_comes_while_the_last_page_is_read_stands_behind_it(
    stage: Stage, view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE", 2)
    oldest = stage.run(stage.session.cache.timeline(contact_id(1), limit=200)).items[0].message.id
    message = msgspec.structs.replace(newest_of(stage), id=an_id(77, 1), text=WORDS)
    newer = view.feed.newer
    monkeypatch.setattr(view.feed, "newer", lambda: None)  # the view goes on by itself where there is room
    view.show_contact(contact_id(1), conversation_id(1), target=oldest)
    stage.until(lambda: view.feed.contact_id == contact_id(1) and view.model.place(oldest) is not None)
    monkeypatch.setattr(feed, "PAGE", 200)
    assert view.model.more_after
    with reading_slowly(stage, monkeypatch, "timeline") as is_read:
        newer()
        stage.until(is_read)
        write(stage, message)
        stage.pause()

    stage.until(lambda: texts(view)[-1:] == [WORDS])
    stage.until(lambda: texts(view)[-1:] == [WORDS])


def test_nothing_of_a_conversation_counts_as_seen_before_it_is_shown(
    stage: Stage, view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert view.shown_seq == 1000
    with reading_slowly(stage, monkeypatch, "timeline") as is_read:
        view.show_contact(contact_id(1), conversation_id(1), row=stage.row(1).conversation)
        stage.until(is_read)
        assert view.shown_seq == 0

    stage.until(lambda: view.shown_seq == 1000)


def test_a_page_that_cannot_be_read_does_not_stop_the_next(
    stage: Stage, view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, problems = stage.session.cache.timeline, []
    monkeypatch.setattr(stage.session.owner, "_on_problem", lambda name, error: problems.append(str(error)))

    async def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(stage.session.cache, "timeline", fails)
    view.show_contact(contact_id(1), conversation_id(1), row=stage.row(1).conversation)
    stage.until(lambda: problems)
    monkeypatch.setattr(stage.session.cache, "timeline", real)
    assert texts(view) == []

    stage.publish(Change(reset=True))

    stage.until(lambda: texts(view)[-1:] == [newest_of(stage).text])
    assert problems == ["the disk is gone"]
