"""What LINE tells of somebody besides messages: accounts linked, memberships, beacons, films seen, people in groups.

Nobody has to answer it; each is a system line of the conversation. The shapes are those of webhook.yml.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import ContactActed, Event, ReachChanged, Sender, Unknown
from mim_desk.channels.line import payloads
from mim_desk.domain.message import Activity

_LONGEST: Final = 300
_linked = msgspec.json.Decoder(payloads.Linked)
_membership = msgspec.json.Decoder(payloads.MembershipChanged)
_near = msgspec.json.Decoder(payloads.BeaconSeen)
_watched = msgspec.json.Decoder(payloads.VideoWatched)
_members = msgspec.json.Decoder(payloads.MembersChanged)


def events_of(raw: msgspec.Raw, item: payloads.Happened, sender: Sender, at: datetime) -> tuple[Event, ...]:
    """What one item of these kinds says."""
    if not item.event_id:
        return (Unknown(item.type, "without its event's id"),)
    activity, details = _READINGS[item.type](raw)
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"line:{item.event_id}"))
    kept = {name: value[:_LONGEST] for name, value in details.items() if value}
    line = ContactActed(sender, at, activity, line_id, kept)
    if item.type in ("join", "leave"):
        return ReachChanged(sender, at, can_reach=item.type == "join"), line
    return (line,)


_Line = tuple[Activity, Mapping[str, str]]


def _account_linked(raw: msgspec.Raw) -> _Line:
    """The nonce is left out: it is a secret between LINE and who keeps the customers."""
    return Activity.ACCOUNT_LINKED, {"result": _linked.decode(raw).link.result}


def _membership_changed(raw: msgspec.Raw) -> _Line:
    told = _membership.decode(raw).membership
    return Activity.MEMBERSHIP, {"change": told.type, "plan": str(told.id) if told.id else ""}


def _came_near(raw: msgspec.Raw) -> _Line:
    told = _near.decode(raw).beacon
    return Activity.CAME_NEAR, {"beacon": told.hwid, "way": told.type, "note": told.dm}


def _video_watched(raw: msgspec.Raw) -> _Line:
    return Activity.VIDEO_WATCHED, {"video": _watched.decode(raw).play.tracking_id}


def _members_joined(raw: msgspec.Raw) -> _Line:
    return Activity.GROUP, {"change": "joined", "people": str(len(_members.decode(raw).joined.members))}


def _members_left(raw: msgspec.Raw) -> _Line:
    return Activity.GROUP, {"change": "left", "people": str(len(_members.decode(raw).left.members))}


_READINGS: Final[Mapping[str, Callable[[msgspec.Raw], _Line]]] = {
    "accountLink": _account_linked,
    "membership": _membership_changed,
    "beacon": _came_near,
    "videoPlayComplete": _video_watched,
    "memberJoined": _members_joined,
    "memberLeft": _members_left,
    "join": lambda _: (Activity.GROUP, {"change": "brand_joined"}),
    "leave": lambda _: (Activity.GROUP, {"change": "brand_left"}),
}
KINDS: Final = frozenset(_READINGS)
"""The kinds of events that are read here."""
