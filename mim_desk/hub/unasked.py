"""Messages that nobody has to answer (an opt-out word, an automatic reply): kept in the timeline, they open nothing."""

from mim_desk.hub import news
from mim_desk.hub.incoming import Arrival, body_hash, message_of
from mim_desk.hub.store import bulk, contacts, conversation_rows, derive, ids, message_rows, reply_counts
from mim_desk.hub.store.unit import Unit


def keep(unit: Unit, one: Arrival) -> None:
    """Store such a message with the contact's last conversation, or one that is over from its start."""
    same = bulk.known_messages(unit.conn, [one.key]).get(one.key)
    message_id = same.message_id if same else ids.new_id(unit.now)
    one.outcome.message_ids.append(message_id)
    if same is not None:
        one.outcome.duplicates += 1
        return
    one.outcome.new += 1
    inbox_id = one.delivery.inbox_id
    inbox = bulk.inboxes(unit.conn, [inbox_id])[inbox_id]
    contact = contacts.identify(unit, inbox_id, one.delivery.channel, one.event.sender)
    row = conversation_rows.newest(unit, contact.id, inbox.brand.id)
    if row is None:
        row = conversation_rows.start(unit, contact.id, inbox, one.came, resolved=True)
    message = message_of(unit, one, message_id, row)
    conversation_rows.save(unit, row, derive.after_unasked(row, message))
    home = contacts.home_of(unit.conn, inbox_id, one.event.sender.external_id)
    message_rows.add(unit, row, message, body_hash=body_hash(one.event), home=home)
    conversation_rows.join_inboxes(unit.conn, [(inbox_id, row.id)])
    news.apply_early(unit, [message])
    reply_counts.opened(unit, message)
