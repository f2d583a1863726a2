"""What a hub does about a full disk, a delivery it did not understand, a policy that changes, a lease that ran out."""

import asyncio
import json
import resource
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.message import AuthorType, DeliveryStatus
from mim_desk.hub import replay, send_records, sender
from mim_desk.hub.presence import Presence
from mim_desk.hub.send_records import LEASE, Job
from mim_desk.hub.sender import Sender
from mim_desk.hub.sending_rules import Next, Verdict
from mim_desk.hub.store import journal, messages, sends
from mim_desk.hub.store.journal import Entry, JournalState
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.protocol import rows
from mim_desk.protocol.events import Typing
from tests.guards import AllowLog
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import ADMIN_TOKEN, Live, incoming, live_hub, settings_in, stream
from tests.hub.process import embedded_hub


async def test_a_full_disk_is_503_and_everything_goes_on_when_there_is_room_again(tmp_path: Path, gateway: Gateway):
    """The limit on file sizes is how a test fills the disk of one process alone."""
    async with embedded_hub(tmp_path) as hub:
        live = Live(None, hub.url, httpx.AsyncClient())  # type: ignore[arg-type]  # it runs elsewhere
        live.client = live.client_of(ADMIN_TOKEN)
        await live.connect(gateway.url)
        assert (await live.deliver(incoming(external_id="before"))).status_code == 200

        unlimited = resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE)
        largest = max(file.stat().st_size for file in (tmp_path / "hub").iterdir())
        resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (largest, unlimited[1]))
        taken, refused = await _until_refused(live)
        ready_while_full = await _until_not_ready(live)
        reading = await live.client.get("/api/v1/conversations")
        resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, unlimited)
        again = await live.deliver(incoming(external_id=f"during {taken}"))
        ready = await live.client.get("/readyz")
        (conversation,) = (await live.client.get("/api/v1/conversations")).json()["items"]
        for client in live._clients:
            await client.aclose()

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert (ready_while_full.status_code, ready_while_full.json()["ready"]) == (503, False)
    assert reading.status_code == 200
    assert again.status_code == ready.status_code == 200
    assert conversation["unread"] == 1 + taken + 1


async def _until_refused(live: Live) -> tuple[int, httpx.Response]:
    """How many deliveries were still taken, and the refusal."""
    for number in range(500):
        answer = await live.deliver(incoming(text="x" * 5000, external_id=f"during {number}"))
        if answer.status_code != 200:
            return number, answer
    raise AssertionError("the disk never filled")


async def _until_not_ready(live: Live) -> httpx.Response:
    """What is asked of /readyz; a small change may still find room where a delivery did not."""
    for _ in range(50):
        answer = await live.client.get("/readyz")
        if answer.status_code != 200:
            return answer
    return answer


async def test_deliveries_that_were_not_understood_are_counted_and_read_again(shop: Live, allow_log: AllowLog):
    await shop.deliver({"type": "dance"}, incoming("ana", "kept"))
    before = (await shop.client.get(f"/api/v1/inboxes/{shop.inbox_id}")).json()["health"]

    told = await shop.client.post(f"/api/v1/inboxes/{shop.inbox_id}/replay")

    assert before["unparsed_deliveries"] == 1
    assert told.json() == {"deliveries": 1, "messages": 0, "unsettled": 1}
    (conversation,) = (await shop.client.get("/api/v1/conversations")).json()["items"]
    assert conversation["unread"] == 1


async def test_what_stays_unread_keeps_nothing_later_from_being_read_again(shop: Live):
    """An inbox may keep hundreds of what a new kind of its network tells, before a message that can be read now."""
    strange = b'{"events": [{"type": "dance"}]}'
    read_now = json.dumps({"events": [incoming("ana", "was not read then")]}).encode()
    kept = [
        Entry(shop.inbox_id, "custom", datetime.now(UTC), {}, body, JournalState.UNPARSED, "not understood")
        for body in (*(strange for _ in range(replay.AT_ONCE)), read_now)
    ]
    await shop.running.hub.store.writer.run(lambda unit: journal.record(unit, kept))

    told = await shop.client.post(f"/api/v1/inboxes/{shop.inbox_id}/replay")

    assert told.json() == {"deliveries": len(kept), "messages": 1, "unsettled": replay.AT_ONCE}


