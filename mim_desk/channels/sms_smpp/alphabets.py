"""The alphabets of SMS as octets: what ``data_coding`` and the header of a message name."""

from typing import Final

from mim_desk.domain.sms_alphabets import USUAL, Alphabet

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
_GENERAL_GROUP: Final = range(0x10, 0x40)
"""Coding of 3GPP 23.038 as it stands there, which some carriers hand on: two bits name the alphabet."""
_ALPHABETS: Final = (SMSC_DEFAULT, BINARY[1], UCS_2, SMSC_DEFAULT)
_MARKS: Final = {b"\xfe\xff": "utf-16-be", b"\xff\xfe": "utf-16-le"}
"""Of the order of bytes: no part of the text."""
_WAITING_GROUP: Final = range(0xE0, 0xF0)
"""That a message waits, told in UCS-2 (4 of 3GPP 23.038); the same in the default alphabet is 0xC0 to 0xDF."""
_CLASS_GROUP: Final = 0xF0
_IS_DATA: Final = 0x04


def text_of(octets: bytes, data_coding: int, default: str, alphabet: Alphabet = USUAL) -> str | None:
    """What a message says; None for data that is no text.

    Args:
        octets: without the header.
        data_coding: as the message names it.
        default: what the account means by 0: ``gsm`` or ``latin1``.
        alphabet: the tables that the header names, which are of the GSM alphabet.
    """
    if data_coding in _GENERAL_GROUP:
        data_coding = _ALPHABETS[data_coding >> 2 & 0b11]
        if data_coding == SMSC_DEFAULT:
            return alphabet.text(octets)
    if data_coding & _CLASS_GROUP == _CLASS_GROUP:
        return None if data_coding & _IS_DATA else alphabet.text(octets)
    if data_coding in BINARY:
        return None
    data_coding = UCS_2 if data_coding in _WAITING_GROUP else data_coding
    named = _NAMED.get(data_coding)
    if named is None:
        is_latin = default == "latin1" and alphabet is USUAL
        return octets.decode("latin-1") if is_latin else alphabet.text(octets)
    if data_coding == UCS_2 and octets[:2] in _MARKS:
        return octets[2:].decode(_MARKS[octets[:2]], "replace")
    return octets.decode(named, "replace")
