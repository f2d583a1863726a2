"""A Matrix homeserver that others wrote (Synapse), a customer on it, and a running hub."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from tests.hub.conftest import hub
from tests.hub.live import Live
from tests.peers.started import Synapse

__all__ = ["hub"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
API = "/_matrix/client/v3"


class Customer:
    """A person in a direct room with the brand."""

    def __init__(self, id_: str, client: httpx.Client, room: str) -> None:
        self.id = id_
        self.client = client
        self.room = f"{API}/rooms/{room}"

    async def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await asyncio.to_thread(self.client.request, method, path, **more)
        return dict(answer.raise_for_status().json())

    async def send(self, kind: str, content: dict[str, Any]) -> str:
        sent = await self.call("PUT", f"{self.room}/send/{kind}/{uuid4().hex}", json=content)
        return str(sent["event_id"])

    async def say(self, text: str) -> str:
        return await self.send("m.room.message", {"msgtype": "m.text", "body": text})

    async def edit(self, event: str, text: str) -> None:
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event}
        await self.send("m.room.message", {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation})

    async def react(self, event: str, emoji: str) -> None:
        await self.send("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": emoji}})

    async def redact(self, event: str) -> None:
        await self.call("PUT", f"{self.room}/redact/{event}/{uuid4().hex}", json={})

    async def read(self, event: str) -> None:
        await self.call("POST", f"{self.room}/receipt/m.read/{event}", json={})

    async def upload(self, data: bytes, name: str, mime_type: str) -> str:
        headers = {"content-type": mime_type}
        made = await self.call("POST", f"/_matrix/media/v3/upload?filename={name}", content=data, headers=headers)
        return str(made["content_uri"])

    async def heard(self, brand: str, count: int) -> list[dict[str, Any]]:
        """The brand's messages, oldest first, once there are so many."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while len(found) < count:
                await asyncio.sleep(0.1)
                told = await self.call("GET", f"{self.room}/messages", params={"dir": "b", "limit": "50"})
                found = [one for one in told["chunk"] if one["sender"] == brand and one["type"] == "m.room.message"]
        return found[::-1]


@asynccontextmanager
async def meeting(hub: Live, synapse: Synapse) -> AsyncIterator[tuple[Customer, str]]:
    """A customer who has invited the brand's user, and that user's id; the hub has joined them."""
    brand, brand_client = await asyncio.to_thread(synapse.user, "shop")
    mia, client = await asyncio.to_thread(synapse.user, "mia")
    token = brand_client.headers["authorization"].removeprefix("Bearer ")
    body = {
        "name": "Matrix",
        "channel": "matrix",
        "settings": {"homeserver": synapse.url, "user_id": brand, "api_base_url": synapse.url},
        "secrets": {"access_token": token},
    }
    hub.inbox_id = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"]
    wanted = {"preset": "trusted_private_chat", "is_direct": True, "invite": [brand]}
    made = await asyncio.to_thread(lambda: client.post(f"{API}/createRoom", json=wanted).raise_for_status().json())
    customer = Customer(mia, client, made["room_id"])
    async with asyncio.timeout(30):
        joined: dict[str, Any] = {}
        while brand not in joined:
            await asyncio.sleep(0.1)
            joined = (await customer.call("GET", f"{customer.room}/joined_members"))["joined"]
    try:
        yield customer, brand
    finally:
        client.close()
        brand_client.close()


async def until(hub: Live, fact: Any) -> list[dict[str, Any]]:
    """The conversation's messages, oldest first, once ``fact`` holds of them."""
    listed: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not (listed and fact(listed)):
            await asyncio.sleep(0.05)
            found = (await hub.client.get("/api/v1/conversations")).json()["items"]
            if found:
                path = f"/api/v1/conversations/{found[0]['id']}/messages"
                listed = (await hub.client.get(path)).json()["items"][::-1]
    return listed


async def test_a_customer_and_an_agent_talk(hub: Live, synapse: Synapse) -> None:
    async with meeting(hub, synapse) as (mia, brand):
        first = await mia.say("Do you have it in navy? 🧥")
        (message,) = await until(hub, lambda listed: listed[-1]["kind"] == "incoming")
        assert (message["text"], message["external_id"]) == ("Do you have it in navy? 🧥", first)

        posted = (await hub.reply(message["conversation_id"], "Yes, in stock.")).json()
        (heard,) = await mia.heard(brand, 1)
        assert heard["content"]["body"] == "Yes, in stock."
        await hub.until_status(message["conversation_id"], posted["id"], "sent")
        await mia.read(heard["event_id"])
        await hub.until_status(message["conversation_id"], posted["id"], "read", within=30)

        quote = {"message_id": message["id"]}
        await hub.reply(message["conversation_id"], "This one?", reply_to=quote)
        answer = (await mia.heard(brand, 2))[1]
        assert answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == first


