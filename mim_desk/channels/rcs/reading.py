"""A delivery as domain events; what cannot be read becomes ``Unknown``."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    Account,
    ConsentChanged,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    Place,
    ReachChanged,
    Receipt,
    Sender,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.rcs import access, payloads
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.shared.opt_out import OptOut, opt_out_of
from mim_desk.domain.message import DeliveryStatus, MessageType

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d{0,3}(Z|[+-]\d\d:\d\d)", re.ASCII)
_STATUSES: Final = {"DELIVERED": DeliveryStatus.DELIVERED, "READ": DeliveryStatus.READ}
_HOST: Final = "@rbm.goog"
_EXPIRED: Final = "The phone could not be reached in time, so the message was taken back."
_WORDS: Final = {"STOP": OptOut.STOP, "START": OptOut.START}
_KINDS: Final = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}
_CARDS: Final = ("text/vcard", "text/x-vcard", "text/directory")
_told = msgspec.json.Decoder(payloads.Told)


def events_of(account: Account, body: bytes, received_at: datetime) -> tuple[Event, ...]:
    """The events of one delivery; none when it is the question at set-up."""
    envelope = access.envelope_of(body)
    if envelope is None:
        return (Unknown("body", "no envelope"),)
    if envelope.message is None:
        return () if envelope.client_token else (Unknown("body", "no message"),)
    event = access.event_in(envelope)
    if event is None:
        return (Unknown("body", "no event"),)
    try:
        told = opened(_decoded, event)
    except UNREADABLE as problem:
        return (Unknown("event", str(problem)[:200]),)
    if told.agent_id and _bare(told.agent_id) != _bare(str(account.settings.get("agent_id") or "")):
        return (Unknown("event", "of another sender"),)
    return _of_kind(told, _at(told.send_time, received_at)) if told.event_type else _said(told, received_at)


def _bare(agent_id: str) -> str:
    """The id of a sender without the host that Google writes behind it here, and leaves out there."""
    return agent_id.removesuffix(_HOST)


def _decoded(event: bytes) -> payloads.Told:
    """An event; numbers may be written as words, and what is null is as if it were not there."""
    try:
        return _told.decode(event)
    except msgspec.ValidationError:
        return msgspec.convert(_without_nulls(msgspec.json.decode(event)), payloads.Told, strict=False)


def _without_nulls(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    return {name: _without_nulls(value) for name, value in told.items() if value is not None}


def _at(told: str, received_at: datetime) -> datetime:
    """Times come to the nanosecond."""
    found = _TIME.fullmatch(told)
    try:
        at = datetime.fromisoformat(found[1] + (found[2] or "") + found[3]) if found else None
    except ValueError:
        at = None
    return moment(at.timestamp(), received_at) if at else received_at


def _sender(phone: str) -> Sender:
    return Sender(phone, display=phone, verified=True, fields={"phone": phone})


def _of_kind(told: payloads.Told, at: datetime) -> tuple[Event, ...]:
    """What is told of messages and of the person; names of the last three kinds are not confirmed."""
    kind, phone = told.event_type, told.sender_phone_number or told.phone_number
    named = told.message_id or None
    if kind in _STATUSES and named:
        return (Receipt(_STATUSES[kind], at, external_id=named, message_id=named),)
    if kind == "IS_TYPING" and phone:
        return (TypingSeen(Sender(phone), at),)
    if kind in ("SUBSCRIBE", "UNSUBSCRIBE") and phone:
        return (ReachChanged(_sender(phone), at, can_reach=kind == "SUBSCRIBE", by_choice=True),)
    if kind == "TTL_EXPIRATION_REVOKED" and named:
        failed = Receipt(DeliveryStatus.FAILED, at, named, named, _EXPIRED, kind, elsewhere=True)
        return (failed,)
    return (Unknown(kind[:60]),)


def _said(told: payloads.Told, received_at: datetime) -> tuple[Event, ...]:
    external_id, phone = told.message_id or told.event_id, told.sender_phone_number
    if not external_id or not phone:
        return (Unknown("event", "no id or sender"),)
    at, sender = _at(told.send_time, received_at), _sender(phone)
    said = _message(told, external_id, sender, at)
    word = _WORDS.get((told.text or "").strip().upper())
    if word is None:
        asks = opt_out_of("", told.text or "") in (OptOut.STOP, OptOut.MAYBE_STOP)
        return (replace(said, details={"opt_out": OptOut.MAYBE_STOP.value}),) if asks else (said,)
    consent = ConsentChanged(sender, at, word is OptOut.START, evidence=external_id, blocks=True)
    return (replace(said, details={"opt_out": word.value}, wants_answer=False), consent)


def _message(told: payloads.Told, external_id: str, sender: Sender, at: datetime) -> IncomingMessage:
    if told.text is not None:
        return IncomingMessage(external_id, sender, at, text=told.text)
    if told.suggestion_response is not None:
        tapped = told.suggestion_response
        picked = Picked(tapped.postback_data, tapped.text or tapped.postback_data)
        return IncomingMessage(external_id, sender, at, MessageType.CHOICE, picked.title, choice=picked)
    file = (told.user_file.payload or told.user_file) if told.user_file else None
    if file is not None and file.file_uri:
        kind = _KINDS.get(file.mime_type.partition("/")[0], MessageType.FILE)
        kind = MessageType.CONTACT_CARD if file.mime_type.lower() in _CARDS else kind
        return IncomingMessage(external_id, sender, at, kind, files=(_file(file),))
    place = told.location
    if place is not None and -90 <= place.latitude <= 90 and -180 <= place.longitude <= 180:
        where = Place(place.latitude, place.longitude)
        return IncomingMessage(external_id, sender, at, MessageType.LOCATION, location=where)
    return IncomingMessage(external_id, sender, at, MessageType.UNSUPPORTED)


def _file(file: payloads.FileFacts) -> IncomingFile:
    told = str(file.file_size_bytes)
    size = int(told) if len(told) < 16 and told.isascii() and told.isdigit() else 0
    mime_type = file.mime_type or "application/octet-stream"
    return IncomingFile(file.file_name or "file", mime_type, size, url=file.file_uri)
