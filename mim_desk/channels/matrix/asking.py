"""Asking the homeserver: what is new, rooms we are invited to, and what a long break left out.

The place to ask on says what is still to be done, so that a hub that dies in between loses none of it:
the ``since`` of the next sync, invitations to take, and gaps to read backwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Action, Poll, Refused, Request, Response
from mim_desk.channels.matrix import errors, names, payloads
from mim_desk.channels.shared.json_bodies import read

WAIT_MS: Final = 30_000
MOST_TRIES: Final = 5
MOST_PAGES: Final = 20
PAGE: Final = 100
MOST_GROUPS: Final = 2000
_LAZY: Final = {"lazy_load_members": True, "include_redundant_members": True}
_NONE: Final[dict[str, list[str]]] = {"types": []}
_SHORT: Final = 1
_LONG: Final = 100


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Events of a room between ``until`` and ``start`` that a sync left out."""

    room_id: str
    start: str
    until: str
    pages: int = 0
    tries: int = 0


class Joining(msgspec.Struct, frozen=True, array_like=True):
    """A room to be joined."""

    room_id: str
    tries: int = 0


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to ask on; ``groups`` are the rooms known to have more than two people."""

    since: str = ""
    joins: list[Joining] = []
    gaps: list[Gap] = []
    groups: list[str] = []


_place = msgspec.json.Decoder(Place)
_sync = msgspec.json.Decoder(payloads.Sync)
_page = msgspec.json.Decoder(payloads.Page)
_room = msgspec.json.Decoder(payloads.Room)
_invite = msgspec.json.Decoder(payloads.Invite)
_event = msgspec.json.Decoder(payloads.RoomEvent)
_member = msgspec.json.Decoder(payloads.MemberContent)


def question(account: Account, cursor: str) -> Request:
    """The next call: an invitation first, then a gap, else what is new."""
    place = _read(cursor)
    head = names.bearer(account)
    if place.joins:
        url = names.call_url(account, "rooms", place.joins[0].room_id, "join")
        return Request("POST", url, {**head, "content-type": "application/json"}, b"{}")
    if place.gaps:
        gap = place.gaps[0]
        query = {"dir": "b", "from": gap.start, "to": gap.until, "limit": PAGE, "filter": _encoded(_LAZY)}
        return Request("GET", names.call_url(account, "rooms", gap.room_id, "messages", query=query), head)
    query = {"timeout": WAIT_MS if place.since else 0, "filter": _filter(place)}
    if place.since:
        query["since"] = place.since
    return Request("GET", names.call_url(account, "sync", query=query), head)


def answer(account: Account, cursor: str, response: Response) -> Poll | Refused:
    """What an answer brought."""
    place = _read(cursor)
    if place.joins:
        return _joined(place, response)
    if place.gaps:
        return _filled(place, response)
    if not errors.is_good(response):
        return errors.refused(response)
    told = read(_sync, response.body)
    if told is None or not told.next_batch:
        return Refused(Action.RETRY, "The homeserver's answer could not be read; trying again.", "unreadable")
    return _news(account, place, told)


def _read(cursor: str) -> Place:
    return read(_place, cursor.encode()) or Place()


def _filter(place: Place) -> str:
    """What we want to hear; at the very first only where to begin, since old conversations are not ours."""
    room = {
        "account_data": _NONE,
        "timeline": {"limit": _LONG if place.since else _SHORT, **_LAZY},
        "state": {"types": ["m.room.member"], **_LAZY},
        "ephemeral": {"types": ["m.receipt", "m.typing"]},
    }
    return _encoded({"presence": _NONE, "account_data": _NONE, "room": room})


def _encoded(told: Mapping[str, object]) -> str:
    return msgspec.json.encode(told).decode()


def _poll(place: Place, items: Iterable[payloads.Item] = (), wait_s: float = 0.0) -> Poll:
    return Poll(tuple(msgspec.json.encode(one) for one in items), msgspec.json.encode(place).decode(), wait_s)


def _problem(room_id: str, problem: str) -> payloads.Item:
    return payloads.Item(room_id, kind="problem", problem=problem)


def _joined(place: Place, response: Response) -> Poll | Refused:
    first, *rest = place.joins
    done = msgspec.structs.replace(place, joins=rest)
    if errors.is_good(response):
        return _poll(done)
    why = errors.refused(response)
    if why.action is Action.SETTINGS or response.status == 429:
        return why
    if why.action is Action.RETRY and first.tries < MOST_TRIES:
        again = [*rest, Joining(first.room_id, first.tries + 1)]
        return _poll(msgspec.structs.replace(place, joins=again), wait_s=2.0**first.tries)
    return _poll(done, [_problem(first.room_id, f"not joined: {why.code}")])


def _filled(place: Place, response: Response) -> Poll | Refused:
    """A page of a gap; its events come in the order they were said."""
    first, *rest = place.gaps
    done = msgspec.structs.replace(place, gaps=rest)
    page = read(_page, response.body) if errors.is_good(response) else None
    if page is None:
        why = errors.refused(response)
        if why.action is Action.SETTINGS or response.status == 429:
            return why
        if first.tries < MOST_TRIES and (why.action is Action.RETRY or errors.is_good(response)):
            again = [*rest, msgspec.structs.replace(first, tries=first.tries + 1)]
            return _poll(msgspec.structs.replace(place, gaps=again), wait_s=2.0**first.tries)
        return _poll(done, [_problem(first.room_id, f"gap not read: {why.code}")])
    items = list(_items(first.room_id, page.chunk[::-1], page.state, group=first.room_id in place.groups))
    if not page.chunk or page.end in ("", first.start):
        return _poll(done, items)
    if first.pages + 1 >= MOST_PAGES:
        return _poll(done, [*items, _problem(first.room_id, "gap too long")])
    further = Gap(first.room_id, page.end, first.until, first.pages + 1)
    return _poll(msgspec.structs.replace(place, gaps=[further, *rest]), items)


def _news(account: Account, place: Place, told: payloads.Sync) -> Poll:
    groups = dict.fromkeys(place.groups)
    items: list[payloads.Item] = []
    gaps: list[Gap] = []
    joins: list[Joining] = []
    for room_id, raw in told.rooms.invite.items():
        why = _why_not(account, raw)
        if why:
            items.append(_problem(room_id, why))
        else:
            joins.append(Joining(room_id))
    for room_id, raw in (*told.rooms.join.items(), *told.rooms.leave.items()):
        room = read(_room, raw)
        if room is None:
            items.append(_problem(room_id, "the room could not be read"))
            continue
        _note_group(groups, room_id, room)
        if place.since:
            items += _of_room(room_id, room, group=room_id in groups)
            if room.timeline.limited and room.timeline.prev_batch and room_id in told.rooms.join:
                gaps.append(Gap(room_id, room.timeline.prev_batch, place.since))
    return _poll(Place(told.next_batch, joins, gaps, list(groups)[-MOST_GROUPS:]), items)


def _note_group(groups: dict[str, None], room_id: str, room: payloads.Room) -> None:
    if room.summary.joined is None:
        return
    if room.summary.joined > 2:
        groups[room_id] = None
    else:
        groups.pop(room_id, None)


def _why_not(account: Account, raw: msgspec.Raw) -> str:
    """Why an invitation is not taken: only direct ones are, and only from the servers that are allowed."""
    invite = read(_invite, raw)
    allowed = account.settings.get("allowed_servers") or []
    for one in invite.invite_state.events if invite else []:
        event = read(_event, one)
        if event is None or event.type != "m.room.member" or event.state_key != names.own_id(account):
            continue
        content = read(_member, event.content) or payloads.MemberContent()
        if not content.is_direct:
            return "invitation to a room that is not direct"
        if allowed and names.server_of(event.sender) not in {str(server).lower() for server in allowed}:
            return "invitation from a server that is not allowed"
        return ""
    return "invitation of unknown origin"


def _of_room(room_id: str, room: payloads.Room, *, group: bool) -> Iterable[payloads.Item]:
    yield from _items(room_id, room.timeline.events, room.state.events, group=group)
    for raw in room.ephemeral.events:
        yield payloads.Item(room_id, raw, kind="ephemeral", group=group)


def _items(
    room_id: str, timeline: Sequence[msgspec.Raw], state: Sequence[msgspec.Raw], *, group: bool
) -> Iterable[payloads.Item]:
    """The events of a timeline, each with its sender's name at that time."""
    called: dict[str, str] = {}
    for raw in state:
        _note_name(called, read(_event, raw))
    for raw in timeline:
        event = read(_event, raw)
        _note_name(called, event)
        yield payloads.Item(room_id, raw, name=called.get(event.sender, "") if event else "", group=group)


def _note_name(called: dict[str, str], event: payloads.RoomEvent | None) -> None:
    if event is not None and event.type == "m.room.member" and event.state_key:
        content = read(_member, event.content)
        called[event.state_key] = (content and content.displayname) or ""
