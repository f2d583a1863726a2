"""One sender: nothing that leaves on any channel tells who of the team wrote it, in any byte."""

import asyncio
import base64
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.template import Part, PartKind, Template
from mim_desk.hub.store import templates
from tests.channels.conformance.providers import PROVIDERS, Closes, HasServer, Provider, WebChatProvider
from tests.channels.conformance.traces import LOGIN, NAME, document, leaks, picture, portable
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import PASSWORD, Live, live_hub, settings_in

TOLD = {
    "telegram": {"ok": True, "result": {"message_id": 99, "date": 1, "chat": {"id": 7001, "type": "private"}}},
    "matrix": {"event_id": "$made"},
    "facebook_comments": {"id": "880_1"},
    "custom": {"id": "g-1"},
    "whatsapp": {"messages": [{"id": "wamid.1"}]},
    "viber": {"status": 0, "message_token": 6000000000000000011},
    "wecom_kf": {"errcode": 0, "msgid": "sent-1"},
    "wechat": {"errcode": 0},
}
UPLOADS = {
    "/media": {"id": "880"},
    "/message_attachments": {"attachment_id": "990"},
    "/cgi-bin/media/upload": {"type": "image", "media_id": "m-1"},
    "/media/v3/upload": {"content_uri": "mxc://server.example/abc"},
}


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Live]:
    """A hub that has a public address, so that providers may fetch files."""
    async with live_hub(settings_in(tmp_path, public_url="https://desk.example")) as live:
        yield live


@pytest.fixture(params=sorted(ADAPTERS))
async def provider(request: pytest.FixtureRequest, hub: Live, gateway: Gateway) -> AsyncIterator[Provider]:
    """One channel's customer with a connected inbox."""
    made: Provider = PROVIDERS[request.param]()
    async with made.at_work() if isinstance(made, HasServer) else contextlib.nullcontext():
        hub.inbox_id = await made.connect(hub, gateway)
        for path, told in UPLOADS.items():
            gateway.asides[path] = Answer(body=json.dumps(told).encode())
        gateway.calls.clear()
        gateway.asked.clear()
        yield made
        if isinstance(made, Closes):
            await made.close()


async def upload(agent: httpx.AsyncClient, name: str, data: bytes, mime_type: str) -> str:
    answer = await agent.post("/api/v1/attachments", files={"file": (name, data, mime_type)})
    return str(answer.raise_for_status().json()["attachment"]["id"])


async def conspicuous(live: Live) -> httpx.AsyncClient:
    """An agent whose name nobody could overlook."""
    body = {"name": NAME, "login": LOGIN, "password": PASSWORD, "role": "agent"}
    made = (await live.client.post("/api/v1/agents", json=body)).raise_for_status().json()
    answer = await live.client.post("/api/v1/sessions", json={"login": LOGIN, "password": PASSWORD})
    client = live.client_of(answer.raise_for_status().json()["token"])
    client.agent_id = made["id"]  # type: ignore[attr-defined]  # the tests' own mark
    return client


async def conversation_of(live: Live, provider: Provider) -> dict[str, Any]:
    assert await provider.write(live, "first", "Hello") == 200
    return dict((await live.client.get("/api/v1/conversations")).json()["items"][0])


GREETING = Template("greeting", "en", (Part("body", PartKind.BODY, "Hello, we have news."),))
PDF, WORD = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def answer_in_every_way(
    live: Live, agent: httpx.AsyncClient, conversation: dict[str, Any], provider: Provider
) -> int:
    """All that an agent can do which a customer may notice; how many replies were taken."""
    channel = provider.channel
    path, asked = f"/api/v1/conversations/{conversation['id']}", conversation["last_message"]["id"]
    await agent.post(f"{path}/typing")
    await agent.post(f"{path}/read", json={"up_to": asked})
    await agent.put(f"/api/v1/messages/{asked}/reaction", json={"emoji": "👍"})
    await agent.put(f"/api/v1/messages/{asked}/reaction", json={"emoji": ""})
    taken = 0
    for body in await replies_of(live, agent, channel, asked):
        posted = await agent.post(f"{path}/messages", json={"id": str(uuid.uuid4()), **body})
        assert posted.status_code == 201, (body, posted.text)
        done = await live.until_status(conversation["id"], posted.json()["id"], "sent", "failed", "delivered", "read")
        assert done["delivery"]["status"] != "failed", (channel, body, done["delivery"])
        taken += 1
        if manifest(channel).capabilities.replies_per_message:
            assert await provider.write(live, str(100 + taken), "And?") == 200
        if body.get("text") == "Plain words":
            await agent.patch(f"/api/v1/messages/{posted.json()['id']}", json={"text": "Other words"})
        if body.get("text") == "Taken back":
            await agent.delete(f"/api/v1/messages/{posted.json()['id']}")
    return taken


