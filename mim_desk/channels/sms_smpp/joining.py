"""Texts that come in parts: where a part says it belongs, and the whole made of those that are there.

Octets are joined before they are read, since some senders cut inside a letter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from mim_desk.channels.sms_smpp.alphabets import text_of
from mim_desk.channels.sms_smpp.payloads import ShortMessage, Tag
from mim_desk.domain.sms_alphabets import LOCKING_SHIFT, SINGLE_SHIFT, USUAL, Alphabet, alphabet

GAP: Final = "[…]"
"""Stands for parts that never came."""
HAS_HEADER: Final = 0x40
_LONGEST_PART: Final = 255
"""A longer one needs no other part."""
_SHORT_REFERENCE, _LONG_REFERENCE = 0x00, 0x08


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs: the sender's number of the whole, how many parts it has, which one this is."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A text as far as it came; ``text`` is None where it is no text."""

    text: str | None
    parts: int
    total: int


def place_of(message: ShortMessage) -> Place | None:
    """Where a message says it belongs; None for one that is whole."""
    found = _by_header(message) or _by_tlvs(message) if len(message.octets) <= _LONGEST_PART else None
    is_part = found is not None and found.total > 1 and 1 <= found.number <= found.total
    return found if is_part else None


def header(place: Place | None, alphabet: Alphabet = USUAL, *, long_reference: bool = False) -> bytes:
    """The octets that stand before a text or a part of one; none where there is nothing to say."""
    elements = b"".join(bytes((kind, 1, language)) for kind, language in alphabet.shifts)
    if place is not None:
        kind, size = (_LONG_REFERENCE, 2) if long_reference else (_SHORT_REFERENCE, 1)
        reference = (place.reference & ((1 << 8 * size) - 1)).to_bytes(size, "big")
        elements = bytes((kind, size + 2)) + reference + bytes((place.total, place.number)) + elements
    return bytes((len(elements),)) + elements if elements else b""


def without_header(message: ShortMessage) -> bytes:
    """The text's own octets."""
    length = _header_length(message)
    return message.octets[length:]


def joined(messages: Sequence[ShortMessage], default: str) -> Joined:
    """What parts of one text say together, in their order; ``default`` as for ``text_of``."""
    placed = {(place.number if place else 1): message for message in messages for place in [place_of(message)]}
    total = max((place.total for message in messages for place in [place_of(message)] if place), default=1)
    pieces = [_text(run, default) for run in _runs(placed, total)]
    if not pieces or None in pieces:
        return Joined(None, len(placed), total)
    return Joined("".join(piece or "" for piece in pieces), len(placed), total)


def _runs(placed: dict[int, ShortMessage], total: int) -> Iterator[list[ShortMessage]]:
    """Neighbours together, an empty list for each gap."""
    for is_there, numbers in groupby(range(1, total + 1), placed.__contains__):
        yield [placed[number] for number in numbers] if is_there else []


def _text(run: Sequence[ShortMessage], default: str) -> str | None:
    if not run:
        return GAP
    read = [
        text_of(b"".join(without_header(one) for one in same), coding, default, alphabet(*shifts))
        for (coding, shifts), same in groupby(run, lambda one: (one.data_coding, _shifts(one)))
    ]
    return None if None in read else "".join(piece or "" for piece in read)


def _header_length(message: ShortMessage) -> int:
    """Octets of the header; 0 where there is none, or one that claims more than there is."""
    if not message.esm_class & HAS_HEADER or not message.octets:
        return 0
    length = 1 + message.octets[0]
    return length if length <= len(message.octets) else 0


def _elements(message: ShortMessage) -> Iterator[tuple[int, bytes]]:
    """What the header holds, as far as it can be read."""
    octets, at = message.octets[1 : _header_length(message)], 0
    while at + 2 <= len(octets):
        kind, length = octets[at], octets[at + 1]
        data = octets[at + 2 : at + 2 + length]
        if len(data) < length:
            return
        yield kind, data
        at += 2 + length


def _by_header(message: ShortMessage) -> Place | None:
    for kind, data in _elements(message):
        if (kind, len(data)) == (_SHORT_REFERENCE, 3):
            return Place(data[0], data[1], data[2])
        if (kind, len(data)) == (_LONG_REFERENCE, 4):
            return Place(int.from_bytes(data[:2], "big"), data[2], data[3])
    return None


def _shifts(message: ShortMessage) -> tuple[int, int]:
    """The languages of the locking and the single shift."""
    told = {kind: data[0] for kind, data in _elements(message) if len(data) == 1}
    return told.get(LOCKING_SHIFT, 0), told.get(SINGLE_SHIFT, 0)


def _by_tlvs(message: ShortMessage) -> Place | None:
    values = [message.tlv(tag) for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_PLACE)]
    if not all(values):
        return None
    reference, total, number = (int.from_bytes(value or b"", "big") for value in values)
    return Place(reference, total, number)
