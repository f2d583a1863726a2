"""Two hubs on one PostgreSQL: what one takes the other tells, and a reply leaves once."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.gateway import Gateway
from tests.hub.live import Live, events_until, incoming, live_hub, settings_in, stream


@pytest.fixture
async def pair(tmp_path: Path, postgres: str, gateway: Gateway) -> AsyncIterator[tuple[Live, Live]]:
    """Two hubs and one inbox."""
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as one, live_hub(settings) as other:
        other.inbox_id = await one.connect(gateway.url)
        yield one, other


async def test_a_delivery_at_one_hub_is_told_by_the_other(pair: tuple[Live, Live]):
    one, other = pair

    async with stream(other.client, after=None) as events:
        hello = json.loads((await anext(events)).data)
        assert (await one.deliver(incoming("ana", "over there"))).status_code == 200
        head = (await one.client.get("/readyz")).json()["seq"]
        found = await events_until(events, head)

    assert hello["epoch"] == one.running.epoch == other.running.epoch
    assert [int(event.id) for event in found] == list(range(hello["seq"] + 1, head + 1))
    assert "over there" in "".join(event.data for event in found)


async def test_signing_out_at_one_hub_ends_the_stream_at_the_other(pair: tuple[Live, Live]):
    one, other = pair
    ben = await one.agent("ben")
    token = ben.headers["authorization"].removeprefix("Bearer ")

    async with stream(other.client_of(token), after=None) as events:
        await anext(events)
        await ben.delete("/api/v1/sessions")
        await one.deliver(incoming("ana", "said after the sign-out"))
        async with asyncio.timeout(30):
            rest = [event async for event in events]

    assert "said after the sign-out" not in "".join(event.data for event in rest)


async def test_typing_at_one_hub_reaches_the_streams_of_the_other(pair: tuple[Live, Live]):
    one, other = pair
    conversation = await one.conversation("ana")

    async def type_on() -> None:
        while True:
            await one.client.post(f"/api/v1/conversations/{conversation['id']}/typing")
            await asyncio.sleep(0.3)

    async with stream(other.client, after=None) as events, asyncio.timeout(30), asyncio.TaskGroup() as group:
        typing = group.create_task(type_on())
        while (await anext(events)).event != "typing":
            pass
        typing.cancel()


async def test_replies_through_both_hubs_leave_once_and_in_order(pair: tuple[Live, Live], gateway: Gateway):
    one, other = pair
    conversation = await one.conversation("ana")

    posted = [(await hub.reply(conversation["id"], str(n))).json() for n, hub in enumerate([one, other, one, other])]
    await one.until_status(conversation["id"], posted[-1]["id"], "sent", within=15)

    assert [call.json["text"] for call in gateway.calls] == ["0", "1", "2", "3"]


async def test_the_same_delivery_at_both_hubs_is_one_message(pair: tuple[Live, Live]):
    one, other = pair
    item = incoming("ana", "once", external_id="m-1")

    answers = await asyncio.gather(*(hub.deliver(item) for hub in (one, other) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    (conversation,) = (await other.client.get("/api/v1/conversations")).json()["items"]
    assert conversation["unread"] == 1


async def test_a_zero_character_where_something_is_named_is_refused_with_a_reason(pair: tuple[Live, Live]):
    hub, _ = pair
    row = await hub.conversation()

    answers = [
        await hub.client.post("/api/v1/sessions", json={"login": "a\x00b", "password": "x"}),
        await hub.client.get("/api/v1/conversations", params={"inbox": "\x00"}),
        await hub.client.patch(f"/api/v1/conversations/{row['id']}", json={"assignee_id": "\x00"}),
        await hub.client.post("/webhooks/custom/%00", content=b"{}"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(400, "invalid")] * 4
