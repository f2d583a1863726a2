"""Accounts, messages and deliveries as the tests of SMPP make them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, LastIncoming, Outgoing, RawRequest
from mim_desk.channels.sms_smpp.joining import HAS_HEADER, Place, header
from mim_desk.channels.sms_smpp.payloads import Address, Command, Pdu, ShortMessage
from mim_desk.channels.sms_smpp.reading import delivery

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PERSON = Address(1, 1, "15550001111")
BRAND = Address(1, 1, "15550002222")
SETTINGS = {"host": "127.0.0.1", "port": "2775", "system_id": "desk", "from": "+15550002222"}
SHEET = bytes.fromhex(
    "000000420000000500000000000000010001013135353530303031000001313233"
    "34350040000000000000080014050003420201043f044004380432043504420020"
)
"""Part 1 of 2 of the sheet: ref 0x42, from 15550001 to 12345."""


def account(password: str = "secret", **settings: Any) -> Account:
    return Account("inbox", {**SETTINGS, **settings}, {"password": password})


def outgoing(text: str, to: str = "+15550001111", **more: Any) -> Outgoing:
    return Outgoing("01990000-0000-7000-8000-000000000001", to, NOW, text, **more)


def came_from(ton: str, npi: str) -> LastIncoming:
    return LastIncoming(NOW, "x", {"ton": ton, "npi": npi})


def text(said: str, **more: Any) -> ShortMessage:
    return replace(ShortMessage(PERSON, BRAND, said.encode("utf-16-be"), 8), **more)


def part(
    octets: bytes, number: int, total: int, reference: int = 0x42, *, long: bool = False, **more: Any
) -> ShortMessage:
    said = header(Place(reference, total, number), long_reference=long) + octets
    return replace(ShortMessage(PERSON, BRAND, said, 8, HAS_HEADER), **more)


def pdu(message: ShortMessage, sequence: int = 1) -> Pdu:
    return Pdu(Command.DELIVER_SM, 0, sequence, message.body())


def request(*messages: ShortMessage, id_: str = "m-1") -> RawRequest:
    return raw(delivery(id_, [pdu(one).octets() for one in messages]))


def raw(body: bytes) -> RawRequest:
    return RawRequest("POST", "", "", {}, body, NOW)
