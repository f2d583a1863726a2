"""What a reply can carry besides words and files: a place, a contact card, a sticker; a channel's limits; the same in words."""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Final

from mim_desk.domain.splitting import utf16_units

MAP: Final = (
    "https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=16/{latitude:.5f}/{longitude:.5f}"
)
LONGEST: Final = 200
"""Of a name, an address or a mail address, where the channel says nothing."""
MOST_NUMBERS: Final = 5
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()./-]{1,29}")
_MAIL: Final = re.compile(r"[^\s@<>]{1,100}@[^\s@<>]{1,100}")
_STICKER: Final = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Place:
    """A location in degrees; ``name`` and ``address`` say what is there."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    @property
    def map_url(self) -> str:
        """Where it can be looked at."""
        return MAP.format(latitude=self.latitude, longitude=self.longitude)


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody to call or to write to."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """A line for each thing that is known."""
        return "\n".join(part for part in (self.name, *self.phones, *self.emails) if part)


@dataclass(frozen=True, slots=True)
class Sticker:
    """One of the network's stickers by its names there, or a picture that is sent as one.

    Attributes:
        attachment: id of the reply's file that is the sticker; else ``id``, and ``pack`` where the network has packs.
    """

    id: str = ""
    pack: str = ""
    attachment: str = ""


Enclosed = Place | ContactCard | Sticker


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """A channel that carries places; lengths are in UTF-16 units, ``address`` is for a street's own field."""

    name_length: int = LONGEST
    address_length: int = LONGEST


@dataclass(frozen=True, slots=True)
class CardLimits:
    """A channel that carries contact cards; what a card has besides these goes by words."""

    name_length: int = LONGEST
    number_length: int = 30
    numbers: int = MOST_NUMBERS
    emails: bool = False
    number_needed: bool = True


@dataclass(frozen=True, slots=True)
class StickerPack:
    """Stickers with numbers from ``first`` to ``last``, or of these ``names``."""

    title: str
    id: str = ""
    first: int = 0
    last: int = 0
    names: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """What its stickers are called."""
        return self.names or tuple(map(str, range(self.first, self.last + 1)))


@dataclass(frozen=True, slots=True)
class StickerLimits:
    """A channel that carries stickers.

    Attributes:
        ids: by the network's own names; ``packs`` are some that every account may send, ``in_packs`` that a sticker is
            named by its pack too, ``digits`` that its name is a number, ``listed`` that there are no others.
        types: of pictures that go as stickers, up to ``max_bytes``.
    """

    ids: bool = False
    in_packs: bool = False
    digits: bool = False
    listed: bool = False
    packs: tuple[StickerPack, ...] = ()
    types: tuple[str, ...] = ()
    max_bytes: int = 0


class Fault(StrEnum):
    """What speaks against a place, a card or a sticker."""

    NOT_ON_EARTH = "not_on_earth"
    PLACE_NAME = "place_name"
    ADDRESS = "address"
    CARD_NAME = "card_name"
    CARD_NAME_LENGTH = "card_name_length"
    NO_WAY = "no_way"
    NUMBER = "number"
    NUMBER_LENGTH = "number_length"
    NUMBERS = "numbers"
    NO_EMAILS = "no_emails"
    EMAIL = "email"
    NO_STICKERS = "no_stickers"
    NO_STICKER_IDS = "no_sticker_ids"
    NO_STICKER_FILES = "no_sticker_files"
    STICKER = "sticker"
    PACK = "pack"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why it cannot go; ``most`` is how long or how many it may be."""

    fault: Fault
    most: int = 0


def place_problem(place: Place, limits: PlaceLimits | None) -> Problem | None:
    """The first thing that speaks against a place; without limits it goes as words."""
    rules = limits or PlaceLimits()
    degrees = (place.latitude, place.longitude)
    if not all(map(isfinite, degrees)) or abs(place.latitude) > 90 or abs(place.longitude) > 180:
        return Problem(Fault.NOT_ON_EARTH)
    if utf16_units(place.name) > rules.name_length:
        return Problem(Fault.PLACE_NAME, rules.name_length)
    if utf16_units(place.address) > rules.address_length:
        return Problem(Fault.ADDRESS, rules.address_length)
    return None


def card_problem(card: ContactCard, limits: CardLimits | None) -> Problem | None:
    """The first thing that speaks against a card; without limits it goes as words."""
    rules = limits or CardLimits(emails=True, number_needed=False)
    if not card.name.strip():
        return Problem(Fault.CARD_NAME)
    if utf16_units(card.name) > rules.name_length:
        return Problem(Fault.CARD_NAME_LENGTH, rules.name_length)
    if not (card.phones or (rules.emails and card.emails and not rules.number_needed)):
        return Problem(Fault.NO_WAY)
    if len(card.phones) > rules.numbers or len(card.emails) > MOST_NUMBERS:
        return Problem(Fault.NUMBERS, rules.numbers if len(card.phones) > rules.numbers else MOST_NUMBERS)
    if card.emails and not rules.emails:
        return Problem(Fault.NO_EMAILS)
    return _of_ways(card, rules)


def _of_ways(card: ContactCard, rules: CardLimits) -> Problem | None:
    if not all(_NUMBER.fullmatch(one) for one in card.phones):
        return Problem(Fault.NUMBER)
    if any(len(one) > rules.number_length for one in card.phones):
        return Problem(Fault.NUMBER_LENGTH, rules.number_length)
    return None if all(_MAIL.fullmatch(one) for one in card.emails) else Problem(Fault.EMAIL)


def sticker_problem(sticker: Sticker, limits: StickerLimits | None) -> Problem | None:
    """The first thing that speaks against a sticker; there are no words for one."""
    if limits is None:
        return Problem(Fault.NO_STICKERS)
    if sticker.attachment:
        return None if limits.types else Problem(Fault.NO_STICKER_FILES)
    if not limits.ids:
        return Problem(Fault.NO_STICKER_IDS)
    if not _STICKER.fullmatch(sticker.id) or (limits.digits and not sticker.id.isdecimal()):
        return Problem(Fault.STICKER)
    if limits.listed and not any(sticker.id in pack.ids for pack in limits.packs):
        return Problem(Fault.STICKER)
    if limits.in_packs and not (_STICKER.fullmatch(sticker.pack) and sticker.pack.isdecimal()):
        return Problem(Fault.PACK)
    return None


def in_words(text: str, enclosed: Enclosed) -> str:
    """The text with a place or a card as lines below it, as it goes where a channel has no such thing."""
    if isinstance(enclosed, Place):
        said = "\n".join(part for part in (enclosed.name, enclosed.address, enclosed.map_url) if part)
    else:
        said = enclosed.words if isinstance(enclosed, ContactCard) else ""
    return "\n\n".join(part for part in (text, said) if part)
