"""Rooms of a Matrix homeserver: their timelines, who is in them, and how they look to the brand's user."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SERVER: Final = "rehearsal.example"
BRAND: Final = f"@support:{SERVER}"
Event = dict[str, Any]


@dataclass
class Room:
    """One room.

    Attributes:
        timeline: its events with the places at which they came.
        fleeting: who types and what was read, the same.
        members: user id to membership.
        joined_at: the place at which the brand's user came in.
    """

    id: str
    timeline: list[tuple[int, Event]] = field(default_factory=list)
    fleeting: list[tuple[int, Event]] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    invited_at: int = 0
    joined_at: int = 0

    def after(self, place: int) -> list[tuple[int, Event]]:
        """What was said since; of a room that the brand came into only then, everything."""
        return [one for one in self.timeline if one[0] > place or self.joined_at > place]

    def names(self, events: Iterable[Event]) -> list[Event]:
        """Who the senders are."""
        told = {event["sender"] for event in events}
        states = (event for _, event in self.timeline if event["type"] == "m.room.member")
        return [event for event in states if event["state_key"] in told]

    def event(self, event_id: str) -> Event | None:
        """One event."""
        return next((event for _, event in self.timeline if event["event_id"] == event_id), None)


class Rooms:
    """All rooms, and the one order in which everything happens.

    Attributes:
        place: how far it has come.
        changed: called whenever something is new.
    """

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        self.place = 0
        self._rooms: dict[str, Room] = {}
        self._clock = clock
        self._changed = changed
        self._numbers = itertools.count(1)

    def __getitem__(self, room_id: str) -> Room:
        return self._rooms[room_id]

    def get(self, room_id: str) -> Room | None:
        """A room, if there is one."""
        return self._rooms.get(room_id)

    def step(self) -> int:
        """The next place."""
        self.place += 1
        return self.place

    def now_ms(self) -> int:
        """The server's time."""
        return int(self._clock() * 1000)

    def made(self, kind: str, sender: str, content: Mapping[str, Any], **more: Any) -> Event:
        """An event that is not yet in a room."""
        head = {"type": kind, "event_id": f"$event{next(self._numbers):08}", "sender": sender}
        return {**head, "origin_server_ts": self.now_ms(), "content": dict(content), **more}

    def enter(self, room: Room, event: Event) -> str:
        """An event comes to a room."""
        room.timeline.append((self.step(), {**event, "unsigned": {"age": 1}}))
        self._changed()
        return str(event["event_id"])

    def flit(self, room: Room, kind: str, content: Mapping[str, Any]) -> None:
        """Something that is not kept."""
        room.fleeting.append((self.step(), {"type": kind, "content": dict(content)}))
        self._changed()

    def make(self, by: str, invited: Iterable[str], names: Mapping[str, str]) -> Room:
        """A direct room."""
        room = Room(f"!room{next(self._numbers):06}rehearsal")
        self._rooms[room.id] = room
        self.enter(room, self.made("m.room.create", by, {"room_version": "11"}, state_key=""))
        self.join(room, by, names)
        self.enter(room, self.made("m.room.power_levels", by, {"users": {by: 100}}, state_key=""))
        self.enter(room, self.made("m.room.join_rules", by, {"join_rule": "invite"}, state_key=""))
        for one in invited:
            content = {"membership": "invite", "is_direct": True}
            room.members[one] = "invite"
            room.invited_at = self.place + 1
            self.enter(room, self.made("m.room.member", by, content, state_key=one))
        return room

    def join(self, room: Room, who: str, names: Mapping[str, str]) -> None:
        """Somebody comes in."""
        room.members[who] = "join"
        if who == BRAND:
            room.joined_at = self.place + 1
        content = {"membership": "join", "displayname": names.get(who, who)}
        self.enter(room, self.made("m.room.member", who, content, state_key=who))

    def news(self, since: int, limit: int, cut: int) -> dict[str, Any]:
        """What is new to the brand's user since a place; without one, the newest of each room.

        Args:
            limit: most events of a room; of one the user was in before, ``cut``.
        """
        joined, invited = {}, {}
        for room in self._rooms.values():
            match room.members.get(BRAND):
                case "join" if shown := _shown(room, since, cut if room.joined_at <= since else limit):
                    joined[room.id] = shown
                case "invite" if room.invited_at > since:
                    states = [event for _, event in room.timeline if "state_key" in event]
                    invited[room.id] = {"invite_state": {"events": states}}
        return {"join": joined, "invite": invited, "leave": {}}

    def back(self, room: Room, start: int, until: int, limit: int) -> dict[str, Any]:
        """A page of a room, backwards."""
        between = [one for one in room.timeline if until < one[0] < start]
        page = between[-limit:][::-1]
        told: dict[str, Any] = {"start": f"t{start}", "chunk": [event for _, event in page]}
        if len(between) > len(page):
            told["end"] = f"t{page[-1][0]}"
        return {**told, "state": room.names(event for _, event in page)}


def _shown(room: Room, since: int, limit: int) -> dict[str, Any]:
    """A joined room as a sync shows it; nothing where nothing is new."""
    found = room.after(since)
    fleeting = [event for place, event in room.fleeting if place > since]
    if not found and not fleeting:
        return {}
    newest = found[-limit:]
    events = [event for _, event in newest]
    timeline: dict[str, Any] = {"events": events, "limited": len(found) > len(newest)}
    if newest:
        timeline["prev_batch"] = f"t{newest[0][0]}"
    return {
        "timeline": timeline,
        "state": {"events": room.names(events)},
        "ephemeral": {"events": fleeting},
        "account_data": {"events": []},
        "summary": {"m.joined_member_count": sum(one == "join" for one in room.members.values())},
    }
