"""What the connection brought as events: a text of the contact, or what became of a part of ours.

A delivery holds the PDUs that belong together, as they came:

    {"id": "0f8b…", "pdus": ["00000042000000050000…"]}
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import ConsentChanged, Event, IncomingMessage, RawRequest, Receipt, Sender, Unknown
from mim_desk.channels.shared.opt_out import OptOut, opt_out_of, own_words
from mim_desk.channels.sms_smpp.joining import Joined, joined
from mim_desk.channels.sms_smpp.payloads import Address, Command, Frames, MalformedError, ShortMessage, short_message
from mim_desk.channels.sms_smpp.receipts import is_receipt, readings, receipt_of
from mim_desk.channels.sms_smpp.sending import LONGEST_SHORT_CODE
from mim_desk.domain.message import MessageType

_NAMED_TON: Final = 5
_INTERNATIONAL_TON: Final = 1
_NATIONAL_TON: Final = 2
_MOST_PARTS: Final = 255
_SETTLED: Final = (OptOut.STOP, OptOut.START)
"""Nobody has to answer these; HELP has to be, since no carrier does."""
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class Came(msgspec.Struct, frozen=True):
    """A delivery.

    Attributes:
        id: of the message, made when its last part came.
        pdus: each in hexadecimal.
    """

    id: str
    pdus: list[str]


_came = msgspec.json.Decoder(Came)


def delivery(id_: str, pdus: Sequence[bytes]) -> bytes:
    """PDUs that belong together, as a delivery."""
    return msgspec.json.encode(Came(id_, [octets.hex() for octets in pdus]))


def events_of(settings: Mapping[str, Any], request: RawRequest) -> tuple[Event, ...]:
    """The events of a delivery; what cannot be read is Unknown."""
    try:
        came = _came.decode(request.body)
        messages = [_message(octets) for octets in came.pdus[:_MOST_PARTS]]
        if not messages or not came.id:
            return (Unknown("delivery", "it names no message"),)
    except (msgspec.MsgspecError, ValueError, UnicodeError) as problem:
        return (Unknown("delivery", str(problem)[:200]),)
    if is_receipt(messages[0]):
        return tuple(_receipt(settings, one, request.received_at) for one in messages)
    return _text(settings, came.id, messages, request.received_at)


def _message(octets: str) -> ShortMessage:
    (pdu,) = Frames().feed(bytes.fromhex(octets))
    if pdu.command != Command.DELIVER_SM:
        raise MalformedError(f"command 0x{pdu.command:08X}")
    return short_message(pdu.body)


def _receipt(settings: Mapping[str, Any], message: ShortMessage, at: datetime) -> Event:
    told = receipt_of(message)
    if told is None:
        return Unknown("receipt", "it names no message or no state")
    recipient = number_of(settings, message.source)
    return Receipt(
        told.status, at, told.id, reason=told.reason, code=told.code, readings=readings(told.id), recipient=recipient
    )


def _text(settings: Mapping[str, Any], id_: str, messages: Sequence[ShortMessage], at: datetime) -> tuple[Event, ...]:
    first = messages[0]
    whole = joined(messages, str(settings.get("default_alphabet") or "gsm"))
    number = number_of(settings, first.source)
    if not number:
        return (Unknown("message", "it names no sender"),)
    said = opt_out_of("", whole.text or "", own_words(settings))
    message = IncomingMessage(
        external_id=id_,
        sender=_sender(number),
        occurred_at=at,
        type=MessageType.UNSUPPORTED if whole.text is None else MessageType.TEXT,
        text=whole.text or "",
        details=_details(first, whole, number, said),
        wants_answer=said not in _SETTLED and not _is_machine(first.source, number),
    )
    return (message, *_consent(message, said))


def _consent(message: IncomingMessage, said: OptOut | None) -> tuple[ConsentChanged, ...]:
    """Who said STOP gets nothing more until they say START; no carrier sees to that here."""
    if said not in _SETTLED:
        return ()
    granted = said is OptOut.START
    told = ConsentChanged(message.sender, message.occurred_at, granted, evidence=message.external_id, blocks=True)
    return (told,)


def _sender(number: str) -> Sender:
    """The number is their address, no proof of who holds the phone."""
    fields = {"phone": number} if _E164.fullmatch(number) else {}
    return Sender(number, display=number, fields=fields)


def _is_machine(source: Address, number: str) -> bool:
    """Short codes and names are machines (banks, parcels, advertising), which are no customers and wait for nobody.

    A national number is somebody's, even where nothing says of which country.
    """
    if _E164.fullmatch(number):
        return False
    return source.ton == _NAMED_TON or not number.isdigit() or len(number) <= LONGEST_SHORT_CODE


def _details(first: ShortMessage, whole: Joined, number: str, said: OptOut | None) -> dict[str, str]:
    facts = {
        "opt_out": said.value if said else "",
        "to": first.dest.digits,
        "ton": str(first.source.ton),
        "npi": str(first.source.npi),
        "sender_kind": "machine" if _is_machine(first.source, number) else "",
        "parts": f"{whole.parts}/{whole.total}" if whole.parts < whole.total else "",
        "data_coding": str(first.data_coding) if whole.text is None else "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def number_of(settings: Mapping[str, Any], address: Address) -> str:
    """An address as one writes it: E.164 where the carrier or the account's country says enough, else as it came."""
    digits = address.digits.strip()
    if address.ton == _NAMED_TON or not digits.lstrip("+").isdigit():
        return digits
    country = str(settings.get("country_code") or "").lstrip("+")
    if address.ton == _INTERNATIONAL_TON or digits.startswith("+"):
        return "+" + digits.lstrip("+")
    if country and (address.ton == _NATIONAL_TON or digits.startswith("0")):
        has_prefix = digits.startswith("00")
        return "+" + (digits[2:] if has_prefix else country + digits.removeprefix("0"))
    return digits
