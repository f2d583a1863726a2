"""A place, a contact card or a sticker in a reply: checked before it is stored, and made what its channel carries."""

from collections.abc import Mapping
from typing import Final

import msgspec

from mim_desk.domain.enclosed import (
    ContactCard,
    Enclosed,
    Fault,
    Place,
    Sticker,
    card_problem,
    in_words,
    place_problem,
    sticker_problem,
)
from mim_desk.domain.message import MessageKind, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import attachments
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.plain_rows import missing
from mim_desk.protocol import api, rows

_SAYS: Final[Mapping[Fault, str]] = {
    Fault.NOT_ON_EARTH: "A location has a latitude from -90 to 90 and a longitude from -180 to 180.",
    Fault.PLACE_NAME: "The name of a location has at most {most} characters in {inbox}.",
    Fault.ADDRESS: "The address of a location has at most {most} characters in {inbox}.",
    Fault.CARD_NAME: "A contact card needs a name.",
    Fault.CARD_NAME_LENGTH: "The name on a contact card has at most {most} characters in {inbox}.",
    Fault.NO_WAY: "A contact card needs a phone number in {inbox}.",
    Fault.NUMBER: "A phone number on a contact card has digits, such as +359 2 123 456.",
    Fault.NUMBER_LENGTH: "A phone number on a contact card has at most {most} characters in {inbox}.",
    Fault.NUMBERS: "A contact card has at most {most} numbers or addresses in {inbox}.",
    Fault.NO_EMAILS: "A contact card carries no mail addresses in {inbox}. Write the address as text.",
    Fault.EMAIL: "A mail address on a contact card looks like name@example.com.",
    Fault.NO_STICKERS: "{inbox} has no stickers.",
    Fault.NO_STICKER_IDS: "{inbox} takes a picture as a sticker, none by its number.",
    Fault.NO_STICKER_FILES: "{inbox} takes no pictures as stickers, only those of the network.",
    Fault.STICKER: "{inbox} knows no sticker of this name.",
    Fault.PACK: "Say of which pack the sticker is.",
}
_NAMES: Final = {Place: "location", ContactCard: "contact_card", Sticker: "sticker"}


def of(message: rows.Message | api.NewMessage) -> Enclosed | None:
    """What a message carries besides words and files."""
    return rows.enclosed(message.location, message.contact_card, message.sticker)


def check_form(new: api.NewMessage) -> None:
    """Raise a Refusal where a message carries more than one thing, or is no reply that can."""
    given = [name for name in ("location", "contact_card", "sticker") if getattr(new, name) is not None]
    if not given:
        return
    if len(given) > 1:
        told = "A message carries a location, a contact card or a sticker. Send the others by themselves."
        raise Refusal("invalid", told, given[1])
    if new.kind != MessageKind.REPLY or new.template is not None:
        raise Refusal("invalid", "Only a reply in free words carries that.", given[0])


def cleaned(new: api.NewMessage) -> api.NewMessage:
    """The message with what is written on its place or card in plain lines."""
    place, card = new.location, new.contact_card
    if place is not None:
        address = _line(place.plain.address) or msgspec.UNSET
        place = msgspec.structs.replace(place, name=_line(place.name), address=address)
    if card is not None:
        phones = tuple(told for one in card.phones if (told := _line(one)))
        card = ContactCard(_line(card.name), phones, tuple(told for one in card.emails if (told := _line(one))))
    return msgspec.structs.replace(new, location=place, contact_card=card)


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


def is_carried(enclosed: Enclosed, can: rows.CapabilitySheet) -> bool:
    """Whether it goes as what it is; else it is words."""
    return getattr(can, _NAMES[type(enclosed)]) is not None


def words_of(new: api.NewMessage, can: rows.CapabilitySheet) -> str:
    """The text of a reply, with what the channel carries by words alone."""
    enclosed = of(new)
    return new.text if enclosed is None or is_carried(enclosed, can) else in_words(new.text, enclosed)


def check(conn: Connection, inbox: rows.Inbox, new: api.NewMessage) -> None:
    """Raise a Refusal that names what this inbox cannot carry of it, and why."""
    enclosed, can = of(new), inbox.capabilities
    if enclosed is None:
        return
    if isinstance(enclosed, Place):
        found = place_problem(enclosed, can.location)
    elif isinstance(enclosed, ContactCard):
        found = card_problem(enclosed, can.contact_card)
    else:
        found = sticker_problem(enclosed, can.sticker)
    name = _NAMES[type(enclosed)]
    if found is not None:
        raise Refusal("not-carried", _SAYS[found.fault].format(most=found.most, inbox=inbox.name), name)
    if isinstance(enclosed, Sticker) and enclosed.attachment:
        _check_picture(conn, inbox, new, enclosed.attachment)


def _check_picture(conn: Connection, inbox: rows.Inbox, new: api.NewMessage, attachment_id: str) -> None:
    limits, file = inbox.capabilities.sticker, attachments.by_id(conn, attachment_id)
    if file is None or attachment_id not in new.attachments:
        raise missing("attachment")
    if limits is None or file.mime_type not in limits.types:
        told = f"{inbox.name} takes {' and '.join(limits.types if limits else ())} as stickers."
        raise Refusal("not-carried", told, "sticker")
    if file.size > limits.max_bytes:
        told = f"{inbox.name} takes stickers up to {limits.max_bytes >> 10} kB; {file.name} is larger."
        raise Refusal("not-carried", told, "sticker")
