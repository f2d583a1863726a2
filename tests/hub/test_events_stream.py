"""The event stream: hello, resume, skipped, forgotten, reset, heartbeat, ephemeral."""

import asyncio
import json

import httpx
import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.sessions import authenticate, authenticate_anew
from tests.guards import AllowLog
from tests.hub.live import Live, events_until, incoming, stream


async def test_a_stream_opens_with_hello_and_tells_everything_from_the_start(shop: Live):
    await shop.deliver(incoming("ana", "Hello"))
    head = (await shop.client.get("/readyz")).json()["seq"]

    async with stream(shop.client) as events:
        hello = await anext(events)
        found = await events_until(events, head)

    assert hello.event == "hello"
    assert json.loads(hello.data)["seq"] == head
    assert [int(event.id) for event in found] == list(range(1, head + 1))
    assert {"workspace", "agent", "inbox", "contact", "conversation", "message"} <= {event.event for event in found}


async def test_new_events_arrive_as_they_are_committed(shop: Live):
    async with stream(shop.client, after=None) as events:
        hello = json.loads((await anext(events)).data)
        await shop.deliver(incoming("ana", "Now"))
        found = await events_until(events, hello["seq"] + 1)

    assert int(found[-1].id) == hello["seq"] + 1


async def test_last_event_id_resumes_without_a_hole_or_a_repetition(shop: Live):
    for number in range(5):
        await shop.deliver(incoming("ana", str(number)))
    head = (await shop.client.get("/readyz")).json()["seq"]

    async with stream(shop.client, after=1, **{"last-event-id": str(head - 3)}) as events:
        await anext(events)
        found = await events_until(events, head)

    assert [int(event.id) for event in found] == [head - 2, head - 1, head]


@pytest.mark.parametrize("parameters", [{"after": 10_000}, {"after": 0, "epoch": "another"}])
async def test_a_place_the_log_does_not_know_is_a_log_reset(hub: Live, parameters: dict[str, object]):
    answer = await hub.client.get("/api/v1/events", params=parameters)  # type: ignore[arg-type]  # plain values

    assert answer.status_code == 410
    assert answer.json()["code"] == "log-reset"


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 40, "²"])
async def test_a_place_that_is_no_number_is_refused(hub: Live, after: str):
    answer = await hub.client.get("/api/v1/events", params={"after": after})

    assert answer.status_code == 400
    assert answer.json()["field"] == "after"


async def test_strangers_and_other_methods_get_no_stream(hub: Live):
    stranger = await hub.client_of("").get("/api/v1/events")
    wrong = await hub.client_of("mim_wrong").get("/api/v1/events")
    posted = await hub.client.post("/api/v1/events")

    assert [stranger.status_code, wrong.status_code, posted.status_code] == [401, 401, 405]


async def test_heartbeats_tell_the_hub_time(hub: Live):
    hub.running.hub.streams._beat_s = 0.05

    async with stream(hub.client, after=None) as events, asyncio.timeout(30):
        async for event in events:
            if event.event == "heartbeat":
                assert set(json.loads(event.data)) == {"seq", "hub_time"}
                assert not event.id
                return


async def test_typing_reaches_the_desks_without_an_id(shop: Live):
    conversation = await shop.conversation("ana")

    async with stream(shop.client, after=None) as events:
        await anext(events)
        await shop.deliver({"type": "typing", "contact": {"id": "ana"}})
        async with asyncio.timeout(30):
            event = await anext(events)

    told = json.loads(event.data)
    assert (event.event, event.id) == ("typing", "")
    assert told["conversation_id"] == conversation["id"]
    assert told["by"] == {"type": "contact", "id": conversation["contact_id"]}


