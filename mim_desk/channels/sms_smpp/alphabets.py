"""The alphabets of SMS as octets: GSM 03.38 with its extension, one septet to an octet, and what ``data_coding`` names."""

from typing import Final

ESCAPE: Final = 0x1B
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {
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
_OCTETS: Final = {
    **{letter: bytes((place,)) for place, letter in enumerate(_BASIC) if place != ESCAPE},
    **{letter: bytes((ESCAPE, place)) for place, letter in _EXTENDED.items()},
}
_UNREADABLE: Final = "\ufffd"

SMSC_DEFAULT: Final = 0x00
UCS_2: Final = 0x08
BINARY: Final = (0x02, 0x04)
_NAMED: Final = {
    0x01: "latin-1",  # ASCII by name; what is beyond it comes from senders that mean Latin-1
    0x03: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    UCS_2: "utf-16-be",
    0x0A: "iso2022_jp",
    0x0E: "euc_kr",
}
_CLASS_GROUP: Final = 0xF0
_IS_DATA: Final = 0x04


def gsm_octets(text: str) -> bytes:
    """``text`` in the GSM alphabet; a ValueError for a letter that is not in it."""
    try:
        return b"".join(_OCTETS[letter] for letter in text)
    except KeyError as problem:
        raise ValueError(f"{problem} is not in the GSM alphabet") from problem


def gsm_text(octets: bytes) -> str:
    """What octets of the GSM alphabet say; an escaped place without a letter reads as the plain one, as phones do."""
    letters: list[str] = []
    is_escaped = False
    for octet in octets:
        if octet == ESCAPE and not is_escaped:
            is_escaped = True
            continue
        letter = _BASIC[octet] if octet < len(_BASIC) and octet != ESCAPE else _UNREADABLE
        letters.append(_EXTENDED.get(octet, letter) if is_escaped else letter)
        is_escaped = False
    return "".join(letters) + (_UNREADABLE if is_escaped else "")


def text_of(octets: bytes, data_coding: int, default: str) -> str | None:
    """What a message says; None for data that is no text.

    Args:
        octets: without the header.
        data_coding: as the message names it.
        default: what the account means by 0: ``gsm`` or ``latin1``.
    """
    if data_coding & _CLASS_GROUP == _CLASS_GROUP:
        return None if data_coding & _IS_DATA else gsm_text(octets)
    if data_coding in BINARY:
        return None
    named = _NAMED.get(data_coding)
    if named is None:
        return octets.decode("latin-1") if default == "latin1" else gsm_text(octets)
    return octets.decode(named, "replace")
