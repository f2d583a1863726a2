"""Following the event log: what the stream may do wrong, and that cursor and rows never part."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import pytest_asyncio

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.changes import Change
from mim_desk.desk.freshness import FreshnessState
from mim_desk.desk.hub_client import HubClient, SignedOut
from mim_desk.desk.replica import Replica
from mim_desk.desk.session import Session
from mim_desk.desk.tasks import TaskOwner
from mim_desk.protocol import rows
from tests.desk import workspace
from tests.desk.hubs import until
from tests.desk.workspace import EPOCH, contact_id, conversation_id

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def hello(seq: int, epoch: str = EPOCH) -> bytes:
    """The opening event."""
    return _event("hello", {"epoch": epoch, "seq": seq, "hub_time": NOW})


def message(seq: int, text: str = "") -> bytes:
    """A message of the second contact as the event ``seq``."""
    return _event("message", a_message(seq, text), seq)


def a_message(number: int, text: str = "") -> rows.Message:
    return rows.Message(
        id=workspace.an_id(77, number),
        conversation_id=conversation_id(1),
        contact_id=contact_id(1),
        inbox_id=workspace.inbox_ids["whatsapp"],
        kind="incoming",
        author=rows.Author("contact", contact_id(1)),
        occurred_at=NOW,
        received_at=NOW,
        text=text or f"event {number}",
    )


def _event(kind: str, data: object, seq: int | None = None) -> bytes:
    head = b"" if seq is None else b"id: %d\n" % seq
    return head + b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


@dataclass
class Script:
    """A hub that says what it is told to: one list of chunks for each time the stream is opened.

    Attributes:
        asked: the place of each opening.
        snapshots: how often a snapshot was read.
    """

    streams: list[list[bytes | int | Exception]]
    snapshot: dict[str, object] | None = None
    asked: list[int] = field(default_factory=list)
    snapshots: int = 0

    def transport(self) -> httpx.MockTransport:
        """It in the place of a network."""
        return httpx.MockTransport(self.answer)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        if request.url.path == "/api/v1/snapshot":
            self.snapshots += 1
            return httpx.Response(200, content=msgspec.json.encode(self.snapshot))
        self.asked.append(int(request.url.params["after"]))
        script = self.streams.pop(0) if self.streams else []
        if script and isinstance(script[0], int):
            return httpx.Response(
                script[0], json={"type": "x", "title": "No", "status": script[0], "code": "log-reset"}
            )
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=_Chunks(script))


class _Chunks(httpx.AsyncByteStream):
    def __init__(self, chunks: list[bytes | int | Exception]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
        if self._chunks:
            await asyncio.sleep(60)


class Ear:
    """Keeps what the replica tells."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.states: list[FreshnessState] = []
        self.unread: list[str] = []
        self.typing: list[object] = []

    async def applied(self, change: Change) -> None:
        self.changes.append(change)

    def coming(self, messages: Sequence[rows.Message]) -> None:
        raise AssertionError("no timeline is on screen")

    def not_kept(self, messages: Sequence[rows.Message]) -> None:
        assert not messages

    def fares(self, state: FreshnessState, seq: int, reason: str) -> None:
        if not self.states or self.states[-1] is not state:
            self.states.append(state)

    def hub_time(self, now: datetime) -> None:
        assert now == NOW

    def ephemeral(self, event: object) -> None:
        self.typing.append(event)

    def unreadable(self, type_: str, error: Exception) -> None:
        self.unread.append(type_)


Follow = Callable[[Script], Ear]


@pytest_asyncio.fixture
async def follow(session: Session) -> AsyncIterator[Follow]:
    """Follow a script into the session's cache until the test ends."""
    owner = TaskOwner(_allowed)
    clients = []

    def start(script: Script) -> Ear:
        ear = Ear()
        client = HubClient("http://hub", "token", script.transport())
        clients.append(client)
        replica = Replica(client, session.cache, owner, ear, silence_s=1.0)
        owner.spawn(replica.run(), name="replica")
        return ear

    yield start
    await owner.close()
    for client in clients:
        await client.close()


def _allowed(name: str, error: BaseException) -> None:
    assert isinstance(error, SignedOut), name


def snapshot(seq: int, epoch: str = EPOCH) -> dict[str, object]:
    """A small workspace as of ``seq``."""
    return {
        "epoch": epoch,
        "seq": seq,
        "hub_time": NOW,
        "rows": {"message": [a_message(5, "from the snapshot")], "workspace": [workspace.WORKSPACE]},
        "next": None,
    }


async def texts(session: Session) -> list[str]:
    return await page_texts(session.cache)


