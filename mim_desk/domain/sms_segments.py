"""How many SMS a text becomes: its alphabet, how long it is in it, and where it is cut (3GPP 23.038, 23.040).

The national tables of the standard (Turkish, Spanish, Portuguese) are used only where the account's settings say that
the network knows them; else letters that stand only there (``ç``, ``í``, ``ğ``) make a text UCS-2. How a network really
packs is its own affair: this is the estimate that is shown before sending; what counts is the number that the provider
tells afterwards.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mim_desk.domain.graphemes import clusters
from mim_desk.domain.sms_alphabets import USUAL, Alphabet, choices


class Encoding(StrEnum):
    """The alphabet of an SMS."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class SmsRules:
    """How an account writes SMS.

    Attributes:
        long_reference: parts are numbered by 16 bits instead of 8.
        national: a language whose alphabet the network knows, as in ``sms_alphabets.LANGUAGES``.
        latin: the network takes Latin-1 where others take GSM-7, so what is not in it goes as UCS-2.
    """

    long_reference: bool = False
    national: str = ""
    latin: bool = False


USUAL_RULES: Final = SmsRules()
_ALONE: Final = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_OCTETS: Final = 140
_BITS: Final = {Encoding.GSM_7: 7, Encoding.UCS_2: 16}
_SHIFT_OCTETS, _REFERENCE_OCTETS = 3, 5


def room(encoding: Encoding, alphabet: Alphabet = USUAL, *, is_part: bool, long_reference: bool = False) -> int:
    """How many units fit beside the header that says where a part belongs and which tables are used."""
    header = _SHIFT_OCTETS * len(alphabet.shifts) + (_REFERENCE_OCTETS + long_reference if is_part else 0)
    return (8 * (_OCTETS - header - 1) // _BITS[encoding]) if header else _ALONE[encoding]


@dataclass(frozen=True, slots=True)
class Segments:
    """A text as it will be sent.

    Attributes:
        units: septets of GSM-7, 16-bit units of UCS-2.
        parts: the text cut; none for an empty text.
        left: units that still fit before one more part is needed.
        foreign: the characters that keep the text out of GSM-7, each once, in their order.
        alphabet: which of the tables of GSM-7.
    """

    encoding: Encoding
    units: int
    parts: tuple[str, ...]
    left: int
    foreign: tuple[str, ...] = ()
    alphabet: Alphabet = USUAL

    @property
    def count(self) -> int:
        """How many SMS it becomes."""
        return len(self.parts)


def segments(text: str, rules: SmsRules = USUAL_RULES) -> Segments:
    """How ``text`` is sent: in the alphabet that needs the fewest SMS, of those the plainest."""
    known = choices(rules.national)
    fitting = [one for one in known if all(ch in one.sizes for ch in text)]
    if rules.latin and any(ch > "\xff" for ch in text):
        fitting = []
    if not fitting:
        foreign = [ch for ch in text if not any(ch in one.sizes for one in known)]
        foreign = foreign or [ch for ch in text if ch not in USUAL.sizes]
        return _cut(text, Encoding.UCS_2, USUAL, rules, tuple(dict.fromkeys(foreign)))
    return min((_cut(text, Encoding.GSM_7, one, rules) for one in fitting), key=lambda made: made.count)


def _cut(text: str, encoding: Encoding, alphabet: Alphabet, rules: SmsRules, foreign: tuple[str, ...] = ()) -> Segments:
    alone, units = room(encoding, alphabet, is_part=False), _units(text, encoding, alphabet)
    if units <= alone:
        return Segments(encoding, units, (text,) if text else (), alone - units, foreign, alphabet)
    most = room(encoding, alphabet, is_part=True, long_reference=rules.long_reference)
    parts = _packed(text, encoding, alphabet, most)
    left = most - _units(parts[-1], encoding, alphabet)
    return Segments(encoding, units, tuple(parts), left, foreign, alphabet)


def _units(text: str, encoding: Encoding, alphabet: Alphabet) -> int:
    if encoding is Encoding.GSM_7:
        return sum(alphabet.sizes[ch] for ch in text)
    return len(text) + sum(ch > "\uffff" for ch in text)


def _packed(text: str, encoding: Encoding, alphabet: Alphabet, most: int) -> list[str]:
    """The parts, each as full as can be without cutting an escaped character or what reads as one."""
    parts: list[str] = []
    part, filled = "", 0
    for piece in _pieces(text, encoding, alphabet, most):
        size = _units(piece, encoding, alphabet)
        if filled + size > most:
            parts.append(part)
            part, filled = "", 0
        part += piece
        filled += size
    return [*parts, part]


def _pieces(text: str, encoding: Encoding, alphabet: Alphabet, most: int) -> list[str]:
    """What is never cut: characters of GSM-7, clusters of UCS-2 unless one is longer than a whole part."""
    if encoding is Encoding.GSM_7:
        return list(text)
    pieces: list[str] = []
    for cluster in clusters(text):
        pieces += [cluster] if _units(cluster, encoding, alphabet) <= most else list(cluster)
    return pieces
