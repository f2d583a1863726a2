"""A form of Twilio's as events: a message of the contact, or how far one of ours got."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from mim_desk.channels.base import (
    ConsentChanged,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    Place,
    RawRequest,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.opt_out import OptOut, opt_out_of
from mim_desk.channels.sms_twilio import errors, payloads
from mim_desk.channels.sms_twilio.forms import first_values
from mim_desk.domain.consent import Source
from mim_desk.domain.message import DeliveryStatus, MessageType

OUR_ID: Final = "message"
"""The field in the query of a status callback that names our message."""
MOST_FILES: Final = 10
_FAMILIES: Final = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}
_CARDS: Final = ("text/vcard", "text/x-vcard", "text/directory")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
STATUSES: Final = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"), DeliveryStatus.SENT),
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    **dict.fromkeys(("failed", "undelivered", "canceled"), DeliveryStatus.FAILED),
}
WORDS_FOR_TWILIO: Final = (OptOut.STOP, OptOut.START, OptOut.HELP)
"""What Twilio acts on and answers itself."""
_CANCELLED: Final = "The message was cancelled at Twilio."


def events_of(request: RawRequest) -> tuple[Event, ...]:
    """The events of a delivery."""
    try:
        form = first_values(request.body)
        if form.get("MessageStatus", "") in ("", "received") and ("Body" in form or "NumMedia" in form):
            message = _message(form, request)
            return (message, *_consent(message, form))
        if "MessageStatus" in form:
            return (_receipt(form, request), *_refused(form, request))
    except UNREADABLE as problem:
        return (Unknown("form", str(problem)),)
    return (Unknown("delivery", "neither a message nor a status"),)


def _consent(message: IncomingMessage, form: Mapping[str, str]) -> tuple[ConsentChanged, ...]:
    """Twilio lets no SMS through to who said STOP, until they say START; of other networks only what it saw itself."""
    said = message.details.get("opt_out")
    if said not in (OptOut.STOP, OptOut.START):
        return ()
    is_sms = ":" not in message.sender.external_id
    return (
        ConsentChanged(
            message.sender,
            message.occurred_at,
            said == OptOut.START,
            evidence=message.external_id,
            blocks=is_sms or bool(form.get("OptOutType")),
        ),
    )


def _refused(form: Mapping[str, str], request: RawRequest) -> tuple[ConsentChanged, ...]:
    """A message that Twilio dropped since the contact has opted out: we may never have seen their STOP."""
    told = msgspec.convert(form, payloads.Status)
    if told.error_code != str(errors.OPTED_OUT) or not told.to:
        return ()
    evidence = f"{told.message_sid}:{told.error_code}"
    said = ConsentChanged(Sender(told.to), request.received_at, granted=False, source=Source.PROVIDER)
    return (replace(said, evidence=evidence, blocks=True),)


def _message(form: Mapping[str, str], request: RawRequest) -> IncomingMessage:
    told = msgspec.convert(form, payloads.Message)
    if not (told.message_sid and told.sender):
        raise ValueError("a message needs MessageSid and From")
    files, place = _files(form), _place(told)
    choice = _choice(told)
    said = opt_out_of(told.opt_out_type, "" if choice else told.body)
    return IncomingMessage(
        external_id=told.message_sid,
        sender=_sender(told),
        occurred_at=request.received_at,
        type=_type(told, files, place, choice),
        text=told.body or (choice.title if choice else ""),
        files=files,
        location=place,
        reply_to=told.original_replied_message_sid or None,
        choice=choice,
        details=_details(told, said),
        wants_answer=said not in WORDS_FOR_TWILIO and not _is_machine(told.sender),
    )


def _choice(told: payloads.Message) -> Picked | None:
    """The button, or the row of a list, that was pressed."""
    if told.button_text:
        return Picked(told.button_payload or told.button_text, told.button_text)
    return Picked(told.list_id, told.list_title or told.body) if told.list_id else None


def _sender(told: payloads.Message) -> Sender:
    """The number is their address, no proof of who holds the phone."""
    scheme, _, rest = told.sender.rpartition(":")
    phone = rest if _NUMBER.fullmatch(rest) else ""
    facts = {
        "phone": phone,
        "network": scheme,
        "claimed.city": told.from_city,
        "claimed.region": told.from_state,
        "claimed.country": told.from_country,
    }
    fields = {name: fact for name, fact in facts.items() if fact}
    return Sender(told.sender, name=told.profile_name, display=rest, fields=fields)


def _is_machine(sender: str) -> bool:
    """Short codes and names are machines (banks, parcels, advertising), which are no customers and wait for nobody."""
    return ":" not in sender and not _NUMBER.fullmatch(sender)


def _details(told: payloads.Message, said: OptOut | None) -> dict[str, str]:
    facts = {
        "opt_out": said.value if said else "",
        "to": told.to,
        "sender_kind": "machine" if _is_machine(told.sender) else "",
        "address": told.address if told.latitude else "",
        "ad_click_id": told.referral_ctwa_clid,
        "forwarded": "often" if told.frequently_forwarded == "true" else "once" if told.forwarded == "true" else "",
        "referral_type": told.referral_source_type,
        "referral_id": told.referral_source_id,
        "referral_url": told.referral_source_url,
        "referral_headline": told.referral_headline,
        "referral_text": told.referral_body,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _type(
    told: payloads.Message, files: tuple[IncomingFile, ...], place: Place | None, choice: Picked | None
) -> MessageType:
    if place:
        return MessageType.LOCATION
    if choice:
        return MessageType.CHOICE
    if files:
        first = files[0].mime_type
        if first in _CARDS:
            return MessageType.CONTACT_CARD
        if told.message_type == "sticker":
            return MessageType.STICKER
        return _FAMILIES.get(first.partition("/")[0], MessageType.FILE)
    promised = told.num_media not in ("", "0") or told.latitude
    is_other = told.message_type not in ("", "text")
    return MessageType.UNSUPPORTED if (promised or is_other) and not told.body else MessageType.TEXT


def _files(form: Mapping[str, str]) -> tuple[IncomingFile, ...]:
    """The files that are named, however many are promised."""
    found = []
    for n in range(MOST_FILES):
        url = form.get(f"MediaUrl{n}", "")
        if url:
            mime_type = form.get(f"MediaContentType{n}", "").partition(";")[0].strip().lower()
            found.append(IncomingFile(_name(mime_type, n), mime_type or "application/octet-stream", url=url))
    return tuple(found)


_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "audio/mpeg": "mp3",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "text/plain": "txt",
    "text/calendar": "ics",
    **dict.fromkeys(_CARDS, "vcf"),
}


def _name(mime_type: str, n: int) -> str:
    family, _, kind = mime_type.partition("/")
    ending = _ENDINGS.get(mime_type) or (
        kind if kind.isalnum() and kind.isascii() and len(kind) <= len("webmx") else "bin"
    )
    return f"{family if family in _FAMILIES else 'file'}-{n + 1}.{ending}"


def _place(told: payloads.Message) -> Place | None:
    try:
        latitude, longitude = float(told.latitude), float(told.longitude)
    except ValueError:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return Place(latitude, longitude, told.label or told.address)


def _receipt(form: Mapping[str, str], request: RawRequest) -> Event:
    told = msgspec.convert(form, payloads.Status)
    status = STATUSES.get(told.message_status)
    if status is None:
        return Unknown(f"status {told.message_status[:40]}")
    if not told.message_sid:
        raise ValueError("a status needs MessageSid")
    reason = code = ""
    if status is DeliveryStatus.FAILED:
        code = told.error_code if told.error_code != "0" else ""
        reason = errors.reason_of(code, told.error_message)
        if told.message_status == "canceled" and not code:
            reason = _CANCELLED
    ours = first_values(request.query.encode("latin-1", "replace")).get(OUR_ID)
    return Receipt(status, request.received_at, told.message_sid, ours or None, reason, code)
