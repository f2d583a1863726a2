"""What the contact sees of us besides replies: typing and read marks, told soon and seldom enough; nothing depends on them."""

import uuid
from collections.abc import Callable
from functools import partial

import structlog

from mim_desk.channels.base import Account, Adapter, LastIncoming, Request
from mim_desk.channels.gestures import MarksRead, ShowsTyping, Target
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.message import MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import addresses, contacts, messages
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.messages_told import BRAND
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import rows

_log = structlog.get_logger("mim_desk.hub.gestures")


def target_of(
    conn: Connection, contact_id: str, conversation_id: str, inbox_id: str, message: rows.Message | None = None
) -> Target | None:
    """The contact's chat in an inbox, and a message of it; None where they cannot be reached there."""
    contact = contacts.by_id(conn, contact_id)
    there = addresses.identity_in(contact, inbox_id) if contact else None
    if there is None or there.blocked_at is not None or there.other_tool:
        return None
    last = messages.last_incoming(conn, conversation_id, inbox_id)
    own = next((one for one in message.reactions if one.by == BRAND), None) if message else None
    return Target(
        recipient=there.external_id,
        at=utc_now(),
        key=str(uuid.uuid4()),
        external_ids=messages.external_ids(conn, message) if message else (),
        details=message.details if message else {},
        last_incoming=LastIncoming(last.occurred_at, last.external_id, last.details) if last else None,
        reaction_id=own.external_id if own else "",
    )


async def tell_typing(hub: Hub, conversation: rows.Conversation, inbox_id: str = "") -> None:
    """Let the contact see that somebody writes, where the channel shows it."""
    inbox_id = inbox_id or conversation.inbox_id
    found = await _account(hub, inbox_id)
    if found is None or not isinstance(found[0], ShowsTyping):
        return
    adapter, account = found
    every_s = manifest(adapter.channel).capabilities.typing_every_s
    if not hub.typing_told.is_due(conversation.id, inbox_id, every_s):
        return
    target = await hub.store.read(lambda conn: target_of(conn, conversation.contact_id, conversation.id, inbox_id))
    if target is not None:
        _take(hub, adapter, account, partial(found[0].typing, account, target))


async def tell_read(hub: Hub, message_id: str) -> None:
    """Let the contact see that their message was read, where the channel shows it."""
    message = await hub.store.read(lambda conn: messages.by_id(conn, message_id))
    if message is None or message.kind is not MessageKind.INCOMING:
        return
    found = await _account(hub, message.inbox_id)
    if found is None or not isinstance(found[0], MarksRead):
        return
    adapter, account = found
    target = await hub.store.read(
        lambda conn: target_of(conn, message.contact_id, message.conversation_id, message.inbox_id, message)
    )
    if target is not None and target.external_ids:
        _take(hub, adapter, account, partial(found[0].mark_read, account, target))


def _take(hub: Hub, adapter: Adapter, account: Account, write: Callable[[], Request | None]) -> None:
    """Have the call made; an adapter that breaks over it costs a line in the log."""
    try:
        request = write()
    except Exception as error:  # noqa: BLE001  # what an agent does must never fail for a courtesy
        _log.error("adapter_failed", channel=adapter.channel, inbox_id=account.inbox_id, exc_info=error)
        return
    if request is not None:
        hub.errands.take(adapter, account, request)


async def _account(hub: Hub, inbox_id: str) -> tuple[Adapter, Account] | None:
    """The account and its adapter; None for an inbox that is gone."""
    try:
        account = await hub.accounts.account(inbox_id)
        channel = await hub.accounts.channel(inbox_id)
    except Refusal:
        return None
    adapter = ADAPTERS.get(channel)
    return None if adapter is None or adapter.local else (adapter, account)
