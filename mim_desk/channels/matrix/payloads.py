"""What a homeserver says, with the fields we read (Matrix client-server API, to v1.15).

An event of a room::

    {"type": "m.room.message", "event_id": "$1", "sender": "@mia:example.test", "origin_server_ts": 1763790000000,
     "content": {"msgtype": "m.text", "body": "Hello"}}

See https://spec.matrix.org/latest/client-server-api/.
"""

from typing import Any

import msgspec

EMPTY = msgspec.Raw(b"{}")
ABSENT = msgspec.Raw()


class Events(msgspec.Struct, frozen=True):
    """A list of events, each read by itself."""

    events: list[msgspec.Raw] = []


class Timeline(msgspec.Struct, frozen=True):
    """The newest events of a room; ``limited`` when there are more between ``since`` and ``prev_batch``."""

    events: list[msgspec.Raw] = []
    limited: Any = False
    prev_batch: Any = ""


class Summary(msgspec.Struct, frozen=True):
    """Facts of a room, told when they change."""

    joined: int | None = msgspec.field(name="m.joined_member_count", default=None)


class Room(msgspec.Struct, frozen=True):
    """News of a room that we are in, or were; each kind is read by itself, so that none costs another."""

    timeline: msgspec.Raw = EMPTY
    state: msgspec.Raw = EMPTY
    ephemeral: msgspec.Raw = EMPTY
    summary: msgspec.Raw = EMPTY


class Invite(msgspec.Struct, frozen=True):
    """A room that somebody asks us into."""

    invite_state: Events = Events()


class Rooms(msgspec.Struct, frozen=True):
    """News by room id, of each kind."""

    join: msgspec.Raw = EMPTY
    invite: msgspec.Raw = EMPTY
    leave: msgspec.Raw = EMPTY


class Sync(msgspec.Struct, frozen=True):
    """``{"next_batch": "s72_3", "rooms": {"join": {...}, "invite": {...}}}``."""

    next_batch: str
    rooms: msgspec.Raw = EMPTY


class Page(msgspec.Struct, frozen=True):
    """Older events of a room, the newest first; ``state`` is a list of events."""

    chunk: list[msgspec.Raw]
    end: Any = ""
    state: msgspec.Raw = ABSENT


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event as our asking hands it to our reading, with what its room told beside it.

    Attributes:
        kind: ``event``, ``ephemeral``, or ``problem`` for what could not be had.
        name: the sender's display name in the room.
        group: more than two people are in the room.
        whom: of what we said ourselves, whom we said it to: the other person of the room.
    """

    room_id: str
    event: msgspec.Raw = EMPTY
    kind: str = "event"
    name: str = ""
    group: bool = False
    problem: str = ""
    whom: str = ""


class RoomEvent(msgspec.Struct, frozen=True):
    """An event; ``state_key`` makes it one of the room's state."""

    type: str
    sender: str = ""
    event_id: str = ""
    origin_server_ts: Any = None
    content: msgspec.Raw = EMPTY
    unsigned: msgspec.Raw = EMPTY
    state_key: str | None = None
    redacts: str = ""


class MemberContent(msgspec.Struct, frozen=True):
    """``{"membership": "join", "displayname": "Mia", "is_direct": true}``."""

    membership: str = ""
    displayname: str | None = None
    is_direct: bool | None = None


class Unsigned(msgspec.Struct, frozen=True):
    """What the homeserver adds: our transaction id on events of ours, what was there before, whether it was redacted."""

    transaction_id: str = ""
    prev_content: MemberContent | None = None
    redacted_because: msgspec.Raw = ABSENT


class InReplyTo(msgspec.Struct, frozen=True):
    """The event that is answered."""

    event_id: str = ""


class RelatesTo(msgspec.Struct, frozen=True):
    """``{"rel_type": "m.annotation", "event_id": "$1", "key": "..."}``, or ``{"m.in_reply_to": {...}}``."""

    rel_type: str = ""
    event_id: str = ""
    key: str = ""
    is_falling_back: bool = False
    in_reply_to: InReplyTo | None = msgspec.field(name="m.in_reply_to", default=None)


