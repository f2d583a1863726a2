"""One sender: nothing that leaves on any channel tells who of the team wrote it, in any byte."""

import base64
import contextlib
import io
import json
import uuid
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import httpx
import pytest
from PIL import Image

from mim_desk.channels.registry import ADAPTERS, manifest
from tests.channels.conformance.providers import PROVIDERS, Closes, HasServer, Provider, WebChatProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import PASSWORD, Live, live_hub, settings_in

NAME = "Zaphodina Quixworthy"
LOGIN = "zq-beeblebrox@team.example"
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


def document() -> bytes:
    """A text document that names its author as such programs do."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w:document>Prices</w:document>")
        made.writestr("docProps/core.xml", f"<cp><dc:creator>{NAME}</dc:creator></cp>")
    return out.getvalue()


def picture() -> bytes:
    """A JPEG with the maker's name in its EXIF data."""
    made, out = Image.new("RGB", (8, 8), "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = NAME
    made.save(out, "JPEG", exif=exif, comment=LOGIN.encode())
    return out.getvalue()


def traces(agent_id: str) -> list[bytes]:
    """What must be in no byte: name, e-mail address, user name and id, as they are and as carriers write them."""
    words = [LOGIN, LOGIN.split("@")[0], NAME, *NAME.split(), agent_id]
    plain = [word.encode() for word in words]
    coded = [quote(word, safe="").encode() for word in words]
    based = [base64.b64encode(word.encode())[:-4] for word in words]
    return [*plain, *coded, *based]


def leaks(told: bytes, agent_id: str) -> list[bytes]:
    lowered = [told.lower(), unquote_to_bytes(told).lower()]
    found = [one for one in traces(agent_id) if any(one.lower() in each for each in lowered)]
    with_files = zipfile.is_zipfile(io.BytesIO(told))
    return found if not with_files else found + _leaks_in_zip(told, agent_id)


def _leaks_in_zip(told: bytes, agent_id: str) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(told)) as packed:
        return [leak for one in packed.namelist() for leak in leaks(packed.read(one), agent_id)]


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


async def answer_in_every_way(live: Live, agent: httpx.AsyncClient, conversation: dict[str, Any], channel: str) -> int:
    """All that an agent can do which a customer may notice; how many replies were taken."""
    path, can = f"/api/v1/conversations/{conversation['id']}", manifest(channel).capabilities
    image = await upload(agent, f"{LOGIN.split('@')[0]} IMG_1.jpg", picture(), "image/jpeg")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    paper = await upload(agent, "Prices by zaphodina quixworthy.docx", document(), kind)
    asking = [{"title": "Yes"}, {"title": "No"}]
    replies: list[dict[str, Any]] = [{"text": "Plain words"}, {"text": "Sure?", "buttons": asking}]
    if can.attachments_per_message:
        replies += [{"text": "See", "attachments": [image]}]
    if any(rule.allows(kind) for rule in can.media):
        replies += [{"attachments": [paper]}]
    await agent.post(f"{path}/typing")
    await agent.post(f"{path}/read", json={"up_to": conversation["last_message"]["id"]})
    await agent.put(f"/api/v1/messages/{conversation['last_message']['id']}/reaction", json={"emoji": "👍"})
    taken = 0
    for body in replies:
        posted = await agent.post(f"{path}/messages", json={"id": str(uuid.uuid4()), **body})
        assert posted.status_code == 201, posted.text
        done = await live.until_status(conversation["id"], posted.json()["id"], "sent", "failed", "delivered", "read")
        assert done["delivery"]["status"] != "failed", (channel, body, done["delivery"])
        taken += 1
        if body.get("text") == "Plain words":
            await agent.patch(f"/api/v1/messages/{posted.json()['id']}", json={"text": "Other words"})
    return taken


async def test_no_byte_that_leaves_tells_who_of_the_team_wrote_it(hub: Live, provider: Provider, gateway: Gateway):
    """Headers, addresses, bodies, file names and what is inside files; of the web chat all that the page is told."""
    agent = await conspicuous(hub)
    conversation = await conversation_of(hub, provider)
    gateway.calls.clear()
    gateway.answers += [Answer(body=json.dumps(TOLD.get(provider.channel, {})).encode()) for _ in range(60)]

    taken = await answer_in_every_way(hub, agent, conversation, provider.channel)

    calls = [*gateway.calls, *gateway.asked]
    sent = [f"{one.method} {one.path} {one.headers}".encode() + one.body for one in calls]
    if isinstance(provider, WebChatProvider):
        page = await hub.client.get("/api/web-chat/v1/messages", headers=provider.headers)
        sent = [page.content, str(page.headers).encode()]
        assert b"Other words" in page.content
    assert taken >= 2 + bool(manifest(provider.channel).capabilities.attachments_per_message)
    assert sent
    agent_id = agent.agent_id  # type: ignore[attr-defined]
    assert [leak for told in sent for leak in leaks(told, agent_id)] == []


def test_the_search_for_traces_finds_them():
    """The test above could not fail if this did not."""
    agent_id = "01a20439-474f-7000-b3df-fcc3ffffc1f8"

    for told in (LOGIN.encode(), b"x/Zaphodina%20Quixworthy", document(), picture(), agent_id.encode()):
        assert leaks(told, agent_id)
    assert not leaks(b"Brand", agent_id)