async def page_texts(cache: Cache) -> list[str]:
    """What the events and snapshots here brought."""
    page = await cache.timeline(contact_id(1), limit=100)
    return [item.message.text for item in page.items if item.message.id.startswith("0000004d")]


async def test_events_go_into_the_cache_in_order_with_the_cursor(session: Session, follow: Follow) -> None:
    ear = follow(Script([[hello(1003), message(1001), message(1002) + message(1003)]]))

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert await session.cache.cursor() == (EPOCH, 1003)
    assert await texts(session) == ["event 1001", "event 1002", "event 1003"]
    assert ear.changes[-1].seq == 1003
    told = frozenset().union(*(change.messages[contact_id(1)] for change in ear.changes))
    assert told == {workspace.an_id(77, seq) for seq in (1001, 1002, 1003)}


async def test_an_event_that_came_before_changes_nothing(session: Session, follow: Follow) -> None:
    again = [hello(1002), message(1001), message(1002), message(1001, "old and different"), message(1000, "older")]
    ear = follow(Script([again]))

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")
    await asyncio.sleep(0.05)

    assert await texts(session) == ["event 1001", "event 1002"]
    assert await session.cache.cursor() == (EPOCH, 1002)


async def test_a_hole_is_asked_for_again_and_then_filled_by_a_snapshot(session: Session, follow: Follow) -> None:
    holed = [hello(1005), message(1001), message(1003)]
    script = Script([holed, [hello(1005), message(1003)], [hello(1005), message(1005)]], snapshot(1004))
    ear = follow(script)

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert script.asked == [1000, 1001, 1004]
    assert script.snapshots == 1
    assert await session.cache.cursor() == (EPOCH, 1005)
    assert await texts(session) == ["from the snapshot", "event 1005"]


async def test_a_hole_that_was_only_the_wires_fault_needs_no_snapshot(session: Session, follow: Follow) -> None:
    script = Script([[hello(1003), message(1001), message(1003)], [hello(1003), message(1002), message(1003)]])
    ear = follow(script)

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert script.snapshots == 0
    assert await texts(session) == ["event 1001", "event 1002", "event 1003"]


async def test_a_trimmed_log_means_a_snapshot(session: Session, follow: Follow) -> None:
    script = Script([[410], [hello(2000), b": nothing more\n\n"]], snapshot(2000))
    ear = follow(script)

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert script.asked == [1000, 2000]
    assert await session.cache.cursor() == (EPOCH, 2000)
    assert ear.changes[-1].reset
    assert await texts(session) == ["from the snapshot"]
    assert (await session.cache.search("suitcases")).hits == []


async def test_another_epoch_means_a_snapshot_even_with_a_smaller_seq(session: Session, follow: Follow) -> None:
    script = Script([[hello(40, "restored")], [hello(40, "restored"), b":\n\n"]], snapshot(40, "restored"))
    ear = follow(script)

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert await session.cache.cursor() == ("restored", 40)


async def test_the_old_rows_are_read_until_the_snapshot_is_whole(session: Session, follow: Follow) -> None:
    before = await session.cache.counts()
    first = {**snapshot(2000), "next": "more"}
    script = Script([[410], [410], [410], [410]], first)
    script.streams = [[410] for _ in range(50)]
    pages = iter((first, None))

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api/v1/snapshot":
            return await Script.answer(script, request)
        page = next(pages, None)
        return httpx.Response(200, content=msgspec.json.encode(page)) if page else httpx.Response(503)

    script.answer = answer
    ear = follow(script)

    await until(lambda: FreshnessState.OFFLINE in ear.states, "the second page failed")

    assert await session.cache.counts() == before
    assert await session.cache.cursor() == (EPOCH, 1000)


async def test_what_may_not_be_seen_is_skipped_and_what_left_sight_is_forgotten(
    session: Session, follow: Follow
) -> None:
    skipped = _event("skipped", {"from": 1001, "to": 1007}, 1007)
    gone = _event("forgotten", {"type": "conversation", "id": conversation_id(2)}, 1008)
    counts = await session.cache.counts()
    ear = follow(Script([[hello(1009), skipped, gone, message(1009)]]))

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert await session.cache.cursor() == (EPOCH, 1009)
    assert await session.cache.conversation(conversation_id(2)) is None
    assert (await session.cache.timeline(contact_id(2))).items == []
    assert (await session.cache.search("王晓雯")).hits == []
    assert (await session.cache.counts()).all == counts.all - 1


