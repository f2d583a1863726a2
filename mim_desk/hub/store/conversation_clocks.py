"""Tells a stored conversation again after a fact came late, was accepted or was taken back."""

import msgspec

from mim_desk.hub.store import bulk, conversation_rows, recount, reply_counts, sla
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def told_again(unit: Unit, row: rows.Conversation) -> rows.Conversation:
    """``row`` with clocks, waiting time and newest message as they follow from its messages; not yet stored."""
    inbox = bulk.inboxes(unit.conn, [row.inbox_id]).get(row.inbox_id)
    told = recount.recounted(
        unit.conn,
        row,
        sla.policy(unit.conn),
        inbox.capabilities.reply_window_s if inbox else None,
        agent_started=conversation_rows.agent_started(unit.conn, row.id),
    )
    counts = inbox is not None and inbox.capabilities.replies_per_message is not None
    return reply_counts.shown(unit, told) if counts or told.inbox_id != row.inbox_id else told


def tell_again(unit: Unit, conversation_id: str) -> rows.Conversation:
    """Store a conversation as it follows from its messages."""
    was = conversation_rows.locked(unit, conversation_id)
    row = told_again(unit, was)
    return was if row == was else conversation_rows.save(unit, was, msgspec.structs.replace(row, version=was.version))
