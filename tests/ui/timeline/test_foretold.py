"""A new message of the contact on screen is shown while the cache still writes it; the cache alone says what stays."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import msgspec
import pytest

from mim_desk.desk import replica
from mim_desk.desk.hub_client import HubClient
from mim_desk.desk.replica import FORETOLD, Replica
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.timeline.view import TimelineView
from tests.desk.workspace import EPOCH, an_id, contact_id, conversation_id
from tests.ui.stage import Stage

WORDS = "And where is it now?"
Follow = Callable[..., "Wire"]


class Wire(httpx.AsyncByteStream):
    """The stream of a hub; each time it is opened it says again what came after the place asked for."""

    def __init__(self, events: list[tuple[str, object]]) -> None:
        self._events = list(enumerate(events, 1001))
        self._after = 0
        self.opened = 0
        self.one_by_one = False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        self.opened += 1
        self._after = int(request.url.params["after"])
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        hello = {"epoch": EPOCH, "seq": self._events[-1][0], "hub_time": datetime.now(UTC)}
        yield b"event: hello\ndata: " + msgspec.json.encode(hello) + b"\n\n"
        told = [event for event in self._events if event[0] > self._after]
        written = [
            b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, kind.encode(), msgspec.json.encode(row))
            for seq, (kind, row) in told
        ]
        for part in written if self.one_by_one else [b"".join(written)]:
            yield part
            await asyncio.sleep(0.01)
        await asyncio.sleep(60)


@pytest.fixture
def view(stage: Stage) -> TimelineView:
    """The first contact's timeline, read."""
    view: TimelineView = stage.keep(TimelineView(stage.theme, stage.session))
    view.show_contact(contact_id(1), conversation_id(1), row=stage.row(1).conversation)
    stage.until(lambda: view.model.entries and view.feed.contact)
    return view


@pytest.fixture
def follow(stage: Stage) -> Iterator[Follow]:
    """Follow a hub that tells these events."""
    owner, clients = TaskOwner(_unexpected), []

    def start(*told: tuple[str, object], one_by_one: bool = False) -> Wire:
        wire = Wire(list(told))
        wire.one_by_one = one_by_one
        clients.append(HubClient("http://hub", "token", httpx.MockTransport(wire.answer)))
        following = Replica(clients[-1], stage.session.cache, owner, stage.session.line)
        owner.spawn(following.run(), name="replica")
        return wire

    yield start
    stage.run(owner.close())
    for client in clients:
        stage.run(client.close())


def _unexpected(name: str, error: BaseException) -> None:
    raise AssertionError(name) from error


@contextmanager
def writing(stage: Stage) -> Iterator[None]:
    """Something else is written into the cache while the block runs."""
    begun, done = threading.Event(), threading.Event()

    def work(_: object) -> None:
        begun.set()
        done.wait(30)

    other = stage.loop.create_task(stage.session.cache.write(work))
    stage.until(begun.is_set)
    try:
        yield
    finally:
        done.set()
        stage.run(asyncio.wait([other], timeout=30))


def newer(view: TimelineView, number: int = 1, text: str = WORDS) -> rows.Message:
    """What the contact writes next."""
    incoming = [e.item.message for e in view.model.entries if e.item.message.kind is MessageKind.INCOMING]
    at = view.model.entries[-1].item.message.occurred_at + timedelta(seconds=number)
    return msgspec.structs.replace(
        incoming[-1], id=an_id(77, number), text=text, occurred_at=at, received_at=at, reply_to=None
    )


def texts(view: TimelineView) -> list[str]:
    return [entry.item.message.text for entry in view.model.entries]


def cursor(stage: Stage) -> int:
    found: tuple[str, int] = stage.run(stage.session.cache.cursor())
    return found[1]


def test_it_is_shown_before_it_is_written_and_then_stands_there_once(
    stage: Stage, view: TimelineView, follow: Follow
) -> None:
    with writing(stage):
        follow(("message", newer(view)))
        stage.until(lambda: WORDS in texts(view))
        assert view.placed[-1].bubble.entry.item.message.text == WORDS
        assert cursor(stage) == 1000
        assert view.shown_seq < 1001, "a reply is only based on what is kept"

    stage.until(lambda: view.feed.seq == 1001)
    assert texts(view).count(WORDS) == 1
    assert cursor(stage) == 1001


def test_what_stands_there_afterwards_is_what_the_cache_has(stage: Stage, view: TimelineView, follow: Follow) -> None:
    with writing(stage):
        follow(("message", newer(view)))
        stage.until(lambda: WORDS in texts(view))
        foretold = view.model.entries[-1].item
    stage.until(lambda: view.feed.seq == 1001)

    page = stage.run(stage.session.cache.timeline(contact_id(1), limit=3))

    assert page.items[-1] == view.model.entries[-1].item == foretold


def test_it_counts_as_seen_only_once_it_is_kept(stage: Stage, view: TimelineView, follow: Follow) -> None:
    seen: list[str] = []
    view.seen.connect(seen.append)
    stage.until(view.isActiveWindow)

    with writing(stage):
        follow(("message", newer(view)))
        stage.until(lambda: WORDS in texts(view))
        assert an_id(77, 1) not in seen

    stage.until(lambda: an_id(77, 1) in seen)


