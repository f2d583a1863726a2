"""What a homeserver pushes to an application service, and how it proves that it is the one.

See https://spec.matrix.org/latest/application-service-api/#pushing-events.
"""

import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, unquote

import msgspec

from mim_desk.channels.base import Account, Event, HandshakeAnswer, Parsed, RawRequest, Request, Unknown
from mim_desk.channels.matrix import names, payloads, reading
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal

TAKEN: Final = HandshakeAnswer(b"{}", content_type="application/json")
NOT_OURS: Final = HandshakeAnswer(b'{"errcode":"M_NOT_FOUND"}', 404, "application/json")
"""To the question whether a user or a room exists that nobody has made: we make none."""
_TRANSACTION: Final = re.compile(r"/_matrix/app/(?:v1|unstable)/transactions/([^/?]{1,255})$")
_PING: Final = re.compile(r"/_matrix/app/(?:v1|unstable)/ping$")
_ASKED: Final = re.compile(r"/_matrix/app/(?:v1|unstable)/(?:users|rooms)/[^/?]{1,500}$")
_transaction = msgspec.json.Decoder(payloads.Transaction)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_in_room = msgspec.json.Decoder(payloads.InRoom)
_event = msgspec.json.Decoder(payloads.RoomEvent)
_member = msgspec.json.Decoder(payloads.MemberContent)


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless it is the homeserver with its token, in a header or, as older ones have it, the address."""
    if not names.is_pushed(account):
        raise Refusal("bad-signature", "This channel is asked by the hub; nobody calls it.")
    wanted = account.secrets.get("hs_token", "").encode()
    way, _, told = request.headers.get("authorization", "").partition(" ")
    given = told.strip() if way.lower() == "bearer" else (parse_qs(request.query).get("access_token") or [""])[0]
    if not wanted or not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted):
        raise Refusal("bad-signature", "The homeserver's token is wrong.")
    if request.method != "GET" and not (_TRANSACTION.search(request.path) or _PING.search(request.path)):
        raise Refusal("not-found", "A homeserver calls /_matrix/app/v1/transactions/ below this address.")


def asked(account: Account, request: RawRequest) -> HandshakeAnswer:
    """The answer to a question about users and rooms."""
    verify(account, request)
    if not _ASKED.search(request.path):
        raise Refusal("no-handshake", "Nothing is asked here.")
    return NOT_OURS


def parsed(account: Account, request: RawRequest) -> Parsed:
    """The events of a transaction, in its order; the same transaction again brings the same ids."""
    if _PING.search(request.path):
        return Parsed((), TAKEN)
    told = read(_transaction, request.body)
    lists = [_listed(raw) for raw in (told.events, told.ephemeral, told.older)] if told is not None else [None]
    unread = [Unknown("transaction", unquote(request.path)[-60:])] * (None in lists)
    lasting, *passing = (one or [] for one in lists)
    items = _items(lasting, [raw for one in passing for raw in one])
    events = [event for item in items for event in _read(account, item, request.received_at)]
    return Parsed((*events, *unread), TAKEN, tuple(_joins(account, lasting)))


def _listed(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    """The events of a list, none where there is no list; None where it cannot be read."""
    return [] if bytes(raw).strip() in (b"", b"null") else read(_list, raw)


def _items(lasting: Sequence[msgspec.Raw], passing: Sequence[msgspec.Raw]) -> Iterator[payloads.Item]:
    called: dict[tuple[str, str], str] = {}
    for raw in lasting:
        event, room_id = read(_event, raw), _room_of(raw)
        if event is not None and event.type == "m.room.member" and event.state_key:
            content = read(_member, event.content) or payloads.MemberContent()
            called[room_id, event.state_key] = content.displayname or ""
        yield payloads.Item(room_id, raw, name=called.get((room_id, event.sender), "") if event else "")
    for raw in passing:
        yield payloads.Item(_room_of(raw), raw, kind="ephemeral")


def _room_of(raw: msgspec.Raw) -> str:
    found = read(_in_room, raw)
    return found.room_id if found else ""


def _read(account: Account, item: payloads.Item, received_at: datetime) -> tuple[Event, ...]:
    if not item.room_id:
        return (Unknown("event", "no room"),)
    return reading.events_of_item(account, item, received_at)


def _joins(account: Account, lasting: Sequence[msgspec.Raw]) -> Iterator[Request]:
    """Invitations are taken as where the hub asks: direct ones, from allowed servers."""
    for raw in lasting:
        event, room_id = read(_event, raw), _room_of(raw)
        if event is None or event.type != "m.room.member" or event.state_key != names.own_id(account) or not room_id:
            continue
        content = read(_member, event.content) or payloads.MemberContent()
        if content.membership == "invite" and not names.why_not_joined(account, content, event.sender):
            head = {**names.bearer(account), "content-type": "application/json"}
            yield Request("POST", names.call_url(account, "rooms", room_id, "join"), head, b"{}", prepares=True)
