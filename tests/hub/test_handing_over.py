"""Replies that are leased while a request is broken off or the hub ends: nothing of them left, so nobody is in doubt.

Twilio's send has no key: what is leased and not begun would be told to people as perhaps arrived.
"""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mim_desk.domain.people import Role
from mim_desk.hub import send_records
from mim_desk.hub.api.messages import write_message
from mim_desk.hub.auth import Principal
from mim_desk.protocol import api
from tests.channels.conformance.providers import SmsTwilioProvider
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
    """What the next hub on the same file says of the reply."""
    async with live_hub(settings_in(folder)) as live:
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
