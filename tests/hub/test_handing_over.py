"""Replies that are leased while a request is broken off or the hub ends: nothing of them left, so nobody is in doubt.

Twilio's send has no key: what is leased and not begun would be told to people as perhaps arrived.
"""

import asyncio
import errno
import fcntl
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mim_desk.domain.people import Role
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import loop_guard, send_records, sender
from mim_desk.hub.api.messages import write_message
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import sole
from mim_desk.protocol import api
from tests.channels.conformance.providers import SmsTwilioProvider
from tests.guards import AllowLog
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, live_hub, settings_in

TAKEN = Answer(201, b'{"sid": "SM1", "status": "queued"}')


@asynccontextmanager
async def asked(folder: Path, gateway: Gateway) -> AsyncIterator[tuple[Live, str]]:
    """A hub on Twilio and the conversation of somebody who wrote."""
    network = SmsTwilioProvider()
    gateway.answers = [TAKEN]
    async with live_hub(settings_in(folder)) as live:
        live.inbox_id = await network.connect(live, gateway)
        await network.write(live, "first", "Hello")
        yield live, (await live.client.get("/api/v1/conversations")).json()["items"][0]["id"]


async def written(live: Live, conversation_id: str, reply_id: str) -> Any:
    """The reply as a request writes it, without the server around it."""
    agent = (await live.client.get("/api/v1/me")).raise_for_status().json()["agent"]["id"]
    new = api.NewMessage(id=reply_id, text="Hi there")
    caller = Principal(agent, Role.ADMIN, "token")
    return write_message.fn(conversation_id=conversation_id, data=new, hub=live.running.hub, caller=caller)


async def told_by_the_next(folder: Path, conversation_id: str, reply_id: str) -> str:
    """What the next hub says of the reply, which waits for no lease to run out, even where others may be at work."""
    async with live_hub(settings_in(folder, is_alone=False)) as live:
        message = await live.until_status(conversation_id, reply_id, "sent", "unknown")
    return str(message["delivery"]["status"])


def held_in_the_writer(monkeypatch: pytest.MonkeyPatch, until: threading.Event) -> threading.Event:
    """Leasing waits in the writer's thread for ``until``; what is answered says when it does."""
    lease: Callable[..., Any] = send_records.lease
    reached = threading.Event()

    def slowly(*values: Any, **more: Any) -> Any:
        found = lease(*values, **more)
        if found:
            reached.set()
            until.wait(20)
        return found

    monkeypatch.setattr(send_records, "lease", slowly)
    return reached


async def test_a_reply_whose_request_is_broken_off_after_its_lease_is_sent(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    go, reply = threading.Event(), str(uuid.uuid4())
    async with asked(tmp_path, gateway) as (live, conversation):
        reached = held_in_the_writer(monkeypatch, go)
        async with asyncio.TaskGroup() as group:
            request = group.create_task(await written(live, conversation, reply))
            await asyncio.to_thread(reached.wait, 20)
            request.cancel()
            go.set()
        sent = await live.until_status(conversation, reply, "sent", "unknown", within=10)

    assert request.cancelled()
    assert sent["delivery"]["status"] == "sent"
    assert len(gateway.calls) == 1


async def test_a_reply_that_is_leased_by_its_request_while_the_hub_ends_is_sent(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    go, reply = threading.Event(), str(uuid.uuid4())
    async with asyncio.TaskGroup() as group, asked(tmp_path, gateway) as (live, conversation):
        reached = held_in_the_writer(monkeypatch, go)
        group.create_task(await written(live, conversation, reply))
        await asyncio.to_thread(reached.wait, 20)
        asyncio.get_running_loop().call_later(0.5, go.set)

    assert await told_by_the_next(tmp_path, conversation, reply) == "sent"
    assert len(gateway.calls) == 1


async def test_a_reply_that_the_sender_leases_while_the_hub_ends_is_sent(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    go = threading.Event()
    async with asked(tmp_path, gateway) as (live, conversation):
        await live.client.patch(f"/api/v1/inboxes/{live.inbox_id}", json={"paused": True})
        reply = (await live.reply(conversation)).json()["id"]
        reached = held_in_the_writer(monkeypatch, go)
        (await live.client.patch(f"/api/v1/inboxes/{live.inbox_id}", json={"paused": False})).raise_for_status()
        await asyncio.to_thread(reached.wait, 20)
        asyncio.get_running_loop().call_later(0.5, go.set)

    assert await told_by_the_next(tmp_path, conversation, reply) == "sent"
    assert len(gateway.calls) == 1


async def test_a_reply_of_which_nothing_has_left_when_the_hub_ends_waits_for_the_next(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog
):
    """As when the provider's token could not be had in time."""
    allow_log("closed_while_sending")
    monkeypatch.setattr(sender, "CLOSING_S", 0.05)
    held = asyncio.Event()

    async def holds(*_: Any) -> None:
        held.set()
        await asyncio.get_running_loop().create_future()

    with monkeypatch.context() as patch:
        patch.setattr(loop_guard, "held", holds)
        async with asked(tmp_path, gateway) as (live, conversation):
            reply = (await live.reply(conversation)).json()["id"]
            await held.wait()

    assert await told_by_the_next(tmp_path, conversation, reply) == "sent"
    assert len(gateway.calls) == 1


async def test_a_reply_that_has_left_when_the_hub_ends_is_in_doubt_and_never_sent_again(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog
):
    allow_log("closed_while_sending")
    monkeypatch.setattr(sender, "CLOSING_S", 0.05)
    async with asked(tmp_path, gateway) as (live, conversation):
        gateway.answers = [replace(TAKEN, wait_s=3)]
        reply = (await live.reply(conversation)).json()["id"]
        await gateway.next_call(1)

    assert await told_by_the_next(tmp_path, conversation, reply) == "unknown"
    assert len([call for call in gateway.calls if call.method == "POST"]) == 1


async def test_a_hub_that_may_not_be_alone_leaves_the_replies_of_another_alone(tmp_path: Path, gateway: Gateway):
    """Where the file system knows no locks a second hub on the file cannot be refused."""
    async with asked(tmp_path, gateway) as (live, conversation):
        gateway.answers = [replace(TAKEN, wait_s=1)]
        reply = (await live.reply(conversation)).json()["id"]
        await gateway.next_call(1)
        async with live_hub(settings_in(tmp_path, is_alone=False)):
            sent = await live.until_status(conversation, reply, "sent", "unknown")

    assert sent["delivery"]["status"] == "sent"


def test_only_what_the_system_locks_is_held_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with sole.holding(f"sqlite:///{tmp_path}/hub.db", 0) as is_alone:
        assert is_alone
        with pytest.raises(Refusal, match="Another hub"), sole.holding(f"sqlite:///{tmp_path}/hub.db", 0):
            pass
    with sole.holding("postgresql://hub", 0) as is_alone:
        assert not is_alone

    def without_locks(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without_locks)
    with sole.holding(f"sqlite:///{tmp_path}/hub.db", 0) as is_alone:
        assert not is_alone