async def test_running_clocks_take_a_changed_policy_and_keep_their_start(shop: Live):
    conversation = await shop.conversation()
    policy = (await shop.client.get("/api/v1/sla-policies")).json()["items"][0]

    await shop.client.patch(f"/api/v1/sla-policies/{policy['id']}", json={"first_response_s": 7200})

    before, after = (
        conversation["clocks"][0],
        (await shop.client.get("/api/v1/conversations")).json()["items"][0]["clocks"][0],
    )
    assert after["started_at"] == before["started_at"]
    assert (before["target_s"], after["target_s"]) == (300, 7200)
    moved = datetime.fromisoformat(after["due_at"]) - datetime.fromisoformat(before["due_at"])
    assert moved == timedelta(seconds=6900)


async def test_a_breach_fires_once(hub: Live, gateway: Gateway):
    await hub.connect(gateway.url)
    policy = (await hub.client.get("/api/v1/sla-policies")).json()["items"][0]
    await hub.client.patch(f"/api/v1/sla-policies/{policy['id']}", json={"first_response_s": 1})

    await hub.conversation()

    breached = 'mim_clocks_fired_total{clock="first_response",fact="breached"} 1.0'
    async with asyncio.timeout(30):
        while breached not in (await hub.client.get("/metrics")).text:
            await asyncio.sleep(0.2)
    await asyncio.sleep(1.5)
    assert breached in (await hub.client.get("/metrics")).text


async def test_a_sender_whose_lease_ran_out_is_no_longer_listened_to(shop: Live, gateway: Gateway):
    """Its reply went back to the queue under the same key; the second sender's word counts."""
    conversation = await shop.conversation()
    store = shop.running.hub.store
    gateway.answers.append(Answer(wait_s=0.8))
    posted = (await shop.reply(conversation["id"])).json()
    await gateway.next_call(1)
    stale = await store.read(lambda conn: messages.by_id(conn, posted["id"]))
    assert stale is not None
    overtaken = sends.Lease(stale, 0, 1, datetime.now(UTC) + LEASE)

    told = Verdict(Next.FAILED, "Too late.", "late")
    await store.writer.run(lambda unit: send_records.record(unit, overtaken, told))
    message = await shop.until_status(conversation["id"], posted["id"], "sent", "failed")

    assert message["delivery"]["status"] == DeliveryStatus.SENT


class Gone:
    """A store that answers nothing."""

    def on_commit(self, listener: object) -> None:
        """Nothing is committed."""

    async def read(self, query: object) -> None:
        """As when the database server is away."""
        raise StoreUnavailable("The store did not answer.")


async def job_of(shop: Live, until: datetime) -> Job:
    """A leased reply, as a sender holds it."""
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"])).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")
    message = await shop.running.hub.store.read(lambda conn: messages.by_id(conn, posted["id"]))
    assert message is not None
    return Job(sends.Lease(message, 1, 1, until), "custom", ADAPTERS["custom"])


async def test_a_reply_that_never_left_because_the_store_was_away_is_tried_again(shop: Live, gateway: Gateway):
    job = await job_of(shop, datetime.now(UTC) + LEASE)
    sender = Sender(replace(shop.running.hub, store=Gone()))  # type: ignore[arg-type]  # what it asks of a store

    told = await sender._called(job)

    assert told.next is Next.AGAIN
    assert len(gateway.calls) == 1


class Full:
    """A store that takes nothing twice, as on a full disk, and then all."""

    def __init__(self) -> None:
        self.writer = self
        self.taken = [False, False, True]

    def on_commit(self, listener: object) -> None:
        """Nothing is committed."""

    async def run(self, work: object) -> None:
        """The next answer."""
        if not self.taken.pop(0):
            raise StoreUnavailable("database or disk is full")


