"""What pages post enters through the same door as every webhook: adapter, journal, store, event log."""

from datetime import datetime

import msgspec

from mim_desk.channels.base import Account, Event, RawRequest
from mim_desk.channels.registry import ADAPTERS
from mim_desk.channels.web_chat import payloads
from mim_desk.hub.ingest import Delivery, IngestResult
from mim_desk.hub.web_chat.parts import Chat
from mim_desk.hub.web_chat.sessions import Session


async def ingest(chat: Chat, session: Session, post: payloads.PagePost) -> IngestResult:
    """Store a checked post."""
    raw, now = msgspec.json.encode(post), chat.now()
    delivery = Delivery(session.inbox_id, "web_chat", raw, events_of(session, post, now), now)
    result: IngestResult = await chat.store.writer.ingest(delivery)
    return result


def events_of(session: Session, post: payloads.PagePost, now: datetime) -> tuple[Event, ...]:
    """What the adapter reads out of a post."""
    adapter = ADAPTERS["web_chat"]
    request = RawRequest("POST", "/api/web-chat/v1/messages", "", {}, msgspec.json.encode(post), now)
    return adapter.parse(Account(session.inbox_id, {}, {}), request).events
