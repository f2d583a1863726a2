"""Asking the homeserver: what is new, rooms we are invited to, and what a long break left out.

The place to ask on says what is still to be done, so that a hub that dies in between loses none of it:
the ``since`` of the next sync, invitations to take, gaps to read backwards, and what our user said in another
program, until it is known to whom.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Action, Poll, Refused, Request, Response
from mim_desk.channels.matrix import errors, names, payloads
from mim_desk.channels.matrix.news import News, news_of, problem, rooms_of
from mim_desk.channels.matrix.reading import own_message_id
from mim_desk.channels.shared.json_bodies import read

WAIT_MS: Final = 30_000
MOST_TRIES: Final = 5
MOST_PAGES: Final = 10_000
"""Against a homeserver that never ends; what was missed is else read to where it is known."""
MOST_OLDER_PAGES: Final = 50
"""Of what was said in a room before we were asked into it."""
PAGE: Final = 100
MOST_GROUPS: Final = 2000
_LAZY: Final = {"lazy_load_members": True, "include_redundant_members": True}
_NONE: Final[dict[str, list[str]]] = {"types": []}
_SHORT: Final = 1
_LONG: Final = 100


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Events of a room between ``until`` and ``start`` that a sync left out; all before ``start`` without ``until``."""

    room_id: str
    start: str
    until: str
    pages: int = 0
    tries: int = 0


class Joining(msgspec.Struct, frozen=True, array_like=True):
    """A room to be joined."""

    room_id: str
    tries: int = 0


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What our user said in a room in another program."""

    room_id: str
    events: list[msgspec.Raw]
    tries: int = 0


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to ask on.

    Attributes:
        groups: the rooms known to have more than two people.
        fresh: rooms we just joined, of which nothing is known yet.
        said: what is shown once it is known to whom it was said.
    """

    since: str = ""
    joins: list[Joining] = []
    gaps: list[Gap] = []
    groups: list[str] = []
    fresh: list[str] = []
    said: list[Said] = []


_place = msgspec.json.Decoder(Place)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_sync = msgspec.json.Decoder(payloads.Sync)
_page = msgspec.json.Decoder(payloads.Page)
_invite = msgspec.json.Decoder(payloads.Invite)
_event = msgspec.json.Decoder(payloads.RoomEvent)
_member = msgspec.json.Decoder(payloads.MemberContent)
_members = msgspec.json.Decoder(payloads.Members)
_unsigned = msgspec.json.Decoder(payloads.Unsigned)
_content = msgspec.json.Decoder(payloads.Content)


def question(account: Account, cursor: str) -> Request:
    """The next call: an invitation first, then whom we spoke to, then a gap, else what is new."""
    place = _read(cursor)
    head = names.bearer(account)
    if place.joins:
        url = names.call_url(account, "rooms", place.joins[0].room_id, "join")
        return Request("POST", url, {**head, "content-type": "application/json"}, b"{}")
    if place.said:
        return Request("GET", names.call_url(account, "rooms", place.said[0].room_id, "joined_members"), head)
    if place.gaps:
        gap = place.gaps[0]
        query = {"dir": "b", "from": gap.start, "limit": PAGE, "filter": _encoded(_LAZY)}
        query |= {"to": gap.until} if gap.until else {}
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
    if place.said:
        return _told_whom(account, place, response)
    if place.gaps:
        return _filled(account, place, response)
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


def _joined(place: Place, response: Response) -> Poll | Refused:
    first, *rest = place.joins
    done = msgspec.structs.replace(place, joins=rest)
    if errors.is_good(response):
        return _poll(msgspec.structs.replace(done, fresh=[*place.fresh, first.room_id][-MOST_GROUPS:]))
    why = errors.refused(response)
    if why.action is Action.SETTINGS or response.status == 429:
        return why
    if why.action is Action.RETRY and first.tries < MOST_TRIES:
        again = [*rest, Joining(first.room_id, first.tries + 1)]
        return _poll(msgspec.structs.replace(place, joins=again), wait_s=2.0**first.tries)
    return _poll(done, [problem(first.room_id, f"not joined: {why.code}")])


def _told_whom(account: Account, place: Place, response: Response) -> Poll | Refused:
    """What our user said in another program, with the other person of the room."""
    first, *rest = place.said
    done = msgspec.structs.replace(place, said=rest)
    told = read(_members, response.body) if errors.is_good(response) else None
    if told is None:
        again = [*rest, msgspec.structs.replace(first, tries=first.tries + 1)]
        later = msgspec.structs.replace(place, said=again)
        return _unread(response, first, later, done, "nobody known whom we spoke to")
    others = {who: person for who, person in told.joined.items() if who != names.own_id(account)}
    if len(others) != 1:
        return _poll(done, [problem(first.room_id, f"we spoke to {len(others)} people at once")])
    ((whom, person),) = others.items()
    name = person.display_name or ""
    return _poll(done, [payloads.Item(first.room_id, raw, name=name, whom=whom) for raw in first.events])


