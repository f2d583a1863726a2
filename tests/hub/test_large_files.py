"""Of large files only so many are held at a time, however many come; small ones pass them by."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from mim_desk.channels.base import Request, Response
from mim_desk.hub.foreign_http import Answered, ForeignHttp, Grow
from mim_desk.hub.large_files import SMALL_BYTES, LargeFiles

PUBLIC = "93.184.216.34"
PIECE = 1 << 20


class Giving(httpx.AsyncByteStream):
    """A body that comes piece by piece, and counts what was taken of it."""

    def __init__(self, size: int) -> None:
        self.size, self.given = size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.given < self.size:
            self.given += PIECE
            yield b"x" * PIECE
            await asyncio.sleep(0)


class Transport(httpx.AsyncBaseTransport):
    def __init__(self, *bodies: Giving, declared: bool = False) -> None:
        self.bodies, self.declared = list(bodies), declared

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = self.bodies.pop(0)
        return httpx.Response(
            200, headers={"content-length": str(body.size)} if self.declared else {}, stream=body, request=request
        )


async def resolve(host: str, port: int) -> list[str]:
    return [PUBLIC]


async def called(transport: Transport, grow: Grow, within_s: float = 60) -> Answered:
    http = ForeignHttp(resolve, transport)
    request = Request("GET", "https://cdn.test/file")
    return await http.call(request, own_host="", most_bytes=100 << 20, within_s=within_s, grow=grow)


async def fetched(large: LargeFiles, body: Giving, held: asyncio.Event, let_go: asyncio.Event) -> None:
    """A file that is held until it may go."""
    async with large.place() as place:
        answer = await called(Transport(body), place.grow)
        assert isinstance(answer, Response)
        assert len(answer.body) == body.size
        held.set()
        await let_go.wait()


async def test_a_large_file_waits_for_its_turn_until_the_one_before_is_stored():
    large, bodies = LargeFiles(at_once=1), [Giving(SMALL_BYTES + PIECE) for _ in range(2)]
    held, let_go = [asyncio.Event(), asyncio.Event()], [asyncio.Event(), asyncio.Event()]
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(fetched(large, bodies[0], held[0], let_go[0]))
        await held[0].wait()
        group.create_task(fetched(large, bodies[1], held[1], let_go[1]))
        while bodies[1].given <= SMALL_BYTES:
            await asyncio.sleep(0)
        small_held, at_once = asyncio.Event(), asyncio.Event()
        at_once.set()
        await fetched(large, Giving(SMALL_BYTES), small_held, at_once)

        assert (bodies[1].given, held[1].is_set()) == (SMALL_BYTES + PIECE, False)
        let_go[0].set()
        await held[1].wait()
        let_go[1].set()


async def test_what_says_beforehand_that_it_is_large_is_not_begun_before_its_turn():
    large, body = LargeFiles(at_once=1), Giving(SMALL_BYTES + PIECE)
    waits = asyncio.Event()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group, large.place() as first:
        await first.grow(SMALL_BYTES + 1)
        async with large.place() as second:

            async def grow(size: int) -> None:
                waits.set()
                await second.grow(size)

            answer = group.create_task(called(Transport(body, declared=True), grow))
            await waits.wait()
            assert body.given == 0
            first.leave()
            assert isinstance(await answer, Response)


async def test_a_file_that_is_given_up_leaves_its_turn_to_the_next():
    large = LargeFiles(at_once=1)
    for _ in range(3):
        async with asyncio.timeout(60), large.place() as place:
            await place.grow(SMALL_BYTES + 1)
            await place.grow(SMALL_BYTES + 2)


async def test_waiting_for_a_turn_is_not_counted_as_slowness_of_the_provider():
    async def grow(size: int) -> None:
        await asyncio.sleep(1.2)

    answer = await called(Transport(Giving(PIECE), declared=True), grow, within_s=1.0)

    assert isinstance(answer, Response)
