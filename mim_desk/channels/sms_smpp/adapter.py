"""SMS through a carrier's own SMPP 3.4 connection: PDUs come in, PDUs go out; ``driver.py`` carries them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from mim_desk.channels.base import (
    Account,
    HandshakeAnswer,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.shared.phones import check_region
from mim_desk.channels.sms_smpp import errors
from mim_desk.channels.sms_smpp.payloads import Address, message_id
from mim_desk.channels.sms_smpp.reading import events_of
from mim_desk.channels.sms_smpp.sending import (
    DIGITS,
    NAME,
    Part,
    parts_of,
    recipient_address,
    rules_of,
    sender_address,
    submit,
)
from mim_desk.domain.inbox import Capabilities
from mim_desk.domain.refusal import Refusal

SUBMIT, REFERENCE, BIND = "SUBMIT", "REFERENCE", "BIND"
"""What the driver can do: submit one part, give the next number for a text in parts, connect for a moment."""
MOST_PARTS: Final = 10
_LONGEST: Final = {"system_id": 15, "password": 8, "system_type": 12, "service_type": 5}
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,45}", re.ASCII)
_MOST: Final = {"port": 65_535, "from_ton": 6, "from_npi": 18, "submits_per_second": 10_000, "window": 500}


class SmsSmppAdapter:
    """Adapter of the channel ``sms_smpp``."""

    channel = "sms_smpp"
    keyed = False
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_region(settings)
        if not _HOST.fullmatch(str(settings.get("host") or "")):
            raise _wrong("The host is a name like smpp.example.net or an address, without a port.", "settings.host")
        for name, most in _MOST.items():
            _check_number(settings, name, most)
        for name, longest in _LONGEST.items():
            _check_length(name, str(settings.get(name) or secrets.get(name) or ""), longest)
        sender = str(settings.get("from") or "")
        if not (NAME.fullmatch(sender) or DIGITS.fullmatch(sender)):
            told = "The sender is a number like +15550002222, a short code, or a name of up to 11 letters and digits."
            raise _wrong(told, "settings.from")
        if not re.fullmatch(r"(\+?[1-9][0-9]{0,2})?", str(settings.get("country_code") or ""), re.ASCII):
            raise _wrong("The country code is 1 to 3 digits, such as 49.", "settings.country_code")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request(BIND, "")

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            raise _wrong(
                "The carrier could not be reached. Check the host, the port and whether it wants TLS.", "settings.host"
            )
        said = errors.WRONG_FIELD.get(response.status)
        if said is not None:
            raise _wrong(*said)
        # One connection per account is common: then the account is right, and in use.
        if response.status not in (errors.OK, errors.ALREADY_BOUND):
            told = f"The carrier refused the connection with the status 0x{response.status:02X}. Ask it why."
            raise _wrong(told, "settings.system_id")

    def capabilities(self, announced: Capabilities, settings: Mapping[str, Any]) -> Capabilities:
        return replace(announced, sms=rules_of(settings))

    def verify(self, account: Account, request: RawRequest) -> None:
        raise Refusal("bad-signature", "This channel has a connection of its own; nobody calls the hub for it.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(events_of(account.settings, request))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel has a connection of its own; nobody calls the hub for it.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.files:
            raise Refusal("not-carried", "SMS carries no files. Send a link instead.", "attachments")
        parts = parts_of(message.text, account.settings)
        if not parts:
            raise Refusal("not-carried", "There is nothing to send. Write a text.", "text")
        if len(parts) > MOST_PARTS:
            told = f"This text needs {len(parts)} SMS, and at most {MOST_PARTS} leave together. Shorten it."
            raise Refusal("not-carried", told, "text")
        source, dest = sender_address(account.settings), _recipient(message)
        written = [partial(_submit, one, source, dest, account.settings) for one in parts]
        if len(parts) == 1:
            return [written[0](0)]
        return [Request(REFERENCE, dest.digits, prepares=True), *(_numbered(one) for one in written)]

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        if response.status != errors.OK:
            return errors.refused(response.status)
        given = message_id(response.body)
        return Taken((given,) if given else ())


def _recipient(message: Outgoing) -> Address:
    """The contact's address, named as the carrier last named it to us."""
    told = message.last_incoming.details if message.last_incoming else {}
    return recipient_address(message.recipient, (told.get("ton", ""), told.get("npi", "")))


def _submit(part: Part, source: Address, dest: Address, settings: Mapping[str, Any], reference: int) -> Request:
    body = submit(part, source, dest, reference, settings).body()
    return Request(SUBMIT, "", headers={"reference": str(reference)}, body=body)


def _numbered(written: Callable[[int], Request]) -> Callable[[Response], Request]:
    """A part written once the number of its text is known, which each answer repeats."""
    return lambda answer: written(int(answer.headers.get("reference", "0")))


def _check_number(settings: Mapping[str, Any], name: str, most: int) -> None:
    told = str(settings.get(name) if settings.get(name) is not None else "")
    if told and not (told.isascii() and told.isdigit() and int(told) <= most):
        raise _wrong(f"This is a number of at most {most}.", f"settings.{name}")


def _check_length(name: str, told: str, longest: int) -> None:
    place = f"secrets.{name}" if name == "password" else f"settings.{name}"
    if len(told) > longest:
        raise _wrong(f"SMPP knows no more than {longest} characters here.", place)
    if not (told.isascii() and (not told or told.isprintable())):
        raise _wrong("There are foreign characters in it. Copy it again.", place)


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
