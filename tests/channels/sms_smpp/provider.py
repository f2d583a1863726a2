"""A carrier as the conformance tests drive it: a message centre that answers as the gateway is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.smpp_octets import Message
from mim_desk.rehearsal.providers.smsc import OK, Habits, Smsc
from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Call, Gateway
from tests.hub.live import Live

PERSON, BRAND = "15550001111", "15550002222"
THROTTLED, SYSTEM_ERROR, BAD_DEST = 0x58, 0x08, 0x0B
_STATUSES = {200: OK, 429: THROTTLED, 503: SYSTEM_ERROR, 422: BAD_DEST}


class Centre(Smsc):
    """A message centre whose answers are the gateway's."""

    gateway: Gateway | None = None

    def order_for(self, message: Message) -> int | None:
        if self.gateway is None:
            return super().order_for(message)
        self.gateway.calls.append(Call("", {}, message.octets))
        answer = self.gateway.answers.pop(0) if self.gateway.answers else Answer()
        return None if answer.cut else _STATUSES[answer.status]


@dataclass
class SmsSmppProvider:
    """Nobody can call the hub for this channel, so a forged call is one to an address nobody calls."""

    channel: str = "sms_smpp"
    refused: int = 401
    unknown: int = 200
    secret: str = CANARY[-8:]
    habits: Habits = field(default_factory=Habits)
    inbox_id: str = ""
    written: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        self.smsc = Centre("desk", self.secret, self.habits)
        async with self.smsc.open():
            yield

    def settings(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.smsc.port),
            "system_id": "desk",
            "tls": "no",
            "from": f"+{BRAND}",
        }

    async def connect(self, live: Live, gateway: Gateway) -> str:
        self.smsc.gateway = gateway
        body = {
            "name": "SMS",
            "channel": "sms_smpp",
            "settings": self.settings(),
            "secrets": {"password": self.secret},
        }
        self.inbox_id = str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])
        async with asyncio.timeout(30):
            await self.smsc.until_bound()
        return self.inbox_id

    async def write(self, live: Live, external_id: str, text: str) -> int:
        """The customer writes; the carrier brings the same message again when it may not have heard our answer."""
        if external_id in self.written:
            self.smsc.hang_up()
        self.written.add(external_id)
        for octets, coding, esm_class in reversed(smpp.in_parts(text, len(self.written))):
            async with asyncio.timeout(30):
                await self.smsc.write(Message(PERSON, BRAND, octets, coding, esm_class))
        return 200

    async def forge(self, live: Live) -> int:
        path = f"/webhooks/sms_smpp/{self.inbox_id}"
        return (
            await live.client.post(path, content=b'{"id": "1", "pdus": []}', headers={"authorization": ""})
        ).status_code

    async def surprise(self, live: Live) -> int:
        """A receipt that says nothing and a command that nobody knows."""
        self.smsc.send_octets(smpp.pdu(0x103, 0, 77))
        await self.smsc.write(Message(PERSON, BRAND, b"?", 0, smpp.RECEIPT_CLASS))
        return await self.write(live, "beside", "beside it")
