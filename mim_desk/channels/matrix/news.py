"""The news in a sync, room by room: what cannot be read of it costs nothing else, and is kept as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from mim_desk.channels.matrix import payloads
from mim_desk.channels.shared.json_bodies import read

Shape = TypeVar("Shape")
_NOTHING: Final = (b"", b"null", b"{}")
_rooms = msgspec.json.Decoder(payloads.Rooms)
_by_room = msgspec.json.Decoder(dict[str, msgspec.Raw])
_room = msgspec.json.Decoder(payloads.Room)
_timeline = msgspec.json.Decoder(payloads.Timeline)
_events = msgspec.json.Decoder(payloads.Events)
_summary = msgspec.json.Decoder(payloads.Summary)


@dataclass(frozen=True, slots=True)
class Rooms:
    """News by room id, unread."""

    join: Mapping[str, msgspec.Raw]
    invite: Mapping[str, msgspec.Raw]
    leave: Mapping[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a room.

    Attributes:
        before: from where older events are asked for, where there are some between the last sync and this.
        joined: how many people are in it, where that is told.
    """

    events: list[msgspec.Raw] = field(default_factory=list)
    state: list[msgspec.Raw] = field(default_factory=list)
    ephemeral: list[msgspec.Raw] = field(default_factory=list)
    is_limited: bool = False
    before: str = ""
    joined: int | None = None


def problem(room_id: str, said: str, raw: msgspec.Raw = payloads.EMPTY) -> payloads.Item:
    """What is kept of what could not be had, or could not be read."""
    return payloads.Item(room_id, raw, kind="problem", problem=said)


class _Unread:
    """Collects what could not be read."""

    def __init__(self, room_id: str) -> None:
        self._room_id = room_id
        self.items: list[payloads.Item] = []

    def read(self, decoder: msgspec.json.Decoder[Shape], raw: msgspec.Raw, what: str) -> Shape | None:
        """What it says; None where that is nothing, or cannot be read."""
        found = None if bytes(raw).strip() in _NOTHING else read(decoder, raw)
        if found is None and bytes(raw).strip() not in _NOTHING:
            self.items.append(problem(self._room_id, f"{what} could not be read", raw))
        return found


def rooms_of(told: payloads.Sync) -> tuple[Rooms, list[payloads.Item]]:
    """The rooms of a sync, and what of it could not be read."""
    unread = _Unread("")
    rooms = unread.read(_rooms, told.rooms, "the rooms") or payloads.Rooms()
    join, invite, leave = (
        unread.read(_by_room, raw, what) or {}
        for raw, what in ((rooms.join, "rooms"), (rooms.invite, "invitations"), (rooms.leave, "left rooms"))
    )
    return Rooms(join, invite, leave), unread.items


def news_of(room_id: str, raw: msgspec.Raw) -> tuple[News, list[payloads.Item]]:
    """The news of a room, and what of it could not be read."""
    unread = _Unread(room_id)
    room = unread.read(_room, raw, "the room") or payloads.Room()
    timeline = unread.read(_timeline, room.timeline, "the timeline") or payloads.Timeline()
    state = unread.read(_events, room.state, "the state") or payloads.Events()
    ephemeral = unread.read(_events, room.ephemeral, "what passes") or payloads.Events()
    summary = read(_summary, room.summary) or payloads.Summary()
    before = timeline.prev_batch if isinstance(timeline.prev_batch, str) else ""
    told = News(timeline.events, state.events, ephemeral.events, bool(timeline.limited), before, summary.joined)
    return told, unread.items