async def test_edits_reactions_and_deletions_arrive(hub: Live, synapse: Synapse) -> None:
    async with meeting(hub, synapse) as (mia, _):
        event = await mia.say("Size 38")
        await until(hub, lambda listed: listed[-1]["text"] == "Size 38")

        await mia.edit(event, "Size 39")
        await until(hub, lambda listed: listed[-1]["text"] == "Size 39" and listed[-1]["edited_at"])
        await mia.react(event, "👍")
        await until(hub, lambda listed: [one["emoji"] for one in listed[-1]["reactions"]] == ["👍"])
        again = await mia.send(
            "m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "🎉"}}
        )
        await until(hub, lambda listed: [one["emoji"] for one in listed[-1]["reactions"]] == ["👍", "🎉"])
        await mia.redact(again)
        await until(hub, lambda listed: [one["emoji"] for one in listed[-1]["reactions"]] == ["👍"])
        await mia.redact(event)
        await until(hub, lambda listed: listed[-1]["deleted_at"] and listed[-1]["text"] == "")


async def test_files_go_both_ways(hub: Live, synapse: Synapse) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 40), "#147C86").save(drawn, "PNG")
    async with meeting(hub, synapse) as (mia, brand):
        uri = await mia.upload(drawn.getvalue(), "scratch.png", "image/png")
        info = {"mimetype": "image/png", "w": 64, "h": 40, "size": len(drawn.getvalue())}
        content = {"msgtype": "m.image", "body": "scratch.png", "url": uri, "info": info}
        await mia.send("m.room.message", content)

        listed = await until(hub, lambda listed: [file["state"] for file in listed[-1]["attachments"]] == ["ok"])
        (file,) = listed[-1]["attachments"]
        got = (await hub.client.get(f"/api/v1/attachments/{file['id']}")).raise_for_status().content
        assert Image.open(io.BytesIO(got)).size == (64, 40)

        paper = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
        form = {"file": ("invoice.pdf", paper, "application/pdf")}
        made = (await hub.client.post("/api/v1/attachments", files=form)).raise_for_status().json()["attachment"]
        await hub.reply(listed[-1]["conversation_id"], "Your invoice", attachments=[made["id"]])
        sent = next(one for one in await mia.heard(brand, 2) if one["content"]["msgtype"] == "m.file")
        where = sent["content"]["url"].removeprefix("mxc://")
        fetched = await asyncio.to_thread(mia.client.get, f"/_matrix/client/v1/media/download/{where}")
        assert fetched.raise_for_status().content == paper


async def test_what_the_brands_user_says_in_another_program_is_shown_as_ours(hub: Live, synapse: Synapse) -> None:
    async with meeting(hub, synapse) as (mia, brand):
        await mia.say("Anybody there?")
        await until(hub, lambda listed: listed[-1]["text"] == "Anybody there?")
        identifier = {"type": "m.id.user", "user": brand}
        login = {"type": "m.login.password", "identifier": identifier, "password": "password"}
        token = (await mia.call("POST", f"{API}/login", json=login))["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        content = {"msgtype": "m.text", "body": "Yes, at the counter."}
        await mia.call("PUT", f"{mia.room}/send/m.room.message/{uuid4().hex}", json=content, headers=headers)
        listed = await until(hub, lambda listed: listed[-1]["text"] == "Yes, at the counter.")

    assert (listed[-1]["kind"], listed[-1]["delivery"]["status"]) == ("reply", "sent")
    assert len((await hub.client.get("/api/v1/conversations")).json()["items"]) == 1


async def test_a_room_with_more_than_a_hundred_messages_is_read_whole_when_it_is_joined(
    hub: Live, synapse: Synapse
) -> None:
    async with meeting(hub, synapse) as (mia, brand):
        wanted = {"preset": "trusted_private_chat", "is_direct": True}
        made = await mia.call("POST", f"{API}/createRoom", json=wanted)
        mia.room = f"{API}/rooms/{made['room_id']}"
        for number in range(130):
            await mia.say(f"line {number}")
        invite = {"membership": "invite", "is_direct": True}
        await mia.call("PUT", f"{mia.room}/state/m.room.member/{brand}", json=invite)
        lines: set[str] = set()
        async with asyncio.timeout(60):
            while len(lines) < 130:
                await asyncio.sleep(0.2)
                found = (await hub.client.get("/api/v1/conversations")).json()["items"]
                lines = {one["text"] for one in await listed(hub, found[0]["id"])} if found else set()

    assert lines == {f"line {number}" for number in range(130)}


async def listed(hub: Live, conversation_id: str) -> list[dict[str, Any]]:
    """All messages of a conversation."""
    found: list[dict[str, Any]] = []
    after = ""
    while after is not None:
        path = f"/api/v1/conversations/{conversation_id}/messages"
        page = (await hub.client.get(path, params={"limit": "100", **({"after": after} if after else {})})).json()
        found += page["items"]
        after = page["next"]
    return found
