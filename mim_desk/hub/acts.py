"""What happens in a contact's chat besides messages: system lines, who has the chat, what lets us answer."""

from datetime import datetime

import msgspec

from mim_desk.channels.events import ContactActed, Sender, ThreadMoved
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import AuthorType
from mim_desk.hub.deliveries import Delivery
from mim_desk.hub.store import (
    bulk,
    contacts,
    conversation_clocks,
    conversation_rows,
    derive,
    early_events,
    message_rows,
    messages,
    sla,
)
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_SYSTEM = rows.Author(AuthorType.SYSTEM)


def acted(unit: Unit, delivery: Delivery, event: ContactActed) -> None:
    """A system line for what the contact did; without a conversation it is kept until there is one."""
    contact = contacts.identify(unit, delivery.inbox_id, delivery.channel, event.sender)
    if event.lets_answer:
        lets_answer(unit, delivery, event.sender, event.at)
    if event.conversation_id:
        named = conversation_rows.by_id(unit.conn, event.conversation_id)
        if named is None or named.contact_id != contact.id:
            return
    if not messages.tell_act(unit, delivery.inbox_id, event):
        early_events.keep(unit, delivery.inbox_id, early_events.key_of_contact(contact.id), event)


def lets_answer(unit: Unit, delivery: Delivery, sender: Sender, at: datetime) -> None:
    """Count the reply window from what the contact did, as from a message."""
    when = min(whole_ms(at), whole_ms(delivery.received_at))
    contact = contacts.acted(unit, delivery.inbox_id, sender.external_id, when)
    inbox = bulk.inboxes(unit.conn, [delivery.inbox_id]).get(delivery.inbox_id)
    if contact is None or inbox is None:
        return
    was = conversation_rows.newest(unit, contact.id, inbox.brand.id)
    closes = derive.window(when, inbox.capabilities.reply_window_s)
    if was is None or was.inbox_id != inbox.id or closes is None:
        return
    if was.reply_window_until is None or was.reply_window_until < closes:
        due = derive.next_due(was.clocks, closes)
        conversation_rows.save(unit, was, msgspec.structs.replace(was, reply_window_until=closes, next_due=due))


def session_over(unit: Unit, inbox_id: str, external_id: str, at: datetime) -> None:
    """Close the reply window of a contact whose session is over, unless they wrote since."""
    when = whole_ms(at)
    contact = contacts.session_over(unit, inbox_id, external_id, when)
    inbox = bulk.inboxes(unit.conn, [inbox_id]).get(inbox_id)
    was = conversation_rows.newest(unit, contact.id, inbox.brand.id) if contact and inbox else None
    if was is None or was.inbox_id != inbox_id or was.reply_window_until is None or was.reply_window_until <= when:
        return
    due = derive.next_due(was.clocks, when)
    conversation_rows.save(unit, was, msgspec.structs.replace(was, reply_window_until=when, next_due=due))


def moved(unit: Unit, delivery: Delivery, event: ThreadMoved) -> None:
    """Hold or release replies to a chat, and say so; one that is handed to us is opened, since people are to answer."""
    contact = contacts.identify(unit, delivery.inbox_id, delivery.channel, event.sender)
    if event.ours is not None:
        contacts.tell_tool(unit, delivery.inbox_id, event.sender.external_id, event.at, ours=event.ours)
    if event.activity is None or message_rows.by_id(unit.conn, event.line_id) is not None:
        return
    inbox = bulk.inboxes(unit.conn, [delivery.inbox_id])[delivery.inbox_id]
    was = conversation_rows.newest(unit, contact.id, inbox.brand.id)
    if was is None:
        was = conversation_rows.start(unit, contact.id, inbox, whole_ms(event.at), resolved=True)
    waits = bool(event.ours) and was.status is not Status.OPEN
    fact = sla.HANDOFF if waits and was.status is Status.PENDING else None
    message_rows.add_line(unit, was, event.activity, _SYSTEM, dict(event.details), fact, event.line_id)
    if waits:
        _open(unit, was)


def _open(unit: Unit, was: rows.Conversation) -> None:
    unread = max(was.unread, 1)
    opened = msgspec.structs.replace(was, status=Status.OPEN, resolved_at=None, snoozed_until=None, unread=unread)
    row = conversation_clocks.told_again(unit, opened)
    active = max(was.last_activity_at or unit.now, whole_ms(unit.now))
    conversation_rows.save(unit, was, msgspec.structs.replace(row, last_activity_at=active))