async def test_an_outcome_is_held_until_the_store_takes_it(shop: Live, gateway: Gateway, allow_log: AllowLog):
    """What the provider took must not end as unknown because the disk was full for a moment."""
    allow_log("outcome_waits")
    job, full = await job_of(shop, datetime.now(UTC) + LEASE), Full()

    await Sender(replace(shop.running.hub, store=full))._record(job, Verdict(Next.DONE))  # type: ignore[arg-type]

    assert full.taken == []


async def test_no_byte_leaves_when_the_lease_may_end_meanwhile(shop: Live, gateway: Gateway):
    """The machine slept between lease and call: another sender may have told the reply as unknown by now."""
    job = await job_of(shop, datetime.now(UTC) + timedelta(seconds=20))

    told = await Sender(shop.running.hub)._called(job)

    assert told.next is Next.AGAIN
    assert len(gateway.calls) == 1


async def test_typing_is_dropped_while_the_store_is_away_and_the_hub_goes_on(hub: Live, allow_log: AllowLog):
    allow_log("typing_not_told")
    parts = hub.running.hub
    presence = Presence(Gone(), parts.broker, parts.streams)  # type: ignore[arg-type]  # the same
    typing = Typing("conversation", rows.Author(AuthorType.CONTACT, "c"), datetime.now(UTC))

    async with stream(hub.client, after=None) as events, asyncio.TaskGroup() as group:
        await anext(events)
        passing_on = group.create_task(presence.pass_on())
        await asyncio.sleep(0)
        for _ in range(2):
            await parts.broker.publish_ephemeral("typing", typing)
            await anext(events)  # the hub's own presence told it
        assert not passing_on.done()
        passing_on.cancel()


@pytest.mark.parametrize("broker", ["http://x", "redis://x"])
async def test_a_broker_of_another_kind_is_refused(tmp_path: Path, broker: str):
    async with embedded_hub(tmp_path, "--broker", broker) as hub:
        assert await hub.died() == 2


async def test_a_reply_under_way_when_the_only_hub_of_a_file_ended_goes_on_with_the_next(
    tmp_path: Path, gateway: Gateway, allow_log: AllowLog, monkeypatch: pytest.MonkeyPatch
):
    """Any hub on SQLite is the only one; its conversation stood still until the lease ran out."""
    allow_log("closed_while_sending")
    monkeypatch.setattr(sender, "CLOSING_S", 0.01)
    gateway.answers = [Answer(wait_s=3, cut=True)]
    async with live_hub(settings_in(tmp_path)) as live:
        inbox_id = await live.connect(gateway.url)
        conversation = (await live.conversation())["id"]
        first = (await live.reply(conversation, "first")).json()["id"]
        await gateway.next_call(1)
        second = (await live.reply(conversation, "second")).json()["id"]

    async with live_hub(settings_in(tmp_path)) as live:
        live.inbox_id = inbox_id
        for reply in (first, second):
            await live.until_status(conversation, reply, "sent")

    assert [call.json["text"] for call in gateway.calls] == ["first", "first", "second"]


async def test_what_a_full_disk_refuses_is_one_line_in_the_log(
    shop: Live, allow_log: AllowLog, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """A provider asks again and again: a traceback for each would fill what is left."""
    allow_log("store_unavailable")

    async def refuses(_: object) -> None:
        raise StoreUnavailable("The store did not take the change: disk full\n[SQL: COMMIT]")

    monkeypatch.setattr(shop.running.hub.store.writer, "ingest", refuses)

    answer = await shop.deliver(incoming())

    (line,) = [record.getMessage() for record in caplog.records if "store_unavailable" in record.getMessage()]
    assert answer.status_code == 503
    assert "disk full" in line
    assert "Traceback" not in line
    assert "COMMIT" not in line
