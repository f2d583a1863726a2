"""SMPP as a message centre writes and reads it, made from the sheet and independent of the hub's own."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 1, 2, 9
SUBMIT, DELIVER, UNBIND, ENQUIRE = 4, 5, 6, 0x15
ANSWER: Final = 0x80000000
NACK: Final = ANSWER
RECEIPT_CLASS, HEADER_CLASS = 0x04, 0x40
RECEIPTED_ID, PAYLOAD, STATE = 0x001E, 0x0424, 0x0427
SAR: Final = (0x020C, 0x020E, 0x020F)
UCS_2: Final = 8
_HEADER: Final = struct.Struct(">IIII")
_LETTERS: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))


@dataclass(frozen=True)
class Message:
    """What travels in ``submit_sm`` and ``deliver_sm``."""

    source: str
    dest: str
    octets: bytes
    coding: int = 0
    esm_class: int = 0
    receipt: int = 0
    tlvs: Mapping[int, bytes] = field(default_factory=dict)
    source_ton: int = 1
    dest_ton: int = 1


def pdu(command: int, status: int, number: int, body: bytes = b"") -> bytes:
    """A whole PDU."""
    return _HEADER.pack(_HEADER.size + len(body), command, status, number) + body


def head(octets: bytes) -> tuple[int, int, int, int]:
    """Length, command, status, number."""
    length, command, status, number = _HEADER.unpack(octets)
    return length, command, status, number


def written(one: Message) -> bytes:
    """A message as the body of a PDU."""
    tlvs = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in one.tlvs.items())
    return b"".join(
        (
            b"\0",
            bytes((one.source_ton, int(one.source_ton == 1))) + one.source.encode("latin-1") + b"\0",
            bytes((one.dest_ton, int(one.dest_ton == 1))) + one.dest.encode("latin-1") + b"\0",
            bytes((one.esm_class, 0, 0)),
            b"\0\0",
            bytes((one.receipt, 0, one.coding, 0, len(one.octets))) + one.octets,
            tlvs,
        )
    )


def read(body: bytes) -> Message:
    """The same back; an IndexError, ValueError or struct.error for what is none."""
    _, _, rest = body.partition(b"\0")
    source_ton, (source, rest) = rest[0], _word(rest[2:])
    dest_ton, (dest, rest) = rest[0], _word(rest[2:])
    esm_class, rest = rest[0], rest[3:]
    _, rest = _word(rest)
    _, rest = _word(rest)
    receipt, coding, length = rest[0], rest[2], rest[4]
    octets, rest = rest[5 : 5 + length], rest[5 + length :]
    tlvs: dict[int, bytes] = {}
    while rest:
        tag, size = struct.unpack_from(">HH", rest)
        tlvs[tag], rest = rest[4 : 4 + size], rest[4 + size :]
    return Message(
        source, dest, octets or tlvs.get(PAYLOAD, b""), coding, esm_class, receipt, tlvs, source_ton, dest_ton
    )


def _word(octets: bytes) -> tuple[str, bytes]:
    end = octets.index(0)
    return octets[:end].decode("latin-1"), octets[end + 1 :]


def words(body: bytes, count: int) -> list[str]:
    """The first strings of a body."""
    found: list[str] = []
    for _ in range(count):
        word, body = _word(body)
        found.append(word)
    return found


def as_septets(text: str) -> bytes | None:
    """``text`` in the GSM alphabet, one septet to an octet; None where a letter is not in it."""
    octets = bytearray()
    for letter in text:
        if letter in _ESCAPED:
            octets += bytes((0x1B, _ESCAPED[letter]))
        elif letter in _LETTERS and letter != "\x1b":
            octets.append(_LETTERS.index(letter))
        else:
            return None
    return bytes(octets)


def as_text(octets: bytes, coding: int) -> str:
    """What a phone shows."""
    if coding == UCS_2:
        return octets.decode("utf-16-be")
    back = {place: letter for letter, place in _ESCAPED.items()}
    rest = iter(octets)
    return "".join(back[next(rest)] if octet == 0x1B else _LETTERS[octet] for octet in rest)


def place_of(one: Message) -> tuple[int, int, int, bytes]:
    """Reference, number of parts, which one this is, and its text."""
    if one.esm_class & HEADER_CLASS:
        size, kind = one.octets[0], one.octets[1]
        rest = one.octets[1 + size :]
        if kind == 0:
            return one.octets[3], one.octets[4], one.octets[5], rest
        if kind == 8:
            return struct.unpack(">H", one.octets[3:5])[0], one.octets[5], one.octets[6], rest
    if all(tag in one.tlvs for tag in SAR):
        reference, total, number = (int.from_bytes(one.tlvs[tag]) for tag in SAR)
        return reference, total, number, one.octets
    return 0, 1, 1, one.octets


def in_parts(text: str, reference: int) -> Sequence[tuple[bytes, int, int]]:
    """A person's text as short messages: octets, data coding, class."""
    septets = as_septets(text)
    octets, coding = (text.encode("utf-16-be"), UCS_2) if septets is None else (septets, 0)
    most, room = (140, 134) if coding else (160, 152)
    if len(octets) <= most:
        return [(octets, coding, 0)]
    pieces = [octets[at : at + room] for at in range(0, len(octets), room)]
    return [
        (bytes((5, 0, 3, reference & 0xFF, len(pieces), number)) + piece, coding, HEADER_CLASS)
        for number, piece in enumerate(pieces, 1)
    ]
