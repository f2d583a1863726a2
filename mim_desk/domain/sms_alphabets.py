"""The alphabets of SMS of seven bits: the usual one with its extension, and the national ones (3GPP TS 23.038, annex A).

A national alphabet takes the place of the extension (*single shift*), of the usual one (*locking shift*) or of both; the
message says so in its header, by the number of the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ESCAPE: Final = 0x1B
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
TURKISH, SPANISH, PORTUGUESE = 1, 2, 3
LANGUAGES: Final = {"turkish": TURKISH, "spanish": SPANISH, "portuguese": PORTUGUESE}
"""Numbers of the standard; those of the Indian languages are read as the usual alphabet."""


def _with(table: str, **changed: str) -> str:
    """A table with other letters from a place on: ``at_1c="Şş"``."""
    letters = list(table)
    for name, run in changed.items():
        place = int(name.removeprefix("at_"), 16)
        letters[place : place + len(run)] = run
    return "".join(letters)


_LOCKING: Final = {
    TURKISH: _with(_BASIC, at_04="€", at_07="ı", at_0b="Ğğ", at_1c="Şş", at_40="İ", at_60="ç"),
    PORTUGUESE: _with(
        _BASIC,
        at_04="êéúíóç",
        at_0b="Ôô",
        at_0e="Áá",
        at_12="ªÇÀ∞^\\€Ó|",
        at_1c="ÂâÊÉ",
        at_24="º",
        at_40="Í",
        at_5b="ÃÕÚÜ§",
        at_60="~",
        at_7b="ãõ`üà",
    ),
}
_SINGLE: Final[Mapping[int, Mapping[int, str]]] = {
    TURKISH: {**_EXTENSION, 0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    SPANISH: {
        **_EXTENSION,
        0x09: "ç",
        0x41: "Á",
        0x49: "Í",
        0x4F: "Ó",
        0x55: "Ú",
        0x61: "á",
        0x69: "í",
        0x6F: "ó",
        0x75: "ú",
    },
    PORTUGUESE: {
        **_EXTENSION,
        **dict(zip((0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F), "êçÔôÁá", strict=True)),
        **dict(zip((0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1F), "ΦΓΩΠΨΣΘÊ", strict=True)),
        **dict(zip((0x41, 0x49, 0x4F, 0x55, 0x5B, 0x5C, 0x61), "ÀÍÓÚÃÕÂ", strict=True)),
        **dict(zip((0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F), "íóúãõâ", strict=True)),
    },
}


@dataclass(frozen=True, slots=True)
class Alphabet:
    """A table of 128 places and what stands behind its escape.

    Attributes:
        locking, single: languages of the two, 0 for the usual ones.
        sizes: of each letter how many places it takes: two behind the escape.
    """

    locking: int
    single: int
    basic: str
    extended: Mapping[int, str]
    sizes: Mapping[str, int]

    @property
    def shifts(self) -> tuple[tuple[int, int], ...]:
        """What the header has to say: the kinds of element (3GPP TS 23.040, 9.2.3.24.15 and 16) and the languages."""
        return tuple((kind, one) for kind, one in ((LOCKING_SHIFT, self.locking), (SINGLE_SHIFT, self.single)) if one)

    def octets(self, text: str) -> bytes:
        """``text`` one place to an octet; a ValueError for a letter that is not in it."""
        escaped = {letter: place for place, letter in self.extended.items()}
        made = bytearray()
        for letter in text:
            size = self.sizes.get(letter)
            if size is None:
                raise ValueError(f"{letter!r} is not in this alphabet")
            made += bytes((self.basic.index(letter),)) if size == 1 else bytes((ESCAPE, escaped[letter]))
        return bytes(made)

    def text(self, octets: bytes) -> str:
        """What octets say; an escaped place without a letter reads as the plain one, as phones do."""
        letters: list[str] = []
        is_escaped = False
        for octet in octets:
            if octet == ESCAPE and not is_escaped:
                is_escaped = True
                continue
            letter = self.basic[octet] if octet < len(self.basic) and octet != ESCAPE else UNREADABLE
            letters.append(self.extended.get(octet, letter) if is_escaped else letter)
            is_escaped = False
        return "".join(letters) + (UNREADABLE if is_escaped else "")


SINGLE_SHIFT, LOCKING_SHIFT = 0x24, 0x25
UNREADABLE: Final = "\ufffd"


def alphabet(locking: int = 0, single: int = 0) -> Alphabet:
    """The alphabet of these languages, the usual one for those that have none."""
    locking, single = (locking if locking in _LOCKING else 0), (single if single in _SINGLE else 0)
    return _MADE[locking, single]


def _made(locking: int, single: int) -> Alphabet:
    basic, extended = _LOCKING.get(locking, _BASIC), _SINGLE.get(single, _EXTENSION)
    sizes = dict.fromkeys(extended.values(), 2) | {letter: 1 for letter in basic if letter != chr(ESCAPE)}
    return Alphabet(locking, single, basic, extended, sizes)


_MADE: Final = {(locking, single): _made(locking, single) for locking in (0, *_LOCKING) for single in (0, *_SINGLE)}
USUAL: Final = alphabet()


def choices(language: str) -> tuple[Alphabet, ...]:
    """What a text may be written in where the network knows this language too, the plainest first."""
    number = LANGUAGES.get(language, 0)
    told = (USUAL, alphabet(single=number), alphabet(locking=number), alphabet(number, number))
    return tuple({(one.locking, one.single): one for one in told}.values())
