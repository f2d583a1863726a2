"""A real hub on a loopback port inside the test's loop, and what tests do with it."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import time
from typing import Any

import httpx
import uvicorn
from httpx_sse import EventSource, ServerSentEvent

from mim_desk.channels.custom.adapter import sign
from mim_desk.hub.asgi import RunningHub, running_hub
from mim_desk.hub.secrets import Keys
from mim_desk.hub.settings import Settings

ADMIN_TOKEN = "admin-token-of-the-tests-0123456789abcdef"
SECRET = "signing-secret-of-the-tests"
PASSWORD = "correct horse battery"


@dataclass
class Live:
    """A running hub.

    Attributes:
        client: signed in as the first admin.
    """

    running: RunningHub
    url: str
    client: httpx.AsyncClient
    inbox_id: str = ""
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client_of(self, token: str) -> httpx.AsyncClient:
        """A client with another token, empty for none."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10)
        self._clients.append(client)
        return client

    async def agent(self, login: str, role: str = "agent") -> httpx.AsyncClient:
        """A new agent, signed in by password; ``client.agent_id`` names them."""
        body = {"name": login.title(), "login": login, "password": PASSWORD, "role": role}
        made = (await self.client.post("/api/v1/agents", json=body)).raise_for_status().json()
        answer = await self.client.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
        client = self.client_of(answer.raise_for_status().json()["token"])
        client.agent_id = made["id"]  # type: ignore[attr-defined]  # the tests' own mark
        return client

    async def connect(self, callback_url: str, **more: Any) -> str:
        """A connected custom inbox; its id."""
        body = {
            "name": "Gateway",
            "channel": "custom",
            "settings": {"callback_url": callback_url},
            "secrets": {"signing_secret": SECRET},
            **more,
        }
        answer = await self.client.post("/api/v1/inboxes", json=body)
        self.inbox_id = str(answer.raise_for_status().json()["id"])
        return self.inbox_id

    async def deliver(self, *items: object, inbox_id: str = "", header: str | None = None) -> httpx.Response:
        """A delivery of the gateway, rightly signed unless a header is given."""
        return await self.deliver_raw(json.dumps({"events": items}).encode(), inbox_id=inbox_id, header=header)

    async def deliver_raw(self, body: bytes, *, inbox_id: str = "", header: str | None = None) -> httpx.Response:
        """The same for any bytes."""
        signature = sign(SECRET, int(time()), body) if header is None else header
        return await self.client.post(
            f"/webhooks/custom/{inbox_id or self.inbox_id}",
            content=body,
            headers={"x-mim-signature": signature, "authorization": ""},
        )

    async def conversation(self, contact_id: str = "u-1", text: str = "Hello") -> dict[str, Any]:
        """The conversation of a contact who writes now."""
        (await self.deliver(incoming(contact_id, text))).raise_for_status()
        found = (await self.client.get("/api/v1/conversations")).raise_for_status().json()["items"]
        return dict(found[0])

    async def reply(self, conversation_id: str, text: str = "Hi there", **more: Any) -> httpx.Response:
        """A reply by the admin."""
        body = {"id": str(uuid.uuid4()), "text": text, **more}
        return await self.client.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)

    async def message(self, conversation_id: str, message_id: str) -> dict[str, Any]:
        """One message as it is now."""
        listed = (await self.client.get(f"/api/v1/conversations/{conversation_id}/messages")).raise_for_status()
        return next(dict(one) for one in listed.json()["items"] if one["id"] == message_id)

    async def until_status(
        self, conversation_id: str, message_id: str, *wanted: str, within: float = 30
    ) -> dict[str, Any]:
        """The message once its delivery status is one of ``wanted``."""
        message: dict[str, Any] = {}
        async with asyncio.timeout(within):
            while message.get("delivery", {}).get("status") not in wanted:
                await asyncio.sleep(0.02)
                message = await self.message(conversation_id, message_id)
        return message


def incoming(contact_id: str = "u-1", text: str = "Hello", external_id: str = "", **more: Any) -> dict[str, Any]:
    """A message item of the custom channel."""
    contact = {"id": contact_id, "name": contact_id.title()}
    return {"type": "message", "id": external_id or uuid.uuid4().hex, "contact": contact, "text": text, **more}


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings of a hub with an SQLite file in ``folder``."""
    made = Settings(
        database=f"sqlite:///{folder}/hub.db",
        keys=Keys(bytes(range(32))),
        home=folder,
        admin_token=ADMIN_TOKEN,
        workspace="Tests",
        is_alone="database" not in changes,
    )
    return replace(made, **changes)


@asynccontextmanager
async def live_hub(settings: Settings) -> AsyncIterator[Live]:
    """A hub that listens on a free loopback port."""
    config = uvicorn.Config(
        _none, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=3, port=0
    )
    bound = config.bind_socket()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(bound.close)
        running = await stack.enter_async_context(running_hub(settings, url))
        config.app = running.app
        server = uvicorn.Server(config)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([bound]))
            live = Live(running, url, httpx.AsyncClient())
            live.client = live.client_of(ADMIN_TOKEN)
            try:
                while not server.started:
                    await asyncio.sleep(0.005)
                yield live
            finally:
                for client in live._clients:
                    await client.aclose()
                running.end_streams()
                server.should_exit = True


async def _none(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("not yet")


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, after: int | None = 0, **headers: str
) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """The event stream as its events."""
    parameters = {} if after is None else {"after": after}
    async with client.stream("GET", "/api/v1/events", params=parameters, headers=headers) as answer:
        answer.raise_for_status()
        yield EventSource(answer).aiter_sse()


async def events_until(events: AsyncIterator[ServerSentEvent], seq: int) -> list[ServerSentEvent]:
    """What comes up to the event with this seq."""
    found: list[ServerSentEvent] = []
    async with asyncio.timeout(30):
        async for event in events:
            found.append(event)
            if event.id and int(event.id) >= seq:
                return found
    raise AssertionError(f"the stream ended before seq {seq}")
