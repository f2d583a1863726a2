"""Delivery receipts: what became of a submitted part, as optional parameters or in the text that carriers write.

    id:0A1B sub:001 dlvrd:001 submit date:2611221203 done date:2611221204 stat:DELIVRD err:000 text:Hi

The form of the text is the carriers' custom (appendix B of the standard), so all of it may be missing. Dates have no zone
and a minute's precision: the time of arrival counts.
"""

import re
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.sms_smpp.alphabets import UCS_2
from mim_desk.channels.sms_smpp.payloads import ShortMessage, Tag
from mim_desk.domain.message import DeliveryStatus

_CLASS: Final = 0x3C
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20
"""A notification on the way (5.2.12 of the standard), which reads as a receipt does."""
_LONGEST_ID: Final = 64
_FIELD: Final = re.compile(rb"\b(id|stat|err):\s*([^\s\0]{1,65})", re.IGNORECASE)
_TEXT: Final = re.compile(rb"\btext:", re.IGNORECASE)
_STATES: Final = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_WRITTEN: Final = {
    **dict.fromkeys(("DELIVERED", "DELIVERD", "DLVRD"), "DELIVRD"),
    **dict.fromkeys(("UNDELIVERABLE", "UNDELIVERED", "UNDELIVRD", "UNDELVD", "FAILED", "FAIL"), "UNDELIV"),
    **dict.fromkeys(("REJECTED", "REJECT", "BLOCKED"), "REJECTD"),
    **dict.fromkeys(("SENT", "BUFFERED", "BUFFRED", "PENDING", "QUEUED", "SCHEDULED", "ACKED", "EN_ROUTE"), "ENROUTE"),
    "ACCEPTED": "ACCEPTD",
    "EXPIRD": "EXPIRED",
}
"""How some carriers write a state."""
_SENT: Final = ("ENROUTE", "ACCEPTD", "UNKNOWN")
_REASONS: Final = {
    "EXPIRED": "The phone was off or out of reach until the message ran out. Send it again if it is still right.",
    "DELETED": "The carrier deleted the message. Send it again if it is still right.",
    "UNDELIV": "The message could not be delivered to this number.",
    "REJECTD": "The carrier refused the message.",
}


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What a receipt says.

    Attributes:
        id: the carrier's id of the part, as written.
        code: the network's own error, empty for none.
    """

    id: str
    status: DeliveryStatus
    reason: str = ""
    code: str = ""


def is_receipt(message: ShortMessage) -> bool:
    """Whether the message tells of one of ours."""
    if message.esm_class & _CLASS in (_RECEIPT, _INTERMEDIATE):
        return True
    # Some carriers forget the class; no customer's text has these two.
    return message.tlv(Tag.RECEIPTED_MESSAGE_ID) is not None and message.tlv(Tag.MESSAGE_STATE) is not None


def receipt_of(message: ShortMessage) -> DeliveryReceipt | None:
    """What it tells: the optional parameters first, then the text; None when it names no message or no state."""
    fields = _FIELD.findall(_words(message))
    told = {name.decode().lower(): value.decode("latin-1").rstrip(",;") for name, value in reversed(fields)}
    by_tlv = (message.tlv(Tag.RECEIPTED_MESSAGE_ID) or b"").partition(b"\0")[0].decode("latin-1").strip()
    state = _STATES.get(int.from_bytes(message.tlv(Tag.MESSAGE_STATE) or b"", "big")) or told.get("stat", "").upper()
    state = _WRITTEN.get(state, state)
    part = (by_tlv or told.get("id", ""))[:_LONGEST_ID]
    status = _status(state)
    if not part or status is None:
        return None
    if status is not DeliveryStatus.FAILED:
        return DeliveryReceipt(part, status)
    code = told.get("err", "") or _network_error(message)
    return DeliveryReceipt(part, status, _REASONS.get(state, ""), code if code.strip("0") else "")


def _network_error(message: ShortMessage) -> str:
    """The error as an optional parameter: an octet for the kind of network, two for its code."""
    told = message.tlv(Tag.NETWORK_ERROR_CODE) or b""
    return str(int.from_bytes(told[1:3], "big")) if len(told) == len(b"kcc") else ""


def _words(message: ShortMessage) -> bytes:
    """The carrier's words, without the beginning of our own text that stands behind them."""
    is_wide = message.data_coding == UCS_2
    octets = message.octets.decode("utf-16-be", "replace").encode("latin-1", "replace") if is_wide else message.octets
    return _TEXT.split(octets, 1)[0]


def readings(part: str) -> tuple[str, ...]:
    """Other ways to write an id: some carriers answer a submit in hexadecimal and write decimal receipts, or pad it."""
    found: list[str] = []
    if part.isascii() and part.isdigit():
        value = int(part)
        found += [str(value), f"{value:x}", f"{value:X}", f"{value:08x}", f"{value:08X}"]
    elif re.fullmatch(r"[0-9a-fA-F]{1,16}", part, re.ASCII):
        value = int(part, 16)
        found += [part.lower().lstrip("0"), part.upper().lstrip("0"), str(value), f"{value:010d}"]
    return tuple(dict.fromkeys(one for one in found if one and one != part))


def _status(state: str) -> DeliveryStatus | None:
    if state in _SENT:
        return DeliveryStatus.SENT
    if state == "DELIVRD":
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.FAILED if state in _REASONS else None
