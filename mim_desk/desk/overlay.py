"""How a conversation looks with the agent's own unsent changes laid over the hub's row."""

from collections.abc import Iterable

import msgspec

from mim_desk.domain.conversation import Status
from mim_desk.protocol import api, rows

Action = api.ConversationPatch | api.ReadUpTo
"""What an agent does to a conversation besides writing."""


def overlaid(conversation: rows.Conversation, actions: Iterable[Action]) -> rows.Conversation:
    """``conversation`` as if the hub had already taken ``actions``, oldest first."""
    for action in actions:
        if isinstance(action, api.ReadUpTo):
            conversation = msgspec.structs.replace(conversation, unread=0, read_up_to=action.up_to)
        else:
            conversation = _patched(conversation, action)
    return conversation


def _patched(conversation: rows.Conversation, patch: api.ConversationPatch) -> rows.Conversation:
    given = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not msgspec.UNSET}
    given.pop("reason", None)
    if given.get("status", Status.SNOOZED) is not Status.SNOOZED:
        given.setdefault("snoozed_until", None)
    return msgspec.structs.replace(conversation, **given)