async def test_an_agents_typing_and_claim_reach_the_others(shop: Live):
    conversation = await shop.conversation("ana")
    ben = await shop.agent("ben")

    async with stream(shop.client, after=None) as events:
        await anext(events)
        assert (await ben.post(f"/api/v1/conversations/{conversation['id']}/typing")).status_code == 204
        assert (await ben.post(f"/api/v1/conversations/{conversation['id']}/claim")).status_code == 200
        async with asyncio.timeout(30):
            typing, claimed = await anext(events), await anext(events)

    assert json.loads(typing.data)["by"] == {"type": "agent", "id": ben.agent_id}  # type: ignore[attr-defined]
    assert (claimed.event, json.loads(claimed.data)["doing"]) == ("presence", "claimed")
    taken = await shop.client.post(f"/api/v1/conversations/{conversation['id']}/claim")
    assert (taken.status_code, taken.json()["code"]) == (409, "claimed")
    assert "Ben" in taken.json()["detail"]


async def test_what_a_team_owns_is_skipped_for_others_and_forgotten_when_it_leaves_their_sight(shop: Live):
    """The sight of each event is decided when it is read, for stream, API, snapshot and search alike."""
    ben = await shop.agent("ben")
    conversation = await shop.conversation("ana", "a secret of the team")
    team = (await shop.client.post("/api/v1/teams", json={"name": "Payments"})).json()
    path = f"/api/v1/conversations/{conversation['id']}"
    assert (await ben.get(path)).status_code == 200

    await shop.client.patch(path, json={"team_id": team["id"]})
    await shop.deliver(incoming("ana", "more of the secret"))
    head = (await shop.client.get("/readyz")).json()["seq"]
    async with stream(ben, after=conversation["number"]) as events:
        found = await events_until(events, head)

    kinds = [event.event for event in found]
    assert "forgotten" in kinds
    forgotten = json.loads(found[kinds.index("forgotten")].data)
    assert forgotten == {"type": "conversation", "id": conversation["id"]}
    skipped = [event for event in found if event.event == "skipped"]
    assert json.loads(skipped[-1].data)["to"] == int(skipped[-1].id) == head
    assert "more of the secret" not in "".join(event.data for event in found)
    await _sees_nothing(ben, path, conversation["id"])
    assert (await shop.client.get(path)).status_code == 200


async def _sees_nothing(agent: httpx.AsyncClient, path: str, conversation_id: str) -> None:
    assert (await agent.get(path)).status_code == 404
    assert (await agent.get(f"{path}/messages")).status_code == 404
    for action in ("typing", "claim"):
        assert (await agent.post(f"{path}/{action}")).status_code == 404
    assert conversation_id not in (await agent.get("/api/v1/conversations")).text
    assert conversation_id not in (await agent.get("/api/v1/snapshot")).text
    assert (await agent.get("/api/v1/search", params={"q": "secret"})).json()["items"] == []


async def test_whoever_gets_a_conversation_assigned_is_told_its_messages(shop: Live):
    ben = await shop.agent("ben")
    team = (await shop.client.post("/api/v1/teams", json={"name": "Payments"})).json()
    conversation = await shop.conversation("ana", "from before")
    path = f"/api/v1/conversations/{conversation['id']}"
    await shop.client.patch(path, json={"team_id": team["id"]})
    before = (await shop.client.get("/readyz")).json()["seq"]

    await shop.client.patch(path, json={"assignee_id": ben.agent_id})  # type: ignore[attr-defined]
    head = (await shop.client.get("/readyz")).json()["seq"]
    async with stream(ben, after=before) as events:
        found = await events_until(events, head)

    assert "from before" in "".join(event.data for event in found if event.event == "message")


async def test_signing_out_ends_the_stream_before_anything_later_is_told(shop: Live):
    ben = await shop.agent("ben")

    async with stream(ben) as events:
        await anext(events)
        await ben.delete("/api/v1/sessions")
        await shop.deliver(incoming("ana", "said after the sign-out"))
        async with asyncio.timeout(30):
            rest = [event async for event in events]

    assert "said after the sign-out" not in "".join(event.data for event in rest)


