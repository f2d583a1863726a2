"""A visitor's page keeps trying where a browser would, and tells every failure once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from mim_desk.rehearsal import web_chat
from mim_desk.rehearsal.web_chat import Refused, StreamEvent, WebChat, read_events

Answering = Callable[[httpx.Request], httpx.Response]


async def lines(*all_lines: str) -> AsyncIterator[str]:
    for line in all_lines:
        yield line


async def test_events_are_read_out_of_a_stream() -> None:
    stream = lines(
        ": beat", "", "id: 7", "event: message", 'data: {"a":', "data: 1}", "", "event: typing", "data: {}", ""
    )

    found = [event async for event in read_events(stream)]

    assert found == [StreamEvent("message", {"a": 1}, "7"), StreamEvent("typing", {})]


def page(answer: Answering, problems: list[str]) -> WebChat:
    http = httpx.AsyncClient(base_url="http://hub", transport=httpx.MockTransport(answer))
    return WebChat(http, "wpub_1", lambda doing, problem: problems.append(f"{doing}: {problem}"))


async def test_a_message_is_repeated_under_its_id_until_the_hub_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_chat, "FIRST_PAUSE_S", 0.0)
    posted: list[str] = []
    problems: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(json.loads(request.content)["client_msg_id"])
        if len(posted) == 1:
            raise httpx.ConnectError("down", request=request)
        if len(posted) == 2:
            return httpx.Response(503, json={"code": "draining"})
        return httpx.Response(201, json={"message_id": "m1"})

    assert await page(answer, problems).write("hello") == "m1"
    assert len(posted) == 3
    assert len(set(posted)) == 1
    assert problems == ["write a message: down"]


async def test_a_refusal_for_good_is_not_repeated() -> None:
    chat = page(lambda _: httpx.Response(403, json={"code": "blocked", "detail": "No."}), [])

    with pytest.raises(Refused, match="403 blocked No") as refused:
        await chat.write("hello")

    assert not refused.value.is_passing


async def test_a_broken_stream_is_resumed_where_it_broke_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_chat, "FIRST_PAUSE_S", 0.0)
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        kind = "message" if len(asked) == 1 else "superseded"
        return httpx.Response(200, text=f"id: {len(asked)}\nevent: {kind}\ndata: {{}}\n\n")

    async with asyncio.timeout(30):
        found = [event.kind async for event in page(answer, []).events()]

    assert found == ["message", "superseded"]
    assert asked == [None, "1"]
