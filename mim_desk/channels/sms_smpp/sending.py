"""A reply as the short messages it leaves in: cut, written in an alphabet, addressed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mim_desk.channels.sms_smpp.alphabets import SMSC_DEFAULT, UCS_2
from mim_desk.channels.sms_smpp.joining import HAS_HEADER, Place, header
from mim_desk.channels.sms_smpp.payloads import Address, ShortMessage, Tag
from mim_desk.domain.sms_alphabets import USUAL, Alphabet
from mim_desk.domain.sms_segments import Encoding, Segments, SmsRules, segments

NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)
DIGITS: Final = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
LONGEST_SHORT_CODE: Final = 8
_ALL_RECEIPTS: Final = 1
_INTERNATIONAL: Final = (1, 1)
_UNKNOWN: Final = (0, 1)
_NAMED: Final = (5, 0)
_SHORT_CODE: Final = (3, 0)
"""Unverified: carriers differ, so it is a setting."""


@dataclass(frozen=True, slots=True)
class Part:
    """One short message of a reply; ``total`` 1 for a whole one."""

    octets: bytes
    data_coding: int
    number: int
    total: int
    alphabet: Alphabet = USUAL


def rules_of(settings: Mapping[str, Any]) -> SmsRules:
    """How this account writes; a carrier that cuts texts itself is given no header with tables."""
    way = str(settings.get("long_texts") or "header")
    national = "" if way == "payload" else str(settings.get("national_alphabet") or "")
    return SmsRules(way == "header16", national, settings.get("default_alphabet") == "latin1")


def parts_of(text: str, settings: Mapping[str, Any]) -> list[Part]:
    """The parts of a text."""
    rules = rules_of(settings)
    cut = segments(text, rules)
    pieces: Sequence[str] = (text,) if settings.get("long_texts") == "payload" else cut.parts
    octets = [_octets(piece, cut, rules) for piece in pieces]
    coding = SMSC_DEFAULT if cut.encoding is Encoding.GSM_7 else UCS_2
    return [Part(one, coding, number, len(octets), cut.alphabet) for number, one in enumerate(octets, 1)]


def _octets(text: str, cut: Segments, rules: SmsRules) -> bytes:
    if cut.encoding is Encoding.UCS_2:
        return text.encode("utf-16-be", "surrogatepass")
    return text.encode("latin-1") if rules.latin and cut.alphabet is USUAL else cut.alphabet.octets(text)


def submit(part: Part, source: Address, dest: Address, reference: int, settings: Mapping[str, Any]) -> ShortMessage:
    """One part as it is submitted; ``reference`` is the same for all parts of a text."""
    whole = ShortMessage(
        source,
        dest,
        part.octets,
        part.data_coding,
        registered_delivery=_ALL_RECEIPTS,
        service_type=str(settings.get("service_type") or ""),
    )
    place = Place(reference, part.total, part.number) if part.total > 1 else None
    way = str(settings.get("long_texts") or "header")
    if way == "sar" and place is not None:
        whole, place = replace(whole, tlvs=_sar(place)), None
    before = header(place, part.alphabet, long_reference=way == "header16")
    return replace(whole, esm_class=HAS_HEADER, octets=before + part.octets) if before else whole


def _sar(place: Place) -> tuple[tuple[int, bytes], ...]:
    return (
        (int(Tag.SAR_REFERENCE), (place.reference & 0xFFFF).to_bytes(2, "big")),
        (int(Tag.SAR_TOTAL), bytes((place.total,))),
        (int(Tag.SAR_PLACE), bytes((place.number,))),
    )


def sender_address(settings: Mapping[str, Any]) -> Address:
    """The brand's own address."""
    told = str(settings.get("from") or "")
    ton, npi = _kind(told)
    return Address(_number(settings.get("from_ton"), ton), _number(settings.get("from_npi"), npi), told.lstrip("+"))


def recipient_address(external_id: str, kind: tuple[str, str] = ("", "")) -> Address:
    """A contact's address, of the ``kind`` (TON, NPI) by which the carrier named it where it did."""
    ton, npi = _INTERNATIONAL if external_id.startswith("+") else _UNKNOWN
    return Address(_number(kind[0], ton), _number(kind[1], npi), external_id.lstrip("+"))


def _kind(told: str) -> tuple[int, int]:
    if not DIGITS.fullmatch(told):
        return _NAMED
    is_short = not told.startswith("+") and len(told) <= LONGEST_SHORT_CODE
    return _SHORT_CODE if is_short else _INTERNATIONAL


def _number(told: object, default: int) -> int:
    text = str(told) if told not in (None, "") else ""
    return int(text) if text.isascii() and text.isdigit() and int(text) < 1 << 8 else default