async def test_a_new_password_ends_the_streams_of_the_old_one(shop: Live):
    ben = await shop.agent("ben")

    async with stream(ben) as events:
        await anext(events)
        path = f"/api/v1/agents/{ben.agent_id}/password"  # type: ignore[attr-defined]
        await shop.client.post(path, json={"password": "another correct horse"})
        async with asyncio.timeout(30):
            async for _ in events:
                pass


async def test_whoever_leaves_a_team_is_told_nothing_more_of_what_it_owns(shop: Live):
    ben = await shop.agent("ben")
    team = (await shop.client.post("/api/v1/teams", json={"name": "Payments"})).json()
    path = f"/api/v1/agents/{ben.agent_id}"  # type: ignore[attr-defined]
    await shop.client.patch(path, json={"team_ids": [team["id"]]})
    conversation = await shop.conversation("ana")
    await shop.client.patch(f"/api/v1/conversations/{conversation['id']}", json={"team_id": team["id"]})

    async with stream(ben, after=None) as events:
        await anext(events)
        await shop.deliver(incoming("ana", "while in the team"))
        head = (await shop.client.get("/readyz")).json()["seq"]
        before = await events_until(events, head)
        await shop.client.patch(path, json={"team_ids": []})
        await shop.deliver(incoming("ana", "after leaving it"))
        head = (await shop.client.get("/readyz")).json()["seq"]
        after = await events_until(events, head)

    assert "while in the team" in "".join(event.data for event in before)
    assert "after leaving it" not in "".join(event.data for event in after)


async def test_a_reader_far_behind_whose_token_ended_is_told_nothing_more(shop: Live):
    ben = await shop.agent("ben")
    for start in range(0, 300, 100):
        await shop.deliver(*[incoming(f"c-{number}", "old") for number in range(start, start + 100)])
    hub = shop.running.hub
    reader = await hub.streams.start(await authenticate(hub, ben.headers["authorization"]), 0, None)
    await ben.delete("/api/v1/sessions")
    written: list[bytes] = []

    async def write(data: bytes) -> None:
        written.append(data)

    with pytest.raises(Refusal):
        await hub.streams.follow(reader, write, lambda: authenticate_anew(hub, ben.headers["authorization"]))

    assert [part.split(b"\n")[0] for part in written] == [b"event: hello"]


async def test_a_thousand_events_are_caught_up_in_order(shop: Live):
    for start in range(0, 600, 100):
        items = [incoming(f"c-{number}", str(number)) for number in range(start, start + 100)]
        assert (await shop.deliver(*items)).status_code == 200
    head = (await shop.client.get("/readyz")).json()["seq"]

    async with stream(shop.client) as events:
        await anext(events)
        found = await events_until(events, head)

    assert head > 1000
    assert [int(event.id) for event in found] == list(range(1, head + 1))


async def test_a_reader_that_does_not_read_is_cut_off_and_the_others_go_on(shop: Live, allow_log: AllowLog):
    allow_log("slow_reader_cut_off|returned without completing")
    shop.running.hub.streams.slowest_write_s = 0.5
    reader, writer = await asyncio.open_connection("127.0.0.1", int(shop.url.rsplit(":", 1)[1]), limit=1024)
    token = shop.client.headers["authorization"]
    writer.write(f"GET /api/v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\r\n".encode())
    await writer.drain()

    async with asyncio.timeout(30):
        while shop.running.hub.streams.cut_off == 0:
            await shop.deliver(*(incoming("ana", "x" * 20_000) for _ in range(50)))
    head = (await shop.client.get("/readyz")).json()["seq"]
    async with stream(shop.client, after=head - 5) as events:
        found = await events_until(events, head)

    assert int(found[-1].id) == head
    assert reader
    writer.transport.abort()
    await asyncio.sleep(0.3)  # the hub's side hears of it