def _unread(response: Response, first: Said | Gap, later: Place, done: Place, told: str) -> Poll | Refused:
    """After an answer that tells nothing: the account's own trouble, another try later, or the end of trying."""
    why = errors.refused(response)
    if why.action is Action.SETTINGS or response.status == 429:
        return why
    if first.tries < MOST_TRIES and (why.action is Action.RETRY or errors.is_good(response)):
        return _poll(later, wait_s=2.0**first.tries)
    return _poll(done, [problem(first.room_id, f"{told}: {why.code}")])


def _filled(account: Account, place: Place, response: Response) -> Poll | Refused:
    """A page of a gap; its events come in the order they were said."""
    first, *rest = place.gaps
    done = msgspec.structs.replace(place, gaps=rest)
    page = read(_page, response.body) if errors.is_good(response) else None
    if page is None:
        again = [*rest, msgspec.structs.replace(first, tries=first.tries + 1)]
        return _unread(response, first, msgspec.structs.replace(place, gaps=again), done, "gap not read")
    is_group = first.room_id in place.groups
    chunk = page.chunk if first.until else [raw for raw in page.chunk if not _is_state(raw)]
    state = read(_list, page.state) or []
    items, said = _parted(account, _items(first.room_id, chunk[::-1], state, group=is_group))
    done = msgspec.structs.replace(done, said=[*place.said, *said])
    if not page.chunk or not isinstance(page.end, str) or page.end in ("", first.start):
        return _poll(done, items)
    if first.pages + 1 >= (MOST_PAGES if first.until else MOST_OLDER_PAGES):
        return _poll(done, [*items, problem(first.room_id, "gap too long")])
    further = Gap(first.room_id, page.end, first.until, first.pages + 1)
    return _poll(msgspec.structs.replace(done, gaps=[further, *rest]), items)


def _news(account: Account, place: Place, told: payloads.Sync) -> Poll:
    groups = dict.fromkeys(place.groups)
    items: list[payloads.Item] = []
    gaps: list[Gap] = []
    said: list[Said] = []
    fresh = set(place.fresh)
    rooms, problems = rooms_of(told)
    joins = [Joining(room_id) for room_id, raw in rooms.invite.items() if not _why_not(account, raw)]
    for room_id, raw in rooms.invite.items():
        why = _why_not(account, raw)
        problems += [problem(room_id, why, raw)] if why else []
    for room_id, raw in (*rooms.join.items(), *rooms.leave.items()):
        room, unread = news_of(room_id, raw)
        items += unread
        _note_group(groups, room_id, room.joined)
        if place.since:
            shown, own = _parted(account, _of_room(room_id, room, group=room_id in groups))
            items += shown
            said += own
            is_fresh = room_id in fresh
            if (room.is_limited or is_fresh) and room.before:
                gaps.append(Gap(room_id, room.before, "" if is_fresh else place.since))
            fresh.discard(room_id)
    waiting = [one for one in place.fresh if one in fresh]
    return _poll(Place(told.next_batch, joins, gaps, list(groups)[-MOST_GROUPS:], waiting, said), [*problems, *items])


def _parted(account: Account, items: Iterable[payloads.Item]) -> tuple[list[payloads.Item], list[Said]]:
    """What can be handed on, and what our user said in another program: to whom is asked first."""
    shown: list[payloads.Item] = []
    own: dict[str, list[msgspec.Raw]] = {}
    for item in items:
        if item.kind == "event" and not item.group and _is_said_elsewhere(account, item.event):
            own.setdefault(item.room_id, []).append(item.event)
        else:
            shown.append(item)
    return shown, [Said(room_id, events) for room_id, events in own.items()]


def _is_state(raw: msgspec.Raw) -> bool:
    """Who came and went before our time says nothing of who is there now."""
    event = read(_event, raw)
    return event is not None and event.state_key is not None


def _is_said_elsewhere(account: Account, raw: msgspec.Raw) -> bool:
    event = read(_event, raw)
    if event is None or event.sender != names.own_id(account) or event.state_key is not None:
        return False
    unsigned = read(_unsigned, event.unsigned) or payloads.Unsigned()
    content = read(_content, event.content)
    if event.type not in ("m.room.message", "m.sticker") or content is None or own_message_id(unsigned):
        return False
    changes = content.relates_to is not None and content.relates_to.rel_type == "m.replace"
    return not changes and not bytes(unsigned.redacted_because)


def _note_group(groups: dict[str, None], room_id: str, joined: int | None) -> None:
    if joined is None:
        return
    if joined > 2:
        groups[room_id] = None
    else:
        groups.pop(room_id, None)


def _why_not(account: Account, raw: msgspec.Raw) -> str:
    """Why an invitation is not taken, empty when it is."""
    invite = read(_invite, raw)
    for one in invite.invite_state.events if invite else []:
        event = read(_event, one)
        if event is None or event.type != "m.room.member" or event.state_key != names.own_id(account):
            continue
        content = read(_member, event.content) or payloads.MemberContent()
        return names.why_not_joined(account, content, event.sender)
    return "invitation of unknown origin"


def _of_room(room_id: str, room: News, *, group: bool) -> Iterable[payloads.Item]:
    yield from _items(room_id, room.events, room.state, group=group)
    for raw in room.ephemeral:
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