async def replies_of(live: Live, agent: httpx.AsyncClient, channel: str, asked: str) -> list[dict[str, Any]]:
    """Words, buttons, a quote, files with their makers in them, a template: what the channel carries of it."""
    can = manifest(channel).capabilities
    found: list[dict[str, Any]] = [{"text": "Plain words"}, {"text": "Taken back"}]
    found += [{"text": "Sure?", "buttons": [{"title": "Yes"}, {"title": "No"}]}]
    if can.quoting:
        found += [{"text": "To that", "reply_to": {"message_id": asked}}]
    if can.attachments_per_message:
        image = await upload(agent, f"{LOGIN.split('@')[0]} IMG_1.jpg", picture(), "image/jpeg")
        found += [{"text": "See", "attachments": [image]}]
    for name, kind, data in (("docx", WORD, document()), ("pdf", PDF, portable())):
        if any(rule.allows(kind) for rule in can.media):
            paper = await upload(agent, f"Prices by zaphodina quixworthy.{name}", data, kind)
            found += [{"attachments": [paper]}]
    if can.templates:
        await live.running.hub.store.writer.run(lambda unit: templates.replace_all(unit, live.inbox_id, [GREETING]))
        found += [{"text": "", "template": {"name": GREETING.name, "language": GREETING.language, "parameters": {}}}]
    return found


async def fetched(live: Live, told: bytes) -> list[bytes]:
    """The files that a provider would fetch by the addresses it was told, with their headers."""
    found = []
    for path in set(re.findall(rb"https:(?://|%2F%2F)desk\.example((?:/|%2F)[^\"\s&<>\\]+)", told)):
        answer = await live.client_of("").get(unquote(path.decode()))
        found.append(answer.content + repr(answer.headers).encode())
    return found


async def seen_by_the_page(live: Live, provider: WebChatProvider) -> list[bytes]:
    """What the visitor's page is told: by its stream, its polls and its pages, and the files it may fetch."""
    headers = provider.headers
    page = await live.client.get("/api/web-chat/v1/messages", headers=headers)
    polled = await live.client.get("/api/web-chat/v1/events", params={"after": 0, "wait": 0}, headers=headers)
    told = [page.content, str(page.headers).encode(), polled.content]
    for path in {file["url"] for one in page.json()["messages"] for file in one.get("files") or ()}:
        file = await live.client.get(path, headers=headers)
        told += [file.raise_for_status().content, str(file.headers).encode(), path.encode()]
    streamed = b""
    async with (
        asyncio.timeout(30),
        live.client.stream("GET", "/api/web-chat/v1/stream", headers={**headers, "last-event-id": "1"}) as answer,
    ):
        async for part in answer.aiter_bytes():
            streamed += part
            if b"Other words" in streamed and b"To that" in streamed:
                break
    return [*told, streamed]


async def test_no_byte_that_leaves_tells_who_of_the_team_wrote_it(hub: Live, provider: Provider, gateway: Gateway):
    """Headers, addresses, bodies, file names and what is inside files; of the web chat all that the page is told."""
    agent = await conspicuous(hub)
    conversation = await conversation_of(hub, provider)
    gateway.calls.clear()
    gateway.answers += [Answer(body=json.dumps(TOLD.get(provider.channel, {})).encode()) for _ in range(80)]

    taken = await answer_in_every_way(hub, agent, conversation, provider)

    calls = [*gateway.calls, *gateway.asked]
    sent = [f"{one.method} {one.path} {one.headers}\n".encode() + one.body for one in calls]
    sent += [one for told in sent for one in await fetched(hub, told)]
    if isinstance(provider, WebChatProvider):
        sent = await seen_by_the_page(hub, provider)
        assert b"Other words" in sent[0]
    assert taken >= 3 + bool(manifest(provider.channel).capabilities.attachments_per_message)
    assert sent
    agent_id = agent.agent_id  # type: ignore[attr-defined]
    assert [(leak, told[:300]) for told in sent for leak in leaks(told, agent_id)] == []


def test_the_search_for_traces_finds_them():
    """The test above could not fail if this did not."""
    agent_id = "01a20439-474f-7000-b3df-fcc3ffffc1f8"
    mail = EmailMessage()
    mail["Subject"], mail["X-Mailer"] = f"Frühling, {NAME}", "x"
    mail.set_content("Grüße " * 30, cte="base64")
    body = EmailMessage()
    body["From"] = "brand@shop.example"
    body.set_content(f"Grüße {NAME}", cte="base64")
    coded = json.dumps({"data": base64.b64encode(document()).decode()}).encode()

    for told in (LOGIN.encode(), b"x/Zaphodina%20Quixworthy", document(), picture(), portable(), agent_id.encode()):
        assert leaks(told, agent_id)
    assert all(leaks(told, agent_id) for told in (bytes(mail), bytes(body), coded))
    assert not leaks(b"Brand", agent_id)
