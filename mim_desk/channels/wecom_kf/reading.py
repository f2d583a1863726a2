"""Reading one item that WeCom gave into domain events."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from mim_desk.channels.base import (
    Account,
    Echo,
    Event,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    Picked,
    Place,
    Receipt,
    Request,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.json_bodies import read, without_nulls
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.wecom_kf import passed_on, payloads, sessions
from mim_desk.channels.wecom_kf.errors import CLOSING, FAILED, FAILURES
from mim_desk.domain.message import DeliveryStatus, MessageType

Content = dict[str, object]
"""The fields of an IncomingMessage that a kind of message fills."""
Shape = TypeVar("Shape")
_Inside = Mapping[str, msgspec.Raw]

_CUSTOMER, _SYSTEM, _COLLEAGUE = 3, 4, 5
_SILENT: Final = frozenset({"servicer_status_change", "session_status_change", "reject_customer_msg_switch_change"})
"""Events in which the customer says nothing: what people in the WeCom client did."""

_item = msgspec.json.Decoder(payloads.Item, strict=False)
_inside = msgspec.json.Decoder(dict[str, msgspec.Raw])


def events_of(body: bytes, received_at: datetime) -> tuple[Event, ...]:
    """What an item says."""
    whole = without_nulls(msgspec.Raw(body))
    item, inside = read(_item, whole), read(_inside, whole)
    if item is None or inside is None or not item.msgtype:
        return (Unknown("item", "it cannot be read or has no type"),)
    at = moment(item.send_time, received_at)
    if item.msgtype == "event":
        return _happening(item, _part(inside, "event", payloads.Happening), at)
    if not item.msgid or not item.external_userid:
        return (Unknown(item.msgtype[:60], "there is no sender or no id"),)
    sender = Sender(item.external_userid, stand_in=sessions.stand_in(item.external_userid), verified=True)
    content = _content(item, inside)
    if item.origin == _CUSTOMER:
        return (IncomingMessage(item.msgid, sender, at, **content),)  # type: ignore[arg-type]  # the fields of _KINDS
    if item.origin == _COLLEAGUE:
        told = {name: one for name, one in content.items() if name != "choice"}
        return (Echo(item.msgid, sender, at, **told),)  # type: ignore[arg-type]  # the same
    return (Unknown(item.msgtype[:60], f"its origin {item.origin} is not known"),)


def calls_of(account: Account, body: bytes, received_at: datetime) -> tuple[Request, ...]:
    """What an item asks to be answered with: the welcome of who opened the chat."""
    item, inside = read(_item, body), read(_inside, body)
    event = _part(inside, "event", payloads.Happening) if item and inside and item.msgtype == "event" else None
    if item is None or event is None or event.event_type != "enter_session":
        return ()
    request = sessions.welcome(account, event, moment(item.send_time, received_at), received_at)
    return () if request is None else (request,)


def _happening(item: payloads.Item, event: payloads.Happening | None, at: datetime) -> tuple[Event, ...]:
    name = event.event_type if event else ""
    if event is None or not name:
        return (Unknown("event", "it cannot be read or has no type"),)
    if name == "msg_send_fail" and event.fail_msgid:
        reason = FAILURES.get(event.fail_type, FAILED)
        closed = event.fail_type in CLOSING
        failed = Receipt(DeliveryStatus.FAILED, at, event.fail_msgid, None, reason, str(event.fail_type), closed)
        return (failed,)
    if name == "enter_session":
        act = sessions.came(event, item.msgid, at)
        return () if act is None else (act,)
    if name in ("user_recall_msg", "servicer_recall_msg") and event.recall_msgid:
        return (MessageDeleted(event.recall_msgid, at),)
    return () if name in _SILENT else (Unknown(name[:60]),)


def _content(item: payloads.Item, inside: _Inside) -> Content:
    kind = _KINDS.get(item.msgtype)
    found = kind(item, inside) if kind else None
    return found or {"type": MessageType.UNSUPPORTED, "details": {"wecom_type": item.msgtype[:60]}}


def _part(inside: _Inside, name: str, shape: type[Shape]) -> Shape | None:
    raw = inside.get(name)
    return None if raw is None else read(msgspec.json.Decoder(shape, strict=False), raw)


def _text(item: payloads.Item, inside: _Inside) -> Content | None:
    said = _part(inside, "text", payloads.Text)
    if said is None:
        return None
    if said.menu_id:
        choice = Picked(said.menu_id, said.content or said.menu_id)
        return {"type": MessageType.CHOICE, "text": said.content, "choice": choice}
    return {"text": said.content}


def _menu(item: payloads.Item, inside: _Inside) -> Content | None:
    """What somebody in the WeCom client offered to choose from."""
    said = _part(inside, "msgmenu", payloads.Menu)
    if said is None:
        return None
    rows = (row for one in said.list for row in (one.click, one.view, one.miniprogram, one.text))
    offered = (row.content for row in rows if row is not None)
    return {"text": "\n".join(part for part in (said.head_content, *offered, said.tail_content) if part)}


_FILES: Final = {
    "image": (MessageType.IMAGE, "jpg", "image/jpeg"),
    "voice": (MessageType.VOICE, "amr", "audio/amr"),
    "video": (MessageType.VIDEO, "mp4", "video/mp4"),
    "file": (MessageType.FILE, "", "application/octet-stream"),
}
"""What a file is called, and its kind, are told with its bytes."""


def _media(item: payloads.Item, inside: _Inside) -> Content | None:
    media = _part(inside, item.msgtype, payloads.Media)
    if media is None or not media.media_id:
        return None
    kind, suffix, mime_type = _FILES[item.msgtype]
    name = f"{item.msgtype}-{item.msgid[-12:]}.{suffix}" if suffix else "file"
    return {"type": kind, "files": (IncomingFile(name, mime_type, external_id=media.media_id),)}


def _location(item: payloads.Item, inside: _Inside) -> Content | None:
    place = _part(inside, "location", payloads.Location)
    if place is None or not (_is_within(place.latitude, 90.0) and _is_within(place.longitude, 180.0)):
        return None
    name = ", ".join(part for part in (place.name, place.address) if part)
    return {"type": MessageType.LOCATION, "location": Place(place.latitude, place.longitude, name)}


def _is_within(degrees: float, most: float) -> bool:
    return math.isfinite(degrees) and abs(degrees) <= most


def _link(item: payloads.Item, inside: _Inside) -> Content | None:
    link = _part(inside, "link", payloads.Link)
    if link is None:
        return None
    said = "\n".join(part for part in (link.title, link.desc, link.url) if part)
    return {"text": said, "details": {"link": link.url} if link.url else {}}


def _card(item: payloads.Item, inside: _Inside) -> Content | None:
    card = _part(inside, "business_card", payloads.Card)
    return {"type": MessageType.CONTACT_CARD, "text": card.userid} if card and card.userid else None


def _mini_program(item: payloads.Item, inside: _Inside) -> Content | None:
    page = _part(inside, "miniprogram", payloads.MiniProgram)
    if page is None:
        return None
    picture = IncomingFile(f"card-{item.msgid[-12:]}.jpg", "image/jpeg", external_id=page.thumb_media_id)
    details = {"app_id": page.appid, "page_path": page.pagepath}
    return {
        "type": MessageType.UNSUPPORTED,
        "text": page.title,
        "files": (picture,) if page.thumb_media_id else (),
        "details": {name: value for name, value in details.items() if value},
    }


def _passed_on(item: payloads.Item, inside: _Inside) -> Content | None:
    raw = inside.get(item.msgtype)
    return None if raw is None else passed_on.content_of(item.msgtype, item.msgid[-12:], raw)


_KINDS: Final[Mapping[str, Callable[[payloads.Item, _Inside], Content | None]]] = {
    "text": _text,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "location": _location,
    "link": _link,
    "business_card": _card,
    "miniprogram": _mini_program,
    "msgmenu": _menu,
    **dict.fromkeys(passed_on.KINDS, _passed_on),
}