async def test_a_forgotten_contact_takes_everything_along(session: Session, follow: Follow) -> None:
    gone = _event("forgotten", {"type": "contact", "id": contact_id(1)}, 1001)
    ear = follow(Script([[hello(1001), gone]]))

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert await session.cache.contact(contact_id(1)) is None
    assert await session.cache.conversation(conversation_id(1)) is None
    found = await session.cache.search("lindqvist")
    assert [hit.contact_id for hit in found.contacts if hit.contact_id == contact_id(1)] == []
    assert all(hit.contact_id != contact_id(1) for hit in (await session.cache.search("suitcases")).hits)


async def test_an_event_this_version_cannot_read_harms_no_neighbour(session: Session, follow: Follow) -> None:
    strange = _event("message", {"id": "x", "kind": "telepathy"}, 1002)
    unknown = _event("horoscope", {"id": "y"}, 1003)
    ear = follow(Script([[hello(1004), message(1001), strange, unknown, message(1004)]]))

    await until(lambda: ear.states[-1:] == [FreshnessState.LIVE], "live")

    assert ear.unread == ["message"]
    assert await texts(session) == ["event 1001", "event 1004"]
    assert await session.cache.cursor() == (EPOCH, 1004)


async def test_typing_is_told_and_kept_nowhere(session: Session, follow: Follow) -> None:
    typing = _event(
        "typing", {"conversation_id": conversation_id(1), "by": {"type": "contact", "id": contact_id(1)}, "until": NOW}
    )
    ear = follow(Script([[hello(1000), typing]]))

    await until(lambda: len(ear.typing) == 1, "typing")

    assert ear.typing[0].conversation_id == conversation_id(1)
    assert await session.cache.cursor() == (EPOCH, 1000)


async def test_a_stream_that_breaks_is_resumed_at_the_cursor(session: Session, follow: Follow) -> None:
    script = Script([[hello(1001), message(1001), httpx.ReadError("reset")], [hello(1002), message(1002)]])
    ear = follow(script)

    await until(lambda: len(ear.changes) == 2, "the rest")

    assert script.asked == [1000, 1001]
    assert FreshnessState.OFFLINE in ear.states
    assert await texts(session) == ["event 1001", "event 1002"]


async def test_a_stream_that_falls_silent_is_left_and_opened_again(session: Session) -> None:
    opened: list[bytes] = []

    async def half_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + hello(1000))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(half_open, "127.0.0.1", 0)
    owner = TaskOwner(_allowed)
    client = HubClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "token")
    ear = Ear()
    owner.spawn(Replica(client, session.cache, owner, ear, silence_s=0.3).run(), name="replica")
    await until(lambda: len(opened) == 2, "opened again")
    await owner.close()
    await client.close()
    server.close()
    await server.wait_closed()

    assert ear.states[:4] == ["connecting", "live", "offline", "connecting"]


async def test_a_hub_that_is_ahead_shows_as_behind_until_its_events_are_here(session: Session, follow: Follow) -> None:
    broken = httpx.ReadError("reset")
    ear = follow(Script([[hello(1002), message(1001), broken], [hello(1002), message(1002)]]))

    await until(lambda: FreshnessState.LIVE in ear.states, "live", 10)

    assert ear.states.index(FreshnessState.BEHIND) < ear.states.index(FreshnessState.LIVE)


async def test_the_cursor_never_moves_without_its_rows(session: Session) -> None:
    def broken() -> Batch:
        raise ValueError("while reading the rows")

    with pytest.raises(ValueError, match="while reading"):
        await session.cache.apply(broken, 1001)

    assert await session.cache.cursor() == (EPOCH, 1000)


async def test_rows_never_stay_without_their_cursor(session: Session) -> None:
    class Torn(int):
        def __str__(self) -> str:
            raise ValueError("while moving the cursor")

    batch = Batch()
    batch.put("message", a_message(1001), msgspec.json.encode(a_message(1001)))
    with pytest.raises(ValueError, match="while moving"):
        await session.cache.apply(lambda: batch, Torn(1001))

    assert await session.cache.cursor() == (EPOCH, 1000)
    assert await texts(session) == []


async def test_a_page_instead_of_events_is_a_hub_out_of_reach(session: Session) -> None:
    """As of a hotel's sign-in."""
    owner, ear = TaskOwner(_allowed), Ear()
    page = httpx.Response(200, headers={"content-type": "text/html"}, content=b"<p>Please sign in</p>")
    client = HubClient("http://hub", "token", httpx.MockTransport(lambda _: page))

    owner.spawn(Replica(client, session.cache, owner, ear).run(), name="replica")
    await until(lambda: FreshnessState.OFFLINE in ear.states, "offline")

    assert await session.cache.cursor() == (EPOCH, 1000)
    await owner.close()
    await client.close()
