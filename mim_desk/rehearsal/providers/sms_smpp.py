"""A carrier that speaks SMPP, as the sheet has it: the hub dials it; people have plain phones."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, ClassVar, Final

import httpx

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.smpp_octets import Message
from mim_desk.rehearsal.providers.smsc import Smsc
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call
from mim_desk.rehearsal.scripts import Act, Script

NUMBER: Final = "15550102030"
SYSTEM_ID: Final = "juniper"
PASSWORD: Final = "sail4you"  # noqa: S105  # of the rehearsal
NOBODY: Final = 0x0B


class SmsSmpp(Provider):
    """The carrier; its mischief is to hang up before it has heard that a text is stored, and to bring it again."""

    channel: ClassVar[str] = "sms_smpp"
    tells: ClassVar[str] = "delivered"
    tells_times: ClassVar[bool] = False
    statuses: ClassVar[dict[Order, int | None]] = {
        Order.BUSY: 0x58,
        Order.BLOCKED: 0x65,
        Order.BROKEN: 0x08,
        Order.LOST: None,
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.smsc = _Centre(self)
        self.people: dict[str, SmsPhone] = {}

    @asynccontextmanager
    async def at_work(self, address: str, http: httpx.AsyncClient) -> AsyncIterator[None]:
        """Listen, beside the rehearsal's HTTP."""
        async with super().at_work(address, http), self.smsc.open():
            yield

    def connection(self) -> Connection:
        settings = {
            "host": "127.0.0.1",
            "port": str(self.smsc.port),
            "system_id": SYSTEM_ID,
            "tls": "no",
            "from": f"+{NUMBER}",
        }
        return Connection("SMS", settings, {"password": PASSWORD})

    async def answer(self, call: Call) -> Answer:
        """Nobody calls a carrier by HTTP."""
        return self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        """Nor does it call."""
        return ()

    def new_phone(self, script: Script) -> Phone:
        phone = SmsPhone(self, script)
        self.people[phone.number] = phone
        return phone

    def ordered(self) -> int | None:
        """The status that somebody ordered for the next submit."""
        return self.statuses[self._orders.popleft()] if self._orders else 0


class _Centre(Smsc):
    def __init__(self, carrier: SmsSmpp) -> None:
        super().__init__(SYSTEM_ID, PASSWORD)
        self._carrier = carrier
        self.on_submit = self._to_phone

    def order_for(self, message: Message) -> int | None:
        """What was ordered; a person must be there, and a part must fit."""
        if message.dest not in self._carrier.people:
            self._carrier.refused.append(f"nobody is {message.dest}")
            return NOBODY
        if len(message.octets) > (140 if message.coding == smpp.UCS_2 else 160):
            self._carrier.refused.append("a part is too long")
            return 0x01
        return self._carrier.ordered()

    def _to_phone(self, id_: str, message: Message) -> None:
        self._carrier.people[message.dest].arrived(id_, message)


class SmsPhone(Phone):
    """A person's phone, which joins the parts that it gets."""

    def __init__(self, carrier: SmsSmpp, script: Script) -> None:
        super().__init__()
        self.number = f"1555{digits(script.name, 7)}"
        self._carrier = carrier
        self._dice = Random(script.name)  # noqa: S311  # a game, no secret
        self._reference = 0
        self._parts: dict[tuple[str, int, int], dict[int, str]] = {}

    async def do(self, act: Act) -> None:
        """Write; the last part is brought first, as carriers do now and then."""
        self._reference += 1
        if self._dice.random() < self._carrier.poster.mischief.twice:
            self._carrier.smsc.unheard += 1
        for octets, coding, esm_class in reversed(smpp.in_parts(act.text, self._reference)):
            self._carrier.smsc.write(Message(self.number, NUMBER, octets, coding, esm_class))

    def arrived(self, id_: str, message: Message) -> None:
        """A part of the brand's text is here."""
        reference, total, number, octets = smpp.place_of(message)
        parts = self._parts.setdefault((message.source, reference, total), {})
        parts[number] = smpp.as_text(octets, message.coding)
        if len(parts) == total:
            del self._parts[message.source, reference, total]
            sender = self._carrier.brand if message.source == NUMBER else message.source
            self.hear(Heard(id_, "".join(parts[each] for each in sorted(parts)), sender))
