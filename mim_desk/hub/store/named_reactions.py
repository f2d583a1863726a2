"""Reactions that the provider knows by ids of their own: several of one person stand beside each other, and each is
taken back by its id, also when that is told before the reaction itself.
"""

import msgspec

from mim_desk.channels.events import MessageDeleted, ReactionSeen
from mim_desk.hub.store import driver, early_events, message_rows
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_GONE = ""


def add(unit: Unit, inbox_id: str, message_id: str, by: str, event: ReactionSeen) -> None:
    """Show a reaction, unless it is known or was taken back already."""
    named = event.reaction_id or ""
    taken_back = any(isinstance(one, MessageDeleted) for _, one in early_events.take(unit, [(inbox_id, named)]))
    new = driver.execute(
        unit.conn,
        "INSERT INTO named_reactions (inbox_id, external_id, message_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (inbox_id, named, _GONE if taken_back else message_id),
    )
    if new == 1 and not taken_back:
        reaction = rows.Reaction(event.emoji, by, named)
        message_rows.change(unit, message_id, lambda row: _with(row, [*row.reactions, reaction]))


def take_back(unit: Unit, inbox_id: str, external_id: str) -> bool:
    """Take a reaction away; whether ``external_id`` is one, and no message."""
    found = driver.row(
        unit.conn,
        "SELECT message_id FROM named_reactions WHERE inbox_id = ? AND external_id = ?",
        (inbox_id, external_id),
    )
    if found is None:
        return False
    driver.execute(
        unit.conn,
        "UPDATE named_reactions SET message_id = ? WHERE inbox_id = ? AND external_id = ?",
        (_GONE, inbox_id, external_id),
    )
    if found[0] != _GONE:
        message_rows.change(
            unit, found[0], lambda row: _with(row, [one for one in row.reactions if one.external_id != external_id])
        )
    return True


def _with(row: rows.Message, reactions: list[rows.Reaction]) -> rows.Message:
    return msgspec.structs.replace(row, reactions=reactions)
