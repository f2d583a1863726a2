"""Typing and presence: told on to desks and pages, never stored in the log."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from mim_desk.channels.base import TypingSeen
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType
from mim_desk.hub.broker import Broker
from mim_desk.hub.event_log import Audience
from mim_desk.hub.events_stream import Streams
from mim_desk.hub.store import contacts, conversations
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import events, rows

TYPING_LASTS: Final = timedelta(seconds=5)
VIEWING_LASTS: Final = timedelta(seconds=60)
_log = structlog.get_logger("mim_desk.hub.presence")


class Presence:
    """Takes typing and looking-at from all sides and passes them to the streams that may see them."""

    def __init__(self, store: Store, broker: Broker, streams: Streams) -> None:
        self._store = store
        self._broker = broker
        self._streams = streams

    async def contact_typed(self, inbox_id: str, seen: TypingSeen) -> None:
        """A contact types; told while they have an open conversation."""
        found = await self._store.read(lambda conn: _unresolved_of(conn, inbox_id, seen.sender.external_id))
        if found is not None:
            until = utc_now() + (seen.lasts if seen.typing else timedelta(0))
            typing = events.Typing(found.id, rows.Author(AuthorType.CONTACT, found.contact_id), until)
            await self._broker.publish_ephemeral(events.TYPING, typing)

    async def agent_typed(self, conversation_id: str, agent_id: str) -> None:
        """An agent types a reply."""
        typing = events.Typing(conversation_id, rows.Author(AuthorType.AGENT, agent_id), utc_now() + TYPING_LASTS)
        await self._broker.publish_ephemeral(events.TYPING, typing)

    async def agent_present(self, conversation_id: str, agent_id: str, doing: str, until: datetime) -> None:
        """An agent looks at a conversation or holds it."""
        change = events.PresenceChange(agent_id, conversation_id, doing, until)
        await self._broker.publish_ephemeral(events.PRESENCE, change)

    async def pass_on(self) -> None:
        """Tell the streams what comes from all hubs; runs as long as the hub."""
        async for kind, payload, conversation_id in self._broker.listen():
            if kind not in (events.TYPING, events.PRESENCE) or not self._streams.readers:
                continue
            try:
                self._streams.tell(kind, payload, await self._audience(conversation_id))
            except StoreUnavailable as problem:
                _log.warning("typing_not_told", problem=str(problem))

    async def _audience(self, conversation_id: str) -> Audience:
        found = await self._store.read(lambda conn: conversations.by_id(conn, conversation_id))
        return conversations.audience(found) if found else Audience()


def _unresolved_of(conn: Connection, inbox_id: str, external_id: str) -> rows.Conversation | None:
    contact = contacts.by_identity(conn, inbox_id, external_id)
    if contact is None:
        return None
    open_ones = (one for one in conversations.of_contact(conn, contact.id) if one.status is not Status.RESOLVED)
    return next(open_ones, None)
