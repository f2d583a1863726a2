"""Reading what Happytalk posts: ``…/message`` and ``…/reference``.

The fields of a message are in no document that we read, so they stand in a table: of each fact the names under which it
may come, those of Happytalk's own calls first. The setting ``happytalk_fields`` puts others before them.
https://mbi-developer-center.happytalk.io/kakaotalk_webhook/counsel_data_reception/kakao_meta_data
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    ContactActed,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    RawRequest,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.message import Activity, MessageType
from mim_desk.domain.refusal import Refusal

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("user_key",),
    "channel": ("sender_key",),
    "id": ("serial_number", "message_id", "msgid"),
    "time": ("time",),
    "kind": ("message_type", "type", "chat_bubble_type"),
    "text": ("message", "content", "contents", "text"),
    "picture": ("image_url", "image.url", "attachment.image.img_url"),
    "film": ("video_url", "video.url"),
    "sound": ("audio_url", "audio.url"),
    "file": ("file_url", "file.url", "attachment.url"),
    "file_name": ("file_name", "file.name", "attachment.name"),
    "choice": ("extra",),
}
"""A dot leads into an object. [unverified] all but ``customer``, ``channel`` and ``time``."""
_FILES: Final[Mapping[str, tuple[MessageType, str, str]]] = {
    "picture": (MessageType.IMAGE, "image.jpg", "image/jpeg"),
    "film": (MessageType.VIDEO, "video.mp4", "video/mp4"),
    "sound": (MessageType.AUDIO, "audio.m4a", "audio/mp4"),
    "file": (MessageType.FILE, "file", "application/octet-stream"),
}
_TEXTS: Final = ("", "TX", "TEXT", "LI")
_LONGEST_FACT: Final = 20_000
_body = msgspec.json.Decoder(dict[str, Any])


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the setting unless it names facts of ours and fields of theirs."""
    for fact, named in _own_names(settings).items():
        if fact not in FIELDS or not (isinstance(named, str) and named):
            told = f"Each entry names one of {', '.join(FIELDS)} and the field it comes in."
            raise Refusal("invalid-settings", told, "settings.happytalk_fields")


def _own_names(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    given = settings.get("happytalk_fields")
    return given if isinstance(given, dict) else {}


def event_of(settings: Mapping[str, Any], request: RawRequest) -> Event:
    """What one call says."""
    try:
        body = opened(_body.decode, request.body)
    except UNREADABLE as problem:
        return Unknown("body", str(problem))
    facts = _facts(settings, body)
    customer, ours = facts.get("customer", ""), str(settings.get("sender_key", ""))
    if not customer:
        return Unknown("item", "it names no customer")
    if facts.get("channel", ours) != ours:
        return Unknown("item", "it is for another channel")
    at = moment(facts.get("time"), request.received_at)
    if "reference" in body or "last_reference" in body:
        return _came(body, Sender(customer, verified=True), at)
    return _message(facts, Sender(customer, verified=True), at)


def _facts(settings: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, str]:
    """What the body says of each fact, by the first of its names that holds a word or a number."""
    own = _own_names(settings)
    told: dict[str, str] = {}
    for fact, names in FIELDS.items():
        first = own.get(fact)
        for name in (first, *names) if isinstance(first, str) else names:
            value = _found(body, name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                told[fact] = str(value)[:_LONGEST_FACT]
                break
    return told


def _found(body: Mapping[str, Any], path: str) -> object:
    found: Any = body
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _message(facts: Mapping[str, str], sender: Sender, at: datetime) -> Event:
    text = facts.get("text", "")
    file = next((name for name in _FILES if facts.get(name)), "")
    key = facts.get("id") or _hash(sender.external_id, facts.get("time", ""), text, facts.get(file, ""))
    if file:
        kind, name, mime_type = _FILES[file]
        one = IncomingFile(facts.get("file_name") or name, mime_type, url=facts[file])
        return IncomingMessage(key, sender, at, kind, text, (one,))
    if text and facts.get("choice"):
        return IncomingMessage(key, sender, at, MessageType.CHOICE, text, choice=Picked(facts["choice"], text))
    kind_told = facts.get("kind", "")
    if text and kind_told.upper() in _TEXTS:
        return IncomingMessage(key, sender, at, MessageType.TEXT, text)
    details = {"kind": kind_told[:100]} if kind_told else {}
    return IncomingMessage(key, sender, at, MessageType.UNSUPPORTED, text, details=details)


def _hash(*told: str) -> str:
    """An id of a message that brings none: the same when it comes again."""
    return "ht:" + hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _came(body: Mapping[str, Any], sender: Sender, at: datetime) -> Event:
    """Where the customer came from: what the button or link that opened the consultation carried."""
    said = [_found(body, path) for path in ("reference.extra", "last_reference.extra", "last_reference.bot_event")]
    words = [one for one in said if isinstance(one, str) and one]
    if not words:
        return Unknown("reference", "it says nothing")
    told = (sender.external_id, str(_found(body, "session_id") or ""), str(_found(body, "time") or ""))
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, ":".join(("happytalk", *told))))
    details = {"referral": words[0][:300], "way": "link"}
    return ContactActed(sender, at, Activity.CAME_BY, line_id, details)
