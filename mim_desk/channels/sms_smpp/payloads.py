"""The shapes of SMPP 3.4 that a business sends and gets, as octets and back.

A message of a customer, part 1 of 2 (reference 0x42, UTF-16BE), from 15550001 to 12345:

    00000042 00000005 00000000 00000001                 length, deliver_sm, status, sequence
    00 0101 3135353530303031 00 0001 3132333435 00      service type, from, to
    40 00 00 00 00 00 00 08 00                          class (header present), ..., data coding 8, ...
    14 050003420201 043f 0440 0438 0432 0435 0442 0020  length, header, text

https://smpp.org/SMPP_v3_4_Issue1_2.pdf
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 16
LONGEST_PDU: Final = 1 << 17
"""Nobody needs longer ones: a text of 64 kB and some fields."""
_LONGEST_STRING: Final = 255
_RESPONSE: Final = 0x80000000


class Command(IntEnum):
    """What a PDU is; its answer has the same number with the highest bit set."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x0102
    DATA_SM = 0x0103
    GENERIC_NACK = 0x80000000


class Tag(IntEnum):
    """Optional parameters that are read or written."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_PLACE = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class MalformedError(ValueError):
    """The octets are no PDU, or not the one they say."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One unit of the protocol: its header and, unread, what follows."""

    command: int
    status: int = 0
    sequence: int = 0
    body: bytes = field(default=b"", repr=False)

    @property
    def is_answer(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & _RESPONSE)

    def answer(self, status: int = 0, body: bytes = b"") -> "Pdu":
        """The answer to it."""
        return Pdu(self.command | _RESPONSE, status, self.sequence, body)

    def octets(self) -> bytes:
        """It as it travels."""
        numbers = (HEADER_OCTETS + len(self.body), self.command, self.status, self.sequence)
        return b"".join(number.to_bytes(4, "big") for number in numbers) + self.body


