"""What a message carries, kind by kind; what cannot be read or shown is *unsupported*, never lost."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from mim_desk.channels.base import IncomingFile, Picked, Place
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened
from mim_desk.channels.shared.meta import GraphError
from mim_desk.channels.shared.orders import order_line
from mim_desk.channels.whatsapp import payloads
from mim_desk.domain.message import MessageType

Shape = TypeVar("Shape")

_LONGEST_DETAIL: Final = 300
_ADDRESS: Final = "address_message"
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What a message says, without who said it when."""

    type: MessageType = MessageType.TEXT
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    choice: Picked | None = None
    details: Mapping[str, str] = field(default_factory=dict)


Fields = Mapping[str, msgspec.Raw]
Reader = Callable[[msgspec.Raw], Body]

fields_of: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def body_of(kind: str, fields: Fields) -> Body:
    """The body of a message of some kind; its other fields are read where the kind needs them."""
    reader = _READERS.get(kind)
    if reader is None or kind not in fields:
        return _unsupported(kind, fields)
    try:
        return reader(fields[kind])
    except UNREADABLE:
        return _unsupported(kind, fields)


def facts(**told: object) -> dict[str, str]:
    """Details of a message: what is told, as text."""
    return {name: str(value)[:_LONGEST_DETAIL] for name, value in told.items() if value not in (None, "")}


def read(shape: type[Shape], raw: msgspec.Raw | bytes) -> Shape | None:
    """What a part of a message holds, None where there is none or it cannot be read."""
    try:
        return opened(partial(msgspec.json.decode, type=shape), raw) if raw else None
    except UNREADABLE:
        return None


def _unsupported(kind: str, fields: Fields) -> Body:
    """Kinds that Meta itself cannot pass on, and those that are newer than this."""
    told = read(payloads.UnsupportedKind, fields.get("unsupported", b""))
    errors = read(list[GraphError], fields.get("errors", b"")) or []
    code = errors[0].name if errors else ""
    inner = read(payloads.UnsupportedKind, fields.get(kind, b"")) if kind == "interactive" else None
    named = (told and told.type) or (inner and inner.type) or kind
    return Body(MessageType.UNSUPPORTED, details=facts(kind=named, code=code))


def _text(raw: msgspec.Raw) -> Body:
    return Body(text=msgspec.json.decode(raw, type=payloads.TextBody).body)


def _media(kind: MessageType, name: str) -> Reader:
    def reader(raw: msgspec.Raw) -> Body:
        media = msgspec.json.decode(raw, type=payloads.Media)
        if not (media.id or media.url):
            raise ValueError("a file needs an id")
        told = MessageType.VOICE if kind is MessageType.AUDIO and media.voice else kind
        mime_type = (media.mime_type or "").partition(";")[0].strip().lower() or "application/octet-stream"
        ending = _ENDINGS.get(mime_type, "")
        # The id works for seven days, the address in the delivery for minutes.
        file = IncomingFile(
            name=media.filename or (f"{name}.{ending}" if ending else name),
            mime_type=mime_type,
            url="" if media.id else media.url or "",
            external_id=str(media.id or ""),
        )
        return Body(told, media.caption or "", (file,))

    return reader


def _location(raw: msgspec.Raw) -> Body:
    told = msgspec.json.decode(raw, type=payloads.Location, strict=False)
    if not (-90 <= told.latitude <= 90 and -180 <= told.longitude <= 180):
        raise ValueError("there is no such place")
    place = Place(told.latitude, told.longitude, told.name or told.address or "")
    return Body(MessageType.LOCATION, location=place, details=facts(address=told.address, url=told.url))


def _contacts(raw: msgspec.Raw) -> Body:
    cards = msgspec.json.decode(raw, type=list[payloads.Card])
    text = "\n\n".join(filter(None, map(_card, cards)))
    return Body(MessageType.CONTACT_CARD, text)


def _card(card: payloads.Card) -> str:
    name = card.name or payloads.CardName()
    whole = name.formatted_name or " ".join(filter(None, (name.first_name, name.last_name))) or _name_in(card.vcard)
    org = card.org or payloads.CardOrg()
    work = ", ".join(filter(None, (org.title, org.department, org.company)))
    numbers = [line.phone or (f"+{line.wa_id}" if line.wa_id else None) for line in card.phones or ()]
    reached = [*numbers, *(line.email for line in card.emails or ()), *(line.url for line in card.urls or ())]
    lines = [whole, work, *reached, *map(_address, card.addresses or ()), card.birthday]
    return "\n".join(filter(None, lines))


def _name_in(vcard: object) -> str:
    """The name that stands in a vCard alone, as of the number that a customer shares (RFC 6350, 6.2.1)."""
    lines = vcard.splitlines() if isinstance(vcard, str) else []
    found = (line.partition(":")[2] for line in lines if line.upper().startswith(("FN:", "FN;")))
    return next((" ".join(one.replace("\\", "").split()) for one in found), "")


def _address(told: payloads.CardAddress) -> str:
    town = " ".join(filter(None, (told.zip, told.city)))
    return ", ".join(filter(None, (told.street, town, told.state, told.country)))


def _interactive(raw: msgspec.Raw) -> Body:
    told = msgspec.json.decode(raw, type=payloads.Interactive)
    picked = told.button_reply or told.list_reply
    if picked is not None:
        choice = Picked(picked.id or "", picked.title or "")
        return Body(MessageType.CHOICE, choice.title, choice=choice, details=facts(description=picked.description))
    if told.call_permission_reply is not None:
        answer = told.call_permission_reply.response
        return Body(MessageType.CHOICE, answer, choice=Picked(answer, answer), details=facts(kind=told.type))
    if told.nfm_reply is None:
        raise ValueError("no answer in it")
    return Body(text=_form(told.nfm_reply))


def _form(answer: payloads.FlowReply) -> str:
    """What was filled in, a line for each field; the token of the form is no answer, and an address stands in its body."""
    told = answer.response_json
    text = told.encode() if isinstance(told, str) else msgspec.json.encode(told)
    filled: dict[str, Any] = read(dict[str, Any], text) or {}
    if answer.name == _ADDRESS and (answer.body or "").strip():
        filled = {}
    return "\n".join(filter(None, (answer.body, *_answers(filled))))


def _answers(filled: Mapping[str, Any]) -> Iterator[str]:
    for name, value in filled.items():
        if isinstance(value, dict):
            yield from _answers(value)
        elif name != "flow_token" and value not in (None, ""):
            yield f"{name}: {_plain(value)}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _button(raw: msgspec.Raw) -> Body:
    told = msgspec.json.decode(raw, type=payloads.Button)
    choice = Picked(told.payload or told.text or "", told.text or told.payload or "")
    return Body(MessageType.CHOICE, choice.title, choice=choice)


def _order(raw: msgspec.Raw) -> Body:
    told = msgspec.json.decode(raw, type=payloads.Order)
    text = "\n".join(filter(None, (*map(_order_line, told.product_items or ()), told.text)))
    return Body(MessageType.ORDER, text, details=facts(catalog_id=told.catalog_id))


def _order_line(item: payloads.OrderItem) -> str:
    return order_line(item.quantity, item.product_retailer_id, item.item_price, item.currency)


_READERS: Final[Mapping[str, Reader]] = {
    "text": _text,
    "image": _media(MessageType.IMAGE, "image"),
    "video": _media(MessageType.VIDEO, "video"),
    "audio": _media(MessageType.AUDIO, "audio"),
    "voice": _media(MessageType.VOICE, "audio"),
    "document": _media(MessageType.FILE, "document"),
    "sticker": _media(MessageType.STICKER, "sticker"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
}
