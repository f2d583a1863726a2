"""The event log as it travels: server-sent events, ``id:`` is the seq, ``event:`` the type (DESIGN.md)."""

from datetime import datetime
from typing import Final

import msgspec

from mim_desk.protocol import rows

ROW_TYPES: Final[dict[str, type[msgspec.Struct]]] = {
    "conversation": rows.Conversation,
    "message": rows.Message,
    "contact": rows.Contact,
    "inbox": rows.Inbox,
    "agent": rows.Agent,
    "team": rows.Team,
    "label": rows.Label,
    "canned_reply": rows.CannedReply,
    "sla_policy": rows.SlaPolicy,
    "template": rows.Template,
    "workspace": rows.Workspace,
}
"""Event types whose data is the whole new row; applying one is an upsert."""

HELLO: Final = "hello"
HEARTBEAT: Final = "heartbeat"
SKIPPED: Final = "skipped"
FORGOTTEN: Final = "forgotten"
TYPING: Final = "typing"
PRESENCE: Final = "presence"

HEARTBEAT_S: Final = 10.0
"""Seconds between heartbeats of a quiet stream."""


class Hello(msgspec.Struct, frozen=True):
    """Opens a stream; another epoch than the cache's means a new start from the snapshot."""

    epoch: str
    seq: int
    hub_time: datetime


class Heartbeat(msgspec.Struct, frozen=True):
    """Says the stream lives and how far the log is."""

    seq: int
    hub_time: datetime


class Skipped(msgspec.Struct, frozen=True):
    """A run of events that this reader may not see; ``id:`` of the event is ``to``."""

    first: int = msgspec.field(name="from")
    to: int


class Forgotten(msgspec.Struct, frozen=True):
    """A row left this reader's sight or was erased: the cache deletes it."""

    type: str
    id: str


class Typing(msgspec.Struct, frozen=True):
    """Somebody types; comes without an id and expires by itself."""

    conversation_id: str
    by: rows.Author
    until: datetime


class PresenceChange(msgspec.Struct, frozen=True):
    """An agent looks at or claims a conversation; empty conversation_id when they left."""

    agent_id: str
    conversation_id: str
    doing: str
    """``viewing``, ``claimed`` or ``left``."""
    until: datetime
