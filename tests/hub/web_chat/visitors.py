"""Visitors and agents of the web chat's tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import msgspec

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType
from mim_desk.hub.asgi_types import Scope
from mim_desk.hub.store import conversations, inboxes, messages
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.hub.web_chat.identity import identity_hash
from mim_desk.protocol import api, rows
from tests.fakes import FakeClock

HUB = "http://hub.example"
API = "/api/web-chat/v1"
INBOX = "0192f7a0-0000-7000-8000-000000000001"
WIDGET = "wpub_test"
IDENTITY_SECRET = "0123456789abcdef0123456789abcdef"
LEO = rows.Author(AuthorType.AGENT, "agent-leo")


class Visitor:
    """One page: a session and what it posts."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.token = ""
        self.session_id = ""

    async def began(self, **more: object) -> "Visitor":
        answer = await self.http.post(f"{API}/session", json={"widget": WIDGET, "locale": "en", **more})
        assert answer.status_code == 201, answer.text
        self.take(answer.json())
        return self

    def take(self, told: dict[str, Any]) -> None:
        self.token, self.session_id = told["session_token"], told["session_id"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.http.request(method, f"{API}/{path}", headers=headers, **more)

    async def post(self, path: str, body: object = None) -> httpx.Response:
        return await self.call("POST", path, json=body if body is not None else {})

    async def write(self, text: str, client_msg_id: str | None = None, **more: object) -> httpx.Response:
        body = {"client_msg_id": client_msg_id or str(uuid4()), "kind": "text", "text": text, **more}
        return await self.post("messages", body)

    async def upload(self, name: str, data: bytes, mime_type: str = "application/octet-stream") -> httpx.Response:
        return await self.call("POST", "uploads", files={"file": (name, data, mime_type)})

    async def messages(self, **query: int) -> dict[str, Any]:
        answer = await self.call("GET", "messages", params=query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def texts(self) -> list[str]:
        return [one["text"] for one in (await self.messages())["messages"]]

    async def identify(self, proof: dict[str, object]) -> httpx.Response:
        answer = await self.post("identify", proof)
        if answer.status_code == 200:
            self.take(answer.json())
        return answer


def hash_proof(external_id: str, now: float, secret: str = IDENTITY_SECRET) -> dict[str, object]:
    return {"external_id": external_id, "ts": int(now), "hash": identity_hash(secret, external_id, int(now))}


def jwt_proof(sub: object, now: float, key: str = IDENTITY_SECRET, algorithm: str = "HS256", **claims: object) -> str:
    told = {"sub": sub, "aud": WIDGET, "iat": int(now), "exp": int(now) + 600, **claims}
    return jwt.encode({name: value for name, value in told.items() if value is not None}, key, algorithm)


class Desk:
    """The brand's side, straight at the store."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock

    async def conversations(self) -> list[rows.Conversation]:
        def query(conn: Any) -> list[rows.Conversation]:
            found = conn.exec_driver_sql("SELECT row FROM conversations ORDER BY number").fetchall()
            return [msgspec.json.decode(row, type=rows.Conversation) for (row,) in found]

        return await self.store.read(query)

    async def last(self) -> rows.Conversation:
        return (await self.conversations())[-1]

    async def contacts(self) -> list[rows.Contact]:
        def query(conn: Any) -> list[rows.Contact]:
            text = "SELECT row FROM contacts WHERE merged_into IS NULL ORDER BY id"
            return [msgspec.json.decode(row, type=rows.Contact) for (row,) in conn.exec_driver_sql(text).fetchall()]

        return await self.store.read(query)

    async def reply(self, text: str, author: rows.Author = LEO, **more: Any) -> rows.Message:
        self.clock.advance(timedelta(seconds=1))
        conversation = await self.last()
        new = api.NewMessage(str(uuid4()), text=text, **more)
        added = await self.store.writer.run(
            lambda unit: messages.add_reply(unit, conversation.id, new, author, local=True)
        )
        return added.message

    async def patch(self, **more: Any) -> rows.Conversation:
        conversation = await self.last()
        wanted = api.ConversationPatch(**more)
        return await self.store.writer.run(lambda unit: conversations.patch(unit, conversation.id, wanted, None, LEO))

    async def resolve(self) -> rows.Conversation:
        return await self.patch(status=Status.RESOLVED, reason="spam")

    async def message(self, message_id: str) -> rows.Message:
        found = await self.store.read(lambda conn: messages.by_id(conn, message_id))
        assert found is not None
        return found

    async def settings(self, **settings: object) -> None:
        """Change the inbox's settings."""
        row = await self.store.read(lambda conn: inboxes.by_id(conn, INBOX))
        assert row is not None
        changed = msgspec.structs.replace(row, settings={**row.settings, **settings})
        await self.store.writer.run(lambda unit: inboxes.change(unit, changed))

    async def count(self, table: str) -> int:
        return int(await self.store.read(lambda conn: conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()))


class Stream:
    """The visitor's open stream, read event by event.

    Attributes:
        raw: every byte that came.
    """

    def __init__(self) -> None:
        self.raw = b""
        self.status = 0
        self.is_over = False
        self._events: list[tuple[int | None, str, Any]] = []
        self._came = asyncio.Event()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.raw += message.get("body", b"")
        for block in message.get("body", b"").decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event" in fields:
                number = int(fields["id"]) if "id" in fields else None
                self._events.append((number, fields["event"], msgspec.json.decode(fields["data"])))
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body", False)
        self._came.set()

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def next(self, kind: str, within_s: float = 20.0) -> tuple[int | None, Any]:
        """The next event of this kind; those before it are passed over."""
        async with asyncio.timeout(within_s):
            while True:
                while self._events:
                    number, found, data = self._events.pop(0)
                    if found == kind:
                        return number, data
                self._came.clear()
                await self._came.wait()

    async def over(self) -> None:
        """Wait for the end of the stream."""
        async with asyncio.timeout(3):
            while not self.is_over:
                self._came.clear()
                await self._came.wait()

    def seen(self, kind: str) -> list[Any]:
        """Events of this kind that came and were not taken."""
        return [data for _, found, data in self._events if found == kind]


@asynccontextmanager
async def streaming(web_chat: WebChat, visitor: Visitor, after: int | None = None) -> AsyncIterator[Stream]:
    """An open stream of the visitor, straight at the application: httpx gives an answer only when it is over."""
    stream = Stream()
    headers = [
        (b"host", b"hub.example"),
        (b"origin", HUB.encode()),
        (b"authorization", f"Bearer {visitor.token}".encode()),
    ]
    if after is not None:
        headers.append((b"last-event-id", str(after).encode()))
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": f"{API}/stream",
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "client": ("198.51.100.7", 40000),
    }
    async with asyncio.TaskGroup() as group:
        task = group.create_task(web_chat(scope, stream.receive, stream.send))
        try:
            if not task.done():
                await stream.next("session")
            yield stream
        finally:
            stream.gone.set()
            await asyncio.wait([task], timeout=3)


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)