class Frames:
    """Cuts what a connection brings into PDUs."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, octets: bytes) -> list[Pdu]:
        """The PDUs that are whole now; MalformedError when the next length makes no sense, after which none can follow.

        What is whole before such a length is told first.
        """
        self._kept += octets
        found: list[Pdu] = []
        while len(self._kept) >= HEADER_OCTETS:
            length = int.from_bytes(self._kept[:4], "big")
            if not HEADER_OCTETS <= length <= LONGEST_PDU:
                if found:
                    break
                raise MalformedError(f"a PDU of {length} octets")
            if len(self._kept) < length:
                break
            command, status, sequence = (int.from_bytes(self._kept[at : at + 4], "big") for at in (4, 8, 12))
            found.append(Pdu(command, status, sequence, bytes(self._kept[HEADER_OCTETS:length])))
            del self._kept[:length]
        return found


@dataclass(frozen=True, slots=True)
class Address:
    """A number or name: kind of number, numbering plan, digits or letters."""

    ton: int = 0
    npi: int = 0
    digits: str = ""


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """The body of ``submit_sm`` and ``deliver_sm``, which is the same.

    Attributes:
        octets: the text, with its header where ``esm_class`` says so; from ``message_payload`` where it is there.
        tlvs: the other optional parameters, in their order.
    """

    source: Address = Address()
    dest: Address = Address()
    octets: bytes = field(default=b"", repr=False)
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 0
    service_type: str = ""
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    replace_if_present: int = 0
    default_message: int = 0
    tlvs: tuple[tuple[int, bytes], ...] = ()

    def tlv(self, tag: Tag) -> bytes | None:
        """The first value of an optional parameter."""
        return next((value for found, value in self.tlvs if found == tag), None)

    def body(self) -> bytes:
        """It as it travels; what does not fit a short message goes as payload."""
        is_short = len(self.octets) <= _LONGEST_SHORT
        short, tlvs = (self.octets, self.tlvs) if is_short else (b"", (*self.tlvs, (_PAYLOAD, self.octets)))
        return b"".join(
            (
                _string(self.service_type),
                *(_address(one) for one in (self.source, self.dest)),
                bytes((self.esm_class, self.protocol_id, self.priority)),
                _string(self.schedule),
                _string(self.validity),
                bytes((self.registered_delivery, self.replace_if_present, self.data_coding, self.default_message)),
                bytes((len(short),)),
                short,
                *(_tlv(tag, value) for tag, value in tlvs),
            )
        )


_LONGEST_SHORT: Final = 254
_PAYLOAD: Final = int(Tag.MESSAGE_PAYLOAD)


def short_message(body: bytes) -> ShortMessage:
    """What ``body`` says; MalformedError when it ends too early. A broken tail of optional parameters is dropped."""
    read = _Reading(body)
    service_type = read.string()
    source, dest = read.address(), read.address()
    esm_class, protocol_id, priority = read.octet(), read.octet(), read.octet()
    schedule, validity = read.string(), read.string()
    registered_delivery, replace_if_present, data_coding, default_message = (read.octet() for _ in range(4))
    octets = read.taken(read.octet())
    tlvs = read.tlvs()
    payload = next((value for tag, value in tlvs if tag == _PAYLOAD), b"")
    return ShortMessage(
        source,
        dest,
        octets or payload,
        data_coding,
        esm_class,
        registered_delivery,
        service_type,
        protocol_id,
        priority,
        schedule,
        validity,
        replace_if_present,
        default_message,
        tuple(one for one in tlvs if octets or one[0] != _PAYLOAD),
    )


def delivered(pdu: Pdu) -> Pdu:
    """A message as ``deliver_sm`` says it; ``data_sm`` (4.7 of the standard) says the same in fewer fields."""
    if pdu.command != Command.DATA_SM:
        return pdu
    read = _Reading(pdu.body)
    try:
        service_type, source, dest = read.string(), read.address(), read.address()
        esm_class, registered_delivery, data_coding = read.octet(), read.octet(), read.octet()
    except MalformedError:
        return Pdu(Command.DELIVER_SM, pdu.status, pdu.sequence, pdu.body)
    tlvs = read.tlvs()
    octets = next((value for tag, value in tlvs if tag == _PAYLOAD), b"")
    others = tuple(one for one in tlvs if one[0] != _PAYLOAD)
    said = ShortMessage(source, dest, octets, data_coding, esm_class, registered_delivery, service_type, tlvs=others)
    return Pdu(Command.DELIVER_SM, pdu.status, pdu.sequence, said.body())


def bind_body(system_id: str, password: str, system_type: str) -> bytes:
    """The body of each of the three binds, for SMPP 3.4 and any address."""
    return b"".join((_string(system_id), _string(password), _string(system_type), bytes((0x34, 0, 0)), _string("")))


def message_id(body: bytes) -> str:
    """The id in the answer to a submit; empty where there is none, as in many that refuse."""
    return body.partition(b"\0")[0][:_LONGEST_STRING].decode("latin-1")


def _string(text: str) -> bytes:
    return text.encode("latin-1", "replace").replace(b"\0", b"")[:_LONGEST_STRING] + b"\0"


def _address(one: Address) -> bytes:
    return bytes((one.ton, one.npi)) + _string(one.digits)


def _tlv(tag: int, value: bytes) -> bytes:
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


class _Reading:
    """A place in the octets of a body."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def taken(self, count: int) -> bytes:
        part = self._octets[self._at : self._at + count]
        if len(part) < count:
            raise MalformedError("the body ends too early")
        self._at += count
        return part

    def octet(self) -> int:
        return self.taken(1)[0]

    def string(self) -> str:
        end = self._octets.find(b"\0", self._at, self._at + _LONGEST_STRING + 1)
        if end < 0:
            raise MalformedError("a field without an end")
        text = self._octets[self._at : end].decode("latin-1")
        self._at = end + 1
        return text

    def address(self) -> Address:
        return Address(self.octet(), self.octet(), self.string())

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        found: list[tuple[int, bytes]] = []
        while len(self._octets) - self._at >= len(b"tagl"):
            tag, length = (int.from_bytes(self.taken(2), "big") for _ in range(2))
            if length > len(self._octets) - self._at:
                break
            found.append((tag, self.taken(length)))
        return tuple(found)
