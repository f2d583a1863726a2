"""Deliveries and a workspace for the store's tests."""

import asyncio
from datetime import UTC, datetime, timedelta

from mim_desk.channels.events import Event, IncomingMessage, Sender
from mim_desk.domain.message import AuthorType
from mim_desk.hub.ingest import Delivery, IngestResult
from mim_desk.hub.store import agents, conversations, driver, inboxes, messages, sla_policies, workspaces
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INBOX = "inbox-line"
OTHER_INBOX = "inbox-viber"
ANN = rows.Author(AuthorType.AGENT, "agent-ann")
BOB = rows.Author(AuthorType.AGENT, "agent-bob")


def inbox(inbox_id: str = INBOX, channel: str = "line", window_s: int | None = None) -> rows.Inbox:
    sheet = rows.CapabilitySheet(text_length=1000, reply_window_s=window_s)
    return rows.Inbox(inbox_id, channel.title(), channel, rows.Brand("brand", "Acme"), sheet)


def prepare(unit: Unit) -> None:
    workspaces.add(unit, rows.Workspace("workspace", "Acme"))
    agents.add(unit, rows.Agent("agent-ann", "Ann", "ann", "agent"))  # type: ignore[arg-type]
    agents.add(unit, rows.Agent("agent-bob", "Bob", "bob", "agent"))  # type: ignore[arg-type]
    inboxes.add(unit, inbox())
    inboxes.add(unit, inbox(OTHER_INBOX, "viber", window_s=86_400))
    sla_policies.add(unit, rows.SlaPolicy("policy", "Standard", first_response_s=300, next_response_s=180))


def wrote(
    external_id: str, text: str = "hello", who: str = "cust-1", at: float = 0.0, **more: object
) -> IncomingMessage:
    """An incoming message ``at`` seconds after START."""
    sender = Sender(who, name=who.title())
    return IncomingMessage(external_id, sender, START + timedelta(seconds=at), text=text, **more)  # type: ignore[arg-type]


def delivery(*events: Event, inbox_id: str = INBOX, received: float = 3600.0) -> Delivery:
    channel = "line" if inbox_id == INBOX else "viber"
    return Delivery(inbox_id, channel, b"{raw}", tuple(events), START + timedelta(seconds=received))


async def bring(store: Store, *events: Event, inbox_id: str = INBOX) -> IngestResult:
    result: IngestResult = await store.writer.ingest(delivery(*events, inbox_id=inbox_id))
    return result


async def conversation_of(store: Store, who: str = "cust-1", inbox_id: str = INBOX) -> rows.Conversation:
    """The newest conversation of a customer."""
    from mim_desk.hub.store import contacts

    def query(conn):
        contact_id = contacts.of_identity(conn, inbox_id, who)
        return conversations.of_contact(conn, contact_id)[0]

    return await store.read(query)


async def reply(
    store: Store, conversation_id: str, message_id: str, author: rows.Author = ANN, local: bool = False, **more: object
) -> rows.Message:
    new = api.NewMessage(message_id, text=more.pop("text", "Good day"), **more)  # type: ignore[arg-type]
    added = await store.writer.run(lambda unit: messages.add_reply(unit, conversation_id, new, author, local=local))
    return added.message


async def patched(
    store: Store, conversation_id: str, author: rows.Author = ANN, version=None, **more
) -> rows.Conversation:
    wanted = api.ConversationPatch(**more)
    return await store.writer.run(lambda unit: conversations.patch(unit, conversation_id, wanted, version, author))


async def indexed(store: Store) -> None:
    """Wait until the writer had time for the index."""
    while True:
        behind = await store.read(
            lambda conn: (
                driver.is_sqlite(conn)
                and driver.row(
                    conn, "SELECT (SELECT max(n) FROM messages) > value FROM counters WHERE name = 'indexed'"
                )[0]
            )
        )
        if not behind:
            return
        await asyncio.sleep(0.02)
