"""A real hub in a process of its own, with a gateway of the custom channel beside it: the desk's opposite in tests."""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from mim_desk.desk.changes import Change
from mim_desk.desk.keys import Keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.session import Session
from mim_desk.desk.settings import SettingsFile
from mim_desk.desk.shapes import ListQuery, ListRow, TimelineItem
from mim_desk.protocol import api
from tests.desk.workspace import KEYS
from tests.hub.edge import listening, next_request, write

SECRET = "a signing secret of the tests"


class Gateway:
    """The provider's side of a custom channel.

    Attributes:
        taken: bodies of the replies that arrived, by their id; a reply that arrived twice is there twice.
        url: where the hub posts them.
        refuses: whether replies are answered with a no.
    """

    def __init__(self) -> None:
        self.taken: list[dict[str, object]] = []
        self.url = ""
        self.webhook_url = ""
        self.refuses = False
        self._client = httpx.AsyncClient(verify=False)
        self._open = AsyncExitStack()

    async def start(self) -> None:
        """Listen on a free port."""
        self.url = f"{await self._open.enter_async_context(listening(self._serve))}/take"

    async def close(self) -> None:
        """Stop listening."""
        await self._open.aclose()
        await self._client.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = (await next_request(reader)).json
        refused = self.refuses and body.get("type") == "message"
        if body.get("type") == "message" and not refused:
            self.taken.append(body)
        answer = json.dumps({"id": f"taken-{len(self.taken)}", "code": "no", "detail": "Not today."}).encode()
        headers = {"content-type": "application/json", "connection": "close"}
        await write(writer, 422 if refused else 200, answer, headers)

    async def customer_writes(self, who: str, text: str, id_: str = "") -> None:
        """A customer's message arrives at the hub by its webhook."""
        event = {
            "type": "message",
            "id": id_ or str(uuid.uuid4()),
            "contact": {"id": who, "name": who.title()},
            "text": text,
        }
        body = json.dumps({"events": [event]}).encode()
        stamp = str(int(time.time()))
        mark = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-MIM-Signature": f"t={stamp},v1={mark}", "Content-Type": "application/json"}
        answer = await self._client.post(self.webhook_url, content=body, headers=headers)
        assert answer.status_code == 200, answer.text


def new_session(home: Path, keys: Keys = KEYS) -> Session:
    """A session with an embedded hub; a problem in one of its tasks fails the test at once."""
    paths = Paths(home).make()
    return Session(paths, keys, SettingsFile(paths.settings), _raise)


def _raise(name: str, error: BaseException) -> None:
    raise AssertionError(f"{name} failed") from error


async def until(true: Callable[[], bool], what: str, seconds: float = 45.0) -> None:
    """Wait for a condition that something else brings about."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.01)


async def live(session: Session) -> None:
    """Wait until the desk is level with its hub and knows who works here."""
    await until(lambda: session.line.is_live and session.me is not None, "the desk is live")


@asynccontextmanager
async def talking(home: Path) -> AsyncIterator[tuple[Session, Gateway]]:
    """A live desk over its own hub, with a custom channel connected."""
    gateway = Gateway()
    await gateway.start()
    session = new_session(home)
    await session.start()
    try:
        await live(session)
        made = await session.create_inbox(
            api.NewInbox("Shop", "custom", settings={"callback_url": gateway.url}, secrets={"signing_secret": SECRET})
        )
        gateway.webhook_url = made.webhook_url
        yield session, gateway
    finally:
        await session.close()
        await gateway.close()


async def conversation_with(session: Session, name: str, seconds: float = 45.0) -> ListRow:
    """The conversation of a contact, once it is in the cache."""
    deadline = time.monotonic() + seconds
    while True:
        for row in await session.cache.conversations(ListQuery("all")):
            if row.contact_name == name.title():
                return row
        assert time.monotonic() < deadline, f"no conversation with {name}"
        await asyncio.sleep(0.02)


async def shown(session: Session, row: ListRow) -> list[TimelineItem]:
    """The timeline without system lines."""
    page = await session.cache.timeline(row.conversation.contact_id)
    return [item for item in page.items if item.message.kind.value != "activity"]


def watch(session: Session) -> list[Change]:
    """Every change from now on."""
    told: list[Change] = []
    session.changes.subscribe(told.append)
    return told