def test_what_could_not_be_written_is_taken_back_and_comes_again(
    stage: Stage, view: TimelineView, follow: Follow
) -> None:
    told: list[list[str]] = []
    view.model.changed.connect(lambda _: told.append(texts(view)))
    held = stage.session.cache._opened().writer
    held._connection.execute("PRAGMA query_only = ON")

    wire = follow(("message", newer(view)))
    stage.until(lambda: wire.opened > 1 and WORDS not in texts(view))
    assert any(WORDS in shown for shown in told)
    assert cursor(stage) == 1000
    held._connection.execute("PRAGMA query_only = OFF")

    stage.until(lambda: cursor(stage) == 1001)
    stage.until(lambda: texts(view).count(WORDS) == 1)
    shown = [WORDS in each for each in told]
    assert sum(now and not before for before, now in pairwise([False, *shown])) == 2, "it does not come and go"


def test_several_at_once_keep_their_order(stage: Stage, view: TimelineView, follow: Follow) -> None:
    with writing(stage):
        follow(("message", newer(view)), ("message", newer(view, 2, "Hello?")))
        stage.until(lambda: texts(view)[-2:] == [WORDS, "Hello?"])

    stage.until(lambda: view.feed.seq == 1002)
    assert texts(view)[-2:] == [WORDS, "Hello?"]


def _older(view: TimelineView) -> list[tuple[str, object]]:
    at = view.model.entries[-1].item.message.occurred_at - timedelta(days=1)
    return [("message", msgspec.structs.replace(newer(view), occurred_at=at, received_at=at))]


def _changed(view: TimelineView) -> list[tuple[str, object]]:
    return [("message", msgspec.structs.replace(view.model.entries[-1].item.message, text=WORDS))]


def _of_another(view: TimelineView) -> list[tuple[str, object]]:
    other = {"contact_id": contact_id(2), "conversation_id": conversation_id(2)}
    return [("message", msgspec.structs.replace(newer(view), **other))]


def _leaving(view: TimelineView) -> list[tuple[str, object]]:
    return [("message", newer(view)), ("forgotten", {"type": "message", "id": an_id(77, 1)})]


def _many(view: TimelineView) -> list[tuple[str, object]]:
    return [("message", newer(view, number)) for number in range(1, FORETOLD + 2)]


def _by_an_agent(view: TimelineView) -> list[tuple[str, object]]:
    return [("message", msgspec.structs.replace(newer(view), kind=MessageKind.NOTE))]


@pytest.mark.parametrize("told", [_older, _changed, _of_another, _leaving, _many, _by_an_agent])
def test_whatever_is_not_plainly_new_waits_for_the_cache(
    stage: Stage, view: TimelineView, follow: Follow, told: Callable[[TimelineView], list[tuple[str, object]]]
) -> None:
    before, events = texts(view), told(view)
    shown: list[list[str]] = []
    view.model.changed.connect(lambda _: shown.append(texts(view)))

    with writing(stage):
        follow(*events)
        stage.until(lambda: stage.session.cache._opened().writer.turn._waiters)
        assert texts(view) == before

    stage.until(lambda: cursor(stage) == 1000 + len(events))


def test_a_timeline_that_is_left_meanwhile_takes_nothing_along(
    stage: Stage, view: TimelineView, follow: Follow
) -> None:
    with writing(stage):
        follow(("message", newer(view)))
        stage.until(lambda: WORDS in texts(view))
        view.show_contact(contact_id(2), conversation_id(2), row=None)
        stage.until(lambda: view.model.entries and view.model.entries[0].item.message.contact_id == contact_id(2))
        assert WORDS not in texts(view)

    stage.until(lambda: cursor(stage) == 1001)
    view.show_contact(contact_id(1), conversation_id(1), row=None)
    stage.until(lambda: texts(view)[-1:] == [WORDS])


def test_one_that_arrives_can_be_read_in_its_first_frame(stage: Stage, view: TimelineView, follow: Follow) -> None:
    clear: list[float] = []
    view.model.changed.connect(lambda _: clear.extend(view.scene.faded.values()))

    follow(("message", newer(view)))
    stage.until(lambda: WORDS in texts(view))

    assert clear
    assert min(clear) > 0.3


def test_in_a_flood_it_is_shown_before_its_frame_is_taken_in(
    stage: Stage, view: TimelineView, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "FRAME_S", 600)
    (other,) = _of_another(view)

    follow(other, ("message", newer(view)), one_by_one=True)

    stage.until(lambda: WORDS in texts(view))
    stage.until(lambda: cursor(stage) == 1001)
    assert view.feed.seq < 1002


def test_what_comes_within_a_frame_is_taken_in_at_once(
    stage: Stage, view: TimelineView, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "FRAME_S", 1.0)
    taken: list[int] = []
    apply = stage.session.cache.apply

    async def noted(batch: Callable[[], object], seq: int) -> object:
        taken.append(seq)
        return await apply(batch, seq)

    monkeypatch.setattr(stage.session.cache, "apply", noted)

    follow(*(("message", newer(view, number)) for number in range(1, 21)), one_by_one=True)

    stage.until(lambda: cursor(stage) == 1020)
    assert len(taken) < 10
    assert texts(view).count(WORDS) == 20
