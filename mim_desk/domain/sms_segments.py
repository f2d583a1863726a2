"""How many SMS a text becomes: its alphabet, how long it is in it, and where it is cut (3GPP 23.038, 23.040).

The national tables of the standard (Turkish, Spanish, Portuguese, ...) are used by none of our ways out, so letters
that stand only there (``ç``, ``í``, ``ğ``) make a text UCS-2. How a network really packs is its own affair: this is the
estimate that is shown before sending; what counts is the number that the provider tells afterwards.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mim_desk.domain.graphemes import clusters

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The 128 places of the alphabet without the escape."""
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""Written as an escape and a place, so they count twice."""


class Encoding(StrEnum):
    """The alphabet of an SMS."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Room:
    """How many units fit.

    Attributes:
        alone: into a text that is not cut.
        part: into each part of one that is, beside the six octets that say where the part belongs.
        part_long_reference: the same where they are seven.
    """

    alone: int
    part: int
    part_long_reference: int


ROOM: Final = {Encoding.GSM_7: Room(160, 153, 152), Encoding.UCS_2: Room(70, 67, 66)}


@dataclass(frozen=True, slots=True)
class Segments:
    """A text as it will be sent.

    Attributes:
        units: septets of GSM-7, 16-bit units of UCS-2.
        parts: the text cut; none for an empty text.
        left: units that still fit before one more part is needed.
        foreign: the characters that keep the text out of GSM-7, each once, in their order.
    """

    encoding: Encoding
    units: int
    parts: tuple[str, ...]
    left: int
    foreign: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many SMS it becomes."""
        return len(self.parts)


def segments(text: str, *, long_reference: bool = False, only: Encoding | None = None) -> Segments:
    """How ``text`` is sent.

    Args:
        text: what is sent.
        long_reference: parts are numbered by 16 bits instead of 8.
        only: the way out has no other alphabet for it.
    """
    foreign = tuple(dict.fromkeys(ch for ch in text if ch not in _BASIC and ch not in _EXTENDED))
    encoding = only or (Encoding.UCS_2 if foreign else Encoding.GSM_7)
    room = ROOM[encoding]
    units = _units(text, encoding)
    if units <= room.alone:
        return Segments(encoding, units, (text,) if text else (), room.alone - units, foreign)
    most = room.part_long_reference if long_reference else room.part
    parts = _packed(text, encoding, most)
    return Segments(encoding, units, tuple(parts), most - _units(parts[-1], encoding), foreign)


def _units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return len(text) + sum(ch in _EXTENDED for ch in text)
    return len(text) + sum(ch > "\uffff" for ch in text)


def _packed(text: str, encoding: Encoding, most: int) -> list[str]:
    """The parts, each as full as can be without cutting an escaped character or what reads as one."""
    parts: list[str] = []
    part, filled = "", 0
    for piece in _pieces(text, encoding, most):
        size = _units(piece, encoding)
        if filled + size > most:
            parts.append(part)
            part, filled = "", 0
        part += piece
        filled += size
    return [*parts, part]


def _pieces(text: str, encoding: Encoding, most: int) -> list[str]:
    """What is never cut: characters of GSM-7, clusters of UCS-2 unless one is longer than a whole part."""
    if encoding is Encoding.GSM_7:
        return list(text)
    pieces: list[str] = []
    for cluster in clusters(text):
        pieces += [cluster] if _units(cluster, encoding) <= most else list(cluster)
    return pieces
