"""A real store with a web-chat inbox, the real web chat over it, and a visitor who calls it as a page does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from mim_desk.channels.base import TypingSeen
from mim_desk.hub.accounts import Accounts, secrets_place
from mim_desk.hub.broker import Broker, open_broker
from mim_desk.hub.secrets import ColumnCipher
from mim_desk.hub.store import agents, inboxes, sla_policies, workspaces
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import HUB, IDENTITY_SECRET, INBOX, WIDGET, Desk, Visitor

KEY = bytes(range(32))
CIPHER = ColumnCipher(bytes(32))


def widget_row(inbox_id: str = INBOX, **settings: object) -> rows.Inbox:
    sheet = rows.CapabilitySheet(text_length=4000)
    told = {"allowed_origins": ["https://shop.example", "https://*.brand.example"], **settings}
    return rows.Inbox(inbox_id, "Web chat", "web_chat", rows.Brand("brand", "Juniper"), sheet, told)


def _prepare(unit: Unit) -> None:
    workspaces.add(unit, rows.Workspace("workspace", "Juniper"))
    agents.add(unit, rows.Agent("agent-leo", "Leo Martins", "leo.martins", "agent"))  # type: ignore[arg-type]
    sla_policies.add(unit, rows.SlaPolicy("policy", "Standard", first_response_s=300, next_response_s=180))
    secrets = CIPHER.seal({"identity_secret": IDENTITY_SECRET}, secrets_place(INBOX))
    inboxes.add(unit, widget_row(), secrets=secrets, public_name=WIDGET)


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The address of an empty store; modules whose statements may differ run on PostgreSQL too."""
    return f"sqlite:///{tmp_path}/hub.db"


@pytest.fixture
async def store(database: str, clock: FakeClock) -> AsyncIterator[Store]:
    clock.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    opened = await Store.open(database, KEY, now=clock)
    await opened.writer.run(_prepare)
    yield opened
    await opened.close()


class Typed(list[tuple[str, TypingSeen]]):
    """What the desks were told of visitors' typing."""

    async def __call__(self, inbox_id: str, seen: TypingSeen) -> None:
        self.append((inbox_id, seen))


@pytest.fixture
def typed() -> Typed:
    return Typed()


@pytest.fixture
async def broker(store: Store) -> AsyncIterator[Broker]:
    async with open_broker("", store) as opened:
        yield opened


@pytest.fixture
async def web_chat(store: Store, broker: Broker, clock: FakeClock, typed: Typed) -> AsyncIterator[WebChat]:
    app = WebChat(store, Accounts(store, CIPHER), bytes(32), HUB, typed, broker, now=clock)
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(app.run())
        yield app
        app.end_streams()
        worker.cancel()


@pytest.fixture
async def http(web_chat: WebChat) -> AsyncIterator[httpx.AsyncClient]:
    """The hub's own page: every call carries its origin."""
    transport = httpx.ASGITransport(web_chat)
    async with httpx.AsyncClient(transport=transport, base_url=HUB, headers={"Origin": HUB}) as client:
        yield client


@pytest.fixture
async def visitor(http: httpx.AsyncClient) -> Visitor:
    """A visitor with a fresh session."""
    return await Visitor(http).began()


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    """Agents at work."""
    return Desk(store, clock)