class Info(msgspec.Struct, frozen=True):
    """Facts about a file, claimed by who sent it."""

    mimetype: str = ""
    size: int | float = 0
    w: int | float | None = None
    h: int | float | None = None


class Content(msgspec.Struct, frozen=True):
    """``{"msgtype": "m.image", "body": "cat.jpg", "url": "mxc://example.test/abc", "info": {...}}``."""

    msgtype: str = ""
    body: str = ""
    format: str = ""
    formatted_body: str = ""
    filename: str = ""
    url: str = ""
    info: Info = Info()
    geo_uri: str = ""
    voice: msgspec.Raw = msgspec.field(name="org.matrix.msc3245.voice", default=ABSENT)
    relates_to: RelatesTo | None = msgspec.field(name="m.relates_to", default=None)
    new_content: msgspec.Raw = msgspec.field(name="m.new_content", default=ABSENT)
    redacts: str = ""


class Beacon(msgspec.Struct, frozen=True):
    """``{"description": "On my way", "live": true, "timeout": 3600000}``: somebody shows where they are for a while."""

    live: bool = False
    description: str = ""


class Words(msgspec.Struct, frozen=True):
    """``{"mimetype": "text/plain", "body": "Which size?"}``."""

    body: str = ""


class PollText(msgspec.Struct, frozen=True):
    """A text of a poll, under the name of each generation: ``{"m.text": [{"body": "Which size?"}]}``."""

    body: str = ""
    older: str = msgspec.field(name="org.matrix.msc1767.text", default="")
    newer: list[Words] | str = msgspec.field(name="m.text", default="")

    @property
    def words(self) -> str:
        """What it says."""
        newer = self.newer if isinstance(self.newer, str) else next((one.body for one in self.newer), "")
        return newer or self.body or self.older


class PollStart(msgspec.Struct, frozen=True):
    """A poll: its question and what may be answered."""

    question: PollText = PollText()
    answers: list[PollText] = []


class PollContent(PollText, frozen=True):
    """A poll under the name of each generation; the text is for programs that know none."""

    newest: PollStart | None = msgspec.field(name="m.poll", default=None)
    poll: PollStart | None = msgspec.field(name="m.poll.start", default=None)
    oldest: PollStart | None = msgspec.field(name="org.matrix.msc3381.poll.start", default=None)


class Person(msgspec.Struct, frozen=True):
    """A person of a room."""

    display_name: str | None = None


class Members(msgspec.Struct, frozen=True):
    """``{"joined": {"@mia:example.test": {"display_name": "Mia"}}}``."""

    joined: dict[str, Person]


class Transaction(msgspec.Struct, frozen=True):
    """What a homeserver pushes to an application service: lists of events of all rooms, and of what passes."""

    events: msgspec.Raw = ABSENT
    ephemeral: msgspec.Raw = ABSENT
    older: msgspec.Raw = msgspec.field(name="de.sorunome.msc2409.ephemeral", default=ABSENT)


class InRoom(msgspec.Struct, frozen=True):
    """The room of an event that is pushed."""

    room_id: str


class Renewed(msgspec.Struct, frozen=True):
    """``{"access_token": "...", "refresh_token": "...", "expires_in_ms": 300000}``."""

    access_token: str = ""
    refresh_token: str = ""
    expires_in_ms: int | float | None = None


class ReceiptOf(msgspec.Struct, frozen=True):
    """When somebody read."""

    ts: Any = None


class Typing(msgspec.Struct, frozen=True):
    """Who types."""

    user_ids: list[str] = []


class Told(msgspec.Struct, frozen=True):
    """What answers carry: ids of what was made, or ``{"errcode": "M_FORBIDDEN", "error": "..."}``."""

    event_id: str = ""
    room_id: str = ""
    content_uri: str = ""
    user_id: str = ""
    errcode: str = ""
    retry_after_ms: int | float | None = None
